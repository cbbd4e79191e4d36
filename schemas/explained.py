"""What is said about a number and how it came about: the question that the API asks the processor, and the answer, which goes on to whoever asked (B28)."""

from __future__ import annotations

from typing import Annotated

import msgspec

from schemas.answers import PeriodView, Stamp


class Why(msgspec.Struct, forbid_unknown_fields=True):
    """Which number: of one campaign, on some days, narrowed to cells that say something."""

    tenant: str
    campaign: str
    measure: str
    basis: str
    first: str | None
    last: str | None
    """ISO days, included; null: open."""
    dimensions: dict[str, str]
    limit: int
    """Entities named per cell."""
    entity: str | None
    """An id: its decisions are told too."""
    elsewhere: bool = True
    """Whether what is told may be of other campaigns too, in which an entity counts or did."""


class Contribution(msgspec.Struct, kw_only=True):
    """What an entity adds to a cell."""

    kind: str
    id: str | None
    """Null: its state does not keep it; the events do."""
    digest: str
    """Stands for it; `#` and this may be asked for as `entity`."""
    adds: int


class ExplainedCell(msgspec.Struct, kw_only=True):
    """One stored integer, and the entities that it is the sum of."""

    view: str
    name: str
    day: str
    dimensions: dict[str, str]
    value: int
    weight: int
    """How often it counts in the measure."""
    currency: str | None
    """Null: no money, or in the campaign's."""
    entities: int
    """How many there are; the largest of them are named."""
    explained: int
    """The sum of all of them. Equal to `value`, or the two are of more than one moment (`moved`), or something is wrong."""
    contributions: list[Contribution]


class ExplainedMeasure(msgspec.Struct, kw_only=True):
    name: str
    cells: list[ExplainedCell]


class Decided(msgspec.Struct, kw_only=True):
    """What was decided about an entity, in sentences, and why."""

    kind: str
    id: str | None
    digest: str
    decisions: list[str]


class Explained(msgspec.Struct, kw_only=True):
    """A number, the cells that it is worked out from, their entities, and what was decided about these."""

    measure: str
    values: dict[str, int | float | None]
    """By currency; the empty one is the campaign's, or no money."""
    measures: list[ExplainedMeasure]
    entities: list[Decided]
    unsettled: int
    """How many things wait to be decided again; until then they count as they were decided before."""
    moved: bool
    """The numbers changed each time while they were read: what is here is of more than one moment."""
    agrees: Annotated[bool, msgspec.Meta(description="Whether the entities of every cell add up to it.")]


class Explanation(Explained, kw_only=True):
    """As the API answers it."""

    campaign: str
    period: PeriodView
    stamp: Stamp
    """Of no later than what is explained."""
