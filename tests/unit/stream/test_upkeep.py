"""Heartbeats, claiming, settling and removing, without a clock."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

import pytest

from processor.stream.claims import Bounds
from processor.stream.upkeep import REMOVE, Mark, current_at
from schemas import keys
from tests.support.traffic import until
from tests.unit.stream.building import NOON, ORDERS, TASKS, Scene, a_poll, an_upkeep


async def a_while(loop: Callable[[], Awaitable[None]], met: Callable[[], object]) -> None:
    """Run an endless loop until something has come about."""
    task = asyncio.ensure_future(loop())
    await until(lambda: met() or task.done(), "it to come about", within=10)
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


async def test_a_heartbeat_finds_out_that_everything_is_gone() -> None:
    scene = await Scene(ORDERS, TASKS).claimed()
    scene.kafka.read = {partition: Mark(0, 0, NOON) for partition in (ORDERS, TASKS)}
    scene.claims.held[ORDERS].as_of = scene.claims.held[TASKS].as_of = NOON
    scene.store.partitions.clear()

    await an_upkeep(scene).beat()

    assert scene.claims.held == {}


async def test_a_heartbeat_drops_only_what_was_lost_and_proves_the_rest() -> None:
    scene = await Scene(ORDERS, TASKS).claimed()
    scene.claims.held[ORDERS].as_of = scene.claims.held[TASKS].as_of = NOON
    scene.kafka.read = {partition: Mark(0, 0, NOON) for partition in (ORDERS, TASKS)}
    await scene.store.claim(ORDERS.name, "another", 2)

    await an_upkeep(scene).beat()

    assert set(scene.claims.held) == {TASKS}
    assert [slot.partition for slot in scene.ledger.calls[-1][0]] == ["tasks-0"]


async def test_a_heartbeat_moves_freshness_on_and_no_position() -> None:
    scene = await Scene().claimed()
    await scene.agent.on_poll(a_poll(0, 5))
    answers = iter([Mark(5, 5, NOON + 7_000), Mark(5, 5, NOON + 7_010)])
    scene.kafka.marks = lambda: {ORDERS: next(answers)}  # type: ignore[method-assign]

    await an_upkeep(scene).beat()

    ((slot,), events) = scene.ledger.calls[-1]
    assert (slot.prev, slot.last, slot.as_of, events) == (5, 5, NOON + 7_000, 0)
    assert scene.claims.held[ORDERS].as_of == NOON + 7_000


async def test_a_heartbeat_lets_the_watermark_follow_what_is_counted() -> None:
    scene = await Scene().claimed()
    scene.claims.held[ORDERS].as_of = NOON

    await an_upkeep(scene).beat()

    assert scene.store.values[keys.META, keys.WATERMARK] == str(NOON).encode()


async def test_an_idle_partition_says_how_fresh_it_is_as_soon_as_it_is_claimed() -> None:
    scene = Scene()
    scene.kafka.logs[ORDERS] = Bounds(0, 0)
    answers = iter([Mark(0, 0, NOON), Mark(0, 0, NOON + 10)])
    scene.kafka.marks = lambda: {ORDERS: next(answers)}  # type: ignore[method-assign]

    await a_while(an_upkeep(scene).claim, lambda: bool(scene.ledger.calls))

    ((slot,), events) = scene.ledger.calls[0]
    assert (slot.partition, slot.as_of, events) == ("orders-0", NOON, 0)


def test_a_partition_is_current_as_of_the_answer_before_the_last() -> None:
    before, now = Mark(5, 5, 1_000), Mark(5, 5, 1_010)
    assert current_at(5, before, now) == 1_000


def test_nothing_is_said_where_there_is_more_to_read_or_no_answer_came_since() -> None:
    before = Mark(5, 5, 1_000)
    assert current_at(5, before, Mark(5, 6, 1_010)) == 0  # more to read
    assert current_at(5, before, Mark(6, 6, 1_010)) == 0  # read, not counted
    assert current_at(5, before, Mark(5, 5, 1_000)) == 0  # no answer since
    assert current_at(5, Mark(5, 5, 0), Mark(5, 5, 1_010)) == 0  # none before
    assert current_at(5, before, Mark(5, None, 1_010)) == 0


async def test_reading_that_stands_ahead_of_what_is_counted_is_put_back() -> None:
    scene = await Scene().claimed()
    scene.kafka.read = {ORDERS: Mark(9, 9, NOON)}  # a poll of 0 to 9 was dropped on its way
    beside = an_upkeep(scene)

    await beside.beat()
    assert scene.kafka.sent_to == []  # it may be on its way still

    await beside.beat()
    assert scene.kafka.sent_to == [{ORDERS: 0}]


async def test_reading_ahead_is_left_alone_while_a_poll_is_being_counted() -> None:
    scene = await Scene().claimed()
    scene.kafka.read = {ORDERS: Mark(9, 9, NOON)}
    scene.agent.busy = True
    beside = an_upkeep(scene)

    await beside.beat()
    await beside.beat()

    assert scene.kafka.sent_to == []


async def test_partitions_are_claimed_as_they_are_assigned_and_what_cannot_be_is_reported() -> None:
    scene = Scene(ORDERS, TASKS)
    scene.kafka.logs[TASKS] = Bounds(0, 0)
    await scene.store.claim(TASKS.name, "before", 1)
    scene.store.partitions[TASKS.name].next = 4
    beside = an_upkeep(scene)

    await a_while(beside.claim, lambda: "partitions" in scene.health.problems)

    assert set(scene.claims.held) == {ORDERS}
    assert "tasks-0 ends at offset 0" in scene.health.problems["partitions"]


async def test_a_worker_is_ready_once_it_holds_what_it_was_assigned() -> None:
    scene = Scene()
    assert not scene.health.ready

    await a_while(an_upkeep(scene).claim, lambda: scene.health.ready)

    assert scene.health.problems == {}


async def test_what_is_dirty_is_settled_between_groups_until_nothing_is() -> None:
    scene = Scene()
    steps = []

    async def settle() -> bool:
        steps.append(scene.claims.moving.locked())
        scene.ledger.dirty = len(steps) < 3
        return scene.ledger.dirty

    scene.ledger.settle = settle  # type: ignore[method-assign]
    scene.ledger.dirty = True

    await a_while(an_upkeep(scene).settle, lambda: len(steps) == 3)

    assert steps == [True, True, True]


async def test_what_is_no_longer_kept_is_removed_step_by_step_until_a_round_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    """Then it waits for the next round: the third step is the last one of the first."""
    scene = await Scene().claimed()
    rounds = iter([0.0, 3600.0])
    real = asyncio.sleep

    async def sleep(seconds: float) -> None:
        await real(next(rounds) if seconds == REMOVE else seconds)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    beside = an_upkeep(scene)

    await a_while(beside.remove, lambda: scene.ledger.removed >= 3)

    assert scene.ledger.removed == 3


async def test_what_is_dirty_is_settled_before_removing_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where much is counted there is always something dirty, which refuses it."""
    scene = await Scene().claimed()
    monkeypatch.setattr("processor.stream.upkeep.REMOVE", 0.0)
    done: list[str] = []

    async def settle() -> bool:
        done.append("settle")
        scene.ledger.dirty = len(done) < 4
        return scene.ledger.dirty

    async def remove() -> bool:
        done.append("remove")
        return scene.ledger.dirty

    scene.ledger.settle, scene.ledger.remove = settle, remove  # type: ignore[method-assign]
    scene.ledger.dirty = True

    await a_while(an_upkeep(scene).remove, lambda: len(done) > 4)

    assert done[:5] == ["remove", "settle", "settle", "settle", "remove"]
