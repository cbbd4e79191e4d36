"""Is a fresh start needed? Watches from beside that reading does not stand still and that the store stays one that keeps numbers, and says how far behind they are."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Final, NamedTuple, Protocol

from processor.health import Health
from processor.metrics import Metrics
from processor.store.port import Refused
from processor.stream.agent import Agent
from processor.stream.claims import NO_LEADER, Claims, Kafka
from processor.stream.polls import Partition
from processor.stream.store_time import StoreTime
from schemas.errors import Unavailable

WATCH: Final = 5.0
"""Seconds between questions to Kafka where its logs end."""
CHECK: Final = 60.0
"""Seconds between checks of the store: it may be set up otherwise while it runs, or another server may take its place."""
STANDSTILL: Final = 60.0
"""Seconds without progress in a partition that has unread records, after which a fresh start is better."""
TURNS: Final = 2
"""As long as others move: polls without its turn that it must have seen besides, per partition held. While much is to be caught up with, an answer of a broker has records
of some eight partitions, drawn by lot each time (by aiokafka); where a poll takes ten seconds, many a partition of a sound worker has none for a minute."""
AT_WORK: Final = 300.0
"""Seconds without any progress while a poll is being counted: on a machine with much else to do one group may take longer than a minute, and would on a fresh start too."""
UNCLAIMED: Final = -1
"""Instead of the position of a partition that is assigned and not held."""


class Standing(NamedTuple):
    """Where a partition that has unread records stands, or `UNCLAIMED`."""

    position: int
    since: float
    at_poll: int
    """How many polls were begun by then."""


class Watched(Kafka, Protocol):
    def unnamed(self) -> set[str]:
        """Source topics that the brokers do not name: deleted, or not to be seen by this user. Their partitions are assigned to nobody."""

    def dead(self) -> bool:
        """The consumer no longer takes part in its group and never will again, while it goes on reading."""

    async def reachable(self) -> bool:
        """Whether some broker takes connections: what the consumer's own silence does not tell."""


class Checked(Protocol):
    async def check(self) -> int | None:
        """What time it is there, ms since 1970 UTC, if it says so. Raises `Refused` if the store is not to be trusted with the numbers, or `Unavailable`."""


class Watch:
    def __init__(
        self,
        store: Checked,
        clock: StoreTime,
        claims: Claims,
        kafka: Watched,
        agent: Agent,
        health: Health,
        metrics: Metrics,
        *,
        die: Callable[[str], None],
    ) -> None:
        self._store, self._clock, self._claims, self._kafka, self._agent = store, clock, claims, kafka, agent
        self._health, self._metrics, self._die = health, metrics, die
        self._progress: dict[Partition, Standing] = {}
        self._moved: tuple[Mapping[Partition, int], float] = ({}, 0.0)
        """How far all partitions have come, and since when."""
        self._silent_since: float | None = None

    async def watch(self) -> None:
        """For ever: how far behind, whether Kafka answers, and whether a fresh start is needed."""
        while True:
            await asyncio.sleep(WATCH)
            await self.look(time.monotonic())

    async def guard(self) -> None:
        """For ever: whether the store may still be trusted."""
        while True:
            await asyncio.sleep(CHECK)
            await self.check()

    async def check(self) -> None:
        try:
            with contextlib.suppress(Unavailable):  # whoever counts waits for it, and says so
                self._clock.learn(await self._store.check())
        except Refused as refused:
            self._die(f"the store is not to be trusted with the numbers any longer: {refused}")

    async def look(self, now: float) -> None:
        if self._kafka.dead():
            self._die("the consumer has left its group for good")
        held = {partition: held.position for partition, held in self._claims.held.items()}
        reading = {partition for partition, held in self._claims.held.items() if held.reading}
        try:
            bounds = await self._kafka.bounds(list(held))
        except Unavailable as error:
            self._health.trouble("Kafka", str(error))
            self._progress = {}
            await self._silence(now)
            return
        if not held and not await self._kafka.reachable():
            self._health.trouble("Kafka", "no broker takes connections")
            return
        self._silent_since = None
        self._health.well("Kafka")
        ends = {partition: its.end for partition, its in bounds.items()}
        claimed = {partition: held.topic for partition, held in self._claims.held.items()}
        self._claims.look_again(
            [partition for partition, its in bounds.items() if its.topic and claimed.get(partition, "") not in ("", its.topic)]
        )
        if gone := held.keys() - ends.keys():
            self._claims.leave(gone, NO_LEADER)
            await self._kafka.stop_reading(gone)
            held = {partition: position for partition, position in held.items() if partition not in gone}
        if unnamed := self._kafka.unnamed():
            self._health.trouble("topics", f"Kafka does not name {', '.join(sorted(unnamed))}: deleted, or not to be seen by this user")
        else:
            self._health.well("topics")
        lag = Counter({partition.topic: 0 for partition in held})
        for partition, position in held.items():
            lag[partition.topic] += max(0, ends[partition] - position)
        for topic, records in lag.items():
            self._metrics.lag.labels(topic).set(records)
        standing = {partition: position for partition, position in held.items() if partition in reading and ends[partition] > position}
        waiting = self._kafka.assigned() - held.keys() - self._claims.stuck.keys()
        if held != self._moved[0]:
            self._moved = held, now
        self._standstill(standing | dict.fromkeys(waiting, UNCLAIMED), now)

    def _standstill(self, standing: Mapping[Partition, int], now: float) -> None:
        if self._health.problems.keys() & {"store", "claims"}:
            standing = {}
        polls, nothing_moves = self._agent.polls, now - self._moved[1] > (AT_WORK if self._agent.busy else STANDSTILL)
        self._progress = {
            partition: known if (known := self._progress.get(partition)) and known.position == position else Standing(position, now, polls)
            for partition, position in standing.items()
        }
        for partition, (position, since, at_poll) in self._progress.items():
            if now - since > STANDSTILL and (nothing_moves or polls - at_poll >= TURNS * len(self._claims.held)):
                where = (
                    "has not been claimed" if position == UNCLAIMED else f"has stood at offset {position} although there is more to read"
                )
                self._die(f"{partition.name} {where} for {now - since:.0f} s")

    async def _silence(self, now: float) -> None:
        """Our consumer hears nothing. If the brokers are there all the same, it is the consumer that is stuck."""
        if not await self._kafka.reachable():
            self._silent_since = None
        elif self._silent_since is None:
            self._silent_since = now
        elif now - self._silent_since > STANDSTILL:
            self._die("Kafka is there, but the consumer has had no answer for a minute")
