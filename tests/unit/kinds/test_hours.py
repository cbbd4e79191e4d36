"""The hours in which things count (view h), against what the recount makes of the same events, in zones of every kind."""

from __future__ import annotations

import random

import pytest

from processor.buckets import ZONES, hour
from processor.recount import Record
from processor.recount.hours import start_of_hour
from processor.store.memory import MemoryStore
from schemas import keys
from tests.support.course import understood
from tests.support.expected import wrong_cells
from tests.support.said import campaign, message, opportunity, order, settings, task
from tests.support.values import DAY, NOW, TURNS_OF_THE_CLOCK
from tests.support.world import Worker

ODD = ("UTC", "Asia/Kolkata", "Asia/Kathmandu", "Australia/Lord_Howe", "Africa/Monrovia", "Asia/Ho_Chi_Minh", "Europe/Amsterdam")
REFUND = {"id": "rf", "amount_minor": 400, "refunded_at": "2026-04-01T00:00:00Z"}


def at(time: str) -> str:
    return f"2026-03-05T{time}Z"


async def wrong(*records: Record) -> dict[tuple[str, str, str, str, str], tuple[int, int]]:
    """What differs from the recount after these, each in a group of its own."""
    store = MemoryStore()
    worker = await Worker.on(store)
    for record in records:
        await worker.commit(understood(record))
        await worker.settle()
    cells = {(*name[:3], keys.iso(name[3]), name[4]): count for name, count in store.cells.items()}
    assert any(view == "h" for _, _, view, _, _ in cells)
    return wrong_cells(cells, records)


@pytest.mark.parametrize("zone", [*ODD, *random.Random(1).sample(ZONES, 40)])
def test_an_hour_begins_where_the_recount_says_it_does(zone: str) -> None:
    rng = random.Random(zone)
    drawn = [rng.randrange(-(2**42), 2**42) for _ in range(300)]
    edges = [turn + step for turn in TURNS_OF_THE_CLOCK for step in (-3_600_000, -900_000, -1, 0, 1, 1_800_000)]

    assert [hour(zone, instant) for instant in drawn + edges] == [start_of_hour(instant, zone) for instant in drawn + edges]


@pytest.mark.parametrize("zone", ODD)
async def test_what_is_counted_by_hour_moves_with_what_it_is_counted_for(zone: str) -> None:
    assert not await wrong(
        opportunity("a", created_at=at("08:59:59.999")),
        opportunity("a", version=2, created_at=at("09:00:00")),
        opportunity("b", created_at=at("09:40:00")),
        opportunity("b", version=2, created_at=at("09:40:00"), campaign_id="other"),
        order("a", campaign_id="c", purchased_at=at("08:10:00"), tax_minor=50, refunds=[REFUND]),
        order("b", opportunity_id="b", purchased_at=at("08:40:00")),
        order("b", version=2, opportunity_id="b", purchased_at=at("08:40:00"), status="cancelled"),
        task("a", created_at=at("08:10:00")),
        task("a", version=2, created_at=at("10:10:00"), deleted=True),
        task("b", created_at=at("08:40:00")),
        message("sent", at=at("08:20:00"), action_id="a1"),
        message("bounced", "gone", at=at("09:30:00")),
        settings(revenue_includes=["tax"]),
        campaign(timezone=zone),
    )


@pytest.mark.parametrize("earlier", ["delivered", "sent", "opened", "bounced"])
@pytest.mark.parametrize("later", ["clicked", "replied", "unsubscribed"])
@pytest.mark.parametrize("before_ms", [0, 1, 500, 1_000, 3_600_000, DAY])
@pytest.mark.parametrize("known", [[], ["targeted"], ["sent"]], ids=str)
async def test_what_a_message_had_reached_before_counts_once_where_it_is_heard_later(
    known: list[str], earlier: str, later: str, before_ms: int
) -> None:
    """In a group of its own, so that only the stored state knows of the click."""
    clicked, delivered = _spelled(NOW), _spelled(NOW - before_ms)

    assert not await wrong(
        *(message(stage, at=_spelled(NOW - 2 * DAY)) for stage in known),
        message(later, at=clicked, recipient_id="cu"),
        message(earlier, at=delivered, recipient_id="cu"),
        message("opened", at=clicked, recipient_id="cu"),
    )


def _spelled(instant: int) -> str:
    return f"{keys.iso(instant // DAY)}T{instant // 3_600_000 % 24:02d}:{instant // 60_000 % 60:02d}:{instant // 1000 % 60:02d}.{instant % 1000:03d}Z"


async def test_hours_of_a_day_that_ended_ninety_days_before_the_watermark_are_removed_and_nothing_else() -> None:
    store = MemoryStore()
    worker = await Worker.on(store)
    await worker.commit(
        understood(opportunity("old", created_at=at("08:00:00"))), understood(opportunity("new", created_at="2026-03-06T00:00:00Z"))
    )
    others = {cell for cell in store.cells if cell[2] != "h"}
    end_of_day = (keys.number("2026-03-05") + 1) * DAY

    await worker.read_up_to(end_of_day + keys.HOURS_KEPT - 1)
    await worker.engine.expire()
    assert {keys.iso(cell[3]) for cell in store.cells if cell[2] == "h"} == {"2026-03-05", "2026-03-06"}

    await worker.read_up_to(end_of_day + keys.HOURS_KEPT)
    await worker.engine.expire()
    assert {keys.iso(cell[3]) for cell in store.cells if cell[2] == "h"} == {"2026-03-06"}
    assert {cell for cell in store.cells if cell[2] != "h"} == others
