"""The flow of one poll, on one page: cut it into groups; parse a group, park what is bad, count the rest and move the positions in one step.

No exception may leave this through Faust, which would acknowledge the poll and go on without it. So what comes from a neighbour that is away is waited
out, what the store refuses is dropped to be claimed and read again, what one record causes is parked, and anything else ends the process (`app.py`),
with the positions where they were.
"""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping
from operator import attrgetter
from typing import Final, Protocol, TypeAlias

from opentelemetry import trace

from processor.engine import AT_MOST, TooMuch
from processor.metrics import Metrics
from processor.store.port import Lost, Refused
from processor.stream.breaker import Breaker
from processor.stream.claims import Claims, Kafka
from processor.stream.dead_letters import BUG, TOO_LATE, Letter, Unparked
from processor.stream.patience import Patience
from processor.stream.polls import Group, Partition, Piece, Poll, groups, halves
from processor.values import Slot
from schemas.events import Event, Rejected, Tombstone, parse

_log = logging.getLogger(__name__)
_tracer = trace.get_tracer("campaign-kpis")

TRIES: Final = 3
"""How often the engine may fail on a record that is alone before the record is parked."""

WHILE_SWEEPING: Final = 100
"""Records counted in one call while very many things are decided again: whoever falls behind by that would else hold up the store for longer than a reader should
wait, some 50 ms for a full group. Are they more than `AT_MOST` commands: half of them. A record costs the store half as much again so, hence groups are full at other times."""
IN_TIME_MS: Final = 5_000
"""Whoever is further behind has full groups at all times: then readers wait for the numbers, not for the store."""

Counted: TypeAlias = Event | Tombstone
RecordAt: TypeAlias = tuple[Piece, int]
"""A record: the piece it came in, and its place in that piece's batch."""
SetAside: TypeAlias = Callable[[list[Event]], Awaitable[None]]


class Engine(Protocol):
    dirty: bool
    sweeping: bool

    async def commit(
        self, slots: list[Slot], events: list[Counted], set_aside: SetAside | None = None, *, at_most: int | None = None
    ) -> None: ...


class Parking(Protocol):
    async def park(self, letters: Iterable[Letter]) -> None:
        """Comes back when all of them are safe, or raises `Unparked`."""


