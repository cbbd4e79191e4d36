"""Which hours has a day? 24 of them, or 23, 25 or none where the clocks change; and which of them are still kept. Pure."""

from __future__ import annotations

import zoneinfo
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Final, NamedTuple

from schemas.durations import HOUR, MINUTE
from schemas.keys import HOURS_KEPT
from views_api.problems import Refused
from views_api.views.periods import local, today_in

MOST_DAYS: Final = 400
_QUARTER: Final = 15 * MINUTE
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Hour(NamedTuple):
    """A piece of a day by the local clock; half an hour where that is set by half an hour."""

    start: int
    """The name of its cells: whole quarter-hours since 1970 UTC."""
    first: int
    last: int
    """Instants in ms; the last one is the next hour's."""
    day: date


def hours(first: date, last: date, zone: str) -> list[Hour]:
    """Those of the days from first to last in a zone; raises `Refused` where these are too many."""
    if (last - first).days >= MOST_DAYS:
        raise Refused("by", f"hours are shown for at most {MOST_DAYS} days: ask for fewer, or for longer buckets")
    try:
        begin, end = _midnight(first, zone), _midnight(last + timedelta(days=1), zone)
    except OverflowError as error:
        raise Refused("to", "there are no hours behind the year 9999") from error
    found: list[Hour] = []
    for start, at, until in _pieces(begin, end, zone):
        if found and found[-1].start == start:
            found[-1] = found[-1]._replace(last=until)
        else:
            found.append(Hour(start, at, until, today_in(zone, at)))
    return found


def until(found: Iterable[Hour], hour: int, zone: str) -> list[Hour]:
    """Those that begin before a full hour of the local clock; where that is set back, both of those at which it shows the same."""
    return [each for each in found if local(zone, each.first).hour < hour]


def are_kept(found: Iterable[Hour], watermark: int) -> bool:
    """Whether all of them are still kept. `watermark`: 0 if there is none yet, and all is kept."""
    first = kept_from(watermark) if watermark else date.min
    return all(utc_day(each.start) >= first for each in found)


def _pieces(begin: int, end: int, zone: str) -> Iterator[tuple[int, int, int]]:
    """(start, first instant, instant behind the last) from one change of the local hour to the next, or by the quarter-hour where the clock is set."""
    at = begin
    while at < end:
        shown = local(zone, at)
        beyond = (shown.minute * 60 + shown.second) * 1000
        behind = at + HOUR - beyond
        if local(zone, behind - 1).utcoffset() != shown.utcoffset():
            behind = at - at % _QUARTER + _QUARTER
        yield (at - beyond) // _QUARTER, at, min(behind, end)
        at = behind


def _midnight(day: date, zone: str) -> int:
    """The first instant of a day."""
    begin = datetime(day.year, day.month, day.day, tzinfo=zoneinfo.ZoneInfo(zone))
    return (begin.astimezone(UTC) - _EPOCH) // timedelta(milliseconds=1)


def utc_day(start: int) -> date:
    """Under which day the cells of an hour lie."""
    return (_EPOCH + timedelta(milliseconds=start * _QUARTER)).date()


def kept_from(watermark: int) -> date:
    """The first day (of `utc_day`) whose hours are still kept; `watermark`: event time in ms that all is counted up to."""
    try:
        return (_EPOCH + timedelta(milliseconds=watermark - HOURS_KEPT)).date()
    except OverflowError:
        return date.min
