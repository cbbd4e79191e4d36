"""From a group of events to one transaction, and from what became dirty to the next: the whole flow, on one page.

It names no kind (those are the tables in `kinds/__init__.py`), reads no clock, and knows neither Kafka nor Redis.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from typing import Any, Final, TypeAlias, cast

from processor.kinds import FORGET, OBSERVE, REMOVE, REMOVED_AT_ONCE, SETTLE, index
from processor.store.port import Applied, Conflict, Lost, Store
from processor.transaction import Missing, NotOneSnapshot, Tx
from processor.values import Ref, Segment, Slot
from schemas.errors import KpiError
from schemas.events import Event, Tombstone
from schemas.keys import DIRTY, SEP

Step = tuple[Callable[[Tx, Any], None], Any]
"""A plain function of a kind and what it is about."""

SetAside: TypeAlias = Callable[[list[Event]], Awaitable[None]]
"""Is told of events that are later than what is kept, before the position moves over them. Comes back when they are safe."""

_WIDTH: Final = 64
"""Decisions that one settling call makes at the most, about; more would hold up the store for longer than a reader should wait."""
AT_MOST: Final = 1_000
"""Commands that a call asks of the store where readers are not to wait for it: 5 ms on a loaded machine. What a record or a mark takes differs twentyfold, so how many of them
there are says little."""
_READ: Final = 1000
"""Entries of a list read in one trip."""
_EXPIRED: Final = 100
"""Hashes of cells that one call removes at the most."""
_RESTED_ON: Final = (f"t{SEP}", f"i{SEP}frame{SEP}")
_KEPT: Final = (*(f"i{SEP}{kind}{SEP}" for kind in ("message", "recipient", "task", "opportunity", "customer", "campaign")), *_RESTED_ON)
"""States whose own writes stay in the local cache. A stale one is refused, never counted. Orders do not: others write their decisions."""


class TooMuch(KpiError):
    """A group asks for more than the store is to do in one call. Nothing was counted: bring fewer events at a time."""


class Engine:
    """One bucket's numbers. Not for concurrent use: one group at a time."""

    def __init__(self, store: Store, *, cache_size: int = 200_000) -> None:
        self.store = store
        self.dirty = True
        """Whether something is to be decided again, as of the last reply."""
        self.sweeping = False
        """Whether very many are to be decided again, as far as was last seen."""
        self.decided_again = 0
        """Marks, since this worker began."""
        self.noticed: Counter[tuple[str, str]] = Counter()
        """(kind, what) -> how often that was said; what changes no number and is counted in a metric."""
        self._recent: dict[Ref, bytes] = {}
        self._older: dict[Ref, bytes] = {}
        """What this worker wrote. When `_recent` is full it becomes `_older`, and what was older is forgotten."""
        self._half = max(1, cache_size // 2)
        self._width = _WIDTH
        self._round: list[tuple[str, str]] = []
        """(tenant, campaign) whose turn it still is to have removed what is no longer kept; no campaign: the tenant's own."""

    async def commit(
        self, slots: list[Slot], events: Sequence[Event | Tombstone], set_aside: SetAside | None = None, *, at_most: int | None = None
    ) -> None:
        """Count all events of a group and move the positions of its partitions: exactly once, in one step.

        Planned again until nothing that it read has changed meanwhile; each refusal means that another call went through. Raises `Lost`: nothing
        was counted, claim again and replay; `Unavailable`: repeat the call; `TooMuch`: it is about more than `at_most` commands of the store.
        """
        todo = _steps(events)
        while not await self._attempt(slots, todo, set_aside, at_most):
            pass

    async def settle(self) -> bool:
        """Decide again some of what is dirty; anyone may, twice is harmless. True while more is to be done.

        Refused, or too much for one call, means still dirty: then fewer at a time, so that one busy thing does not hold up the others.
        """
        steps: list[Step] = []
        load, heaviest, found = 0, 0, await self.store.marks(self._width)
        for mark in found:
            settle, weight = SETTLE[chr(mark[0])]
            load, heaviest = load + weight, max(heaviest, weight)
            if not steps or load <= self._width:
                steps.append((settle, mark))
        if heaviest >= index.STEP or len(found) < self._width:  # else there are marks that were not seen
            self.sweeping = heaviest >= index.STEP
        if steps:
            try:
                done = await self._attempt([], steps, at_most=AT_MOST if len(steps) > 1 else None, alone=True)
            except TooMuch:
                done = False
            self.decided_again += len(steps) * done
            self._width = min(_WIDTH, self._width * 2) if done else max(1, self._width // 4)
            self.dirty = self.dirty or not done
        else:
            self.dirty = False
        self.sweeping = self.sweeping and self.dirty
        return self.dirty

    async def advance(self) -> None:
        """Let the watermark move on: for a timer, which alone knows that time goes by while nothing comes in."""
        self.dirty = await self.store.advance() > 0 or self.dirty

    async def expire(self) -> bool:
        """Remove some of what is no longer kept, for the same timer. True while there may be more."""
        return await self.store.expire(_EXPIRED) == _EXPIRED

    async def remove(self) -> bool:
        """Remove some of what is no longer kept, of one campaign after the other, in the end of the tenant. False at the end of a round.

        Refused because something is to be decided again: that comes first, then the same is tried again; there is always something where much is counted. Refused
        because what was read has changed: left for the next round.
        """
        if not self._round:
            self._round = [place async for place in self._retained()]
        if not self._round:
            return False
        removed, place = 0, self._round[-1]

        def step(tx: Tx, _: None) -> None:
            nonlocal removed
            removed = REMOVE(tx, *place)

        tx = Tx()
        try:
            await self._plan(tx, [(step, None)])
            outcome = await self.store.apply([], tx) if removed else None
        except NotOneSnapshot:
            outcome = None
        if isinstance(outcome, Applied):
            self._remember(tx, outcome)
        elif outcome and any(key == DIRTY for key, _ in outcome.refs):
            self.dirty = True
            return True
        if not isinstance(outcome, Applied) or removed < REMOVED_AT_ONCE:
            self._round.pop()
        return bool(self._round)

    async def _retained(self) -> AsyncIterator[tuple[str, str]]:
        """Every campaign of which not everything is kept for ever, and their tenants."""
        async for tenant in self._entries(index.retaining()):
            yield tenant, ""
            async for campaign in self._entries(index.campaigns(tenant)):
                yield tenant, campaign

    async def _entries(self, key: str) -> AsyncIterator[str]:
        start = 0
        while True:
            segment = Segment(key, start, start + _READ)
            entries = cast("tuple[bytes, ...]", (await self.store.fetch([segment]))[segment])
            for entry in entries:
                yield entry.decode()
            if len(entries) < _READ:
                return
            start += _READ

    async def _attempt(
        self, slots: list[Slot], todo: list[Step], set_aside: SetAside | None = None, at_most: int | None = None, *, alone: bool = False
    ) -> bool:
        """Plan and apply once; False if it was refused. `alone`: without the cache, because a mark often means that it is stale."""
        tx = Tx() if alone else Tx(self._recent, self._older)
        try:
            await self._plan(tx, todo)
            if at_most is not None and commands(tx) > at_most:
                raise TooMuch
            if tx.late and set_aside:
                await set_aside([*tx.late.values()])
            outcome = await self.store.apply(slots, tx)
        except NotOneSnapshot:
            outcome = Conflict(list(tx.known()))
        except Lost:
            self._recent, self._older = {}, {}
            self.dirty = True
            raise
        if isinstance(outcome, Conflict):
            self._forget(outcome.refs)
            return False
        self._remember(tx, outcome)
        return True

    async def _plan(self, tx: Tx, todo: list[Step]) -> None:
        """Run every step; those that miss a read wait for one fetch of all that is missing, and start again."""
        while todo:
            waiting = []
            for step in todo:
                try:
                    step[0](tx, step[1])
                except Missing:
                    waiting.append(step)
            if waiting:
                tx.learn(await self.store.fetch(tx.missing))
            todo = waiting

    def _remember(self, tx: Tx, applied: Applied) -> None:
        """Keep what was written, for the next group. Caches turn only here, where no plan is under way."""
        self.dirty = applied.dirty > 0
        if applied.repeated:  # this plan is not the one that went through
            self._forget(tx.known())
            return
        self.noticed.update([(kind, what) for kind, what, _ in tx.noticed])
        written, _, values = tx.writes()
        self._recent.update([kept for kept in zip(written, values, strict=True) if kept[0][0].startswith(_KEPT)])
        self._recent.update([(ref, value) for ref, value in zip(*tx.reads(), strict=True) if ref[0].startswith(_RESTED_ON)])
        if len(self._recent) > self._half:
            self._recent, self._older = {}, self._recent

    def _forget(self, refs: Iterable[Ref]) -> None:
        for ref in refs:
            self._recent.pop(ref, None)
            self._older.pop(ref, None)


def commands(tx: Tx) -> int:
    """About how many commands the script runs for a plan: what a call takes goes with that, 5 µs each on a loaded machine, whatever kinds are in it."""
    (written, _, _), (read, _) = tx.writes(), tx.reads()
    cells = sum(map(len, tx.cells.values()))
    others = (len(each) for each in (tx.appends, tx.watched, tx.dependants, tx.marks, tx.settled, tx.waits))
    return len(read) + 2 * (len(written) + len(tx.unions)) + cells + 4 * len(tx.notes) + sum(others)


def _steps(events: Sequence[Event | Tombstone]) -> list[Step]:
    """In the order of who rests on whom, so that fewer decisions are made twice. Kinds that no number rests on yet are read and left."""
    of_kind: dict[str, list[Any]] = {kind: [] for kind, _, _ in OBSERVE}
    for event in events:
        if event.kind in of_kind:
            of_kind[event.kind].append(event)
    steps: list[Step] = []
    for kind, sort_out, observe in OBSERVE:
        if sort_out and of_kind[kind]:
            steps.append((observe, sort_out(of_kind[kind])))
        elif not sort_out:
            steps += [(observe if isinstance(event, Event) else FORGET[kind], event) for event in of_kind[kind]]
    return steps
