"""Refunds and cancellations also count on the day on which they happened, in the zone of the order's campaign."""

from __future__ import annotations

from typing import Any

import pytest

from processor.store.memory import MemoryStore
from schemas import keys
from tests.support.world import Worker, an


async def counted(*events: Any) -> dict[tuple[str, ...], int]:
    """(campaign, day, parts of the field …) -> value, of the cells of orders."""
    store = MemoryStore()
    worker = await Worker.on(store)
    for event in events:
        await worker.commit(event)
        await worker.settle()
    return {(c, keys.iso(d), *f.split("\x1f")): n for (_, c, view, d, f), n in store.cells.items() if view == "r"}


def named(cells: dict[tuple[str, ...], int], name: str) -> dict[tuple[str, ...], int]:
    return {cell: value for cell, value in cells.items() if cell[2] == name}


def refund(identity: str, amount: int, at: str) -> dict[str, Any]:
    return {"id": identity, "amount_minor": amount, "refunded_at": at}


TWO_DAYS = [refund("f-1", 100, "2026-03-05T10:00:00Z"), refund("f-2", 20, "2026-03-05T22:00:00Z"), refund("f-3", 3, "2026-03-09T00:00:00Z")]


async def test_refunds_are_booked_on_the_days_they_were_made_and_those_of_one_day_add_up() -> None:
    cells = await counted(an("order", "r-1", campaign_id="c-1", refunds=TWO_DAYS))

    assert named(cells, "booked") == {("c-1", "2026-03-05", "booked", "2", "USD"): 120, ("c-1", "2026-03-09", "booked", "2", "USD"): 3}
    assert named(cells, "refunds") == {("c-1", "2026-03-02", "refunds", "2", "USD"): 123}


async def test_the_day_of_a_refund_is_that_of_the_campaigns_zone() -> None:
    cells = await counted(an("order", "r-1", campaign_id="c-1", refunds=TWO_DAYS), an("campaign", "c-1", timezone="Asia/Ho_Chi_Minh"))

    assert {day: value for (_, day, *_), value in named(cells, "booked").items()} == {"2026-03-05": 100, "2026-03-06": 20, "2026-03-09": 3}


async def test_a_refund_that_is_taken_back_is_no_longer_booked() -> None:
    cells = await counted(
        an("order", "r-1", campaign_id="c-1", refunds=TWO_DAYS), an("order", "r-1", version=2, campaign_id="c-1", refunds=TWO_DAYS[:1])
    )

    assert named(cells, "booked") == {("c-1", "2026-03-05", "booked", "2", "USD"): 100}


@pytest.mark.parametrize("why", [{"status": "pending", "campaign_id": "c-1"}, {"opportunity_id": "o-never"}, {}], ids=str)
async def test_nothing_is_booked_of_an_order_that_does_not_count_waits_or_is_nobodys(why: dict[str, Any]) -> None:
    assert named(await counted(an("order", "r-1", refunds=TWO_DAYS, **why)), "booked") == {}


async def test_a_cancellation_counts_on_its_own_day_too() -> None:
    cells = await counted(an("order", "r-1", campaign_id="c-1", status="cancelled", cancelled_at="2026-03-07T00:00:00Z"))

    assert named(cells, "cancelled") == {("c-1", "2026-03-02", "cancelled", "2"): 1}
    assert named(cells, "cancellations") == {("c-1", "2026-03-07", "cancellations", "2"): 1}
    assert named(cells, "cancellations_value") == {("c-1", "2026-03-07", "cancellations_value", "2", "USD"): 1000}


async def test_a_cancellation_without_an_instant_lies_where_the_newest_version_does() -> None:
    cells = await counted(
        an("order", "r-1", campaign_id="c-1", status="cancelled", at="2026-03-07T00:00:00Z"),
        an("order", "r-1", version=2, campaign_id="c-1", status="cancelled", at="2026-03-08T00:00:00Z"),
    )

    assert named(cells, "cancellations") == {("c-1", "2026-03-08", "cancellations", "2"): 1}


async def test_an_order_that_is_not_cancelled_has_no_cancellation_whatever_instant_it_names() -> None:
    cells = await counted(
        an("order", "r-1", campaign_id="c-1", status="cancelled", cancelled_at="2026-03-07T00:00:00Z"),
        an("order", "r-1", version=2, campaign_id="c-1", cancelled_at="2026-03-07T00:00:00Z"),
    )

    assert named(cells, "cancellations") == named(cells, "cancellations_value") == {}


@pytest.mark.parametrize("why", [{"opportunity_id": "o-never"}, {}], ids=str)
async def test_an_order_that_waits_or_is_nobodys_has_no_cancellation(why: dict[str, Any]) -> None:
    assert named(await counted(an("order", "r-1", status="cancelled", **why)), "cancellations") == {}
