"""Whether reading stands still, how far behind it is, and when a fresh start is better. Without a clock."""

from __future__ import annotations

import pytest

from processor.store.port import Refused
from processor.stream.claims import Bounds
from processor.stream.watch import AT_WORK, STANDSTILL, TURNS
from schemas.errors import Unavailable
from tests.unit.stream.building import ORDERS, TASKS, Scene, Tripped, a_poll, a_watch


async def test_lag_is_counted_per_topic() -> None:
    scene = await Scene(ORDERS, TASKS).claimed()
    scene.kafka.logs = {ORDERS: Bounds(0, 7), TASKS: Bounds(0, 0)}

    await a_watch(scene).look(0.0)

    assert scene.metrics.lag.labels("orders")._value.get() == 7
    assert scene.metrics.lag.labels("tasks")._value.get() == 0


async def test_a_partition_that_stands_still_while_there_is_more_ends_the_worker() -> None:
    scene = await Scene().claimed()
    watch = a_watch(scene)
    await watch.look(0.0)
    await scene.agent.on_poll(a_poll(0, 5))
    await watch.look(STANDSTILL - 1)
    await watch.look(2 * STANDSTILL - 2)

    with pytest.raises(Tripped, match="orders-0 has stood at offset 5"):
        await watch.look(2 * STANDSTILL)


async def test_a_partition_may_stand_still_while_others_of_a_long_poll_have_their_turn() -> None:
    scene = await Scene(ORDERS, TASKS).claimed()
    watch = a_watch(scene)
    scene.agent.busy, scene.agent.polls = True, 1

    for look in range(9):
        scene.claims.held[TASKS].position += 1
        await watch.look(look * STANDSTILL * 0.7)


async def test_a_partition_that_has_no_turn_in_many_polls_is_a_standstill_after_a_minute() -> None:
    scene = await Scene(ORDERS, TASKS).claimed()
    watch = a_watch(scene)
    await watch.look(0.0)

    def another_poll() -> None:
        scene.agent.polls += 1
        scene.claims.held[TASKS].position += 1

    for _ in range(2 * TURNS - 1):
        another_poll()
    await watch.look(STANDSTILL + 1)  # it may have been bad luck
    another_poll()
    with pytest.raises(Tripped, match="orders-0 has stood at offset 0"):
        await watch.look(STANDSTILL + 2)


async def test_many_polls_within_a_minute_are_no_standstill() -> None:
    scene = await Scene(ORDERS, TASKS).claimed()
    watch = a_watch(scene)
    await watch.look(0.0)

    scene.agent.polls += 1000
    scene.claims.held[TASKS].position += 1
    await watch.look(STANDSTILL - 1)


async def test_a_long_poll_in_which_nothing_moves_is_a_standstill_after_some_minutes() -> None:
    scene = await Scene(ORDERS, TASKS).claimed()
    watch = a_watch(scene)
    scene.agent.busy, scene.agent.polls = True, 1
    await watch.look(0.0)
    await watch.look(AT_WORK)

    with pytest.raises(Tripped, match="has stood at offset 0"):
        await watch.look(AT_WORK + 1)


async def test_a_partition_may_stand_still_while_the_store_is_away() -> None:
    scene = await Scene().claimed()
    watch = a_watch(scene)
    await watch.look(0.0)
    scene.health.trouble("store", "gone")

    await watch.look(STANDSTILL + 1)
    scene.health.well("store")
    await watch.look(STANDSTILL + 2)


async def test_a_partition_that_is_assigned_and_never_claimed_ends_the_worker() -> None:
    scene = await Scene(ORDERS, TASKS).claimed()
    scene.kafka.logs[ORDERS] = Bounds(0, 0)
    watch = a_watch(scene)
    scene.claims.release([TASKS])
    await watch.look(0.0)

    with pytest.raises(Tripped, match="tasks-0 has not been claimed"):
        await watch.look(STANDSTILL + 1)


