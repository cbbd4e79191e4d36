"""What aiokafka does by itself, and where the transport reaches into it: positions that move, errors in the middle of reading, a talkative log.

See `test_traps.py` for what Faust does.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any, NoReturn

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import (
    CommitFailedError,
    CorruptRecordException,
    NoOffsetForPartitionError,
    OffsetOutOfRangeError,
    TopicAuthorizationFailedError,
)
from faust.transport.drivers.aiokafka import AIOKafkaConsumerThread
from faust.types import TP
from faust.types.tuples import ConsumerMessage

from processor.stream import asking, transport
from processor.stream.batches import RecordBatch, Unreadable
from processor.stream.connection import Quieter, Seldom
from processor.stream.polls import Partition
from processor.stream.transport import Consumer
from tests.unit.stream.building import ORDERS, TASKS, Scene, Taken, a_batch, a_faust_app, a_poll

OF_ORDERS = TopicPartition(*ORDERS)


class State:
    """What aiokafka keeps of a partition."""

    def __init__(self, assignment: object, position: int | None = None, end: int = 100, timestamp: int = 1_000) -> None:
        self._assignment, self._position, self.lso, self.timestamp = assignment, position, end, timestamp
        self.paused = False


class Upstream:
    """aiokafka's consumer, as far as the transport reaches into it."""

    def __init__(self) -> None:
        self._subscription = self
        self.subscription = self
        self._fetcher = self
        self._records: dict[Any, Any] = {}
        self.assignment = self
        self.states: dict[TopicPartition, State] = {OF_ORDERS: State(self)}
        self.paused: set[TopicPartition] = set()
        self.commits: list[Any] = []

    @property
    def tps(self) -> list[TopicPartition]:
        return list(self.states)

    def state_value(self, tp: TopicPartition) -> State:
        return self.states[tp]

    def seek(self, tp: TopicPartition, offset: int) -> None:
        self.states[tp]._position = offset

    def pause(self, *tps: TopicPartition) -> None:
        assert all(isinstance(tp, TopicPartition) for tp in tps)
        self.paused.update(tps)

    def resume(self, *tps: TopicPartition) -> None:
        assert all(isinstance(tp, TopicPartition) for tp in tps)
        self.paused.difference_update(tps)

    async def commit(self, offsets: Any) -> None:
        raise CommitFailedError


def a_consumer(scene: Scene) -> Any:
    """The transport around an upstream that does nothing by itself."""
    consumer: Any = Consumer.__new__(Consumer)
    thread: Any = transport._Thread.__new__(transport._Thread)
    consumer._thread = thread
    consumer.app = thread.app = a_faust_app(scene)
    thread._consumer = Upstream()
    thread._assignment, thread._position, thread._answered, thread._told = None, {}, {}, {}
    thread._say = Seldom()
    thread.parent_loop = asyncio.get_running_loop()
    return consumer


def fetched(consumer: Any, first: int, last: int) -> dict[TopicPartition, list[RecordBatch]]:
    """aiokafka has taken these records over."""
    consumer._thread._consumer.states[OF_ORDERS]._position = last
    return {OF_ORDERS: [a_batch(first, last)]}


async def test_a_poll_says_from_where_to_where_it_was_read() -> None:
    consumer = a_consumer(Scene())
    await consumer._thread.read_from({ORDERS: 5})

    (span,) = consumer._thread._spans(fetched(consumer, 5, 9)).values()
    assert (span.start, span.end, span.batches[0].offsets) == (5, 9, [5, 6, 7, 8])

    (span,) = consumer._thread._spans(fetched(consumer, 9, 10)).values()
    assert (span.start, span.end) == (9, 10)


async def test_markers_of_transactions_move_a_position_without_any_record() -> None:
    consumer = a_consumer(Scene())
    await consumer._thread.read_from({ORDERS: 5})
    consumer._thread._consumer.states[OF_ORDERS]._position = 6

    (span,) = consumer._thread._spans({}).values()

    assert (span.start, span.end, span.batches) == (5, 6, [])


async def test_nothing_is_handed_over_before_reading_was_told_where_to_begin() -> None:
    consumer = a_consumer(Scene())

    assert consumer._thread._spans(fetched(consumer, 0, 4)) == {}


async def test_positions_of_an_older_assignment_are_forgotten() -> None:
    consumer = a_consumer(Scene())
    await consumer._thread.read_from({ORDERS: 5})
    consumer._thread._consumer.states = {OF_ORDERS: State(object())}

    assert consumer._thread._spans(fetched(consumer, 40, 44)) == {}


async def test_an_error_that_is_still_to_be_raised_moves_nothing() -> None:
    consumer = a_consumer(Scene())
    await consumer._thread.read_from({ORDERS: 5})
    consumer._thread._consumer.states[OF_ORDERS]._position = 6  # upstream steps over a record that it finds too large
    consumer._thread._consumer._records[OF_ORDERS] = "an error"

    assert consumer._thread._spans({}) == {}


