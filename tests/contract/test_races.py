"""Named races: a plan is made, another call goes first, then the plan is applied. Too narrow for chance to hit them often, so each has its test, on every store."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from processor.store.port import Applied, Conflict, Store
from processor.store.redis import RedisStore
from processor.transaction import Tx
from processor.values import Slot
from schemas.events import Event, Tombstone
from tests.contract.conftest import Cells
from tests.support.world import Worker, an, in_cells


class Interrupted:
    """A store that lets something else happen between the last read of the next plan and its write."""

    def __init__(self, inner: Store) -> None:
        self._inner = inner
        self.meanwhile: Callable[[], Awaitable[None]] | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    async def apply(self, slots: list[Slot], tx: Tx) -> Applied | Conflict:
        if self.meanwhile:
            first, self.meanwhile = self.meanwhile, None
            await first()
        return await self._inner.apply(slots, tx)


async def two_workers(store: Store) -> tuple[Worker, Worker, Interrupted]:
    """One whose calls can be interrupted, one that goes first."""
    late = Interrupted(store)
    return await Worker.on(late, "orders-0"), await Worker.on(store, "opportunities-0"), late


async def order_planned_before_its_opportunity_moved(store: Store, cells: Cells) -> dict[str, int]:
    """Campaign -> orders, after an order was planned for c-1 while its opportunity moved to c-2."""
    slow, quick, late = await two_workers(store)
    await quick.commit(an("opportunity", "o-1", version=1, campaign_id="c-1"))
    late.meanwhile = lambda: quick.commit(an("opportunity", "o-1", version=2, campaign_id="c-2"))
    await slow.commit(an("order", "r-1", opportunity_id="o-1"))
    await slow.settle()
    return in_cells(await cells(), "r", "n")


async def test_an_order_follows_an_opportunity_that_moved_while_the_order_was_planned(store: Store, cells: Cells) -> None:
    assert await order_planned_before_its_opportunity_moved(store, cells) == {"c-2": 1}


async def test_without_the_mark_of_a_soft_read_the_order_would_stay_behind(redis_url: str, store: Store, cells: Cells) -> None:
    if not isinstance(store, RedisStore):
        pytest.skip("the mutant is one of the script")
    guard = "if (call('HGET', s[1], s[2]) or '') ~= s[3] then"
    assert guard in store._sources["apply"]
    store._sources["apply"] = store._sources["apply"].replace(guard, "if false then")
    store._shas.clear()

    assert await order_planned_before_its_opportunity_moved(store, cells) == {"c-1": 1}


async def test_an_order_decided_again_while_its_opportunity_moves_on_ends_where_the_opportunity_is(store: Store, cells: Cells) -> None:
    slow, quick, late = await two_workers(store)
    await quick.commit(an("opportunity", "o-1", version=1, campaign_id="c-1"))
    await slow.commit(an("order", "r-1", opportunity_id="o-1"))
    await quick.commit(an("opportunity", "o-1", version=2, campaign_id="c-2"))
    late.meanwhile = lambda: quick.commit(an("opportunity", "o-1", version=3, campaign_id="c-3"))

    await slow.settle()

    assert in_cells(await cells(), "r", "n") == {"c-3": 1}


async def test_two_versions_of_one_order_on_two_partitions_count_once(store: Store, cells: Cells) -> None:
    slow, quick, late = await two_workers(store)
    late.meanwhile = lambda: quick.commit(an("order", "r-1", version=2, campaign_id="c-2"))

    await slow.commit(an("order", "r-1", version=1, campaign_id="c-1"))

    assert in_cells(await cells(), "r", "n") == {"c-2": 1}


async def test_a_promo_code_that_changes_hands_takes_along_an_order_that_was_being_planned(store: Store, cells: Cells) -> None:
    slow, quick, late = await two_workers(store)
    await quick.commit(an("campaign", "c-1", promo_codes=["TET"], start_at="2026-01-01T00:00:00Z"))
    late.meanwhile = lambda: quick.commit(an("campaign", "c-2", promo_codes=["TET"], start_at="2026-02-01T00:00:00Z"))

    await slow.commit(an("order", "r-1", promo_codes=["TET"]))
    await slow.settle()

    assert in_cells(await cells(), "r", "n") == {"c-2": 1}


async def test_an_order_planned_while_the_counted_statuses_changed_counts_by_the_new_ones(store: Store, cells: Cells) -> None:
    slow, quick, late = await two_workers(store)
    late.meanwhile = lambda: quick.commit(an("tenant", "default", counted_order_statuses=["pending"]))

    await slow.commit(an("order", "r-1", campaign_id="c-1"), an("order", "r-2", campaign_id="c-2", status="pending"))
    await slow.settle()

    assert in_cells(await cells(), "r", "n") == {"c-2": 1}


async def test_a_task_lies_in_the_day_of_a_zone_that_changed_while_it_was_planned(store: Store, cells: Cells) -> None:
    slow, quick, late = await two_workers(store)
    late.meanwhile = lambda: quick.commit(an("campaign", "c-1", timezone="Asia/Ho_Chi_Minh"))

    await slow.commit(an("task", "t-1", created_at="2026-03-01T20:00:00Z"))

    assert {day for _, _, view, day, _ in await cells() if view == "t"} == {"2026-03-02"}


async def test_a_sweep_misses_nobody_who_joined_in_the_call_that_made_the_change(store: Store, cells: Cells) -> None:
    """Seed 55: the list was read before such a call and its mark taken away after it. The message is planned first, because the campaign's row is not cached."""
    slow, quick, late = await two_workers(store)
    await quick.commit(an("message", "m-1", verb="sent", at="2026-03-01T20:00:00Z"))
    await quick.commit(an("campaign", "c-1", version=1, timezone="America/New_York"))

    async def change_and_join() -> None:
        await quick.commit(
            an("message", "m-2", verb="sent", at="2026-03-01T20:00:00Z"), an("campaign", "c-1", version=2, timezone="Asia/Ho_Chi_Minh")
        )

    late.meanwhile = change_and_join
    await slow.settle()

    assert {day for _, _, view, day, _ in await cells() if view == "m"} == {"2026-03-02"}


