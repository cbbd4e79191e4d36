"""What becomes of a poll: counted once, parked before the position moves, or read again. Never skipped, never twice."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from typing import Any

import pytest

import schemas.events
from processor.store.memory import MemoryStore
from processor.store.port import Applied, Conflict, Refused
from processor.stream import agent
from processor.stream.breaker import Breaker
from processor.stream.claims import SOON
from processor.stream.polls import Span
from processor.transaction import Tx
from processor.values import Slot
from schemas.errors import Unavailable
from schemas.events import Event, Tombstone
from tests.support.traffic import until
from tests.unit.stream.building import NOON, ORDERS, TASKS, Scene, Tripped, a_batch, a_poll, an_order, subjects


async def test_a_poll_is_counted_and_its_position_moves_with_it() -> None:
    scene = await Scene().claimed()

    await scene.agent.on_poll(a_poll(0, 5))

    assert scene.ledger.counted == subjects(0, 5)
    assert await scene.position() == 5


async def test_settling_is_woken_by_a_poll_after_which_something_is_to_be_decided_again_and_by_no_other() -> None:
    scene = await Scene().claimed()

    await scene.agent.on_poll(a_poll(0, 1))
    assert not scene.agent._unsettled.is_set()

    scene.ledger.dirty = True
    await scene.agent.on_poll(a_poll(1, 2))
    assert scene.agent._unsettled.is_set()


async def test_a_poll_that_does_not_join_on_is_read_again_from_where_the_store_stands() -> None:
    scene = await Scene().claimed()
    await scene.agent.on_poll(a_poll(0, 5))

    await scene.agent.on_poll(a_poll(7, 9))

    assert scene.ledger.counted == subjects(0, 5)
    assert scene.kafka.sent_to == [{ORDERS: 5}]


async def test_what_comes_twice_is_counted_once_and_what_goes_on_from_there_is_counted() -> None:
    scene = await Scene().claimed()
    await scene.agent.on_poll(a_poll(0, 5))

    await scene.agent.on_poll(a_poll(0, 5))
    await scene.agent.on_poll(a_poll(2, 8))

    assert scene.ledger.counted == subjects(0, 8)
    assert scene.kafka.sent_to == []


async def test_an_old_poll_takes_no_position_back() -> None:
    scene = await Scene().claimed()
    await scene.agent.on_poll(a_poll(0, 5))

    await scene.agent.on_poll(a_poll(0, 3))

    assert scene.ledger.counted == subjects(0, 5)
    assert await scene.position() == scene.claims.held[ORDERS].position == 5


async def test_the_batches_of_a_poll_are_counted_one_after_the_other() -> None:
    scene = await Scene().claimed()

    await scene.agent.on_poll({ORDERS: Span(0, 7, [a_batch(0, 3), a_batch(4, 6)], 0)})  # 3 and 6 are markers of transactions

    assert scene.ledger.counted == [*subjects(0, 3), *subjects(4, 6)]
    assert [(slots[0].prev, slots[0].last) for slots, _ in scene.ledger.calls] == [(0, 7)]
    assert scene.kafka.sent_to == []


async def test_a_poll_of_a_partition_that_is_not_held_is_left_alone() -> None:
    scene = Scene()

    await scene.agent.on_poll(a_poll(0, 5))

    assert (scene.ledger.calls, scene.kafka.sent_to) == ([], [])


async def test_one_call_moves_all_partitions_of_a_poll() -> None:
    scene = await Scene(ORDERS, TASKS).claimed()

    await scene.agent.on_poll({ORDERS: Span(0, 2, [a_batch(0, 2)], 0), TASKS: Span(0, 3, [], 0)})

    ((slots, _),) = scene.ledger.calls
    assert {slot.partition: slot.last for slot in slots} == {"orders-0": 2, "tasks-0": 3}


async def test_a_large_poll_is_committed_in_groups() -> None:
    scene = await Scene(group_records=4).claimed()

    await scene.agent.on_poll(a_poll(0, 10))

    assert [events for _, events in scene.ledger.calls] == [4, 4, 2]
    assert [slots[0].last for slots, _ in scene.ledger.calls] == [4, 8, 10]
    assert scene.ledger.counted == subjects(0, 10)


async def test_groups_are_small_from_the_moment_on_at_which_very_many_things_are_decided_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(agent, "WHILE_SWEEPING", 2)
    monkeypatch.setattr(agent, "IN_TIME_MS", time.time() * 1000)
    scene = await Scene(group_records=4).claimed()
    commit = scene.ledger.commit

    async def commit_and_sweep(*args: Any, **bounds: Any) -> None:
        await commit(*args, **bounds)
        scene.ledger.sweeping = len(scene.ledger.calls) < 3

    monkeypatch.setattr(scene.ledger, "commit", commit_and_sweep)

    await scene.agent.on_poll(a_poll(0, 12))

    assert [events for _, events in scene.ledger.calls] == [4, 2, 2, 4]
    assert scene.ledger.counted == subjects(0, 12)


async def test_records_that_ask_much_of_the_store_are_then_counted_in_smaller_groups_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(agent, "AT_MOST", 60)
    monkeypatch.setattr(agent, "IN_TIME_MS", time.time() * 1000)
    scene = await Scene().claimed()
    scene.ledger.sweeping, scene.ledger.commands = True, 20

    await scene.agent.on_poll(a_poll(0, 10, bad={1}))

    assert [events for _, events in scene.ledger.calls] == [1, 3, 2, 3]
    assert scene.ledger.counted == ["or-0", *subjects(2, 10)]
    assert len(scene.letters.parked) == 1


async def test_a_record_that_alone_asks_too_much_of_the_store_is_counted_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(agent, "AT_MOST", 60)
    monkeypatch.setattr(agent, "IN_TIME_MS", time.time() * 1000)
    scene = await Scene().claimed()
    scene.ledger.sweeping, scene.ledger.commands = True, 100

    await scene.agent.on_poll(a_poll(0, 3))

    assert scene.ledger.counted == subjects(0, 3)


async def test_whoever_is_far_behind_has_full_groups_also_then(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(agent, "WHILE_SWEEPING", 2)
    monkeypatch.setattr(agent, "AT_MOST", 2)
    scene = await Scene(group_records=4).claimed()
    scene.ledger.sweeping = True

    await scene.agent.on_poll(a_poll(0, 12))  # of long ago

    assert [events for _, events in scene.ledger.calls] == [4, 4, 4]


async def test_bad_records_are_parked_before_the_position_moves_over_them() -> None:
    scene = await Scene().claimed()

    await scene.agent.on_poll(a_poll(0, 6, bad={1, 4}))

    assert [(letter.offset, letter.reason, letter.value, letter.stage) for letter in scene.letters.parked] == [
        (1, "invalid_json", b"{", "parse"),
        (4, "invalid_json", b"{", "parse"),
    ]
    assert scene.letters.parked_before_call == [0, 0]
    assert scene.ledger.counted == ["or-0", "or-2", "or-3", "or-5"]
    assert await scene.position() == 6


async def test_what_is_later_than_what_is_kept_is_parked_once_before_the_position_moves_over_it() -> None:
    scene = await Scene().claimed()
    scene.ledger.late = {"or-1", "or-3"}

    await scene.agent.on_poll(a_poll(0, 4, bad=[2]))

    assert [(letter.offset, letter.reason, letter.stage) for letter in scene.letters.parked] == [
        (2, "invalid_json", "parse"),
        (1, "too_late", "count"),
        (3, "too_late", "count"),
    ]
    assert scene.letters.parked_before_call == [0, 0, 0]
    assert await scene.position() == 4


async def test_the_position_does_not_move_while_dead_letters_cannot_be_parked(monkeypatch: pytest.MonkeyPatch) -> None:
    scene = await Scene().claimed()
    away = asyncio.Event()

    async def park(_: object) -> None:
        await away.wait()

    monkeypatch.setattr(scene.letters, "park", park)
    counting = asyncio.create_task(scene.agent.on_poll(a_poll(0, 3, bad={1})))
    await asyncio.sleep(0)

    assert await scene.position() == 0
    away.set()
    await counting
    assert await scene.position() == 3


@pytest.mark.parametrize("records", [1, 3])
async def test_a_rebalance_while_dead_letters_are_parked_counts_nothing_of_what_is_gone(
    records: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = await Scene(ORDERS, TASKS).claimed()

    async def park(_: object) -> None:
        scene.claims.release([ORDERS])

    monkeypatch.setattr(scene.letters, "park", park)
    await scene.agent.on_poll({ORDERS: Span(0, records, [a_batch(0, records, bad={0})], 0), TASKS: Span(0, 3, [], 0)})

    assert scene.ledger.counted == []
    assert (await scene.position(ORDERS), await scene.position(TASKS)) == (0, 3)


async def test_a_partition_that_was_lost_is_dropped_and_the_others_of_the_group_are_counted() -> None:
    scene = await Scene(ORDERS, TASKS).claimed()
    await scene.store.claim(TASKS.name, "another", 2)

    await scene.agent.on_poll({ORDERS: Span(0, 2, [a_batch(0, 2)], 0), TASKS: Span(0, 3, [], 0)})

    assert scene.ledger.counted == subjects(0, 2)
    assert set(scene.claims.held) == {ORDERS}
    assert await scene.position(TASKS) == 0


async def test_an_emptied_store_drops_everything_and_counts_nothing() -> None:
    scene = await Scene(ORDERS, TASKS).claimed()
    scene.store.partitions.clear()

    await scene.agent.on_poll({ORDERS: Span(0, 2, [a_batch(0, 2)], 0), TASKS: Span(0, 3, [], 0)})

    assert (scene.ledger.counted, scene.claims.held) == ([], {})


class Faltering(MemoryStore):
    """A store whose server is away for some calls; `after`: it has done what it was asked before the connection broke."""

    def __init__(self, times: int, *, after: bool) -> None:
        super().__init__()
        self.times, self._after = times, after

    async def apply(self, slots: list[Slot], tx: Tx) -> Applied | Conflict:
        if self.times > 0:
            self.times -= 1
            if self._after:
                await super().apply(slots, tx)
            raise Unavailable("gone")
        return await super().apply(slots, tx)


@pytest.mark.parametrize("after", [False, True])
async def test_a_store_that_is_away_is_waited_for_and_a_lost_reply_counts_nothing_twice(*, after: bool) -> None:
    scene = Scene()
    scene.store = scene.ledger.store = scene.claims._store = Faltering(2, after=after)
    await scene.claimed()

    counting = asyncio.create_task(scene.agent.on_poll(a_poll(0, 3)))
    await until(lambda: "store" in scene.health.problems, "the trouble to be told")
    await counting

    assert await scene.position() == 3
    assert scene.claims.held[ORDERS].position == 3
    assert "store" not in scene.health.problems


async def test_a_store_that_refuses_is_no_record_s_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a call it may refuse one command and allow the others, so that a call without events would go through."""
    scene = await Scene().claimed()
    commit = scene.ledger.commit

    async def refuse(slots: list[Slot], events: Sequence[Event | Tombstone], *others: Any, **named: Any) -> None:
        if events:
            raise Refused("the user may not")
        await commit(slots, events, *others, **named)

    monkeypatch.setattr(scene.ledger, "commit", refuse)
    with pytest.raises(Refused):
        await scene.agent.on_poll(a_poll(0, 2))

    assert scene.letters.parked == []
    assert await scene.position() == 0


