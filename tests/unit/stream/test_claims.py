"""Which partitions are held, from which position, and what happens when store and Kafka disagree."""

from __future__ import annotations

import pytest

from processor.store.port import Lost
from processor.stream.claims import NO_LEADER, PATIENCE, PAUSE, RETRY, SELDOM, SOON, Bounds
from processor.stream.first import MOVES
from processor.stream.polls import Partition
from processor.transaction import Tx
from processor.values import Slot
from tests.unit.stream.building import NOON, ORDERS, TASKS, Scene, a_poll, subjects


async def test_reading_goes_on_where_the_store_stands_whatever_kafka_thinks() -> None:
    scene = await Scene().claimed()
    await scene.agent.on_poll(a_poll(0, 5))
    scene.claims.release([ORDERS])

    await scene.claims.take(scene.kafka, scene.claims.due(scene.kafka))

    assert scene.kafka.sent_to == [{ORDERS: 5}]
    assert scene.claims.held[ORDERS].position == 5


async def test_only_assigned_partitions_are_due_and_none_during_a_rebalance() -> None:
    scene = Scene(ORDERS, TASKS)
    assert scene.claims.due(scene.kafka) == [ORDERS, TASKS]

    scene.kafka.partitions = {TASKS}
    assert scene.claims.due(scene.kafka) == [TASKS]

    scene.kafka.group_generation = 0
    assert scene.claims.due(scene.kafka) == []


async def test_a_partition_that_another_claimed_is_claimed_back_only_after_a_pause() -> None:
    scene = await Scene().claimed()
    scene.claims.drop([scene.claims.slot(ORDERS, 0, 0)], Lost("orders-0", "FENCED"))

    assert scene.claims.due(scene.kafka) == []
    scene.now += PAUSE
    assert scene.claims.due(scene.kafka) == [ORDERS]


async def test_what_the_store_forgot_is_claimed_again_at_once() -> None:
    scene = await Scene(ORDERS, TASKS).claimed()
    slots = [scene.claims.slot(partition, 0, 0) for partition in (ORDERS, TASKS)]

    scene.claims.drop(slots, Lost(None, "NOSTATE"))

    assert scene.claims.due(scene.kafka) == [ORDERS, TASKS]


async def test_a_worker_left_behind_by_a_rebalance_claims_nothing() -> None:
    scene = Scene()
    await scene.store.claim(ORDERS.name, "newer", 2)

    await scene.claims.take(scene.kafka, [ORDERS])

    assert scene.claims.held == {}
    assert scene.store.partitions[ORDERS.name].owner == "newer"


async def test_kafka_is_believed_when_it_goes_on_assigning_to_a_generation_that_the_store_calls_old() -> None:
    scene = Scene()
    await scene.store.claim(ORDERS.name, "of a deleted group", 9)

    await scene.claims.take(scene.kafka, [ORDERS])
    scene.now += PATIENCE + 1
    await scene.claims.take(scene.kafka, [ORDERS])

    assert ORDERS in scene.claims.held


async def test_what_kafka_no_longer_has_is_marked_and_reading_goes_on_behind_it() -> None:
    scene = Scene()
    scene.kafka.logs[ORDERS] = Bounds(40, 90)

    await scene.claims.take(scene.kafka, [ORDERS])

    assert scene.store.history_missing == {"orders-0"}
    assert scene.kafka.sent_to == [{ORDERS: 40}]
    assert await scene.position() == 40
    await scene.agent.on_poll(a_poll(40, 42))
    assert scene.ledger.counted == ["or-40", "or-41"]


async def test_a_partition_that_another_claims_while_it_is_moved_over_what_is_gone_is_claimed_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    scene = Scene()
    scene.kafka.logs[ORDERS] = Bounds(40, 90)
    mark = scene.store.incomplete

    async def another(partition: str) -> None:
        await mark(partition)
        await scene.store.claim(partition, "another", 9)

    monkeypatch.setattr(scene.store, "incomplete", another)
    await scene.claims.take(scene.kafka, [ORDERS])
    monkeypatch.setattr(scene.store, "incomplete", mark)

    assert scene.claims.held == {}
    assert scene.claims.due(scene.kafka) == []
    scene.now += PAUSE
    assert scene.claims.due(scene.kafka) == [ORDERS]