async def test_two_opportunities_of_one_customer_share_its_record(store: Store, cells: Cells) -> None:
    slow, quick, late = await two_workers(store)
    late.meanwhile = lambda: quick.commit(an("opportunity", "o-2"))

    await slow.commit(an("opportunity", "o-1"))

    assert in_cells(await cells(), "n", "a") == {"c-1": 1}
    assert in_cells(await cells(), "o", "n") == {"c-1": 2}


RULE = an("campaign", "c-1", attribution={"mode": "days", "days": 5})
BEFORE = "2026-03-01T00:00:00Z"
"""The orders are bought a day later."""


def clicked(message: str, campaign: str = "c-1", at: str = BEFORE) -> Event | Tombstone:
    return an("message", message, verb="clicked", at=at, campaign_id=campaign, recipient_id="cu-1")


async def touch_between_plan_and_call(store: Store, cells: Cells, known: Event | Tombstone) -> dict[str, int]:
    """Campaign -> orders, after an order was planned while its customer clicked. `known`: a touch of before."""
    slow, quick, late = await two_workers(store)
    await quick.commit(RULE, an("campaign", "c-2", attribution={"mode": "days", "days": 5}), known)
    late.meanwhile = lambda: quick.commit(clicked("m-1", at="2026-03-02T00:00:00Z"))
    await slow.commit(an("order", "r-1"))
    await slow.settle()
    return in_cells(await cells(), "r", "n", "4")


@pytest.mark.parametrize(
    "known", [clicked("m-0", "c-2"), clicked("m-0", "c-2", "2026-01-01T00:00:00Z")], ids=["in its period", "in another"]
)
async def test_a_touch_that_came_while_an_order_was_planned_takes_it_along(store: Store, cells: Cells, known: Event | Tombstone) -> None:
    assert await touch_between_plan_and_call(store, cells, known) == {"c-1": 1}