async def test_a_partition_that_is_reported_as_broken_does_not_end_the_worker() -> None:
    scene = await Scene(ORDERS, TASKS).claimed()
    scene.kafka.logs[ORDERS] = Bounds(0, 0)
    watch = a_watch(scene)
    scene.claims.release([TASKS])
    scene.claims.broken[TASKS] = "its log is gone"
    await watch.look(0.0)

    await watch.look(STANDSTILL + 1)


async def test_a_long_absence_of_kafka_is_no_standstill() -> None:
    scene = await Scene().claimed()
    watch = a_watch(scene)
    there = scene.kafka.bounds
    await watch.look(0.0)

    async def bounds(partitions: object) -> dict[object, Bounds]:
        raise Unavailable("nobody there")

    scene.kafka.bounds, scene.kafka.there = bounds, False  # type: ignore[method-assign, assignment]
    await watch.look(10.0)
    scene.kafka.bounds, scene.kafka.there = there, True  # type: ignore[method-assign]
    await watch.look(10 * STANDSTILL)


async def test_kafka_that_is_away_is_waited_for_and_a_consumer_that_is_deaf_is_not() -> None:
    scene = await Scene().claimed()

    async def bounds(partitions: object) -> dict[object, Bounds]:
        raise Unavailable("nobody there")

    scene.kafka.bounds = bounds  # type: ignore[assignment]
    watch = a_watch(scene)
    scene.kafka.there = False
    await watch.look(0.0)
    await watch.look(10 * STANDSTILL)
    assert scene.health.problems["Kafka"] == "nobody there"

    scene.kafka.there = True
    await watch.look(11 * STANDSTILL)
    with pytest.raises(Tripped, match="Kafka is there"):
        await watch.look(12 * STANDSTILL + 1)


async def test_a_consumer_that_left_its_group_for_good_ends_the_worker() -> None:
    scene = await Scene().claimed()
    scene.kafka.left_group = True

    with pytest.raises(Tripped):
        await a_watch(scene).look(0.0)


async def test_a_store_that_may_no_longer_hold_numbers_ends_the_worker_and_one_that_is_away_does_not() -> None:
    scene = await Scene().claimed()
    answers: list[Exception] = [Unavailable("away"), Refused("it evicts")]

    async def check() -> None:
        raise answers.pop(0)

    scene.store.check = check  # type: ignore[method-assign]
    await a_watch(scene).check()

    with pytest.raises(Tripped, match="not to be trusted with the numbers any longer: it evicts"):
        await a_watch(scene).check()


async def test_a_partition_that_lost_its_leader_is_left_and_the_others_are_watched_on() -> None:
    scene = await Scene(ORDERS, TASKS).claimed()
    watch = a_watch(scene)
    del scene.kafka.logs[ORDERS]
    scene.kafka.logs[TASKS] = Bounds(0, 7)

    await watch.look(0.0)

    assert ([*scene.claims.held], [*scene.claims.stuck], scene.kafka.stopped) == ([TASKS], [ORDERS], {ORDERS})
    assert scene.metrics.lag.labels("tasks")._value.get() == 7
    await scene.agent.on_poll(a_poll(0, 7, TASKS))
    await watch.look(2 * STANDSTILL)  # no standstill: it is known


async def test_a_topic_that_kafka_does_not_name_is_told_of() -> None:
    scene = await Scene().claimed()
    scene.kafka.not_named = {"tasks"}
    await a_watch(scene).look(0.0)
    assert "Kafka does not name tasks" in scene.health.problems["topics"]

    scene.kafka.not_named = set()
    await a_watch(scene).look(0.0)
    assert "topics" not in scene.health.problems


async def test_a_topic_that_is_created_again_under_a_running_worker_is_claimed_anew_by_which_it_is_found_out() -> None:
    scene = Scene()
    scene.kafka.logs = {ORDERS: Bounds(0, 5, "one")}
    await scene.claimed()
    watch = a_watch(scene)
    await watch.look(0.0)
    assert [*scene.claims.held] == [ORDERS]

    scene.kafka.logs = {ORDERS: Bounds(0, 5, "two")}
    await watch.look(0.0)
    assert scene.claims.due(scene.kafka) == [ORDERS]
