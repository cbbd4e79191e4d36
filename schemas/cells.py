"""Which cells are there, and which of them does a number add up? `DIMENSIONS` is `docs/cells.md` as data. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Final, TypeAlias

from schemas.keys import View


class Basis(StrEnum):
    """Which opportunities a period is about (D15)."""

    CREATED = "created"
    CLOSED = "closed"
    AS_OF = "as_of"


STAGES: Final = (
    "targeted", "suppressed", "sent", "delivered", "opened", "machine_opened", "clicked", "replied", "failed", "unsubscribed", "complained",
)  # fmt: skip
REACHED: Final = ("targeted", "sent", "delivered", "opened", "clicked", "replied")
"""Stages of which distinct recipients are counted."""

_OF_OPPORTUNITIES: Final = {"n": ("status", "registered", "step"), "lost": ("reason", "industry"), "won": ("currency",)}
_OF_STAFF: Final = {
    "n": ("staff", "status", "step"),
    "c": ("staff", "status"),
    "m": ("staff", "method", "step"),
    "won": ("staff", "step", "currency"),
}

DIMENSIONS: Final[Mapping[str, Mapping[str, tuple[str, ...]]]] = {
    View.OPPORTUNITIES: {
        **_OF_OPPORTUNITIES,
        "reached": ("step",),
        "p": ("probability",),
        "open": ("currency", "probability", "month"),
        "cycle": (),
    },
    View.CLOSED: _OF_OPPORTUNITIES,
    View.STAFF: _OF_STAFF,
    View.STAFF_CLOSED: _OF_STAFF,
    View.FLOWS: {"n": ("status", "staff", "step"), "open": ("currency",), "won": ("currency",)},
    View.MOVEMENTS: {
        "reopened": ("status",),
        "in": ("staff",),
        "out": ("staff",),
        "moved_in": (),
        "moved_out": (),
        "step": ("step", "bucket"),
        "claim": ("staff", "bucket"),
        "late_claim": ("staff",),
    },
    View.CUSTOMERS: dict.fromkeys(("a", "o", "w", "l", "kw", "kl", "g", "x"), ()),
    View.CUSTOMERS_BY_OWNER: dict.fromkeys(("owner", "cw", "cl", "x"), ("staff",)),
    View.ORDERS: {
        "n": ("rule",),
        "rest": ("rule",),
        "cancelled": ("rule",),
        "gross": ("rule", "currency"),
        "refunds": ("rule", "currency"),
        "cancelled_value": ("rule", "currency"),
        "pending": (),
        "booked": ("rule", "currency"),
        "cancellations": ("rule",),
        "cancellations_value": ("rule", "currency"),
    },
    View.ORDERS_BY_OWNER: {"n": ("staff", "step"), "gross": ("staff", "step", "currency"), "refunds": ("staff", "step", "currency")},
    View.TASKS: {"n": ("state", "staff")},
    View.MESSAGES: {**dict.fromkeys(STAGES, ("channel", "action", "variant")), "code": ("code",), "reason": ("suppressed_reason",)},
    View.RECIPIENTS: dict.fromkeys((*REACHED, "entries"), ()),
    View.RECIPIENTS_BY: dict.fromkeys(REACHED, ("by", "value")),
    View.SPEND: {"message": ("channel", "currency"), "event": ("kind", "currency")},
    View.HOURS: {
        **dict.fromkeys(("n", "t", "orders", *STAGES), ()),
        **dict.fromkeys(("gross", "refunds"), ("currency",)),
    },
    View.BY_CAMPAIGN: {"n": ("campaign",), "net": ("campaign", "currency"), "pending": ()},
}
"""View -> name of a cell -> its dimensions, in the order of the field. `staff` is whoever the cell credits: owner, credited owner or assignee.
Pair cells (views n, w, p, u) are named here as they are after their second day has been settled, hours (view h) without the hour in front."""


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
    parts: tuple[Cells, ...] = field(init=False, repr=False, compare=False)
    """These, and those that set them right."""
    places: tuple[tuple[int, tuple[str, ...]], ...] = field(init=False, repr=False, compare=False)
    """`where`, by the place of each dimension in the field."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "parts", (self,) if self.corrected is None else (self, self.corrected))
        object.__setattr__(self, "places", tuple((self.dimensions.index(dimension), allowed) for dimension, allowed in self.where.items()))

    @property
    def dimensions(self) -> tuple[str, ...]:
        return DIMENSIONS[self.view][self.name]


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
