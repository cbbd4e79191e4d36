"""Which partitions this process may count, and where their numbers stand: in the store, not in Kafka.

A partition that Kafka assigned is *held* once it was claimed in the store, which gives the position that its numbers stand for; reading goes on from
there. Whenever the store says that this is no longer so (another claimed, writes were lost, everything is gone), the partition is dropped and claimed
again, by the same path as after a rebalance. Kafka's committed offsets play no part: they are a lag metric.
"""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple, Protocol

from processor.metrics import Metrics
from processor.store.port import Applied, Claim, Conflict, Lost, StaleClaim
from processor.stream.connection import Seldom
from processor.stream.first import First
from processor.stream.polls import Partition
from processor.transaction import Tx
from processor.values import Slot

_log = logging.getLogger(__name__)

PAUSE: Final = 1.5
"""Seconds before a partition that another has claimed is claimed back: a Kafka heartbeat, so that a worker left behind by a rebalance hears of it first."""
PATIENCE: Final = 15.0
"""Seconds of stale claims after which Kafka, which still counts us as a member, is believed: a deleted group begins again with generation 1."""
RETRY: Final = 10.0
"""Seconds until a partition whose log ends before its numbers is looked at again."""
SOON: Final = 1.0
"""Seconds until one that was left is tried again; each time twice as many as the time before."""
SELDOM: Final = 30.0
"""Seconds between tries at the most: so long it may go unnoticed that it could be counted again."""
NO_LEADER: Final = "no broker leads it, or the one that does is away"


class Bounds(NamedTuple):
    begin: int
    end: int
    topic: str = ""
    """Kafka's number of the topic, which no other has, also not one that is created in its place; empty where it is not known."""


class Kafka(Protocol):
    """What claiming needs of the consumer. Raises `Unavailable` while the brokers are away."""

    def assigned(self) -> set[Partition]: ...

    def sources(self) -> int:
        """How many partitions all source topics have together; 0 while that is not known."""

    def all_of(self, topics: Collection[str]) -> set[Partition]:
        """The partitions of source topics, whoever reads them, as far as they are known."""

    def generation(self) -> int:
        """Of the consumer group's membership; 0 while there is none."""

    async def bounds(self, partitions: Collection[Partition]) -> Mapping[Partition, Bounds]:
        """First and next offset of each log, now; without those that no broker tells of while others are told of."""

    async def read_from(self, positions: Mapping[Partition, int]) -> None:
        """Go on reading from these positions, where the partition is still assigned."""

    async def stop_reading(self, partitions: Collection[Partition]) -> None:
        """Read nothing of these until they are told where to go on."""


class Positions(Protocol):
    """What claiming needs of the store."""

    async def claim(
        self, partition: str, owner: str, generation: int, *, force: bool = False, rebuild_to: int = 0, of: int = 0, topic: str = ""
    ) -> Claim: ...

    async def incomplete(self, partition: str) -> None:
        """From now on readers are told that history of this partition is missing."""

    async def apply(self, slots: list[Slot], tx: Tx) -> Applied | Conflict: ...

    async def positions(self) -> Mapping[str, int]:
        """Next offset of every partition that was ever claimed, by name."""


class Left(NamedTuple):
    """A partition that cannot be counted for now, and how often it was tried in vain."""

    why: str
    times: int


@dataclass(slots=True)
class Held:
    epoch: int
    position: int
    """Next offset, as of the last reply of the store."""
    goal: int
    """Where the log ended when it was claimed."""
    topic: str = ""
    """The number of the topic that was claimed; empty where it is not known."""
    as_of: int = 0
    """All that Kafka had taken by then is counted; ms since 1970 UTC, 0 until something is known."""
    reading: bool = False
    """False while others are read first: nothing of it is counted, whatever still comes in from an earlier claim."""


