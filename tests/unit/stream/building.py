"""Polls, a Kafka and an engine for tests of the stream: real positions in a memory store, nothing that waits."""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from processor.engine import TooMuch
from processor.health import Health
from processor.metrics import Metrics
from processor.store.memory import MemoryStore
from processor.stream.agent import Agent, Counted, SetAside
from processor.stream.app import _app
from processor.stream.batches import RecordBatch
from processor.stream.breaker import Breaker
from processor.stream.claims import Bounds, Claims
from processor.stream.dead_letters import Letter, Unparked
from processor.stream.patience import Patience
from processor.stream.plain_faust import StreamApp
from processor.stream.polls import Partition, Poll, Span
from processor.stream.store_time import StoreTime
from processor.stream.upkeep import Mark, Upkeep
from processor.stream.watch import Watch
from processor.transaction import Tx
from processor.values import Slot
from schemas.brokers import Connection
from schemas.events import TOPICS, Event

ORDERS, TASKS = Partition("orders", 0), Partition("tasks", 0)
NOON = 1_777_000_000_000
"""Broker's time of the record at offset 0; each next one is 10 ms later."""


class Taken(NamedTuple):
    """A record as aiokafka hands it over."""

    offset: int
    value: bytes | None
    key: bytes | None = b"key"
    headers: Sequence[tuple[str, bytes]] = ()
    timestamp: int = NOON


def an_order(number: int) -> bytes:
    data = {
        "version": 1,
        "customer_id": "cu-1",
        "status": "paid",
        "gross_minor": 1,
        "currency": "USD",
        "purchased_at": "2026-03-01T10:00:00Z",
    }
    time = "2026-03-01T10:00:00Z"
    return json.dumps(
        {"specversion": "1.0", "id": f"e{number}", "source": "s", "type": "order.x", "subject": f"or-{number}", "time": time, "data": data}
    ).encode()


def a_batch(first: int, last: int, bad: Collection[int] = ()) -> RecordBatch:
    """Orders at the offsets from `first` up to, not including, `last`; some of them are no JSON."""
    return RecordBatch(Taken(n, b"{" if n in bad else an_order(n), f"or-{n}".encode(), (), NOON + 10 * n) for n in range(first, last))


def a_poll(start: int, end: int, partition: Partition = ORDERS, *, bad: Collection[int] = (), current_at: int = 0) -> Poll:
    return {partition: Span(start, end, [a_batch(start, end, bad)], current_at)}


class FakeKafka:
    """Brokers that hold what they are told, and a consumer that notes where it was sent."""

    def __init__(self, *partitions: Partition) -> None:
        self.partitions = set(partitions)
        self.group_generation = 1
        self.logs = dict.fromkeys(partitions, Bounds(0, 1_000))
        self.sent_to: list[Mapping[Partition, int]] = []
        self.read: dict[Partition, Mark] = {}
        self.there, self.left_group = True, False
        self.not_named: set[str] = set()
        self.stopped: set[Partition] = set()
        """What is not read until it is told where to go on."""

    def assigned(self) -> set[Partition]:
        return set(self.partitions)

    def sources(self) -> int:
        return len(self.partitions)

    def all_of(self, topics: Collection[str]) -> set[Partition]:
        return {partition for partition in self.logs if partition.topic in topics}

    def generation(self) -> int:
        return self.group_generation

    async def bounds(self, partitions: Collection[Partition]) -> Mapping[Partition, Bounds]:
        return {partition: self.logs[partition] for partition in partitions if partition in self.logs}

    async def read_from(self, positions: Mapping[Partition, int]) -> None:
        self.sent_to.append(dict(positions))
        self.stopped -= positions.keys()

    async def stop_reading(self, partitions: Collection[Partition]) -> None:
        self.stopped |= set(partitions)

    def unnamed(self) -> set[str]:
        return self.not_named

    def marks(self) -> Mapping[Partition, Mark]:
        return dict(self.read)

    def dead(self) -> bool:
        return self.left_group

    async def reachable(self) -> bool:
        return self.there


