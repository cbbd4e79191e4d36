"""One optimistic transaction: what a plan has read, what it writes, and its effects. Pure; kinds speak to this and never see the store.

A plan reads through it, and the value read is part of the plan: the store refuses the whole call if one of them has changed meanwhile. So a plan may be
made anywhere, by anybody, from a stale cache, twice; it takes effect only where it is true. One transaction serves a whole group of events, so that
two events of a group that touch one thing see each other's pending values.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple, TypeAlias, TypeVar

T = TypeVar("T")

Ref: TypeAlias = tuple[str, bytes]
"""(hash key without prefix, field)."""
Cell: TypeAlias = tuple[str, str, str, int, str]
"""(tenant, campaign, view, day number, field)."""

ABSENT = b""


class Missing(Exception):
    """Something that was asked for is not here yet."""


class NotOneSnapshot(Exception):
    """What was read contradicts itself: it was read in several trips while the store moved. Forget it and plan again."""


class Slot(NamedTuple):
    """What a group covers of one source partition. Positions are next offsets."""

    partition: str
    epoch: int
    owner: str
    prev: int
    last: int
    as_of: int
    """All that Kafka had taken by then is counted; ms since 1970 UTC."""


class Segment(NamedTuple):
    """A stretch of an append-only list: entries `start` to `stop`, without `stop`."""

    key: str
    start: int
    stop: int


class Tx:
    """Reads first, then writes: a kind that misses a read is started again, so it must not have written anything before its last read."""

    def __init__(self, cache: Mapping[Ref, bytes]) -> None:
        self._cache = cache
        self.seen: dict[Ref, bytes] = {}
        """As the store was when this plan saw it. Does not change under the plan."""
        self.segments: dict[Segment, tuple[bytes, ...]] = {}
        self.missing: set[Ref | Segment] = set()
        self.pending: dict[Ref, bytes] = {}
        self.verified: set[Ref] = set()
        self.watched: set[tuple[Ref, bytes]] = set()
        self.cells: dict[Cell, int] = {}
        self.unions: dict[tuple[Ref, bytes], None] = {}
        self.appends: dict[str, list[bytes]] = {}
        self.dependants: dict[tuple[Ref, bytes], None] = {}
        self.marks: dict[bytes, None] = {}
        self.settled: dict[bytes, None] = {}
        self.touched: set[tuple[str, str]] = set()
        self.zones: dict[tuple[str, str], int] = {}
        """(tenant, campaign) -> what messages worked out of its zone, in this plan: read once, not once per message. Whoever changes a zone clears it."""

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

    def know(self, item: Ref | Segment, value: bytes | tuple[bytes, ...]) -> None:
        """What the store answered for something that was missing."""
        self.missing.discard(item)
        if isinstance(item, Segment):
            self.segments[item] = tuple(value)  # type: ignore[arg-type]  # a segment is answered by entries
        else:
            self.seen[item] = value  # type: ignore[assignment]

    def _values(self, refs: tuple[Ref, ...]) -> list[bytes]:
        pending, seen, cache = self.pending, self.seen, self._cache
        out = []
        for ref in refs:
            value = pending.get(ref)
            if value is None:
                value = seen.get(ref)
                if value is None:
                    value = cache.get(ref)
                    if value is None:
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

    def replace(self, old: Mapping[Cell, int], new: Mapping[Cell, int]) -> None:
        """Take back what a state counted and count what it counts now."""
        cells = self.cells
        for cell, amount in new.items():
            if change := amount - old.get(cell, 0):
                cells[cell] = cells.get(cell, 0) + change
        for cell in old.keys() - new.keys():
            cells[cell] = cells.get(cell, 0) - old[cell]

    def union(self, index: Ref, entry: bytes) -> None:
        """Put an 8-byte entry into a packed set."""
        self.unions[index, entry] = None

    def append(self, key: str, entry: bytes) -> None:
        """Put an entry at the end of a list. Only beside a write that makes it happen once."""
        self.appends.setdefault(key, []).append(entry)

    def touch(self, tenant: str, campaign: str) -> None:
        """Something of a campaign changed that is no cell, such as its name: readers are told."""
        self.touched.add((tenant, campaign))

    def changed(self, index: Ref, mark: bytes) -> None:
        """Whoever rests on this is decided again; nothing if nobody does."""
        self.dependants[index, mark] = None

    def mark(self, mark: bytes) -> None:
        """To be decided again."""
        self.marks[mark] = None

    def unmark(self, mark: bytes) -> None:
        """Has been decided, by this very plan."""
        self.settled[mark] = None

    # what the store is told

    def writes(self) -> Iterator[tuple[Ref, bytes, bytes]]:
        """(ref, value it was read as, value to set)."""
        for ref, value in self.pending.items():
            if value != self.seen[ref]:
                yield ref, self.seen[ref], value

    def reads(self) -> Iterator[tuple[Ref, bytes]]:
        """(ref, value) that must be unchanged and is not written."""
        for ref in self.verified:
            if self.pending.get(ref, self.seen[ref]) == self.seen[ref]:
                yield ref, self.seen[ref]

    def soft_reads(self) -> Iterator[tuple[Ref, bytes, bytes]]:
        """(ref, value, mark to set if it is something else by now)."""
        for ref, mark in self.watched:
            if ref not in self.verified:
                yield ref, self.seen[ref], mark