async def test_a_log_that_ends_before_its_numbers_is_not_read_and_looked_at_again_later() -> None:
    scene = await Scene(ORDERS, TASKS).claimed()
    await scene.agent.on_poll(a_poll(0, 5))
    scene.claims.release([ORDERS, TASKS])
    scene.kafka.logs[ORDERS] = Bounds(0, 3)

    await scene.claims.take(scene.kafka, [ORDERS, TASKS])

    assert set(scene.claims.held) == {TASKS}
    assert "ends at offset 3, its numbers stand for 5" in scene.claims.broken[ORDERS]
    assert scene.store.history_missing == {"orders-0"}
    assert scene.claims.due(scene.kafka) == []
    scene.now += RETRY
    scene.kafka.logs[ORDERS] = Bounds(0, 8)  # the log is back
    await scene.claims.take(scene.kafka, scene.claims.due(scene.kafka))
    assert (scene.claims.broken, scene.claims.held[ORDERS].position) == ({}, 5)


async def test_a_log_that_grew_since_it_was_asked_is_no_fault() -> None:
    scene = await Scene().claimed()
    await scene.agent.on_poll(a_poll(0, 5))
    scene.claims.release([ORDERS])
    answers = [Bounds(0, 4), Bounds(0, 6)]

    async def bounds(partitions: object) -> dict[object, Bounds]:
        return {ORDERS: answers.pop(0)}

    scene.kafka.bounds = bounds  # type: ignore[assignment]
    await scene.claims.take(scene.kafka, [ORDERS])

    assert scene.claims.held[ORDERS].position == 5
    assert scene.claims.broken == {}


async def test_a_rebalance_in_the_middle_of_claiming_leaves_the_rest_alone() -> None:
    scene = Scene(ORDERS, TASKS)
    scene.kafka.partitions = {TASKS}

    await scene.claims.take(scene.kafka, [ORDERS, TASKS])

    assert set(scene.claims.held) == {TASKS}
    assert ORDERS.name not in scene.store.partitions


CAMPAIGNS = Partition("campaigns", 0)


def filling(*, campaigns: int = 5) -> Scene:
    """An empty store, and so many records about campaigns."""
    scene = Scene(CAMPAIGNS, ORDERS)
    scene.kafka.logs = {CAMPAIGNS: Bounds(0, campaigns), ORDERS: Bounds(0, 9)}
    return scene


async def test_campaigns_are_read_to_their_end_before_what_rests_on_them() -> None:
    scene = await filling().claimed(keep=True)
    assert scene.kafka.sent_to == [{CAMPAIGNS: 0}]

    await scene.agent.on_poll(a_poll(0, 4, CAMPAIGNS))
    assert scene.kafka.sent_to == [{CAMPAIGNS: 0}]

    await scene.agent.on_poll(a_poll(4, 5, CAMPAIGNS))
    assert scene.kafka.sent_to == [{CAMPAIGNS: 0}, {ORDERS: 0}]


async def test_what_still_comes_in_of_those_that_wait_is_left_and_read_again_later() -> None:
    scene = await filling().claimed(keep=True)

    await scene.agent.on_poll(a_poll(7, 9, ORDERS))
    assert (scene.ledger.counted, scene.kafka.sent_to) == ([], [{CAMPAIGNS: 0}])

    await scene.agent.on_poll(a_poll(0, 5, CAMPAIGNS))
    await scene.agent.on_poll(a_poll(0, 9, ORDERS))
    assert scene.ledger.counted == subjects(0, 9)


async def test_nothing_waits_where_there_are_no_campaigns() -> None:
    scene = await filling(campaigns=0).claimed(keep=True)

    assert scene.kafka.sent_to == [{CAMPAIGNS: 0, ORDERS: 0}]


async def test_what_another_worker_reads_of_campaigns_is_waited_for_too() -> None:
    """Of the settings it holds as well: what they say is no longer kept would be counted."""
    scene = filling()
    scene.kafka.partitions = {ORDERS}
    theirs = await scene.store.claim(CAMPAIGNS.name, "another", 1)
    await scene.claimed(keep=True)
    assert scene.kafka.sent_to == []

    for position in (4, 5):
        assert scene.kafka.sent_to == []
        before = (await scene.store.positions())[CAMPAIGNS.name]
        await scene.store.apply([Slot(CAMPAIGNS.name, theirs.epoch, "another", before, position, 0)], Tx({}))
        await scene.claims.look_at_others()
        await scene.claims.let_read(scene.kafka)

    assert scene.kafka.sent_to == [{ORDERS: 0}]