class Ledger:
    """An engine that counts by writing down, guarded by a real store. It fails on the subjects it is told to fail on."""

    def __init__(self, store: MemoryStore) -> None:
        self.store = store
        self.dirty = False
        self.sweeping = False
        self.commands = 1
        """That an event asks of the store."""
        self.counted: list[str] = []
        self.calls: list[tuple[list[Slot], int]] = []
        self.late: set[str] = set()
        """Subjects of events that are later than what is kept."""
        self.removed = 0
        """How often something that is no longer kept was to be removed. There is more of it twice."""
        self.fails: dict[str, int] = {}
        """Subject -> how many times more a group with it fails; "*": any group, also an empty one."""

    async def commit(
        self, slots: list[Slot], events: Sequence[Counted], set_aside: SetAside | None = None, *, at_most: int | None = None
    ) -> None:
        if at_most is not None and len(events) * self.commands > at_most:
            raise TooMuch
        late = [event for event in events if isinstance(event, Event) and event.subject in self.late]
        if late and set_aside:
            await set_aside(late)
            await set_aside(late)  # planned again
        self.calls.append((slots, len(events)))
        for subject in ("*", *(event.subject for event in events)):
            if self.fails.get(subject, 0) > 0:
                self.fails[subject] -= 1
                raise ZeroDivisionError(f"secret of {subject}")
        outcome = await self.store.apply(slots, Tx({}))
        if not getattr(outcome, "repeated", False):
            self.counted += [event.subject for event in events]

    async def settle(self) -> bool:
        return self.dirty

    async def advance(self) -> None:
        await self.store.advance()

    async def expire(self) -> bool:
        return await self.store.expire(1) == 1

    async def remove(self) -> bool:
        self.removed += 1
        return self.removed < 3


class Letters:
    """Where dead letters go. Writes into the ledger's journal too, so that tests see what came first."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self.parked: list[Letter] = []
        self.parked_before_call: list[int] = []
        self.refused: set[Partition] = set()
        """Of which nothing can be parked."""

    async def park(self, letters: Iterable[Letter]) -> None:
        unparked = set()
        for letter in letters:
            if letter.partition in self.refused:
                unparked.add(letter.partition)
                continue
            self.parked.append(letter)
            self.parked_before_call.append(len(self._ledger.calls))
        if unparked:
            raise Unparked(unparked, "no room")


class Tripped(Exception):
    """The breaker ended the worker."""


def trip(why: str) -> Any:
    raise Tripped(why)


class Scene:
    """A worker without Kafka and without Faust."""

    def __init__(self, *partitions: Partition, group_records: int = 4_000) -> None:
        partitions = partitions or (ORDERS,)
        self.now, self.latest = 1_000.0, math.inf
        self.metrics = Metrics()
        self.health = Health(self.metrics)
        self.store = MemoryStore()
        self.ledger = Ledger(self.store)
        self.kafka = FakeKafka(*partitions)
        self.claims = Claims(self.store, "me", self.metrics, first=["campaigns"], clock=lambda: self.now, latest=lambda: self.latest)
        self.letters = Letters(self.ledger)
        self.agent = Agent(
            self.ledger,
            self.claims,
            self.kafka,
            self.letters,
            Breaker(trip),
            Patience("store", self.health),
            self.metrics,
            kinds=TOPICS,
            group_records=group_records,
            unsettled=asyncio.Event(),
        )

    async def claimed(self, *, keep: bool = False) -> Scene:
        """`keep`: where reading was sent to."""
        await self.claims.take(self.kafka, self.claims.due(self.kafka))
        if not keep:
            self.kafka.sent_to.clear()
        return self

    async def position(self, partition: Partition = ORDERS) -> int:
        return (await self.store.positions())[partition.name]


def a_faust_app(scene: Scene) -> StreamApp:
    return _app("group", Connection("127.0.0.1:1"), None, 10, scene.claims, lambda here: here)


def an_upkeep(scene: Scene) -> Upkeep:
    return Upkeep(
        scene.ledger,
        scene.claims,
        scene.kafka,
        scene.agent,
        scene.health,
        scene.metrics,
        assigned=asyncio.Event(),
        unsettled=asyncio.Event(),
        answered=0.0,
        moment=lambda here: here,
    )


def a_watch(scene: Scene) -> Watch:
    return Watch(scene.store, StoreTime(), scene.claims, scene.kafka, scene.agent, scene.health, scene.metrics, die=trip)


def subjects(first: int, last: int) -> list[str]:
    return [f"or-{n}" for n in range(first, last)]
