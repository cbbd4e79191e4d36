"""With which days is a period compared? The days before, the year before, or any others; while it runs, as much of them as has passed of it (B6). Pure."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from datetime import date, timedelta
from enum import StrEnum
from typing import Final, NamedTuple

from schemas.answers import Changes, Figures
from schemas.cells import Basis
from schemas.kpis import MONEY, Totals
from schemas.measures import Number, percent
from schemas.views import Comparison
from views_api.problems import Refused
from views_api.views.conversion import Exchange
from views_api.views.figures import kept_by_hour, shown
from views_api.views.periods import Bucket, Period, Preset, day_named, local, today_in
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


class Now(NamedTuple):
    """What time it is, by the local clock of a campaign or of a list."""

    today: date
    counted: date
    """The day on which all is counted up to some moment,"""
    hour: int
    """and how many hours of it that moment's clock shows."""


def now_in(zone: str, now: int, as_of: int) -> Now:
    """`as_of`: up to when all is counted, 0 if that is not known. Both in ms since 1970 UTC."""
    counted = local(zone, as_of or now)
    return Now(today_in(zone, now), counted.date(), counted.hour)


class Part(NamedTuple):
    """What of some days is compared."""

    period: Period
    """All of these days."""
    hour: int | None = None
    """The last of them is under way, or the like of one that is: it is compared until this full hour of the local clock. None: all are over."""

    @property
    def over(self) -> Period | None:
        """The days of it that are over; None: there are none."""
        first, last = self.period.first, self.period.last
        if self.hour is None or first is None or last is None:
            return self.period
        return self.period._replace(last=last - _ONE) if first < last else None


def part(period: Period, now: Now) -> Part:
    """While a period runs, what has passed of it, as far as that is counted; else all of it. The state as of a day is one, of today at the latest."""
    first, last = _ends(period)
    if period.basis is Basis.AS_OF:
        return Part(period._replace(last=now.today) if first <= now.today < last else period)
    if now.today < first or last < now.counted:
        return Part(period)
    return Part(period._replace(last=now.counted), now.hour) if first <= now.counted else Part(period._replace(last=first), 0)


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


def compared_with(period: Period, now: Now, of: Base) -> Part:
    """With what the part of a period is compared."""
    (compared, hour), before = part(period, now), days_before(period, of)
    first, last = _ends(compared)
    found = Period(None, None if period.first is None else before(first), None, period.basis)
    if hour is None:
        end = _end_before(before, last)
        if of.last is not None:  # custom: all of those days, but while the period runs no more of them than have passed of it
            end = of.last if compared == period else min(end, of.last)
        return Part(found._replace(last=end))
    day = before(last) if first == last else _end_before(before, last - _ONE) + _ONE
    if of.last is not None and of.last < day:  # custom: no more than these days, if more than they are have passed
        return Part(found._replace(last=of.last))
    return Part(found._replace(last=day), hour)


def buckets_before(buckets: list[Bucket], period: Period, of: Base) -> list[Bucket]:
    """With which days each bucket of a period is compared, in their order: also those to come, so that one sees where the others went."""
    before = days_before(period, of)
    moved = [Bucket(before(first), _end_before(before, last), whole) for first, last, whole in buckets]
    if of.last is None:
        return moved
    return [bucket._replace(last=min(bucket.last, of.last)) for bucket in moved if bucket.first <= of.last]


class Side(NamedTuple):
    """Part of some days and what it comes to."""

    part: Part
    totals: Mapping[str, Number | None]
    """Of the days that are over."""
    until: Mapping[str, Number | None] | None
    """Until the hour, of what is kept by hour; None: nothing is under way, or its hours are no longer there."""
    exchange: Exchange


def side(of: Part, over: Totals, known: Container[str], hours: Totals | None, exchange: Exchange) -> Side:
    """`over`: what the days that are over come to, as far as it is `known`. `hours`: likewise the last one until the hour; None: it is over, or its hours are gone."""
    names = kept_by_hour(type(over), of.period.basis)  # type: ignore[arg-type]  # classes of structs can be hashed
    until = None if hours is None else shown(over + hours, names, names)
    return Side(of, shown(over, known if of.over else ()), until, exchange)


def comparison(now: Side, before: Side) -> Comparison:
    """Amounts in different currencies are not compared. Nothing is in none."""
    currencies = {now.exchange.currency, before.exchange.currency} - {None}
    until = {}
    if now.until is not None and before.until is not None:
        until = {name: (now.until[name], value) for name, value in before.until.items()}
    pairs = {name: (now.totals[name], value) for name, value in before.totals.items()} | until
    return Comparison(
        compared=period_view(now.part.period),
        period=period_view(before.part.period),
        until=None if now.part.hour is None else f"{now.part.hour:02d}:00",
        by_hour=[*until],
        totals=Figures(**{name: value for name, (_, value) in pairs.items()}),
        changes=Changes(**{name: change(*pair) if len(currencies) < 2 or name not in MONEY else None for name, pair in pairs.items()}),
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
