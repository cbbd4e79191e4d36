"""The small grammar in which `schemas/kpis.py` is written: what is added up, from which cells, and what is worked out from that.

Pure. Which cells there are is told by `docs/cells.md`; `DIMENSIONS` is that page as data.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum
from fractions import Fraction
from types import MappingProxyType
from typing import Any, Final, NamedTuple, Self, TypeAlias, TypeVar, overload

from schemas.keys import View

Record = TypeVar("Record")
Number: TypeAlias = int | float


class Basis(StrEnum):
    """Which opportunities a period is about (D15)."""

    CREATED = "created"
    CLOSED = "closed"
    AS_OF = "as_of"


class Unit(StrEnum):
    COUNT = "count"
    MONEY = "minor_units"
    """An integer in the minor units of the currency that the stamp names."""
    PERCENT = "percent"
    """0 to 100, never rounded."""
    NUMBER = "number"


class Text(NamedTuple):
    """The same in both languages of the product."""

    en: str
    vi: str


_OF_OPPORTUNITIES: Final = {"n": ("status", "registered", "step"), "lost": ("reason", "industry"), "won": ("currency",)}
_OF_STAFF: Final = {"n": ("staff", "status", "step"), "c": ("staff", "status"), "m": ("staff", "method", "step")}
STAGES: Final = (
    "targeted", "suppressed", "sent", "delivered", "opened", "machine_opened", "clicked", "replied", "failed", "unsubscribed", "complained",
)  # fmt: skip

DIMENSIONS: Final[Mapping[str, Mapping[str, tuple[str, ...]]]] = {
    View.OPPORTUNITIES: {**_OF_OPPORTUNITIES, "reached": ("step",), "p": ("probability",), "open": ("currency", "probability")},
    View.CLOSED: _OF_OPPORTUNITIES,
    View.STAFF: _OF_STAFF,
    View.STAFF_CLOSED: _OF_STAFF,
    View.FLOWS: {"n": ("status", "staff", "step"), "open": ("currency",), "won": ("currency",)},
    View.CUSTOMERS: dict.fromkeys(("a", "o", "w", "l", "kw", "kl"), ()),
    View.CUSTOMERS_BY_OWNER: dict.fromkeys(("owner", "cw", "cl"), ("staff",)),
    View.ORDERS: {
        "n": ("rule",),
        "rest": ("rule",),
        "cancelled": ("rule",),
        "gross": ("rule", "currency"),
        "refunds": ("rule", "currency"),
        "cancelled_value": ("rule", "currency"),
        "pending": (),
    },
    View.ORDERS_BY_OWNER: {"n": ("staff", "step"), "gross": ("staff", "step", "currency"), "refunds": ("staff", "step", "currency")},
    View.TASKS: {"n": ("state", "staff")},
    View.MESSAGES: {**dict.fromkeys(STAGES, ("channel", "action", "variant")), "code": ("code",)},
    View.BY_CAMPAIGN: {"n": ("campaign",), "net": ("campaign", "currency"), "pending": ()},
}
"""View -> name of a cell -> its dimensions, in the order of the field. `staff` is whoever the cell credits: owner, credited owner or assignee.
Pair cells (views n, w) are named here as they are after the previous day has been settled."""


@dataclass(frozen=True, slots=True)
class Cells:
    """Which cells a measure is the sum of: those called `name` in a view whose dimensions have one of these values."""

    view: str
    name: str
    where: Mapping[str, tuple[str, ...]]
    stated: str | None = None
    """A dimension that must not be empty."""
    times: str | None = None
    """A dimension whose number each cell is multiplied by."""
    corrected: Cells | None = None
    """Cells that are added, because they set these right: by the dimensions that both have."""

    @property
    def parts(self) -> tuple[Cells, ...]:
        """These, and those that set them right."""
        return (self,) if self.corrected is None else (self, self.corrected)


Where: TypeAlias = Mapping[str, str | tuple[str, ...]]
Sources: TypeAlias = Mapping[Basis, Cells]
"""Basis -> cells. A basis that is missing does not know the measure: it is null there."""
NOWHERE: Final[Sources] = MappingProxyType({})


def cells(
    view: str,
    name: str,
    where: Where = MappingProxyType({}),
    *,
    stated: str | None = None,
    times: str | None = None,
    correction: str | None = None,
) -> Cells:
    """Cells of a view by name, narrowed by dimension: one value, or several that may stand there. `correction`: name of the cells that set them right."""
    allowed = {dimension: (value,) if isinstance(value, str) else value for dimension, value in where.items()}
    unknown = {*allowed, *filter(None, (stated, times))} - {*DIMENSIONS[view][name]}
    if unknown:
        raise ValueError(f"cells {name!r} of view {view!r} have no dimension {', '.join(sorted(unknown))}")
    if correction is None:
        return Cells(view, name, allowed, stated, times)
    shared = {dimension: values for dimension, values in allowed.items() if dimension in DIMENSIONS[view][correction]}
    return Cells(view, name, allowed, stated, times, cells(view, correction, shared))


@dataclass(frozen=True, slots=True)
class Measure:
    """A number that adds up: what it is called, what it means, and which cells it is the sum of."""

    title: Text
    unit: Unit
    row: str
    """The row of the metrics contract (F.., D.., B..)."""
    definition: Text
    campaign: Sources
    staff: Sources
    """For one person: the same cells, told apart by their dimension `staff`."""
    published: bool
    """False: only worked with, never shown."""


@dataclass(frozen=True, slots=True)
class Kpi:
    """A number that is worked out. On the class it is its definition, on a record its value."""

    title: Text
    unit: Unit
    row: str
    vietnamese: str
    bases: tuple[Basis, ...]
    """Elsewhere it is null, even where its measures are known."""
    formula: Callable[[Any], Number | None]

    @property
    def name(self) -> str:
        return self.formula.__name__

    @property
    def definition(self) -> Text:
        return Text((self.formula.__doc__ or "").strip(), self.vietnamese)

    @overload
    def __get__(self, record: None, owner: type) -> Kpi: ...
    @overload
    def __get__(self, record: object, owner: type) -> Number | None: ...
    def __get__(self, record: object | None, owner: type) -> Kpi | Number | None:
        return self if record is None else self.formula(record)


def count(
    title: Text, row: str, definition: Text, campaign: Sources, staff: Sources = NOWHERE, *, published: bool = True, unit: Unit = Unit.COUNT
) -> int | None:
    """A field that counts things."""
    measure = Measure(title, unit, row, definition, campaign, staff, published)
    zero: int | None = field(default=0, metadata={"measure": measure})
    return zero


def money(title: Text, row: str, definition: Text, campaign: Sources, staff: Sources = NOWHERE, *, published: bool = True) -> int | None:
    """A field that adds up amounts; its cells carry their currency."""
    return count(title, row, definition, campaign, staff, published=published, unit=Unit.MONEY)


def kpi(
    title: Text, unit: Unit, row: str, vi: str, bases: tuple[Basis, ...] = (Basis.CREATED, Basis.CLOSED)
) -> Callable[[Callable[[Record], Number | None]], Kpi]:
    """Publish a formula. Its docstring is the definition in English, `vi` the same in Vietnamese. The state as of a day has no rates unless it says so."""
    return lambda formula: Kpi(title, unit, row, vi, bases, formula)


def plus(*parts: int | None) -> int | None:
    """Their sum; unknown as soon as one is."""
    known = [part for part in parts if part is not None]
    return sum(known) if len(known) == len(parts) else None


def minus(whole: int | None, part: int | None) -> int | None:
    """The rest; unknown as soon as one is."""
    return None if whole is None or part is None else whole - part


def ratio(part: Number | None, whole: Number | None) -> float | None:
    """Part of whole; None while there is no whole to divide by, or one of them is unknown."""
    return None if part is None or not whole else part / whole


def percent(part: Number | None, whole: Number | None) -> float | None:
    """Part of whole, from 0 to 100, as `ratio`."""
    return None if part is None or not whole else 100 * part / whole


def rounded(part: int | None, whole: int | None) -> int | None:
    """Part of whole as an integer, half to even: money that is divided stays in minor units."""
    return None if part is None or not whole else round(Fraction(part, whole))


class _Asked:
    """Stands in for a record and remembers which measures a formula reads."""

    def __init__(self, record: type[Additive]) -> None:
        self.record, self.names = record, list[str]()

    def __getattr__(self, name: str) -> Any:
        worked_out = self.record.kpis().get(name)
        if worked_out:
            return worked_out.formula(self)
        if name not in self.names:
            self.names.append(name)
        return 1


@dataclass(frozen=True, slots=True)
class Additive:
    """A record of integers that adds up field by field, in any order and any grouping. None is not zero: it is "not known here", and swallows what is added."""

    def __add__(self, other: Self) -> Self:
        return type(self)(*(plus(getattr(self, name), getattr(other, name)) for name in self.measures()))

    @classmethod
    def sum(cls, parts: Iterable[Self]) -> Self:
        return sum(parts, start=cls())

    @classmethod
    def measures(cls) -> dict[str, Measure]:
        """What is added up, by name."""
        return {f.name: f.metadata["measure"] for f in fields(cls)}

    @classmethod
    def kpis(cls) -> dict[str, Kpi]:
        """What is worked out, by name."""
        return {name: value for name, value in vars(cls).items() if isinstance(value, Kpi)}

    @classmethod
    def published(cls) -> dict[str, Measure | Kpi]:
        """All that readers get, by the name that they get it under."""
        shown: dict[str, Measure | Kpi] = {name: measure for name, measure in cls.measures().items() if measure.published}
        return shown | cls.kpis()

    @classmethod
    def needs(cls, name: str) -> tuple[str, ...]:
        """The measures that a published number is made of; itself if it is one."""
        asked = _Asked(cls)
        getattr(asked, name)
        return tuple(asked.names)
