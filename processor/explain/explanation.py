"""The answer as data: a number, the cells that it is the sum of, the entities that each cell is the sum of, and what was decided about these."""

from __future__ import annotations

from typing import Any, NamedTuple

from processor.explain.question import Question
from schemas.durations import BUCKETS, Histogram
from schemas.kpis import Totals
from schemas.measures import Number, Unit


class Entity(NamedTuple):
    kind: str
    id: str | None
    """None: its state does not keep it; the events do."""
    digest: bytes

    @property
    def name(self) -> str:
        """As a person names it, here and in the question for its events."""
        return f"{self.kind} {self.id if self.id is not None else '#' + self.digest.hex()}"


class Share(NamedTuple):
    """What an entity adds to a cell."""

    entity: Entity
    amount: int


class CellPart(NamedTuple):
    """One cell of a measure."""

    view: str
    day: str
    said: dict[str, str]
    """Dimension -> value."""
    name: str
    stored: int
    weight: int
    """How often it counts in the measure: once, but where a measure is multiplied by a dimension."""
    currency: str
    """Empty: no money, or in the campaign's."""
    shares: list[Share]
    """The largest; there may be more."""
    entities: int
    """How many there are."""
    explained: int
    """The sum of all of them."""

    @property
    def agrees(self) -> bool:
        return self.stored == self.explained


class MeasurePart(NamedTuple):
    """One measure that the number is made of."""

    name: str
    cells: list[CellPart]

    @property
    def is_money(self) -> bool:
        return Totals.measures()[self.name].unit is Unit.MONEY

    @property
    def sums(self) -> dict[str, int]:
        """Currency -> sum; the empty one where it is no money, or in the campaign's."""
        out: dict[str, int] = {}
        for cell in self.cells:
            out[cell.currency] = out.get(cell.currency, 0) + cell.stored * cell.weight
        return out or {"": 0}

    @property
    def counted(self) -> int | Histogram:
        """What the number is worked out from, where this is no money: a sum, or how many lengths of time lie in each bucket."""
        if Totals.measures()[self.name].unit is not Unit.SECONDS:
            return self.sums[""]
        buckets = [0] * BUCKETS
        for cell in self.cells:
            buckets[int(cell.said["bucket"])] += cell.stored
        return Histogram(buckets)


class Explanation(NamedTuple):
    question: Question
    measures: list[MeasurePart]
    decisions: dict[Entity, list[str]]
    """Of every entity that is named, and of the one that was asked for."""
    asked_for: list[Entity]
    """That have the id which was asked for, whether they add something or not."""
    unsettled: int
    """How many things wait to be decided again; until then they count as they were decided before."""
    moved: bool
    """The numbers changed each time while they were read: what is here is of more than one moment."""

    @property
    def numbers(self) -> dict[str, Number | None]:
        """The number itself; money by currency, the empty one being the campaign's. None: there is nothing to divide by."""
        counts = {part.name: part.counted for part in self.measures if not part.is_money}
        money = [part for part in self.measures if part.is_money]
        currencies = sorted({currency for part in money for currency in part.sums} or {""})
        known: dict[str, dict[str, Any]] = {
            currency: counts | {part.name: part.sums.get(currency, 0) for part in money} for currency in currencies
        }
        return {currency: getattr(Totals(**found), self.question.measure) for currency, found in known.items()}

    @property
    def agrees(self) -> bool:
        """Whether the entities of every cell add up to it."""
        return all(cell.agrees for measure in self.measures for cell in measure.cells)