class Claims:
    def __init__(
        self,
        store: Positions,
        owner: str,
        metrics: Metrics,
        *,
        first: Collection[str] = (),
        clock: Callable[[], float] = time.monotonic,
        latest: Callable[[], float] = lambda: math.inf,
    ) -> None:
        """`first`: the topics that are read before the others, because these rest on them. `latest`: a moment that has not come yet, ms since 1970 UTC."""
        self.held: dict[Partition, Held] = {}
        self.broken: dict[Partition, str] = {}
        """Assigned partitions that cannot be counted before somebody does something about their log, and why."""
        self.left: dict[Partition, Left] = {}
        """Those that something keeps from being counted for now. Out of here they come as soon as they move on, not when they are tried again."""
        self.moving = asyncio.Lock()
        """Held by whoever moves or proves positions: one commit, one settling step, one heartbeat, one claim at a time."""
        self._store, self._owner, self._metrics, self._clock = store, owner, metrics, clock
        self._latest, self._say = latest, Seldom(clock)
        self._named: dict[str, Partition] = {}
        self._not_before: dict[Partition, float] = {}
        self._stale_since: dict[Partition, float] = {}
        self._first = First(first, clock)

    # the positions of what is held

    def slot(self, partition: Partition, last: int, as_of: int) -> Slot:
        """The guard for moving a held partition to `last`. A moment once reached is never taken back; one that has not come yet, because a producer or a broker has another clock, is none."""
        held = self.held[partition]
        reached = max(held.as_of, as_of) if as_of <= self._latest() else held.as_of
        return Slot(partition.name, held.epoch, self._owner, held.position, last, reached)

    def moved(self, slots: Iterable[Slot]) -> None:
        for slot in slots:
            held = self.held.get(partition := self._named[slot.partition])
            if held is not None and held.epoch == slot.epoch:
                if (slot.last, slot.as_of) != (held.position, held.as_of) and (left := self.left.pop(partition, None)):
                    _log.warning("%s: counted again, which it was not: %s", partition.name, left.why)
                held.position, held.as_of = slot.last, slot.as_of

    def drop(self, slots: Iterable[Slot], lost: Lost) -> None:
        """The store refused a call with these slots. A claim that is newer than the call is not touched: it is not the one that was lost."""
        for slot in slots:
            partition = self._named[slot.partition]
            held = self.held.get(partition)
            if held is not None and held.epoch == slot.epoch and lost.partition in (None, slot.partition):
                del self.held[partition]
                if lost.reason == "FENCED":
                    self._not_before[partition] = self._clock() + PAUSE
                self._metrics.lost.labels(lost.reason).inc()
                _log.warning("%s: %s at offset %d; claiming it again", partition.name, lost.reason, held.position)

    def release(self, partitions: Iterable[Partition]) -> None:
        """Kafka took these away, or gave them anew: they are to be claimed, without a pause, if they are assigned."""
        for partition in partitions:
            for known in (self.held, self.broken, self.left, self._not_before, self._stale_since):
                known.pop(partition, None)

    def look_again(self, partitions: Iterable[Partition]) -> None:
        """Kafka has nothing at the position where these were to be read on, or has another topic there."""
        for partition in partitions:
            if self.held.pop(partition, None) is not None:
                _log.warning("%s: its position is not in the log; looking whose it is, and where it begins and ends", partition.name)

    def leave(self, partitions: Iterable[Partition], why: str) -> None:
        """These cannot be counted for now, while others can: they are not held until they are tried again, ever less often."""
        now, names = self._clock(), []
        for partition in partitions:
            self.held.pop(partition, None)
            before = self.left.get(partition)
            if before and self._not_before[partition] > now:  # told twice of one try
                continue
            times = before.times if before and before.why == why else 0
            self.left[partition] = Left(why, times + 1)
            self._not_before[partition] = now + min(SOON * 2**times, SELDOM)
            names.append(partition.name)
        if names and self._say(said := f"{', '.join(names)}: not counted for now, others are: {why}"):
            _log.error(said)

    @property
    def stuck(self) -> dict[Partition, str]:
        """Assigned partitions that cannot be counted, and why."""
        return {partition: f"{partition.name}: {left.why}" for partition, left in self.left.items()} | self.broken

    # claiming

    def due(self, kafka: Kafka) -> list[Partition]:
        """Assigned, not held, and not to be left alone for now."""
        now = self._clock()
        if kafka.generation() <= 0:
            return []
        return sorted(p for p in kafka.assigned() if p not in self.held and self._not_before.get(p, 0.0) <= now)

    async def take(self, kafka: Kafka, partitions: Collection[Partition]) -> None:
        """Claim partitions and go to where their numbers stand. What cannot be held now is due again later."""
        bounds = await kafka.bounds({*partitions, *kafka.all_of(self._first.topics)})
        self._first.end_at({partition: found.end for partition, found in bounds.items()})
        async with self.moving:
            self._first.reached = await self._store.positions()
            self.leave((partition for partition in partitions if partition not in bounds), NO_LEADER)
            try:
                taken = [await self._take(kafka, partition, bounds[partition]) for partition in partitions if partition in bounds]
            finally:
                await self.let_read(kafka)
        if any(taken):
            _log.info("holding %d partitions under generation %d", len(self.held), kafka.generation())

    async def _take(self, kafka: Kafka, partition: Partition, bounds: Bounds) -> bool:
        generation = kafka.generation()
        if generation <= 0 or partition not in kafka.assigned():  # a rebalance came between
            return False
        try:
            claim = await self._store.claim(
                partition.name,
                self._owner,
                generation,
                force=self._believe_kafka(partition),
                rebuild_to=bounds.end,
                of=kafka.sources(),
                topic=bounds.topic,
            )
        except StaleClaim as stale:
            self._stale_since.setdefault(partition, self._clock())
            self._not_before[partition] = self._clock() + PAUSE
            _log.warning("%s", stale)
            return False
        self._stale_since.pop(partition, None)
        self._metrics.claims.inc()
        if claim.position > bounds.end:  # perhaps only because the log grew since it was asked
            bounds = (await kafka.bounds([partition])).get(partition, bounds)
        if why := _parted(claim, bounds):
            await self._store.incomplete(partition.name)
            self.broken[partition] = f"{partition.name} {why}"
            self._not_before[partition] = self._clock() + RETRY
            _log.error("%s", self.broken[partition])
            return False
        self.broken.pop(partition, None)
        position = claim.position
        if position < bounds.begin:
            await self._store.incomplete(partition.name)
            _log.error(
                "%s: offsets %d to %d are gone from Kafka and were never counted; its numbers are marked incomplete",
                partition.name,
                position,
                bounds.begin,
            )
            position = bounds.begin
            try:
                await self._store.apply([Slot(partition.name, claim.epoch, self._owner, claim.position, position, 0)], Tx({}))
            except Lost as lost:  # since it was claimed, just now
                self._not_before[partition] = self._clock() + PAUSE
                _log.warning("%s: %s at offset %d; claiming it again", partition.name, lost.reason, claim.position)
                return False
        self._named[partition.name] = partition
        self.held[partition] = Held(claim.epoch, position, bounds.end, bounds.topic)
        return True

    async def look_at_others(self) -> None:
        """See how far they have come with what is read first, if something waits for that. Raises `Unavailable`."""
        if not all(held.reading for held in self.held.values()):
            self._first.reached = await self._store.positions()

    async def let_read(self, kafka: Kafka) -> None:
        """Have read what is held, from where its numbers stand; what is read first before the others. Asks nobody. Called under `moving`."""
        waiting = {partition: held for partition, held in self.held.items() if not held.reading}
        if waiting and self._first.is_on_its_way({partition: (held.position, held.goal) for partition, held in self.held.items()}):
            waiting = {partition: held for partition, held in waiting.items() if partition.topic in self._first.topics}
        if waiting:
            await kafka.read_from({partition: held.position for partition, held in waiting.items()})
            for held in waiting.values():
                held.reading = True

    def _believe_kafka(self, partition: Partition) -> bool:
        since = self._stale_since.get(partition)
        return since is not None and self._clock() - since > PATIENCE


def _parted(claim: Claim, bounds: Bounds) -> str:
    """Why numbers do not go with what is now the log, and what can be done; empty where they do."""
    if claim.topic and bounds.topic not in ("", claim.topic):
        return f"was deleted and created again, its numbers stand for {claim.position} in the topic before. Not read on; rebuild under a new KPI_GENERATION"
    if claim.position > bounds.end:
        return (
            f"ends at offset {bounds.end}, its numbers stand for {claim.position}: records that were counted are gone. "
            "Not read on; rebuild under a new KPI_GENERATION, or bring the log back"
        )
    return ""
