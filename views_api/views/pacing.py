"""How much of a period is over, and how does what is reached compare with what should be by then (B7)? Pure."""

from __future__ import annotations

import zoneinfo
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Final, NamedTuple

from schemas.measures import Kpi, Measure, Number, Unit, percent
from schemas.targets import AT_RISK, ON_TRACK, Pace

WEEKS: Final = 8
"""Of the past, that tell how a weekday weighs."""
_ENOUGH: Final = 4
"""Weeks with anything in them, for their weekdays to say something."""
_SUMS: Final = frozenset(("revenue_net", "spend", "value_weighted", "expected_wins"))
"""Worked out, and yet no ratios."""
LINEAR: Final = (1.0,) * 7
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_DAY: Final = timedelta(days=1)


class Pacing(NamedTuple):
    """As in `schemas.targets.TargetItem`."""

    elapsed: float | None
    expected: float | None
    pace: float | None
    projected: float | None
    state: Pace | None


def adds_up(name: str, figure: Measure | Kpi) -> bool:
    """Whether half of a period can be expected to bring half of it: of counts and sums, not of ratios, lengths of time, and what a campaign says of itself."""
    if isinstance(figure, Kpi):
        return figure.unit is Unit.COUNT or name in _SUMS
    return figure.unit is not Unit.SECONDS and bool(figure.campaign)


def weights(values: Sequence[Number | None], first: date) -> Sequence[float] | None:
    """What each weekday weighs, Monday first, by the values of days from `first` on; None where they say too little."""
    known = [value or 0 for value in values]
    weeks = sum(any(value > 0 for value in known[start : start + 7]) for start in range(0, len(known), 7))
    if weeks < _ENOUGH:
        return None
    sums = [0.0] * 7
    for day, value in enumerate(known, first.toordinal()):
        sums[date.fromordinal(day).weekday()] += value
    found = [max(0.0, each) for each in sums]
    return found if any(found) else None


def share(first: date, last: date, weighing: Sequence[float], at: int, zone: str) -> float | None:
    """Which part of the days is over at an instant (ms since 1970 UTC), from 0 to 1; None: they weigh nothing."""
    whole = _weight(first, (last - first).days + 1, weighing)
    if not whole:
        return None
    local = (_EPOCH + timedelta(milliseconds=at)).astimezone(zoneinfo.ZoneInfo(zone))
    today = local.date()
    if today > last:
        return 1.0
    if today < first:
        return 0.0
    into = (local.replace(tzinfo=None) - datetime.combine(today, datetime.min.time())) / _DAY  # wall clock
    return (_weight(first, (today - first).days, weighing) + into * weighing[today.weekday()]) / whole


def _weight(first: date, days: int, weighing: Sequence[float]) -> float:
    weeks, rest = divmod(days, 7)
    beyond: Iterable[float] = (weighing[(first.weekday() + n) % 7] for n in range(rest))
    return weeks * sum(weighing) + sum(beyond)


def pacing(target: Number, actual: Number | None, over: float | None) -> Pacing:
    """`over`: the share of the period, from 0 to 1; None for what does not add up."""
    expected = float(target) if over is None else target * over
    pace = percent(actual, expected)
    projected = None if actual is None or over == 0 else float(actual) if over is None else actual / over
    return Pacing(None if over is None else 100 * over, expected, pace, projected, _state(pace))


def _state(pace: float | None) -> Pace | None:
    if pace is None:
        return None
    return "on_track" if pace >= ON_TRACK else "at_risk" if pace >= AT_RISK else "off"