async def test_a_touch_that_came_while_an_order_was_decided_again_takes_it_along(store: Store, cells: Cells) -> None:
    slow, quick, late = await two_workers(store)
    await quick.commit(RULE, an("campaign", "c-2", attribution={"mode": "days", "days": 5}))
    await slow.commit(an("order", "r-1"))
    await quick.commit(clicked("m-2", "c-2"))
    late.meanwhile = lambda: quick.commit(clicked("m-1", at="2026-03-02T00:00:00Z"))

    await slow.settle()

    assert in_cells(await cells(), "r", "n", "4") == {"c-1": 1}


async def test_an_order_and_its_touch_in_one_group_meet(store: Store, cells: Cells) -> None:
    slow, quick, _ = await two_workers(store)
    await quick.commit(RULE)

    await slow.commit(clicked("m-1"), an("order", "r-1"))
    await slow.settle()

    assert in_cells(await cells(), "r", "n", "4") == {"c-1": 1}


async def test_an_order_its_touch_and_the_rule_in_one_group_meet(store: Store, cells: Cells) -> None:
    slow, _, _ = await two_workers(store)

    await slow.commit(clicked("m-1"), an("order", "r-1"), RULE)
    await slow.settle()

    assert in_cells(await cells(), "r", "n", "4") == {"c-1": 1}


async def test_an_order_planned_while_the_rule_changed_obeys_the_new_one(store: Store, cells: Cells) -> None:
    slow, quick, late = await two_workers(store)
    await quick.commit(RULE, clicked("m-1"))
    late.meanwhile = lambda: quick.commit(an("campaign", "c-1", version=2, attribution={"mode": "days", "days": 0}))

    await slow.commit(an("order", "r-1"))
    await slow.settle()

    assert in_cells(await cells(), "r", "n", "4") == {}
    assert in_cells(await cells(), "l", "n", "") == {"": 1}


async def test_a_rule_that_appears_while_an_order_is_planned_attributes_it(store: Store, cells: Cells) -> None:
    slow, quick, late = await two_workers(store)
    await quick.commit(clicked("m-1"))
    late.meanwhile = lambda: quick.commit(RULE)

    await slow.commit(an("order", "r-1"))
    await slow.settle()

    assert in_cells(await cells(), "r", "n", "4") == {"c-1": 1}


async def test_two_orders_of_one_customer_both_hear_of_a_late_touch(store: Store, cells: Cells) -> None:
    slow, quick, late = await two_workers(store)
    await quick.commit(RULE)
    late.meanwhile = lambda: quick.commit(an("order", "r-2"))
    await slow.commit(an("order", "r-1"))

    await quick.commit(clicked("m-1"))
    await slow.settle()

    assert in_cells(await cells(), "r", "n", "4") == {"c-1": 2}


TOUCH_MUTANTS = {
    "the mark of a new touch": "if rests and struct.unpack('>i8', string.sub(rests, 1, 8)) >= instants[i] then",
    "the mark of a soft read": "if (call('HGET', s[1], s[2]) or '') ~= s[3] then",
}


@pytest.mark.parametrize(("without", "when"), [("the mark of a new touch", "after"), ("the mark of a soft read", "while")])
async def test_without_this_mark_an_order_would_miss_a_touch(redis_url: str, store: Store, cells: Cells, without: str, when: str) -> None:
    if not isinstance(store, RedisStore):
        pytest.skip("the mutant is one of the script")
    guard = TOUCH_MUTANTS[without]
    assert guard in store._sources["apply"]
    store._sources["apply"] = store._sources["apply"].replace(guard, "if false then")
    store._shas.clear()

    if when == "while":
        assert await touch_between_plan_and_call(store, cells, clicked("m-0", "c-2")) == {"c-2": 1}
        return
    slow, quick, _ = await two_workers(store)
    await quick.commit(RULE)
    await slow.commit(an("order", "r-1"))
    await quick.commit(clicked("m-1"))
    await slow.settle()
    assert in_cells(await cells(), "r", "n", "4") == {}
