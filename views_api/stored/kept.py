"""What was read last, day by day, so that only the days that have changed are read again. Bounded: what nobody has asked for longest goes first."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple

import msgspec

ALL: Final = "9999-12-31"
_FIELD: Final = 150
_DAY: Final = 250
_PART: Final = 1_000
"""Bytes that a sum, a day and a part take in Python, beside the packed cells."""

_unpacked: Callable[[msgspec.Raw], list[Any]] = msgspec.msgpack.Decoder(list[str | int]).decode


class Day(NamedTuple):
    """What the store says of one day of a read."""

    group: int
    day: str
    cells: msgspec.Raw
    """Packed {field, value, ...}; empty if there are none any more."""

    @property
    def fields(self) -> dict[str, int]:
        flat = _unpacked(self.cells)
        return {field: int(value) for field, value in zip(flat[::2], flat[1::2], strict=True)}


class Answer(NamedTuple):
    """What the store says of one read."""

    kept: int
    """1: what was known stands, but for these days and those that are left; 0: it must be forgotten."""
    known: str
    days: list[Day]
    left: Sequence[str] = ()
    """Days that changed and were not read yet."""


class Part(NamedTuple):
    """The cells of one read in one state of the store. Never changed, so that questions asked at the same time cannot spoil each other's."""

    revision: str
    """Of that state."""
    known: str
    """Days up to this one are here; ALL: every day; empty: none."""
    days: Mapping[str, Day]
    sums: Sequence[Mapping[str, int]]
    """Per group. Without zeros: what cancels out looks as if it had never been."""
    size: int
    """Bytes, about."""
    left: Sequence[str] = ()
    """Days of those that are as they were in another state."""

    @property
    def complete(self) -> bool:
        return self.known == ALL and not self.left

    def renewed(self, answer: Answer, revision: str) -> Part:
        """As of another revision, of which the store told what is new."""
        if answer.kept and not answer.days:
            return Part(revision, answer.known, self.days, self.sums, self.size, answer.left)
        before = self if answer.kept else nothing(len(self.sums))
        days, touched, size = dict(before.days), dict[int, dict[str, int]](), before.size
        for found in answer.days:
            if found.group not in touched:
                touched[found.group] = dict(before.sums[found.group])
            sums = touched[found.group]
            if old := days.pop(found.day, None):
                _add(sums, old.cells, -1)
                size -= len(old.cells) + _DAY
            if _add(sums, found.cells, 1):
                days[found.day] = Day(found.group, found.day, found.cells.copy())
                size += len(found.cells) + _DAY
        size += _FIELD * sum(len(sums) - len(before.sums[group]) for group, sums in touched.items())
        return Part(revision, answer.known, days, [touched.get(group, sums) for group, sums in enumerate(before.sums)], size, answer.left)


def nothing(groups: int) -> Part:
    """What is known before anything was read."""
    return Part("", "", {}, [{} for _ in range(groups)], _PART)


def _add(sums: dict[str, int], cells: msgspec.Raw, sign: int) -> int:
    """Add cells to the sums, or take them away; how many there are."""
    flat = _unpacked(cells)
    for field, value in zip(flat[::2], flat[1::2], strict=True):
        total = sums.get(field, 0) + sign * int(value)
        if total:
            sums[field] = total
        else:
            sums.pop(field, None)
    return len(flat)


class Shelf:
    """Parts by the question that they answer."""

    def __init__(self, limit: int) -> None:
        """`limit`: bytes."""
        self._limit, self._used = limit, 0
        self._parts: dict[bytes, Part] = {}
        """What was put last at the end."""

    def get(self, question: bytes) -> Part | None:
        return self._parts.get(question)

    @property
    def used(self) -> int:
        """Bytes, about."""
        return self._used

    def put(self, question: bytes, part: Part) -> None:
        """In place of what was there."""
        before = self._parts.pop(question, None)
        self._parts[question] = part
        self._used += part.size - (before.size if before else 0)
        while self._used > self._limit:
            self._used -= self._parts.pop(next(iter(self._parts))).size
