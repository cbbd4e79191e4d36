"""What is asked: which number of a campaign, on which days, of whom? Checked against the declarations; what is wrong is said in one sentence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Final, NamedTuple

from schemas.cells import DIMENSIONS, Basis, Cells
from schemas.errors import KpiError
from schemas.keys import SEP, View, label, unlabel
from schemas.kpis import Totals
from schemas.measures import Measure, Unit

_PAIRED: Final = (View.CUSTOMERS, View.CUSTOMERS_BY_OWNER, View.RECIPIENTS, View.RECIPIENTS_BY)
"""Views whose fields end with another day."""
_INTERACTED: Final = "x"
"""Pair cells whose other day is the later one."""
_LABELS: Final = ("reason", "industry", "method", "code", "suppressed_reason", "variant", "kind")
"""Dimensions of free text, escaped in the field."""
_WORDS: Final[Mapping[str, Mapping[str, str]]] = {
    "status": {"open": "o", "won": "w", "lost": "l"},
    "registered": {"yes": "r", "no": "u"},
    "state": {"completed": "c", "completed_late": "l", "cancelled": "x", "in_progress": "p", "overdue": "d"},
}
"""What a person says for a letter of the cells."""


class Unanswerable(KpiError):
    """There is no such number. The text says why, for whoever asked."""


class Question(NamedTuple):
    tenant: str
    campaign: str
    measure: str
    """A name of `schemas/kpis`."""
    basis: Basis
    first: str | None
    last: str | None
    """ISO days, included, in the campaign's zone; None: open."""
    dimensions: Mapping[str, str]
    """Narrowed to cells that say this; an empty value: that say nothing."""


class Wanted(NamedTuple):
    """One measure of the number, and the cells that it is summed from."""

    name: str
    measure: Measure
    cells: Cells

    def weight(self, view: str, field: str, question: Question) -> int:
        """How often a cell counts in the measure; 0: not at all."""
        return sum(_weight(part, field, question) for part in self.cells.parts if part.view == view)

    def currency(self, view: str, field: str) -> str:
        """In which currency a cell is; empty: the campaign's, or no money."""
        return self.said(view, field).get("currency", "") if self.measure.unit is Unit.MONEY else ""

    def said(self, view: str, field: str) -> dict[str, str]:
        """Dimension -> value, as a person would say it."""
        name, *values = field.split(SEP)
        names = DIMENSIONS[view][name]
        spoken = {dimension: _spoken(dimension, value) for dimension, value in zip(names, values, strict=False)}
        return spoken | ({"interacted on" if name == _INTERACTED else "day before": values[-1]} if view in _PAIRED else {})


def checked(question: Question) -> Question:
    """With days that there are; as of a day everything before it counts too. Raises `Unanswerable`."""
    for day in (question.first, question.last):
        _check(day)
    if question.first and question.last and question.first > question.last:
        raise Unanswerable(f"{question.first} is after {question.last}")
    return question._replace(first=None) if question.basis is Basis.AS_OF else question


def wanted(question: Question) -> list[Wanted]:
    """The measures that the number is made of, narrowed. Raises `Unanswerable`."""
    figures = {**Totals.published(), **Totals.measures()}
    if question.measure not in figures:
        close = ", ".join(name for name in figures if question.measure in name or name in question.measure)
        raise Unanswerable(f"there is no number {question.measure!r}{f'; there is {close}' if close else ''} (all names: make kpis)")
    return [_narrowed(question, name, Totals.measures()[name]) for name in Totals.needs(question.measure)]


def _check(day: str | None) -> None:
    try:
        if day is not None and date.fromisoformat(day).isoformat() != day:
            raise ValueError
    except ValueError:
        raise Unanswerable(f"{day!r} is no day: one is written YYYY-MM-DD") from None


def _narrowed(question: Question, name: str, measure: Measure) -> Wanted:
    """By the cells of the campaign, else by those of its people, if these tell the dimensions apart."""
    if measure.of_row and not measure.campaign:
        raise Unanswerable(f"{name} is no sum of anything: it is what the campaign says of itself")
    sources = [found[question.basis] for found in (measure.campaign, measure.staff) if question.basis in found]
    if not sources:
        raise Unanswerable(f"{name} is not known on the basis {question.basis.value}")
    for found in sources:
        if all({*question.dimensions} <= {*DIMENSIONS[part.view][part.name]} for part in found.parts):
            return Wanted(name, measure, _only(found, question.dimensions))
    known = " or by ".join(dict.fromkeys(", ".join(_shared(found)) for found in sources if _shared(found)))
    unknown = ", ".join(dimension for dimension in question.dimensions if not any(dimension in _shared(found) for found in sources))
    why = f"it has no dimension {unknown}" if unknown else "not by all of these at once"
    raise Unanswerable(f"{name} cannot be narrowed so: {why}; it is known by {known or 'none'}")


def _shared(found: Cells) -> list[str]:
    """Dimensions that all parts have: by others, corrections would be missing."""
    return [name for name in DIMENSIONS[found.view][found.name] if all(name in DIMENSIONS[part.view][part.name] for part in found.parts)]


def _only(found: Cells, dimensions: Mapping[str, str]) -> Cells:
    where = dict(found.where)
    for dimension, value in dimensions.items():
        stored = label(value) if dimension in _LABELS else _WORDS.get(dimension, {}).get(value, value)
        where[dimension] = (stored,) if dimension not in where or stored in where[dimension] else ()
    return replace(found, where=where, corrected=_only(found.corrected, dimensions) if found.corrected else None)


def _spoken(dimension: str, value: str) -> str:
    if dimension in _LABELS:
        return unlabel(value)
    return next((word for word, letter in _WORDS.get(dimension, {}).items() if letter == value), value)


def _weight(part: Cells, field: str, question: Question) -> int:
    name, *values = field.split(SEP)
    if name != part.name:
        return 0
    if part.view in _PAIRED:
        *values, other = values
        if name == _INTERACTED:
            counts = question.last is None or other <= question.last
        else:
            counts = not other or (question.first is not None and other < question.first)
        if not counts:
            return 0
    said = dict(zip(DIMENSIONS[part.view][part.name], values, strict=True))
    if any(said[dimension] not in allowed for dimension, allowed in part.where.items()):
        return 0
    if part.stated and not said[part.stated]:
        return 0
    return int(said[part.times]) if part.times else 1
