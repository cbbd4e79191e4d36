"""In which day and in which hour does an instant lie? By the calendar and the clock of a campaign's zone, never "midnight plus 24 hours". Pure.

Zones come from the pinned `tzdata` package, not from the machine: two workers must agree on every day.
"""

from __future__ import annotations

import zoneinfo
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final

from schemas.events.fields import zones

zoneinfo.reset_tzpath(to=())

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
QUARTER: Final = 900_000
_DAY: Final = 86_400_000
_HOUR: Final = 4
"""In quarters."""
ZONES: Final = ("UTC", *sorted(zones() - {"UTC"}))
"""A zone is stored as its place here: names would be a tenth of a state. The places hold, because a store written with another `tzdata` is refused."""
ZONE_NUMBERS: Final = {name: number for number, name in enumerate(ZONES)}


def _local_day(zone: str, instant: int) -> int:
    try:
        return (EPOCH + timedelta(milliseconds=instant)).astimezone(zoneinfo.ZoneInfo(zone)).toordinal() - 719163
    except OverflowError:  # the first and the last day that Python knows, in a zone where it is another one
        return instant // _DAY


@lru_cache(262144)
def day_of_quarter(zone: str, quarter: int) -> int | None:
    """The day of a whole quarter of an hour; None if the date changes inside it (zones of long ago)."""
    first, last = _local_day(zone, quarter * QUARTER), _local_day(zone, quarter * QUARTER + QUARTER - 1)
    return first if first == last else None


def day(zone: str, instant: int) -> int:
    """Day number since 1970-01-01 of the date that `instant` (ms since 1970 UTC) has in an IANA zone."""
    if zone == "UTC":
        return instant // _DAY
    found = day_of_quarter(zone, instant // QUARTER)
    return _local_day(zone, instant) if found is None else found


def _local_hour(zone: str, instant: int) -> int:
    local = (EPOCH + timedelta(milliseconds=instant)).astimezone(zoneinfo.ZoneInfo(zone))
    return (instant - (local.minute * 60 + local.second) * 1000 - local.microsecond // 1000) // QUARTER


@lru_cache(262144)
def hour_of_quarter(zone: str, quarter: int) -> int | None:
    """The hour, as `hour` names it, of a whole quarter of an hour; None if another one begins inside it (zones of long ago)."""
    if zone == "UTC":
        return quarter - quarter % _HOUR
    first, last = _local_hour(zone, quarter * QUARTER), _local_hour(zone, quarter * QUARTER + QUARTER - 1)
    return first if first == last else None


def hour(zone: str, instant: int) -> int:
    """The full hour that the clock of an IANA zone showed last at `instant` (ms since 1970 UTC): whole quarter-hours since 1970 UTC, rounded down."""
    found = hour_of_quarter(zone, instant // QUARTER)
    return _local_hour(zone, instant) if found is None else found