class Agent:
    def __init__(
        self,
        engine: Engine,
        claims: Claims,
        kafka: Kafka,
        dead_letters: Parking,
        breaker: Breaker,
        patience: Patience,
        metrics: Metrics,
        *,
        kinds: Mapping[str, tuple[str, ...]],
        group_records: int,
        unsettled: asyncio.Event,
    ) -> None:
        self._engine, self._claims, self._kafka = engine, claims, kafka
        self._dead_letters, self._breaker, self._patience, self._metrics = dead_letters, breaker, patience, metrics
        self._kinds, self._group_records, self._unsettled = kinds, group_records, unsettled
        self.busy = False
        """A poll is being counted."""
        self.polls = 0
        """How many were begun."""
        self._in_time = True
        """The poll that is being counted is not far behind."""

    async def on_poll(self, poll: Poll) -> None:
        """Count all of a poll that is ours and not counted yet."""
        self.busy = True
        self.polls += 1
        self._metrics.polls.inc()
        self._in_time = _oldest(poll) > time.time() * 1000 - IN_TIME_MS
        try:
            for group in groups(poll, self._group_size):
                async with self._claims.moving:  # between two groups others get their turn: a heartbeat, a claim, a step of settling
                    await self._count(group)
                    await self._claims.let_read(self._kafka)
                if self._engine.dirty:
                    self._unsettled.set()
        finally:
            self.busy = False

    @property
    def _in_small_calls(self) -> bool:
        return self._engine.sweeping and self._in_time

    def _group_size(self) -> int:
        return min(self._group_records, WHILE_SWEEPING) if self._in_small_calls else self._group_records

    async def _count(self, group: Group, *, park: bool = True) -> None:
        while group := await self._joining(group):
            events, places, letters = self._parse(group)
            if park:
                park = False
                if not await self._parked(letters):  # acknowledged by Kafka before the position moves over them
                    continue
            try:
                if await self._commit(self._slots(group), events, places):
                    return
            except Unparked as unparked:
                await self._leave(unparked)
            except TooMuch:
                await self._count_halves(group)
                return
            except Refused:  # no record's fault
                raise
            except Exception as error:  # noqa: BLE001 - a fault of this program, perhaps only with one of the records
                await self._isolate(group, events, places, error)
                return

    async def _joining(self, group: Group) -> Group:
        """What of a group goes on from where held partitions stand. What is counted already is left out; what comes after a gap is read again."""
        joined: Group = []
        position: dict[Partition, int] = {}
        astray: dict[Partition, int] = {}
        for piece in group:
            held = self._claims.held.get(piece.partition)
            if held is None or not held.reading:  # to be claimed or its turn to come, which also puts reading where it belongs
                continue
            at = position.get(piece.partition, held.position)
            if piece.start > at:
                astray[piece.partition] = at
            elif piece.end > at:
                joined.append(piece.since(at))
                position[piece.partition] = piece.end
        if astray:
            self._metrics.rereads.inc(len(astray))
            await self._kafka.read_from(astray)
        return joined

    def _parse(self, group: Group) -> tuple[list[Counted], list[RecordAt], list[Letter]]:
        """Events, where each of them lies, and what is none."""
        events: list[Counted] = []
        places: list[RecordAt] = []
        letters: list[Letter] = []
        for piece in group:
            batch, low, high = piece.batch, piece.low, piece.high
            if batch is None:
                continue
            kinds = self._kinds[piece.partition.topic]
            columns = zip(batch.values[low:high], batch.keys[low:high], batch.headers[low:high], batch.timestamps[low:high], strict=True)
            for i, (value, key, headers, timestamp) in enumerate(columns, low):
                try:
                    event = parse(value, key, headers, kinds, timestamp)
                except Exception as error:  # noqa: BLE001 - no record may stop a partition
                    letters.append(_letter(piece, i, BUG, _where(error), "parse", type(error).__name__))
                else:
                    if isinstance(event, Rejected):
                        letters.append(_letter(piece, i, event.reason, event.detail, "parse"))
                    else:
                        events.append(event)
                        places.append((piece, i))
        return events, places, letters

    async def _parked(self, letters: list[Letter]) -> bool:
        """False: of some partitions what is bad is nowhere yet, and they were left; of the others it is safe."""
        try:
            await self._park(letters)
        except Unparked as unparked:
            await self._leave(unparked)
            return False
        return True

    async def _park(self, letters: list[Letter]) -> None:
        for letter in letters:
            if letter.reason == BUG:
                self._breaker.bug()
        await self._dead_letters.park(letters)

    async def _leave(self, unparked: Unparked) -> None:
        """Their positions stay, the others move on."""
        self._claims.leave(unparked.partitions, str(unparked))
        await self._kafka.stop_reading(unparked.partitions)

    def _slots(self, group: Group) -> list[Slot]:
        """Guards for all of a group, or none if a rebalance came between: nothing may be counted without its guard."""
        ends = {piece.partition: piece for piece in group}  # the last of each
        if not ends.keys() <= self._claims.held.keys():
            return []
        return [self._claims.slot(partition, piece.end, piece.as_of) for partition, piece in ends.items()]

    async def _commit(self, slots: list[Slot], events: list[Counted], places: list[RecordAt]) -> bool:
        """False: nothing was counted; what the store refused has been dropped."""
        if not slots:
            return False
        began = time.perf_counter()
        at_most = AT_MOST if self._in_small_calls and len(events) > 1 else None
        parked: set[int] = set()

        async def set_aside(late: list[Event]) -> None:
            """Once each, however often the group is planned."""
            news = {id(event) for event in late} - parked
            found = [place for event, place in zip(events, places, strict=True) if id(event) in news]
            await self._park([_letter(*place, TOO_LATE, "later than what is kept of its message", "count") for place in found])
            parked.update(news)

        try:
            with _tracer.start_as_current_span("commit", attributes={"kpi.events": len(events), "kpi.partitions": len(slots)}):
                await self._patience(lambda: self._engine.commit(slots, events, set_aside, at_most=at_most))
        except Lost as lost:
            self._claims.drop(slots, lost)
            return False
        self._claims.moved(slots)
        self._metrics.commit_seconds.observe(time.perf_counter() - began)
        self._breaker.counted(len(events))
        for kind, n in Counter(map(attrgetter("kind"), events)).items():
            self._metrics.events.labels(kind).inc(n)
        return True

    async def _count_halves(self, group: Group) -> None:
        """Of a group of which what is bad has been parked."""
        for half in halves(group):
            await self._count(half, park=False)

    async def _isolate(self, group: Group, events: list[Counted], places: list[RecordAt], error: Exception) -> None:
        """The engine failed: halve the group until what fails is alone, try that again, and then park it."""
        if sum(piece.records for piece in group) > 1:
            await self._count_halves(group)
            return
        if not events:
            raise error  # nothing but positions: no record's fault
        slots = self._slots(group)
        for _ in range(TRIES - 1):
            try:
                await self._commit(slots, events, places)
            except Unparked as unparked:
                await self._leave(unparked)
                return
            except Exception as again:  # noqa: BLE001 - still
                error = again
            else:
                return
        if not await self._commit(
            [slot._replace(last=slot.prev) for slot in slots], [], []
        ):  # raises if the engine fails on nothing at all
            return
        piece = next(piece for piece in group if piece.records)
        letter = _letter(piece, piece.low, BUG, _where(error), "count", type(error).__name__)
        _log.error("%s, offset %d: parked as %s", piece.partition.name, letter.offset, BUG, exc_info=error)
        if await self._parked([letter]):
            await self._commit(slots, [], [])


def _oldest(poll: Poll) -> float:
    """When Kafka had the first record of a poll, ms since 1970 UTC."""
    return min((batch.timestamps[0] for span in poll.values() for batch in span.batches if len(batch)), default=math.inf)


def _letter(piece: Piece, i: int, reason: str, detail: str, stage: str, exception: str = "") -> Letter:
    batch = piece.batch
    assert batch is not None
    return Letter(
        piece.partition,
        batch.offsets[i],
        batch.timestamps[i],
        batch.keys[i],
        batch.values[i],
        batch.headers[i],
        reason,
        detail,
        stage,
        exception,
    )


def _where(error: Exception) -> str:
    """File and line of a fault, without its text, which may quote the record."""
    last = error.__traceback__
    while last is not None and last.tb_next is not None:
        last = last.tb_next
    return f"{last.tb_frame.f_code.co_filename.rpartition('/')[2]}:{last.tb_lineno}" if last is not None else ""