async def test_one_record_that_the_engine_fails_on_is_found_tried_and_parked() -> None:
    scene = await Scene().claimed()
    scene.ledger.fails["or-37"] = 1_000

    await scene.agent.on_poll(a_poll(0, 100))

    (letter,) = scene.letters.parked
    assert (letter.offset, letter.reason, letter.stage, letter.exception) == (37, "processing_bug", "count", "ZeroDivisionError")
    assert letter.value == an_order(37)
    assert "secret" not in letter.detail
    assert sorted(scene.ledger.counted) == sorted(set(subjects(0, 100)) - {"or-37"})
    assert await scene.position() == 100


async def test_a_record_gets_three_tries_alone() -> None:
    scene = await Scene().claimed()
    scene.ledger.fails["or-0"] = 2

    await scene.agent.on_poll(a_poll(0, 1))

    assert (scene.ledger.counted, scene.letters.parked) == (["or-0"], [])

    scene.ledger.fails["or-1"] = 3
    await scene.agent.on_poll(a_poll(1, 2))
    assert [letter.offset for letter in scene.letters.parked] == [1]


async def test_an_engine_that_fails_on_nothing_at_all_ends_the_worker_and_no_record_is_blamed() -> None:
    scene = await Scene().claimed()
    scene.ledger.fails["*"] = 1_000

    with pytest.raises(ZeroDivisionError):
        await scene.agent.on_poll(a_poll(0, 10))

    assert scene.letters.parked == []
    assert await scene.position() == 0


