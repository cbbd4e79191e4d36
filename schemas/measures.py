"""The small grammar in which `schemas/kpis` is written: what is added up, from which cells, and what is worked out from that. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum
from fractions import Fraction
from functools import lru_cache
from typing import Any, NamedTuple, Self, TypeAlias, TypeVar, overload

from schemas.cells import NOWHERE, Basis, Sources
from schemas.durations import Histogram, quantile

Record = TypeVar("Record")
Number: TypeAlias = int | float


class Unit(StrEnum):
    COUNT = "count"
    MONEY = "minor_units"
    """An integer in the minor units of the currency that the stamp names."""
    PERCENT = "percent"
    """0 to 100, never rounded."""
    NUMBER = "number"
    SECONDS = "seconds"
    """A length of time, never rounded."""


class Text(NamedTuple):
    """The same in both languages of the product."""

    en: str
    vi: str


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
    hours: Sources
    """The same by hour, where that is kept."""
    published: bool
    """False: only worked with, never shown."""
    of_row: str | None
    """A field of the campaign's row: what the number is where it has no cells, or where these say nothing of all days."""


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
    title: Text,
    row: str,
    definition: Text,
    campaign: Sources,
    staff: Sources = NOWHERE,
    *,
    hours: Sources = NOWHERE,
    published: bool = True,
    of_row: str | None = None,
) -> int | None:
    """A field that counts things."""
    zero: int | None = _declared(0, Measure(title, Unit.COUNT, row, definition, campaign, staff, hours, published, of_row))
    return zero


def money(
    title: Text,
    row: str,
    definition: Text,
    campaign: Sources,
    staff: Sources = NOWHERE,
    *,
    hours: Sources = NOWHERE,
    published: bool = True,
    of_row: str | None = None,
) -> int | None:
    """A field that adds up amounts; its cells carry their currency."""
    zero: int | None = _declared(0, Measure(title, Unit.MONEY, row, definition, campaign, staff, hours, published, of_row))
    return zero


def lengths(title: Text, row: str, definition: Text, campaign: Sources, staff: Sources = NOWHERE) -> Histogram | None:
    """A field that counts lengths of time; its cells carry their bucket. Never shown itself: a median of it is."""
    none_yet: Histogram | None = _declared(
        Histogram(), Measure(title, Unit.SECONDS, row, definition, campaign, staff, NOWHERE, published=False, of_row=None)
    )
    return none_yet


def _declared(zero: Any, measure: Measure) -> Any:
    return field(default=zero, metadata={"measure": measure})


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


def seconds(of: Histogram | None, q: float) -> float | None:
    """The length below which a part `q` of them lies, in seconds; None if there are none, or they are unknown."""
    found = None if of is None else quantile(of, q)
    return None if found is None else found / 1000


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
        return Histogram((1,)) if self.record.measures()[name].unit is Unit.SECONDS else 1


@dataclass(frozen=True)
class Additive:
    """A record that adds up field by field, in any order and any grouping. None is not zero: it is "not known here", and swallows what is added."""

    def __add__(self, other: Self) -> Self:
        pairs = ((getattr(self, name), getattr(other, name)) for name in self.measures())
        return type(self)(*(None if one is None or another is None else one + another for one, another in pairs))

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Self:
        """As `cls(**values)`; in a tenth of the time, because what is not named stays where the class has it."""
        made = object.__new__(cls)
        vars(made).update(values)
        return made

    @classmethod
    def sum(cls, parts: Iterable[Self]) -> Self:
        return sum(parts, start=cls())

    @classmethod
    @lru_cache
    def measures(cls) -> Mapping[str, Measure]:
        """What is added up, by name."""
        return {f.name: f.metadata["measure"] for f in fields(cls)}

    @classmethod
    @lru_cache
    def kpis(cls) -> Mapping[str, Kpi]:
        """What is worked out, by name."""
        return {name: value for each in reversed(cls.__mro__) for name, value in vars(each).items() if isinstance(value, Kpi)}

    @classmethod
    @lru_cache
    def published(cls) -> Mapping[str, Measure | Kpi]:
        """All that readers get, by the name that they get it under."""
        shown: dict[str, Measure | Kpi] = {name: measure for name, measure in cls.measures().items() if measure.published}
        return {**shown, **cls.kpis()}

    @classmethod
    def needs(cls, name: str) -> tuple[str, ...]:
        """The measures that a published number is made of; itself if it is one."""
        asked = _Asked(cls)
        getattr(asked, name)
        return tuple(asked.names)