async def test_a_worker_that_does_not_come_on_with_campaigns_is_not_waited_for() -> None:
    scene = filling()
    scene.kafka.partitions = {ORDERS}
    await scene.claimed(keep=True)

    scene.now += MOVES
    await scene.claims.look_at_others()
    await scene.claims.let_read(scene.kafka)

    assert scene.kafka.sent_to == [{ORDERS: 0}]


async def test_campaigns_that_do_not_move_are_not_waited_for() -> None:
    scene = await filling().claimed(keep=True)
    await scene.agent.on_poll(a_poll(0, 4, CAMPAIGNS))  # behind it lies an open transaction

    scene.now += MOVES
    await scene.claims.let_read(scene.kafka)

    assert scene.kafka.sent_to == [{CAMPAIGNS: 0}, {ORDERS: 0}]


async def test_what_nobody_leads_is_left_and_the_others_are_claimed() -> None:
    scene = Scene(ORDERS, TASKS)
    del scene.kafka.logs[ORDERS]

    await scene.claims.take(scene.kafka, scene.claims.due(scene.kafka))

    assert [*scene.claims.held] == [TASKS]
    assert scene.claims.stuck == {ORDERS: f"orders-0: {NO_LEADER}"}


async def test_what_was_left_is_tried_and_told_of_ever_less_often(caplog: pytest.LogCaptureFixture) -> None:
    scene = await Scene().claimed()
    pauses = []
    for _ in range(9):
        scene.claims.leave([ORDERS], "why")
        scene.claims.leave([ORDERS], "why")  # by another that found out at the same time
        began = scene.now
        while not scene.claims.due(scene.kafka):
            scene.now += 0.5
        pauses.append(scene.now - began)

    assert pauses == [1, 2, 4, 8, 16, SELDOM, SELDOM, SELDOM, SELDOM]
    assert caplog.messages == ["orders-0: not counted for now, others are: why"] * 7


async def test_what_was_left_is_well_again_when_it_moves_on_and_not_when_it_is_tried() -> None:
    scene = await Scene().claimed()
    scene.claims.leave([ORDERS], "why")
    scene.now += SOON
    await scene.claims.take(scene.kafka, scene.claims.due(scene.kafka))
    assert [*scene.claims.stuck] == [ORDERS]

    scene.claims.moved([scene.claims.slot(ORDERS, 0, 0)])
    assert [*scene.claims.stuck] == [ORDERS]
    scene.claims.moved([scene.claims.slot(ORDERS, 0, NOON)])  # nothing came, but its broker says so
    assert scene.claims.stuck == {}


async def test_a_topic_that_was_created_again_is_not_read_on_however_long_it_has_grown() -> None:
    """Its first records were never counted, and offsets do not tell."""
    scene = Scene(ORDERS, TASKS)
    scene.kafka.logs = {ORDERS: Bounds(0, 5, "one"), TASKS: Bounds(0, 5, "another")}
    await scene.claimed()
    await scene.agent.on_poll(a_poll(0, 5))
    scene.claims.release([ORDERS, TASKS])
    scene.kafka.logs = {ORDERS: Bounds(0, 9, "two"), TASKS: Bounds(0, 9, "yet another")}

    await scene.claims.take(scene.kafka, [ORDERS, TASKS])

    assert [*scene.claims.held] == [TASKS]  # of which nothing was counted yet
    assert "orders-0 was deleted and created again, its numbers stand for 5 in the topic before" in scene.claims.stuck[ORDERS]
    assert scene.store.history_missing == {"orders-0"}


async def test_where_kafka_does_not_number_its_topics_reading_goes_on() -> None:
    scene = await Scene().claimed()
    await scene.agent.on_poll(a_poll(0, 5))
    for number in ("", "one", ""):
        scene.claims.release([ORDERS])
        scene.kafka.logs = {ORDERS: Bounds(0, 9, number)}
        await scene.claims.take(scene.kafka, [ORDERS])

    assert [*scene.claims.held] == [ORDERS]


async def test_a_moment_that_has_not_come_yet_by_a_producers_clock_makes_nothing_fresh() -> None:
    scene = await Scene().claimed()
    scene.latest = NOON + 10.0

    assert scene.claims.slot(ORDERS, 0, NOON + 11).as_of == 0
    assert scene.claims.slot(ORDERS, 0, NOON + 10).as_of == NOON + 10
