"""What goes on beside the polls: claiming, heartbeats, settling, and removing what is no longer kept."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable, Mapping
from typing import Final, NamedTuple, Protocol

from opentelemetry import trace

from processor.health import Health
from processor.metrics import Metrics
from processor.store.port import Lost
from processor.stream.agent import Agent, Counted, SetAside
from processor.stream.claims import Claims, Kafka
from processor.stream.patience import Patience
from processor.stream.polls import Partition
from processor.values import Slot

_log = logging.getLogger(__name__)
_tracer = trace.get_tracer("campaign-kpis")

HEARTBEAT: Final = 0.5
"""Seconds. A rewound or emptied store is noticed within them when traffic is quiet, and freshness moves on."""
CLAIM: Final = 0.25
"""Seconds between looks for partitions to claim; an assignment is looked at once."""
REMOVE: Final = 60.0
"""Seconds between rounds through all campaigns of which not everything is kept for ever."""


class Mark(NamedTuple):
    """How far reading has come in one partition, as aiokafka has it."""

    position: int | None
    """Next offset to fetch; None until it was told where to read."""
    stable: int | None
    """Where what can be read ended, as of the last answer of the broker."""
    answered: int
    """When that answer came, ms since 1970 UTC; 0 before the first."""


class Reading(Kafka, Protocol):
    def marks(self) -> Mapping[Partition, Mark]: ...


class Engine(Protocol):
    dirty: bool
    sweeping: bool

    async def commit(
        self, slots: list[Slot], events: list[Counted], set_aside: SetAside | None = None, *, at_most: int | None = None
    ) -> None: ...

    async def settle(self) -> bool: ...

    async def advance(self) -> None: ...

    async def expire(self) -> bool: ...

    async def remove(self) -> bool: ...


class Upkeep:
    def __init__(
        self,
        engine: Engine,
        claims: Claims,
        kafka: Reading,
        agent: Agent,
        health: Health,
        metrics: Metrics,
        *,
        assigned: asyncio.Event,
        unsettled: asyncio.Event,
        answered: float,
        moment: Callable[[int], int],
    ) -> None:
        """`answered`: seconds in which an idle partition gets an answer to a question that was asked meanwhile. `moment`: by the clock that is gone by."""
        self._engine, self._claims, self._kafka, self._agent = engine, claims, kafka, agent
        self._health, self._metrics = health, metrics
        self._gap, self._moment = answered, moment
        self._store, self._claiming = Patience("store", health), Patience("claims", health)
        self._assigned, self._unsettled = assigned, unsettled
        self._still: dict[Partition, int] = {}

    # claiming

    async def claim(self) -> None:
        """For ever: hold what Kafka assigned."""
        while True:
            await _within(self._assigned, CLAIM)
            self._assigned.clear()
            await self._claiming(self._claim_due)
            self._tell()

    def _tell(self) -> None:
        """Of what is held, and what cannot be."""
        stuck = self._claims.stuck
        if stuck:
            self._health.trouble("partitions", "; ".join(stuck.values()))
        else:
            self._health.well("partitions")
        self._metrics.held.set(len(self._claims.held))
        self._metrics.stuck.clear()
        for partition in stuck:
            self._metrics.stuck.labels(partition.topic, partition.number).set(1)

    async def _claim_due(self) -> None:
        if due := self._claims.due(self._kafka):
            await self._claims.take(self._kafka, due)
            await asyncio.sleep(self._gap)  # by then the brokers have answered about what is idle
            await self.beat(wake=False)
            return
        await self._claims.look_at_others()
        async with self._claims.moving:
            await self._claims.let_read(self._kafka)
        if self._kafka.generation() > 0:
            self._health.well("start")

    # heartbeats

    async def heartbeat(self) -> None:
        """For ever: prove what is held, say how fresh it is, let the watermark follow, remove a little of what is no longer kept, and wake what stands still."""
        while True:
            await asyncio.sleep(HEARTBEAT - self._gap)
            await self._store(self.beat)

    async def beat(self, *, wake: bool = True) -> None:
        """Right after a claim there is nothing to wake: reading has only begun."""
        before = self._kafka.marks()
        await asyncio.sleep(self._gap)
        async with self._claims.moving:
            marks = self._kafka.marks()
            await self._prove(before, marks)
            await self._engine.advance()
            await self._engine.expire()
            if wake:
                await self._wake(marks)

    async def _prove(self, before: Mapping[Partition, Mark], now: Mapping[Partition, Mark]) -> None:
        """An empty commit: refused if the store is not where it was. Several partitions may be lost at once, for instance all."""
        nothing = Mark(None, None, 0)
        while True:
            slots = []
            for partition, held in self._claims.held.items():
                as_of = self._moment(current_at(held.position, before.get(partition, nothing), now.get(partition, nothing)))
                if held.as_of or as_of:
                    slots.append(self._claims.slot(partition, held.position, as_of))
            if not slots:
                return
            try:
                await self._engine.commit(slots, [])
            except Lost as lost:
                self._claims.drop(slots, lost)
            else:
                self._claims.moved(slots)
                return

    async def _wake(self, marks: Mapping[Partition, Mark]) -> None:
        """A poll that Faust dropped leaves reading ahead of what is counted; if nothing more comes, only this notices."""
        still: dict[Partition, int] = {}
        for partition, held in self._claims.held.items():
            mark = marks.get(partition)
            if held.reading and mark is not None and mark.position != held.position and not self._agent.busy:
                still[partition] = held.position
        astray = {partition: position for partition, position in still.items() if self._still.get(partition) == position}
        self._still = still
        if astray:
            self._metrics.rereads.inc(len(astray))
            await self._kafka.read_from(astray)

    # settling

    async def settle(self) -> None:
        """For ever: decide again what became dirty, a bounded step at a time, taking turns with the groups of polls."""
        while True:
            await _within(self._unsettled, HEARTBEAT)
            self._unsettled.clear()
            while self._engine.dirty:
                async with self._claims.moving:
                    began = time.perf_counter()
                    with _tracer.start_as_current_span("settle"):
                        await self._store(self._engine.settle)
                    self._metrics.settle_seconds.observe(time.perf_counter() - began)

    # removing

    async def remove(self) -> None:
        """For ever: remove what is no longer kept, a bounded step at a time, taking turns with the groups of polls."""
        more = False
        while True:
            if not more:
                await asyncio.sleep(REMOVE)
            async with self._claims.moving:
                if more and self._engine.dirty and (more := await self._store(self._engine.settle)):
                    continue  # it would be refused again
                began = time.perf_counter()
                more = await self._store(self._engine.remove)
                self._metrics.remove_seconds.observe(time.perf_counter() - began)


def current_at(position: int, before: Mark, now: Mark) -> int:
    """A moment by which all readable records of a partition were counted that stands at `position`; 0 where that cannot be said.

    The answer that `now` knows came to a question that was asked after the answer that `before` knows: records that Kafka took before that are in it.
    """
    everything = now.stable is not None and now.position == position and now.stable <= position
    return before.answered if everything and 0 < before.answered < now.answered else 0


async def _within(event: asyncio.Event, seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(event.wait(), seconds)