async def test_records_that_came_one_by_one_are_gathered() -> None:
    consumer = a_consumer(Scene())
    await consumer._thread.read_from({ORDERS: 0})
    consumer._thread._consumer.states[OF_ORDERS]._position = 2

    (span,) = consumer._thread._spans({OF_ORDERS: [Taken(0, b"a"), Taken(1, None)]}).values()

    assert [batch.values for batch in span.batches] == [[b"a", None]]


@pytest.fixture(name="raising")
def _raising(monkeypatch: pytest.MonkeyPatch) -> Callable[[Exception], None]:
    """Makes aiokafka raise when it is asked for records."""

    def raising(error: Exception) -> None:
        async def raises(*_: object, **__: object) -> NoReturn:
            raise error

        monkeypatch.setattr(AIOKafkaConsumerThread, "_fetch_records", raises)
        monkeypatch.setattr(transport, "TROUBLE", 0.0)

    return raising


async def test_an_error_of_reading_is_no_poll_and_reading_goes_on_from_where_it_was(raising: Callable[[Exception], None]) -> None:
    consumer = a_consumer(Scene())
    await consumer._thread.read_from({ORDERS: 5})
    consumer._thread._consumer.states[OF_ORDERS]._position = 6  # upstream steps over a record that it cannot take
    raising(CorruptRecordException())

    assert await consumer._thread._fetch_records() == {}

    assert consumer._thread._consumer.states[OF_ORDERS]._position == 5
    assert consumer._thread._consumer.paused == set()


async def test_a_position_that_is_not_in_the_log_is_looked_into_and_not_asked_for_a_thousand_times_a_second(
    raising: Callable[[Exception], None],
) -> None:
    scene = await Scene().claimed()
    consumer = a_consumer(scene)
    await consumer._thread.read_from({ORDERS: 5})
    raising(OffsetOutOfRangeError({OF_ORDERS: 5}))

    assert await consumer._thread._fetch_records() == {}
    await asyncio.sleep(0)

    assert consumer._thread._consumer.paused == {OF_ORDERS}
    assert scene.claims.due(scene.kafka) == [ORDERS]


async def test_a_topic_that_may_not_be_read_is_left_and_not_asked_for_twice_a_second(raising: Callable[[Exception], None]) -> None:
    """Each such error would have thrown away whatever had been read of the others."""
    scene = await Scene().claimed()
    consumer = a_consumer(scene)
    await consumer._thread.read_from({ORDERS: 5})
    raising(TopicAuthorizationFailedError("orders"))

    assert await consumer._thread._fetch_records() == {}
    await asyncio.sleep(0)

    assert consumer._thread._consumer.paused == {OF_ORDERS}
    assert scene.claims.stuck == {ORDERS: "orders-0: Kafka does not let this user read topic orders"}


async def test_a_partition_whose_log_is_damaged_is_left_and_the_others_are_read_again(raising: Callable[[Exception], None]) -> None:
    scene = await Scene(ORDERS, TASKS).claimed()
    consumer = a_consumer(scene)
    of_tasks = TopicPartition(*TASKS)
    upstream = consumer._thread._consumer
    upstream.states[of_tasks] = State(upstream)
    await consumer._thread.read_from({ORDERS: 5, TASKS: 7})
    upstream.states[of_tasks]._position = 9  # which went with the error
    upstream.states[OF_ORDERS].paused = True
    raising(Unreadable(OF_ORDERS, "CRC"))

    assert await consumer._thread._fetch_records() == {}
    await asyncio.sleep(0)

    assert (upstream.paused, upstream.states[of_tasks]._position) == ({OF_ORDERS}, 7)
    assert scene.claims.stuck == {ORDERS: "orders-0: its log is damaged: CRC"}


async def test_a_partition_that_was_not_told_where_to_read_stands_still_and_does_not_hold_up_the_others(
    raising: Callable[[Exception], None],
) -> None:
    consumer = a_consumer(Scene())
    raising(NoOffsetForPartitionError(OF_ORDERS))

    assert await consumer._thread._fetch_records() == {}

    assert consumer._thread._consumer.states[OF_ORDERS]._position is not None  # without one, aiokafka reads nothing from its broker
    assert consumer._thread._consumer.paused == {OF_ORDERS}
    assert consumer._thread._spans({}) == {}


async def test_partitions_stand_still_from_the_moment_they_are_assigned(monkeypatch: pytest.MonkeyPatch) -> None:
    consumer = a_consumer(Scene())
    seen = []

    async def upstream(*_: object) -> None:
        seen.append(set(consumer._thread._consumer.paused))

    monkeypatch.setattr(AIOKafkaConsumerThread, "on_partitions_assigned", upstream)
    await consumer._thread.on_partitions_assigned({TP(*ORDERS)}, 1)

    assert seen == [{OF_ORDERS}]


async def test_a_paused_partition_is_read_again_once_it_knows_where() -> None:
    consumer = a_consumer(Scene())
    consumer._thread._consumer.paused.add(OF_ORDERS)

    await consumer._thread.read_from({ORDERS: 5, TASKS: 1})

    assert consumer._thread._consumer.paused == set()


