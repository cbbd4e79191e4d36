"""What all answers share: marks of money and of time, the totals by name (from `schemas/kpis`), the stamp, the days that are meant."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

import msgspec

from schemas.kpis import MONEY, Totals
from schemas.measures import Kpi, Measure, Unit

Status = Literal["open", "won", "lost"]
State = Literal["live", "delayed", "stale", "rebuilding", "incomplete"]

OF_MONEY: Final = {"right": "money"}
"""On a field, as `extra` of its `msgspec.Meta`: it is an amount, or worked out from some."""
Amount = Annotated[int | None, msgspec.Meta(extra=OF_MONEY)]
Money = Annotated[dict[str, dict[str, int]], msgspec.Meta(extra=OF_MONEY)]
"""Currency -> name -> amount."""
OF_TIME: Final = {"time": True}
"""On a field likewise: it is a day or an instant, not just text."""
Instant = Annotated[str, msgspec.Meta(extra=OF_TIME, extra_json_schema={"format": "date-time"})]
Day = Annotated[str, msgspec.Meta(extra=OF_TIME, extra_json_schema={"format": "date"})]
Moment = Annotated[str, msgspec.Meta(extra=OF_TIME)]
"""A day; by hour an instant."""


def _type_of(name: str, figure: Measure | Kpi) -> Any:
    whole = figure.unit in (Unit.COUNT, Unit.MONEY)
    text = f"{figure.definition.en} ({figure.row}, {figure.unit})"
    note = msgspec.Meta(title=figure.title.en, description=text, extra=OF_MONEY if name in MONEY else None)
    return Annotated[int | None, note] if whole else Annotated[float | None, note]


def _change_of(name: str) -> Any:
    return Annotated[float | None, msgspec.Meta(extra=OF_MONEY if name in MONEY else None)]


if TYPE_CHECKING:

    class Figures(msgspec.Struct):
        """Every published number of `schemas.kpis.Totals`, by name."""

        def __init__(self, **figures: Any) -> None: ...

else:
    Figures = msgspec.defstruct("Figures", [(name, _type_of(name, figure)) for name, figure in Totals.published().items()], kw_only=True)


if TYPE_CHECKING:

    class Changes(msgspec.Struct):
        """By how much each published number changed, in percent of what it was before; null where that was nothing, or one is not known."""

        def __init__(self, **changes: Any) -> None: ...

else:
    Changes = msgspec.defstruct("Changes", [(name, _change_of(name)) for name in Totals.published()], kw_only=True)


class Stamp(msgspec.Struct, kw_only=True):
    """How fresh an answer is, and what it is in."""

    as_of: Instant | None
    """Every record that Kafka had taken by then is counted; null before the first word of a worker."""
    lag_ms: int | None
    revision: str
    settled: bool
    state: State
    definition_version: int
    timezone: str
    currency: str | None


class PeriodView(msgspec.Struct, kw_only=True):
    """The days that the numbers are of, both included; null where there is no number at all, or, for the state as of a day, no beginning."""

    preset: str | None
    from_: Day | None = msgspec.field(name="from")
    to: Day | None
    basis: Literal["created", "closed", "as_of"]
