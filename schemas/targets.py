"""What readers get of targets: what should be reached, what is, what should be by now, and where it leads (B7)."""

from __future__ import annotations

from typing import Final, Literal

import msgspec

from schemas.answers import Stamp

ON_TRACK: Final = 95.0
AT_RISK: Final = 80.0
"""From so many per cent of what is expected on (B7)."""
Pace = Literal["on_track", "at_risk", "off"]


class TargetItem(msgspec.Struct, kw_only=True):
    """One target. Amounts are in minor units of the stamp's currency. A target of amounts is shown only to those who see amounts."""

    target_id: str
    version: int
    measure: str
    staff_id: str | None
    """Null: of all staff together."""
    from_: str = msgspec.field(name="from")
    to: str
    """The last day, included."""
    value: int | float
    actual: int | float | None
    """What is reached; null where the measure is not known of one person."""
    elapsed: float | None
    """Per cent of the period that are over at the stamp's `as_of`; null for ratios and lengths of time, which do not add up."""
    profile: Literal["weekdays", "linear"] | None
    """`weekdays`: each day of the period weighs as its weekday did in the eight weeks before it."""
    expected: float | None
    """Value × share elapsed; of what does not add up the value itself."""
    pace: float | None
    """Actual in per cent of expected; null while nothing is expected."""
    projected: float | None
    """Where it leads: actual ÷ share elapsed."""
    state: Pace | None


class TargetList(msgspec.Struct, kw_only=True):
    items: list[TargetItem]
    stamp: Stamp
