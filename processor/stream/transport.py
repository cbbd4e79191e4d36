"""The Faust transport `kpibatch://`: one poll of all partitions is one stream event, the broker gathers, positions come from the store.

What Faust keeps about single records (acknowledgements, read and committed offsets, gaps, livelock checks) has no meaning here and is switched off: a
message stands for a whole poll, and what the poll covers is said in its value (`polls.py`).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final, cast

from aiokafka import OffsetAndMetadata, TopicPartition
from aiokafka.errors import (
    ConsumerStoppedError,
    IllegalStateError,
    KafkaError,
    NoOffsetForPartitionError,
    OffsetOutOfRangeError,
    TopicAuthorizationFailedError,
)
from faust.transport.drivers import TRANSPORTS
from faust.transport.drivers import aiokafka as driver
from faust.types import TP
from faust.types.tuples import ConsumerMessage
from mode import ServiceT
from mode.threads import MethodQueue

from processor.stream.asking import PatientConsumer, a_consumer, rest_after
from processor.stream.batches import RecordBatch, Unreadable
from processor.stream.claims import Bounds
from processor.stream.connection import Seldom, reachable
from processor.stream.logs import ANSWERED, bounds
from processor.stream.plain_faust import LOG, Silent, StreamApp
from processor.stream.polls import Partition, Poll, Span
from processor.stream.upkeep import Mark

_log = logging.getLogger(__name__)
SCHEME: Final = "kpibatch"
POLL: Final = 1.0
"""Seconds that a poll waits for records before it is begun again."""
TROUBLE: Final = 0.5
"""Seconds before reading is tried again after an error that is no neighbour's absence."""


