"""Which days does a request mean, and into which buckets do they fall? Pure: the caller says what day it is."""

from __future__ import annotations

import re
import zoneinfo
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Final, NamedTuple

from schemas.cells import Basis
from schemas.rows import TenantRow
from views_api.problems import Refused

zoneinfo.reset_tzpath(to=())  # the pinned tzdata, as the writer of the cells: both must agree on every day

DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_ONE: Final = timedelta(days=1)
MOST_POINTS: Final = 4_000


class Preset(StrEnum):
    TODAY = "today"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"
    LAST_7_DAYS = "last_7_days"
    LAST_30_DAYS = "last_30_days"
    LAST_90_DAYS = "last_90_days"
    ALL = "all"


class By(StrEnum):
    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


_LAST: Final = {Preset.LAST_7_DAYS: 7, Preset.LAST_30_DAYS: 30, Preset.LAST_90_DAYS: 90}
_CALENDAR: Final = {Preset.TODAY: By.DAY, Preset.WEEK: By.WEEK, Preset.MONTH: By.MONTH, Preset.QUARTER: By.QUARTER, Preset.YEAR: By.YEAR}


class Calendar(NamedTuple):
    """Where a tenant's weeks and years begin (D16)."""

    week: int = 0
    """Weekday of their first day, Monday is 0."""
    year: int = 1
    """Month of the fiscal year's first day. Its quarters follow from there."""


PLAIN: Final = Calendar()
_WEEKDAYS: Final = {"monday": 0, "saturday": 5, "sunday": 6}


class Asked(NamedTuple):
    """A period as the caller named it: a preset around a day (now, if None), or two days. Which days these are depends on the zone."""

    preset: Preset | None
    first: date | None
    last: date | None
    at: date | None
    basis: Basis


class Period(NamedTuple):
    """Days, both included. An end that is None is open: every day that has a number. The state as of a day is that at the end of `last`."""

    preset: Preset | None
    first: date | None
    last: date | None
    basis: Basis


def calendar_of(settings: TenantRow) -> Calendar:
    return Calendar(_WEEKDAYS[settings.week_start], settings.fiscal_year_start_month)


class Bucket(NamedTuple):
    """A piece of a period. `whole`: the calendar's week, month … is not cut by the period's ends."""

    first: date
    last: date
    whole: bool


def ask(preset: Preset | None, first: str | None, last: str | None, at: str | None, basis: Basis) -> Asked:
    """Check the period parameters against each other; raises `Refused`, naming the one that is wrong."""
    start, end, around = day_named("from", first), day_named("to", last), day_named("at", at)
    if preset and (start or end):
        raise Refused("period", "give either `period` or `from` and `to`, not both")
    if around and (start or end):
        raise Refused("at", "`at` goes with `period`; `from` and `to` say everything by themselves")
    if start and not end:
        raise Refused("to", "`from` needs `to`: the last day, included")
    if end and not start and basis is not Basis.AS_OF:
        raise Refused("from", "`to` needs `from`: the first day, included")
    if start and end and start > end:
        if basis is not Basis.AS_OF:
            raise Refused("from", "`from` is after `to`")
        start = None  # the state at the end of `to` has no beginning
    return Asked(preset or (None if end else Preset.MONTH), start, end, around, basis)


def resolve(asked: Asked, today: date, calendar: Calendar = PLAIN) -> Period:
    """The days that are meant when it is `today` in the campaign's zone; raises `Refused` where the years end."""
    try:
        return _resolve(asked, today, calendar)
    except (OverflowError, ValueError) as error:
        raise Refused("at", "the period reaches beyond the years 1 to 9999") from error


def _resolve(asked: Asked, today: date, calendar: Calendar) -> Period:
    preset, day = asked.preset, asked.at or today
    if preset is None:
        first, last = asked.first, asked.last
    elif preset is Preset.ALL:
        first = last = None
    elif preset in _LAST:
        first, last = day - timedelta(days=_LAST[preset] - 1), day
    else:
        first, last = map(date.fromordinal, _around(day, _CALENDAR[preset], calendar))
    if asked.basis is Basis.AS_OF:
        last = last or today
    return Period(preset, first, last, asked.basis)


def buckets(first: date, last: date, by: By, calendar: Calendar = PLAIN) -> list[Bucket]:
    """The period in pieces of the calendar; raises `Refused` when there are too many."""
    if by is By.DAY and (last - first).days >= MOST_POINTS:
        raise Refused("by", f"{(last - first).days + 1} points are more than {MOST_POINTS}: ask for longer buckets or fewer days")
    found = list(_pieces(first, last, by, calendar))
    if len(found) > MOST_POINTS:
        raise Refused("by", f"{len(found)} points are more than {MOST_POINTS}: ask for longer buckets or fewer days")
    return found


def _pieces(first: date, last: date, by: By, calendar: Calendar) -> Iterator[Bucket]:
    at, end = first.toordinal(), last.toordinal()
    while at <= end:
        start, until = _around(date.fromordinal(at), by, calendar)
        yield Bucket(date.fromordinal(at), date.fromordinal(min(until, end)), whole=at == start and until <= end)
        at = until + 1


def _around(day: date, by: By, calendar: Calendar) -> tuple[int, int]:
    """First and last day of the calendar's day, week, month, quarter or year around a day, as ordinals: they may lie outside of the years that there are."""
    if by is By.DAY:
        return day.toordinal(), day.toordinal()
    if by is By.WEEK:
        first = day.toordinal() - (day.weekday() - calendar.week) % 7
        return first, first + 6
    length = {By.MONTH: 1, By.QUARTER: 3, By.YEAR: 12}[by]
    month = day.year * 12 + day.month - 1
    begin = month - (month - calendar.year + 1) % length
    return _first_of(begin), _first_of(begin + length) - 1


def _first_of(month: int) -> int:
    """The first day of a month that is counted from the year 0, as an ordinal; outside of the years 1 to 9999 any that is outside too."""
    year, of_year = divmod(month, 12)
    if year < date.min.year:
        return 0
    return date(year, of_year + 1, 1).toordinal() if year <= date.max.year else date.max.toordinal() + 1 + month - 12 * (date.max.year + 1)


def local(zone: str, instant: int) -> datetime:
    """What the clocks of a zone show at an instant (ms since 1970 UTC)."""
    return (_EPOCH + timedelta(milliseconds=instant)).astimezone(zoneinfo.ZoneInfo(zone))


def today_in(zone: str, now: int) -> date:
    """The date that an instant (ms since 1970 UTC) has in a zone."""
    return local(zone, now).date()


def is_over(day: date, zone: str, instant: int) -> bool:
    """Whether a day has ended at an instant (ms since 1970 UTC)."""
    return today_in(zone, instant) > day


def days(first: date, last: date) -> list[str]:
    """Every day from first to last as an ISO date."""
    start = first.toordinal()
    return [date.fromordinal(n).isoformat() for n in range(start, last.toordinal() + 1)]


def day_named(parameter: str, text: str | None) -> date | None:
    """The value of a parameter as a day; raises `Refused`."""
    if text is None:
        return None
    if not DAY.fullmatch(text):
        raise Refused(parameter, "a day is written YYYY-MM-DD")
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise Refused(parameter, f"there is no day {text}") from error
