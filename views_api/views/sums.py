"""What do the summed cells of an answer say? Fields come in as the store has them, numbers by dimension go out. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import lru_cache
from operator import itemgetter

from schemas.cells import DIMENSIONS, Cells
from schemas.keys import SEP, unlabel

_LABELS = frozenset(("reason", "industry", "method", "code", "suppressed_reason"))
"""Dimensions that are free text, and so escaped in the field."""


@lru_cache(1 << 15)
def _parts(field: str) -> tuple[str, list[str]]:
    """Name and dimensions of a field; the same fields come again with every question."""
    name, *dimensions = field.split(SEP)
    return name, dimensions


class Sums:
    """Sums of cells over some days, to be asked for by view and name."""

    def __init__(self, views: Mapping[str, Mapping[str, int]]) -> None:
        self._entries: dict[str, defaultdict[str, list[tuple[list[str], int]]]] = {}
        for view, fields in views.items():
            entries = self._entries[view] = defaultdict(list)
            for field, value in fields.items():
                name, dimensions = _parts(field)
                entries[name].append((dimensions, value))

    def only(self, dimension: str, value: str, *, others: bool = False) -> Sums:
        """Those cells that have this value there. `others`: and those without the dimension."""
        narrowed = Sums({})
        for view, names in self._entries.items():
            kept = narrowed._entries[view] = defaultdict(list)
            for name, found in names.items():
                if dimension in DIMENSIONS[view][name]:
                    place = DIMENSIONS[view][name].index(dimension)
                    kept[name] = [entry for entry in found if entry[0][place] == value]
                elif others:
                    kept[name] = found
        return narrowed

    def and_of(self, view: str, numbers: Mapping[str, int]) -> Sums:
        """With these cells of a view, which have no dimensions, in place of its own."""
        more = Sums({view: numbers})
        more._entries = self._entries | more._entries
        return more

    def total(self, wanted: Cells) -> int:
        """Their sum."""
        found = 0
        for part in wanted.parts:
            for _, value in self._matching(part):
                found += value
        return found

    def by(self, wanted: Cells, dimension: str) -> dict[str, int]:
        """Their sum for each value of a dimension; empty is a value."""
        found: defaultdict[str, int] = defaultdict(int)
        for part in wanted.parts:
            place = _place(part, dimension)
            for dimensions, value in self._matching(part):
                found[dimensions[place]] += value
        if dimension in _LABELS:
            return {unlabel(key): value for key, value in found.items()}
        return dict(found)

    def by_two(self, wanted: Cells, first: str, second: str) -> dict[str, dict[str, int]]:
        """Value of the first dimension -> value of the second -> sum."""
        found: defaultdict[str, defaultdict[str, int]] = defaultdict(lambda: defaultdict(int))
        for part in wanted.parts:
            one, two = _place(part, first), _place(part, second)
            for dimensions, value in self._matching(part):
                found[dimensions[one]][dimensions[two]] += value
        return {key: dict(inner) for key, inner in found.items()}

    def groups(self, wanted: Cells) -> list[tuple[list[str], int]]:
        """Each cell by itself, not corrected: (its dimensions in the order of the field, sum)."""
        return list(self._matching(wanted))

    def _matching(self, wanted: Cells) -> Iterable[tuple[list[str], int]]:
        entries: Iterable[tuple[list[str], int]] = self._entries[wanted.view][wanted.name] if wanted.view in self._entries else ()
        for place, allowed in wanted.places:
            entries = [entry for entry in entries if entry[0][place] in allowed]
        if wanted.stated:
            stated = itemgetter(_place(wanted, wanted.stated))
            entries = [entry for entry in entries if stated(entry[0])]
        if wanted.times:
            times = itemgetter(_place(wanted, wanted.times))
            entries = [(dimensions, value * int(times(dimensions))) for dimensions, value in entries]
        return entries


def _place(wanted: Cells, dimension: str) -> int:
    return DIMENSIONS[wanted.view][wanted.name].index(dimension)