class _Thread(driver.AIOKafkaConsumerThread):
    """Owns the aiokafka consumer. Methods run in its own loop, except where they say otherwise."""

    app: StreamApp
    logger = LOG

    def __post_init__(self) -> None:
        super().__post_init__()
        self._assignment: Any = None
        self._say = Seldom()
        self._position: dict[TopicPartition, int] = {}
        """How far each partition has been handed over, or where it was told to go on: whatever is read next is read from there."""
        self._told: dict[TopicPartition, OffsetAndMetadata] = {}
        self._answered: dict[TopicPartition, int] = {}
        """When the newest answer came that the last poll knew of, ms since 1970 UTC."""

    @property
    def method_queue(self) -> MethodQueue:
        """With room for a seek while a poll waits, a commit hangs and somebody asks for bounds: Faust has two."""
        if self._method_queue is None:
            self._method_queue = MethodQueue(num_workers=5, loop=self.thread_loop, beacon=self.beacon)
        return self._method_queue

    def _create_worker_consumer(self, transport: driver.Transport) -> PatientConsumer:  # noqa: ARG002 - upstream's signature
        return a_consumer(self.app.connection, self.app.conf.id, self.app.instance, self.app.fetch_max_wait_ms)

    def states(self) -> Mapping[TopicPartition, Any]:
        """What aiokafka knows of each assigned partition; it has no public name. May be called from any thread."""
        subscription = self._consumer._subscription.subscription if self._consumer is not None else None  # noqa: SLF001
        assignment = subscription.assignment if subscription is not None else None
        return {tp: assignment.state_value(tp) for tp in assignment.tps} if assignment is not None else {}

    def _own_states(self) -> Mapping[TopicPartition, Any]:
        """The same in the consumer's thread, where positions of an older assignment are forgotten: a new one begins anywhere."""
        states = self.states()
        assignment = next(iter(states.values()))._assignment if states else None  # noqa: SLF001
        if assignment is not self._assignment:
            self._assignment = assignment
            self._position.clear()
            self._answered.clear()
        return states

    async def on_partitions_assigned(self, assigned: set[TP], generation_id: int = 0) -> None:
        self._stand_still(TopicPartition(*tp) for tp in assigned)
        await super().on_partitions_assigned(assigned, generation_id)

    def _stand_still(self, partitions: Iterable[TopicPartition]) -> None:
        """Read nothing until they are told where. One that had no position at all would hold up every other of its broker."""
        consumer = self._ensure_consumer()
        for tp in partitions:
            consumer.seek(tp, 0)
            consumer.pause(tp)

    async def getmany(self, active_partitions: set[TP] | None, timeout: float) -> Any:  # noqa: ASYNC109 - upstream's signature
        """Called in the main thread. Each poll comes this way: Faust's queue of calls makes four tasks for one."""
        fetching = self._fetch_records(self._ensure_consumer(), active_partitions, timeout=timeout)
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(fetching, self.thread_loop))

    async def _fetch_records(self, *args: Any, **kwargs: Any) -> Any:
        """A poll, as a value that Faust only passes on."""
        try:
            return self._spans(await super()._fetch_records(*args, **kwargs))
        except NoOffsetForPartitionError as error:
            self._stand_still([error.args[0]])
        except OffsetOutOfRangeError as error:
            astray = list(error.args[0])
            self._ensure_consumer().pause(*astray)  # until it is told where to read
            self.parent_loop.call_soon_threadsafe(self.app.claims.look_again, [Partition(*tp) for tp in astray])
        except TopicAuthorizationFailedError as error:
            refused = [tp for tp in self._own_states() if tp.topic == error.args[0]]
            self._leave(refused, f"Kafka does not let this user read topic {error.args[0]}")
        except Unreadable as error:
            self._leave([error.partition], f"its log is damaged: {error.args[0]}")
            await self._read_again()
        except (KafkaError, UnicodeDecodeError) as error:
            if self._say(repr(error)):
                _log.exception("reading from Kafka failed; trying again and again from where it was")
            await asyncio.sleep(TROUBLE)
            await self._read_again()
        return {}

    def _leave(self, partitions: Collection[TopicPartition], why: str) -> None:
        self._ensure_consumer().pause(*(self._own_states().keys() & set(partitions)))
        self.parent_loop.call_soon_threadsafe(self.app.claims.leave, [Partition(*tp) for tp in partitions], why)

    async def _read_again(self) -> None:
        """What is being read, from where it was: with an error may go what had been taken already of several partitions."""
        states = self._own_states()
        await self.read_from({Partition(*tp): at for tp, at in self._position.items() if tp in states and not states[tp].paused})

    def _spans(self, records: Mapping[TopicPartition, list[Any]]) -> Poll:
        """What reading has moved over since the last poll. Nothing may be awaited between taking the records and this."""
        poll: dict[Partition, Span] = {}
        waiting = self._ensure_consumer()._fetcher._records  # noqa: SLF001 - records or an error that aiokafka has not handed over yet
        for tp, state in self._own_states().items():
            start, end, answered = self._position.get(tp), state._position, state.timestamp or 0  # noqa: SLF001 - `position` asserts that there is one
            before, self._answered[tp] = self._answered.get(tp, 0), answered
            if start is None or end is None or tp in waiting or (end == start and tp not in records):
                continue
            batches = records.get(tp, [])
            if batches and not isinstance(batches[0], RecordBatch):  # the seam does not hold
                batches = [RecordBatch(batches)]
            drained = state.lso is not None and state.lso <= end and before < answered
            poll[Partition(*tp)] = Span(start, end, batches, self.app.moment(before) if drained else 0)
            self._position[tp] = end
        return poll

    async def read_from(self, positions: Mapping[Partition, int]) -> None:
        consumer, states = self._ensure_consumer(), self._own_states()
        for partition, offset in positions.items():
            tp = TopicPartition(*partition)
            if tp in states:  # else a rebalance came between
                consumer.seek(tp, offset)
                consumer.resume(tp)
                self._position[tp] = offset

    async def bounds(self, partitions: Collection[Partition]) -> dict[Partition, Bounds]:
        return await bounds(self._ensure_consumer(), partitions)

    async def stop_reading(self, partitions: Collection[Partition]) -> None:
        self._ensure_consumer().pause(*(self._own_states().keys() & {TopicPartition(*partition) for partition in partitions}))

    async def tell(self, positions: Mapping[Partition, int]) -> None:
        """Kafka's committed offsets: for those who look at the lag there. Nothing reads them back."""
        assigned = self.states()
        offsets = {TopicPartition(*p): OffsetAndMetadata(offset, "") for p, offset in positions.items() if TopicPartition(*p) in assigned}
        if not offsets or offsets == self._told:
            return
        try:
            async with asyncio.timeout(ANSWERED):
                await self._ensure_consumer().commit(offsets)
            self._told = offsets
        except (KafkaError, IllegalStateError, TimeoutError) as error:
            _log.debug("Kafka did not take the lag: %r", error)


