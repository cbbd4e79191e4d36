"""One optimistic transaction: what a plan has read, what it writes, and its effects. Pure; kinds speak to this and never see the store.

A plan reads through it, and the value read is part of the plan: the store refuses the whole call if one of them has changed meanwhile. So a plan may be
made anywhere, by anybody, from a stale cache, twice; it takes effect only where it is true. One transaction serves a whole group of events, so that
two events of a group that touch one thing see each other's pending values.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping
from functools import partial
from itertools import compress
from operator import ne
from typing import Final, TypeVar

from processor.values import Cell, Note, Passed, Place, Ref, Segment
from schemas.events import Event

T = TypeVar("T")

NOTHING: Final[Mapping[Ref, bytes]] = {}


class Missing(Exception):
    """Something that was asked for is not here yet."""


class NotOneSnapshot(Exception):
    """What was read contradicts itself: it was read in several trips while the store moved. Forget it and plan again."""


class Tx:
    """Reads first, then writes: a kind that misses a read is started again, so it must not have written anything before its last read."""

    def __init__(self, recent: Mapping[Ref, bytes] = NOTHING, older: Mapping[Ref, bytes] = NOTHING) -> None:
        """What one of these caches holds is not fetched; of two values the recent one is taken."""
        self._recent, self._older = recent, older
        self.seen: dict[Ref, bytes] = {}
        """As the store was when this plan saw it. Does not change under the plan."""
        self.segments: dict[Segment, tuple[bytes, ...]] = {}
        self.passed: dict[Passed, tuple[bytes, ...]] = {}
        self.missing: set[Ref | Segment | Passed] = set()
        self.pending: dict[Ref, bytes] = {}
        self.verified: set[Ref] = set()
        self._taken: list[Ref] = []
        self._changed: tuple[list[Ref], list[bytes], list[bytes]] = ([], [], [])
        self._unchanged: tuple[list[Ref], list[bytes]] = ([], [])
        self.watched: set[tuple[Ref, bytes]] = set()
        self.cells: defaultdict[Place, dict[str, int]] = defaultdict(partial(defaultdict, int))
        """By how much each field changes, to be added to. A change may be 0."""
        self.unions: dict[tuple[Ref, bytes], None] = {}
        self.notes: dict[Note, bytes] = {}
        """-> the mark to set if it is new and matters to somebody: if the 8 bytes and `keys.ORDERS` name a field that begins with an instant, 8 bytes, and
        that is not before the note's."""
        self.appends: dict[str, list[bytes]] = {}
        self.dependants: dict[tuple[Ref, bytes], None] = {}
        self.marks: dict[bytes, None] = {}
        self.settled: dict[bytes, None] = {}
        self.waits: dict[bytes, int | None] = {}
        self.touched: dict[tuple[str, str], str | None] = {}
        """(tenant, campaign) -> the day from which on its numbers read differently, if they do."""
        self.trims: dict[str, int] = {}
        self.late: dict[int, Event] = {}
        """By identity: an event may come twice."""
        self.noticed: set[tuple[str, str, Hashable]] = set()
        """(kind, what, about which): once each, however often a step of the plan starts again."""

    # reads

    def read(self, *refs: Ref) -> list[bytes]:
        """Values as they will be, pending writes included; the call is refused if one has changed meanwhile."""
        values = self._values(refs)
        self.verified.update(refs)
        return values

    def peek(self, mark: bytes, *refs: Ref) -> list[bytes]:
        """The same, softly: if one has changed meanwhile the call goes through and `mark` is decided again."""
        values = self._values(refs)
        for ref in refs:
            self.watched.add((ref, mark))
        return values

    def need(self, *refs: Ref) -> None:
        """Have these at hand before anything is worked out: what is missing of them is fetched in one trip."""
        self._values(refs)

    def entries(self, segment: Segment) -> tuple[bytes, ...]:
        """A stretch of an append-only list, verified: if it comes up short, then also that the list still ends there."""
        if segment not in self.segments:
            self.missing.add(segment)
            raise Missing
        return self.segments[segment]

    def due(self, passed: Passed) -> tuple[bytes, ...]:
        """Not verified: whether each of them is due is for its own state to say, and for the watermark."""
        if passed not in self.passed:
            self.missing.add(passed)
            raise Missing
        return self.passed[passed]

    def take(self, refs: list[Ref], beside: Callable[[list[Ref]], Iterable[Ref]] = lambda _: ()) -> list[bytes]:
        """Many values that nothing else in this plan reads or writes. They are to be given back, for until then nothing verifies them.

        `beside(missing)`: what else is likely to be asked for where these are missing, to be fetched in the same trip.
        """
        seen, recent, older = self.seen, self._recent, self._older
        values, missing = [], []
        for ref in refs:
            value = recent.get(ref)
            if value is None and (value := older.get(ref)) is None and (value := seen.get(ref)) is None:
                missing.append(ref)
            else:
                values.append(value)
        if missing:
            self.missing.update(missing)
            self.missing.update(ref for ref in beside(missing) if ref not in recent and ref not in older and ref not in seen)
            raise Missing
        self._taken += refs
        return values

    def learn(self, fetched: Mapping[Ref | Segment | Passed, bytes | tuple[bytes, ...]]) -> None:
        """What the store answered for all that was missing."""
        for item, value in fetched.items():
            if isinstance(item, Segment):
                self.segments[item] = tuple(value)  # type: ignore[arg-type]  # a segment is answered by entries
            elif isinstance(item, Passed):
                self.passed[item] = tuple(value)  # type: ignore[arg-type]  # and so is this
            else:
                self.seen[item] = value  # type: ignore[assignment]
        self.missing.clear()

    def _values(self, refs: Collection[Ref]) -> list[bytes]:
        pending, seen, recent, older = self.pending, self.seen, self._recent, self._older
        out = []
        for ref in refs:
            value = pending.get(ref)
            if value is None and (value := seen.get(ref)) is None:
                value = recent.get(ref)
                if value is None and (value := older.get(ref)) is None:
                    self.missing.add(ref)
                    continue
                seen[ref] = value
            out.append(value)
        if len(out) != len(refs):
            raise Missing
        return out

    def each(self, decide: Callable[[Tx, T], None], things: Iterable[T]) -> None:
        """Do the same to many things; what all of them miss is fetched at once. `decide` must bear being called again."""
        missed = False
        for thing in things:
            try:
                decide(self, thing)
            except Missing:
                missed = True
        if missed:
            raise Missing

    # effects

    def write(self, ref: Ref, value: bytes) -> None:
        """Of something that was read: the store compares the old value before it sets the new one."""
        self.pending[ref] = value

    def give(self, refs: list[Ref], old: list[bytes], new: list[bytes]) -> None:
        """What was taken, as it was and as it is to be: verified, and written where it differs."""
        differs = list(map(ne, old, new))
        self._changed[0].extend(compress(refs, differs))
        self._changed[1].extend(compress(old, differs))
        self._changed[2].extend(compress(new, differs))
        if not all(differs):
            same = [not changed for changed in differs]
            self._unchanged[0].extend(compress(refs, same))
            self._unchanged[1].extend(compress(old, same))

    def replace(self, old: Mapping[Cell, int], new: Mapping[Cell, int]) -> None:
        """Take back what a state counted and count what it counts now."""
        for cell, amount in new.items():
            if change := amount - old.get(cell, 0):
                self.cells[cell[:4]][cell[4]] += change
        for cell in old.keys() - new.keys():
            self.cells[cell[:4]][cell[4]] -= old[cell]

    def counted(self) -> dict[Cell, int]:
        """All that changes, cell by cell."""
        return {(*place, field): change for place, changes in self.cells.items() for field, change in changes.items() if change}

    def union(self, index: Ref, entry: bytes) -> None:
        """Put an entry into a packed set, in which all have one length."""
        self.unions[index, entry] = None

    def append(self, key: str, *entries: bytes) -> None:
        """Put entries at the end of a list. Only beside a write that makes it happen once."""
        self.appends.setdefault(key, []).extend(entries)

    def trim(self, key: str, first: int) -> None:
        """Take so many entries off the front of a list that this plan has read. Refused while anything is dirty: a sweep may be on its way."""
        self.trims[key] = first

    def set_aside(self, event: Event) -> None:
        """It is later than what is kept: it counts for nothing, and whoever brought it is told."""
        self.late[id(event)] = event

    def touch(self, tenant: str, campaign: str, *, differs_from: str | None = None) -> None:
        """Something of a campaign changed that is no cell, such as its name, or something that one of its lists says: readers are told.

        `differs_from`: an ISO day from which on its numbers read differently although no cell of them has changed, such as by a rate; with an empty campaign,
        those of all campaigns of the tenant.
        """
        before = self.touched.get((tenant, campaign))
        self.touched[tenant, campaign] = min(filter(None, (before, differs_from)), default=None)

    def changed(self, index: Ref, mark: bytes) -> None:
        """Whoever rests on this is decided again; nothing if nobody does."""
        self.dependants[index, mark] = None

    def mark(self, mark: bytes) -> None:
        """To be decided again."""
        self.marks[mark] = None

    def unmark(self, mark: bytes) -> None:
        """Has been decided, by this very plan."""
        self.settled[mark] = None

    def wait(self, thing: bytes, until: int | None) -> None:
        """Put it into `due`, under the moment (ms) that the watermark has to pass; None: take it out. A function of a state that this plan writes."""
        self.waits[thing] = until

    def notice(self, kind: str, what: str, which: Hashable) -> None:
        """Have it counted in a metric that something odd was said of a kind. No number changes by that."""
        self.noticed.add((kind, what, which))

    # what the store is told

    def writes(self) -> tuple[list[Ref], list[bytes], list[bytes]]:
        """Columns of what is written: what, the value it was read as, the value to set."""
        refs, old, new = self._changed
        pending, seen = self.pending, self.seen
        return [*pending, *refs], [*(seen[ref] for ref in pending), *old], [*pending.values(), *new]

    def reads(self) -> tuple[list[Ref], list[bytes]]:
        """Columns of what must be unchanged and is not written: what, its value."""
        refs, values = self._unchanged
        read = [ref for ref in self.verified if ref not in self.pending]
        return [*read, *refs], [*(self.seen[ref] for ref in read), *values]

    def known(self) -> Iterator[Ref]:
        """All that this plan rests on."""
        yield from self.seen
        yield from self._taken

    def soft_reads(self) -> Iterator[tuple[Ref, bytes, bytes]]:
        """(ref, value, mark to set if it is something else by now)."""
        for ref, mark in self.watched:
            if ref not in self.verified:
                yield ref, self.seen[ref], mark
