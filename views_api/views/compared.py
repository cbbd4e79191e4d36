"""With which days is a period compared? The days before, the year before, or any others; while it runs, only as far as it has come (B6). Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from enum import StrEnum
from typing import Final, NamedTuple

from schemas.answers import Changes, Figures
from schemas.cells import Basis
from schemas.kpis import MONEY
from schemas.measures import Number, percent
from schemas.views import Comparison
from views_api.problems import Refused
from views_api.views.conversion import Exchange
from views_api.views.periods import Bucket, Period, Preset, day_named
from views_api.views.stamps import period_view

_ONE: Final = timedelta(days=1)
_WEEK: Final = 7
_YEAR: Final = 52 * _WEEK


class To(StrEnum):
    PREVIOUS = "previous"
    LAST_YEAR = "last_year"
    CUSTOM = "custom"


class Base(NamedTuple):
    """With what a period is compared, as the caller named it."""

    to: To
    weekdays: bool = True
    """Whether each day is compared with one of the same weekday: the days before are then moved by whole weeks, the year before by 52 of them."""
    first: date | None = None
    last: date | None = None
    """Custom ones."""


def base(to: To | None, first: str | None, last: str | None, *, weekdays: bool | None) -> Base | None:
    """Check the parameters against each other; raises `Refused`, naming the one that is wrong."""
    given = {"compare_from": first, "compare_to": last, "compare_weekdays": weekdays}
    allowed = {None: (), To.CUSTOM: ("compare_from", "compare_to")}.get(to, ("compare_weekdays",))
    for name, value in given.items():
        if value is not None and name not in allowed:
            raise Refused(
                name, "goes with `compare=custom`" if name != "compare_weekdays" else "goes with `compare=previous` or `last_year`"
            )
    if to is None:
        return None
    start, end = day_named("compare_from", first), day_named("compare_to", last)
    if to is To.CUSTOM and (start is None or end is None):
        raise Refused("compare_to" if start else "compare_from", "`compare=custom` needs `compare_from` and `compare_to`")
    if start and end and start > end:
        raise Refused("compare_from", "`compare_from` is after `compare_to`")
    return Base(to, weekdays is not False, start, end)


def part(period: Period, today: date) -> Period:
    """The days of a period that are compared: while it runs, those until today, which counts as a whole day."""
    first, last = _ends(period)
    return period._replace(last=today) if first <= today < last else period


def days_before(period: Period, of: Base) -> Callable[[date], date]:
    """With which day each day of a period is compared; raises `Refused` where the years end."""
    first, last = _ends(period)
    length = (last - first).days + 1
    if of.to is To.CUSTOM:
        assert of.first
        return _back((first - of.first).days)
    if of.to is To.PREVIOUS:
        return _back(-(-length // _WEEK) * _WEEK if of.weekdays else length)
    return _back(_YEAR) if of.weekdays else _a_year_before


def compared_with(period: Period, today: date, of: Base) -> Period:
    """The days with which the part of a period is compared."""
    compared, before = part(period, today), days_before(period, of)
    first, last = _ends(compared)
    start, end = before(first), _end_before(before, last)
    if of.last is not None:  # custom: all of those days, but while the period runs no more of them than have passed of it
        end = of.last if compared.last == period.last else min(end, of.last)
    return Period(None, None if period.first is None else start, end, period.basis)


def buckets_before(buckets: list[Bucket], period: Period, of: Base) -> list[Bucket]:
    """With which days each bucket of a period is compared, in their order: also those to come, so that one sees where the others went."""
    before = days_before(period, of)
    moved = [Bucket(before(first), _end_before(before, last), whole) for first, last, whole in buckets]
    if of.last is None:
        return moved
    return [bucket._replace(last=min(bucket.last, of.last)) for bucket in moved if bucket.first <= of.last]


class Side(NamedTuple):
    """Some days and what they come to."""

    period: Period
    totals: Mapping[str, Number | None]
    exchange: Exchange


def comparison(now: Side, before: Side) -> Comparison:
    """Amounts in different currencies are not compared."""
    same = now.exchange.currency == before.exchange.currency
    return Comparison(
        compared=period_view(now.period),
        period=period_view(before.period),
        totals=Figures(**before.totals),
        changes=Changes(
            **{name: change(now.totals[name], value) if same or name not in MONEY else None for name, value in before.totals.items()}
        ),
        currency=before.exchange.currency,
        unconverted=before.exchange.unconverted,
        rate_day=before.exchange.rate_day,
    )


def change(now: float | None, before: float | None) -> float | None:
    """In percent of what was before; None where that is nothing, or one of them is unknown."""
    return None if now is None or not before else percent(now - before, abs(before))


def _ends(period: Period) -> tuple[date, date]:
    last = period.last
    first = period.first or (last if period.basis is Basis.AS_OF else None)
    if first is None or last is None or period.preset is Preset.ALL:
        raise Refused("compare", "all days have none before them: ask for a period with a beginning and an end")
    return first, last


def _back(days: int) -> Callable[[date], date]:
    def before(day: date) -> date:
        try:
            return day - timedelta(days=days)
        except OverflowError as error:
            raise Refused("compare", "the days to compare with reach beyond the years 1 to 9999") from error

    return before


def _end_before(before: Callable[[date], date], last: date) -> date:
    """Of the last day of some days: the day before what follows them, so that a February is compared with a whole one; never before that day's own, as it would be for 28 February of a leap year."""
    return before(last) if last == date.max else max(before(last), before(last + _ONE) - _ONE)


def _a_year_before(day: date) -> date:
    if day.year == 1:
        raise Refused("compare", "the days to compare with reach beyond the years 1 to 9999")
    return day.replace(year=day.year - 1, day=28 if (day.month, day.day) == (2, 29) else day.day)
