"""The store in a dictionary: the same promises as `apply.lua`, for tests of what needs no server. Not for production: it forgets."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import Final

from processor.store.port import Applied, Claim, Conflict, Fetched, Lost, StaleClaim
from processor.transaction import Tx
from processor.values import ABSENT, Cell, Note, Passed, Place, Ref, Segment, Slot
from schemas import keys

_DAY: Final = 86_400_000


def _framed(packed: bytes) -> list[bytes]:
    """The entries of a set, each with its length in front."""
    out = []
    while packed:
        end = 2 + int.from_bytes(packed[:2], "big")
        out.append(packed[:end])
        packed = packed[end:]
    return out


class _Position:
    def __init__(self) -> None:
        self.epoch, self.owner, self.generation, self.next, self.as_of, self.topic = 0, "", 0, 0, 0, ""


class MemoryStore:
    """Calls are atomic because nothing here awaits."""

    def __init__(self, seed: int = 0) -> None:
        self.values: dict[Ref, bytes] = {}
        self.lists: dict[str, list[bytes]] = defaultdict(list)
        self.cells: dict[Cell, int] = {}
        self.dirty: set[bytes] = set()
        self.due: dict[bytes, int] = {}
        self.partitions: dict[str, _Position] = {}
        self.sources = 0
        self.history_missing: set[str] = set()
        self._random = random.Random(seed)  # noqa: S311 - which marks come first, nothing secret

    async def check(self) -> None:
        """A dictionary has nothing to refuse, and no clock."""

    async def claim(
        self,
        partition: str,
        owner: str,
        generation: int,
        *,
        force: bool = False,
        rebuild_to: int = 0,  # noqa: ARG002 - readers of this store do not exist
        of: int = 0,
        topic: str = "",
    ) -> Claim:
        at = self.partitions.setdefault(partition, _Position())
        if generation < at.generation and not force:
            raise StaleClaim(f"{partition} is held by a claimer of generation {at.generation}, ours is {generation}")
        self.sources = of or self.sources
        at.epoch, at.owner, at.generation = at.epoch + 1, owner, generation
        if topic and (not at.topic or not at.next):
            at.topic = topic
        return Claim(at.epoch, at.next, at.topic)

    async def incomplete(self, partition: str) -> None:
        self.history_missing.add(partition)

    async def fetch(self, wanted: Iterable[Ref | Segment | Passed]) -> Fetched:
        return {item: self._value(item) for item in wanted}

    def _value(self, item: Ref | Segment | Passed) -> bytes | tuple[bytes, ...]:
        if isinstance(item, Segment):
            return tuple(self.lists[item.key][item.start : item.stop])
        if isinstance(item, Passed):
            return self._passed()[: item.limit]
        return self.values.get(item, ABSENT)

    def _passed(self) -> tuple[bytes, ...]:
        watermark = self.values.get((keys.META, keys.WATERMARK))
        if watermark is None:
            return ()
        return tuple(thing for until, thing in sorted((until, thing) for thing, until in self.due.items()) if until < int(watermark))

    async def apply(self, slots: list[Slot], tx: Tx) -> Applied | Conflict:
        if self._guard(slots):
            return Applied(repeated=True, dirty=len(self.dirty))
        (written, old, new), (read, unchanged) = tx.writes(), tx.reads()
        conflicts = [ref for ref, value in zip(written + read, old + unchanged, strict=True) if self.values.get(ref, ABSENT) != value]
        conflicts += [(s.key, b"") for s, entries in tx.segments.items() if tuple(self.lists[s.key][s.start : s.stop]) != entries]
        if tx.trims and self.dirty:
            conflicts.append((keys.DIRTY, b""))
        if conflicts:
            return Conflict(conflicts)
        if not (slots or written or read or tx.segments):
            raise ValueError("a call without a guard would count twice when it is repeated")
        self._write(written, new)
        for place, changes in tx.cells.items():
            self._add(place, changes)
        for key, entries in tx.appends.items():
            self.lists[key] += entries
        for key, first in tx.trims.items():
            del self.lists[key][:first]
        self._unite(tx.unions)
        noticed = [mark for note, mark in tx.notes.items() if self._note(note)]
        self.dirty.difference_update(tx.settled)
        self.dirty.update(mark for ref, value, mark in tx.soft_reads() if self.values.get(ref, ABSENT) != value)
        self.dirty.update(mark for ref, mark in tx.dependants if (self.lists.get(ref[0]) if ref[1] == b"" else ref in self.values))
        self.dirty.update(noticed)
        self.dirty.update(tx.marks)
        self._wait(tx.waits)
        for slot in slots:
            self.partitions[slot.partition].next, self.partitions[slot.partition].as_of = slot.last, slot.as_of
        return Applied(repeated=False, dirty=len(self.dirty))

    def _write(self, refs: Iterable[Ref], values: Iterable[bytes]) -> None:
        for ref, value in zip(refs, values, strict=True):
            if value == ABSENT:
                self.values.pop(ref, None)
            else:
                self.values[ref] = value

    def _unite(self, unions: Iterable[tuple[Ref, bytes]]) -> None:
        for ref, entry in unions:
            packed = self.values.get(ref, b"")
            if entry not in {packed[i : i + len(entry)] for i in range(0, len(packed), len(entry))}:
                self.values[ref] = packed + entry

    def _wait(self, waits: Mapping[bytes, int | None]) -> None:
        for thing, until in waits.items():
            self.due.pop(thing, None)
            if until is not None:
                self.due[thing] = until
        self._mark_what_was_passed()

    def _mark_what_was_passed(self) -> None:
        if self._passed():
            self.dirty.add(keys.PASSED)

    async def advance(self) -> int:
        reached = min((at.as_of for at in self.partitions.values()), default=0) if len(self.partitions) >= self.sources else 0
        watermark = (keys.META, keys.WATERMARK)
        if reached > int(self.values.get(watermark, b"0")):
            self.values[watermark] = b"%d" % reached
        self._mark_what_was_passed()
        return len(self.dirty)

    def _note(self, note: Note) -> bool:
        """Whether it is new and matters to somebody."""
        key, field, entry, at = note
        whose = field[:8]
        packed = self.values.get((key, field), b"")
        if not packed:
            self.values[key, whose] = self.values.get((key, whose), b"") + field[8:]
            self.lists[key[: key.rindex(keys.SEP) + 1]].append(field)
        if entry in _framed(packed):
            return False
        self.values[key, field] = packed + entry
        resting = self.values.get((key, whose + keys.ORDERS))
        return resting is not None and int.from_bytes(resting[:8], "big", signed=True) >= at

    def _add(self, place: Place, changes: Mapping[str, int]) -> None:
        for field, change in changes.items():
            cell = (*place, field)
            if total := self.cells.get(cell, 0) + change:
                self.cells[cell] = total
            else:
                self.cells.pop(cell, None)

    def _guard(self, slots: list[Slot]) -> bool:
        """True if the call has gone through before; raises `Lost`."""
        repeated = 0
        for slot in slots:
            at = self.partitions.get(slot.partition)
            if at is None:
                raise Lost(slot.partition, "NOSTATE")
            if (at.epoch, at.owner) != (slot.epoch, slot.owner):
                raise Lost(slot.partition, "FENCED")
            if at.next != slot.prev:
                if at.next != slot.last:
                    raise Lost(slot.partition, "REWOUND")
                repeated += 1
        if repeated and repeated != sum(slot.prev != slot.last for slot in slots):
            raise Lost(None, "REWOUND")
        return repeated > 0

    async def marks(self, limit: int) -> list[bytes]:
        return self._random.sample(sorted(self.dirty), min(limit, len(self.dirty)))

    async def read_cells(self, tenant: str, campaign: str, views: Collection[str], first: str | None, last: str | None) -> dict[Cell, int]:
        return {
            cell: value
            for cell, value in self.cells.items()
            if cell[:2] == (tenant, campaign) and cell[2] in views and _is_within(keys.iso(cell[3]), first, last)
        }

    async def expire(self, limit: int) -> int:
        watermark = int(self.values.get((keys.META, keys.WATERMARK), b"0"))
        hours = {cell[:4] for cell in self.cells if cell[2] == keys.View.HOURS and (cell[3] + 1) * _DAY + keys.HOURS_KEPT <= watermark}
        gone = set(sorted(hours, key=lambda place: place[3])[:limit])
        self.cells = {cell: value for cell, value in self.cells.items() if cell[:4] not in gone}
        return len(gone)

    async def positions(self) -> Mapping[str, int]:
        return {partition: at.next for partition, at in self.partitions.items()}


def _is_within(day: str, first: str | None, last: str | None) -> bool:
    return (first is None or day >= first) and (last is None or day <= last)