async def test_a_refused_commit_of_the_lag_harms_nobody() -> None:
    consumer = a_consumer(Scene())

    await consumer._thread.tell({ORDERS: 5})


async def test_the_broker_gathers_and_nothing_is_reset_behind_our_back(monkeypatch: pytest.MonkeyPatch) -> None:
    told: dict[str, Any] = {}
    monkeypatch.setattr(asking, "PatientConsumer", lambda **options: told.update(options))
    consumer = a_consumer(Scene())
    consumer.app.instance = "worker-1"

    consumer._thread._create_worker_consumer(consumer.app.transport)

    assert told["fetch_min_bytes"] == 1_000_000
    assert told["fetch_max_wait_ms"] == 10
    assert told["auto_offset_reset"] == "none"
    assert told["isolation_level"] == "read_committed"
    assert told["enable_auto_commit"] is False
    assert (told["group_instance_id"], told["session_timeout_ms"]) == ("worker-1", 6_000)
    assert told["session_timeout_ms"] <= told["request_timeout_ms"]


async def test_a_message_is_a_whole_poll_and_faust_cannot_take_it_for_an_old_one() -> None:
    consumer = a_consumer(Scene())
    messages: list[Any] = []

    async def take(message: ConsumerMessage) -> None:
        messages.append(message)

    consumer.callback = take
    poll = a_poll(7, 9)
    await consumer._hand_over(poll)

    (message,) = messages
    assert message.tp == TP(*ORDERS)
    assert message.value is poll
    assert message.offset == 0  # Faust drops messages whose offset goes back


async def test_a_poll_that_finds_no_room_is_let_go_when_a_rebalance_begins() -> None:
    consumer = a_consumer(Scene())
    consumer.__dict__["_stopped"], consumer.__dict__["_crashed"] = asyncio.Event(), asyncio.Event()
    let_go = asyncio.Event()

    async def take(_: ConsumerMessage) -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            let_go.set()
            raise

    consumer.callback = take
    consumer._loop, consumer.can_resume_flow, consumer.suspend_flow = asyncio.get_running_loop(), asyncio.Event(), asyncio.Event()
    handing = asyncio.create_task(consumer._hand_over(a_poll(7, 9)))
    await asyncio.sleep(0)
    consumer.stop_flow()

    async with asyncio.timeout(10):
        await handing
        await let_go.wait()


async def test_a_poll_that_faust_fails_to_take_is_an_error() -> None:
    consumer = a_consumer(Scene())

    async def take(_: ConsumerMessage) -> None:
        raise ZeroDivisionError

    consumer.callback = take

    with pytest.raises(ZeroDivisionError):
        await consumer._hand_over(a_poll(7, 9))


async def test_faust_seeks_after_a_rebalance_and_finds_that_the_store_decides() -> None:
    scene = await Scene().claimed()
    consumer = a_consumer(scene)

    assert await consumer.seek_to_committed() == {}

    assert scene.claims.held == {}
    assert scene.claims.due(scene.kafka) == [ORDERS]


@pytest.mark.parametrize(
    ("named", "told"),
    [({"orders": {0, 1}, "tasks": {0}}, 3), ({"orders": {0, 1}, "tasks": None}, 0), ({"orders": {0, 1}, "tasks": set()}, 0)],
)
async def test_how_many_partitions_there_are_is_not_known_while_a_topic_is_not_named(named: dict[str, Any], told: int) -> None:
    """Half a number would let the watermark, and what answers say of themselves, go by the half."""
    consumer = a_consumer(Scene())
    consumer._thread._consumer.subscription = lambda: {"orders", "tasks"}
    consumer._thread._consumer.partitions_for_topic = named.get

    assert consumer.sources() == told


# Without brokers aiokafka says the same thing a hundred times a second.


def test_a_library_that_repeats_itself_is_heard_once_per_while() -> None:
    now = 0.0
    quieter = Quieter(clock=lambda: now)

    def passes(name: str, text: str) -> tuple[bool, str]:
        record = logging.LogRecord(name, logging.ERROR, "", 0, text, (), None)
        return quieter.filter(record), str(record.msg)

    assert [passes("aiokafka.conn", "no broker")[0] for _ in range(100)].count(True) == 1
    assert passes("aiokafka.conn", "something else")[0]
    assert all(passes("processor.stream", "ours")[0] for _ in range(3))
    now = Quieter.EVERY
    assert passes("aiokafka.conn", "no broker") == (True, "no broker (99 more like this held back)")


def test_what_goes_on_and_on_is_said_ever_less_often_and_once_a_minute_in_the_end() -> None:
    now = 0.0
    say = Seldom(clock=lambda: now)
    times = []
    for _ in range(2 * 400):
        if say("it fails"):
            times.append(now)
        assert say(f"something else at {now}")
        now += 0.5

    assert times == [0, 1, 3, 7, 15, 31, 63, 123, 183, 243, 303, 363]


def test_a_partition_is_the_same_thing_to_all_three() -> None:
    found: dict[object, int] = {Partition("a", 1): 1}

    assert (found[TP("a", 1)], found[TopicPartition("a", 1)]) == (1, 1)