class Consumer(driver.Consumer):
    """The consumer as Faust and the rest of this package see it, in the main thread. Implements `upkeep.Reading` and `watch.Watched`."""

    app: StreamApp
    logger = LOG
    _thread: _Thread

    def _new_consumer_thread(self) -> _Thread:
        return _Thread(self, loop=self.loop, beacon=self.beacon)

    async def _drain_messages(self, fetcher: ServiceT) -> None:
        """Faust's loop, without what it keeps of single messages and the six tasks that it makes for each."""
        try:
            while not (self.should_stop or fetcher.should_stop):
                poll, _ = cast("tuple[Poll | None, Any]", await self._wait_next_records(POLL))
                if poll and not self.should_stop:
                    await self._hand_over(poll)
                    await asyncio.sleep(rest_after(poll))
        except (ConsumerStoppedError, asyncio.CancelledError):
            if not self.app.should_stop:
                raise

    async def _hand_over(self, poll: Poll) -> None:
        """One message for a poll of all partitions. It is dropped if a rebalance comes while it has no room: the next one then does not join on, and is read again."""
        tp = TP(*next(iter(poll)))  # any will do: all go to the same agent
        value: Any = poll
        message = ConsumerMessage(tp.topic, tp.partition, 0, 0.0, 0, None, None, value, None, generation_id=self.app.consumer_generation_id)
        handing = asyncio.ensure_future(self.callback(message))
        await asyncio.sleep(0)  # by then it is done, unless two polls are waiting already
        if not handing.done():
            await self.wait_first(handing, self.suspend_flow.wait())
        elif error := handing.exception():
            raise error

    async def seek_to_committed(self) -> Mapping[TP, int]:
        """Faust asks for this after each rebalance. Every partition is claimed again, in the background: the store may be away for long."""
        self.app.claims.release(self.assigned())
        return {}

    async def on_partitions_revoked(self, revoked: set[TP]) -> None:
        self.app.claims.release([Partition(*tp) for tp in revoked])
        await super().on_partitions_revoked(revoked)

    async def commit(self, topics: Any = None, start_new_transaction: bool = True) -> bool:  # noqa: ARG002, FBT001, FBT002 - upstream's signature
        await self._thread.call_thread(self._thread.tell, {partition: held.position for partition, held in self.app.claims.held.items()})
        return True

    def on_buffer_full(self, tp: TP) -> None:
        """A full stream holds up the fetcher by itself; Faust would pause the partition and sleep."""

    def verify_event_path(self, now: float, tp: TP) -> None:
        """Whether reading stands still is looked at in `watch`."""

    # upkeep.Reading, watch.Watched

    def assigned(self) -> set[Partition]:
        return {Partition(*tp) for tp in self._thread.states()}

    def sources(self) -> int:
        consumer = self._thread._consumer  # noqa: SLF001 - has no public name
        found = [len(consumer.partitions_for_topic(topic) or ()) for topic in consumer.subscription()] if consumer is not None else []
        return sum(found) if all(found) else 0  # of a topic that the brokers did not name just now it is not known

    def all_of(self, topics: Collection[str]) -> set[Partition]:
        consumer = self._thread._consumer  # noqa: SLF001 - has no public name
        return {Partition(topic, n) for topic in topics for n in (consumer and consumer.partitions_for_topic(topic)) or ()}

    def generation(self) -> int:
        consumer = self._thread._consumer  # noqa: SLF001 - has no public name
        return 0 if consumer is None or self.app.rebalancing else max(0, int(consumer._coordinator.generation))  # noqa: SLF001

    def marks(self) -> dict[Partition, Mark]:
        return {Partition(*tp): Mark(state._position, state.lso, state.timestamp or 0) for tp, state in self._thread.states().items()}  # noqa: SLF001

    async def bounds(self, partitions: Collection[Partition]) -> Mapping[Partition, Bounds]:
        return await self._thread.call_thread(self._thread.bounds, partitions) if partitions else {}

    async def read_from(self, positions: Mapping[Partition, int]) -> None:
        await self._thread.call_thread(self._thread.read_from, positions)

    async def stop_reading(self, partitions: Collection[Partition]) -> None:
        await self._thread.call_thread(self._thread.stop_reading, partitions)

    def unnamed(self) -> set[str]:
        consumer = self._thread._consumer  # noqa: SLF001 - has no public name
        return {topic for topic in consumer.subscription() if not consumer.partitions_for_topic(topic)} if consumer is not None else set()

    def dead(self) -> bool:
        consumer = self._thread._consumer  # noqa: SLF001 - has no public name
        return consumer is not None and consumer._coordinator._coordination_task.done()  # noqa: SLF001

    async def reachable(self) -> bool:
        return await reachable(self.app.connection)


class Transport(driver.Transport):
    Consumer = Consumer
    Producer = Silent


TRANSPORTS.aliases[SCHEME] = f"{__name__}:Transport"
TRANSPORTS.namespaces.clear()  # nor are all installed packages to be asked for theirs