async def test_a_worker_that_fails_on_record_after_record_stops_before_it_parks_them_all() -> None:
    scene = await Scene().claimed()
    scene.ledger.fails.update(dict.fromkeys(subjects(0, 500), 1_000))

    with pytest.raises(Tripped, match="101 records in a row"):
        await scene.agent.on_poll(a_poll(0, 500))

    assert len(scene.letters.parked) == Breaker.IN_A_ROW
    assert await scene.position() == Breaker.IN_A_ROW


async def test_a_parser_that_raises_parks_the_record_and_keeps_its_text_out_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    scene = await Scene().claimed()

    def parse(value: bytes | None, *rest: object) -> object:
        if value == an_order(1):
            raise LookupError("secret")
        return schemas.events.parse(value, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(agent, "parse", parse)
    await scene.agent.on_poll(a_poll(0, 3))

    (letter,) = scene.letters.parked
    assert (letter.offset, letter.reason, letter.exception) == (1, "processing_bug", "LookupError")
    assert letter.detail.startswith("test_agent.py:")
    assert scene.ledger.counted == ["or-0", "or-2"]


async def test_freshness_is_that_of_the_last_record_or_of_the_poll_that_left_nothing() -> None:
    scene = await Scene().claimed()

    await scene.agent.on_poll(a_poll(0, 3))
    await scene.agent.on_poll(a_poll(3, 5, current_at=NOON + 5_000))
    await scene.agent.on_poll(a_poll(5, 6))

    as_of = [slots[0].as_of - NOON for slots, _ in scene.ledger.calls]
    assert as_of == [19, 5_000, 5_000]  # what follows the record at 20 ms may have the same time; a moment reached is kept


async def test_a_partition_whose_bad_record_cannot_be_parked_is_left_and_the_others_are_counted() -> None:
    scene = await Scene(ORDERS, TASKS).claimed()
    scene.letters.refused = {ORDERS}

    await scene.agent.on_poll({ORDERS: Span(0, 3, [a_batch(0, 3, bad={1})], 0), TASKS: Span(0, 2, [a_batch(0, 2, bad={0})], 0)})

    assert (await scene.position(ORDERS), await scene.position(TASKS)) == (0, 2)
    assert [letter.partition for letter in scene.letters.parked] == [TASKS, TASKS]  # two orders are no tasks
    assert (scene.claims.stuck, scene.kafka.stopped) == ({ORDERS: "orders-0: no room"}, {ORDERS})


async def test_what_was_left_is_tried_again_and_counted_once_it_can_be() -> None:
    scene = await Scene().claimed()
    scene.letters.refused = {ORDERS}
    await scene.agent.on_poll(a_poll(0, 3, bad={1}))

    scene.letters.refused = set()
    scene.now += SOON
    await scene.claims.take(scene.kafka, scene.claims.due(scene.kafka))
    assert (scene.kafka.sent_to, scene.kafka.stopped, [*scene.claims.stuck]) == ([{ORDERS: 0}], set(), [ORDERS])
    await scene.agent.on_poll(a_poll(0, 3, bad={1}))

    assert (await scene.position(), scene.claims.stuck) == (3, {})
    assert [letter.offset for letter in scene.letters.parked] == [1]


async def test_an_event_that_is_too_late_and_cannot_be_parked_is_not_passed() -> None:
    scene = await Scene(ORDERS, TASKS).claimed()
    scene.letters.refused, scene.ledger.late = {ORDERS}, {"or-1"}

    await scene.agent.on_poll({ORDERS: Span(0, 3, [a_batch(0, 3)], 0), TASKS: Span(0, 2, [], 0)})

    assert (await scene.position(ORDERS), await scene.position(TASKS)) == (0, 2)
    assert scene.ledger.counted == []


async def test_a_record_that_this_program_fails_on_and_that_cannot_be_parked_is_not_passed() -> None:
    scene = await Scene().claimed()
    scene.letters.refused, scene.ledger.fails = {ORDERS}, {"or-1": 99}

    await scene.agent.on_poll(a_poll(0, 3))

    assert (scene.ledger.counted, await scene.position()) == (["or-0"], 1)
    assert [*scene.claims.stuck] == [ORDERS]
