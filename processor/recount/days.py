"""Days of a zone. A day is the date of an instant in a zone; zones come from the tzdata package, never from the machine."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from importlib import resources
from zoneinfo import ZoneInfo

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
EARLIEST_MS = -62_135_510_400_000
"""0001-01-02T00:00:00Z: every zone has a date for it."""
LATEST_MS = 253_402_214_399_999
"""9999-12-30T23:59:59.999Z: likewise."""
MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS


@lru_cache
def zone_names() -> frozenset[str]:
    return frozenset((resources.files("tzdata") / "zones").read_text().split())


@lru_cache
def zone(name: str) -> ZoneInfo:
    with (resources.files("tzdata") / "zoneinfo").joinpath(*name.split("/")).open("rb") as file:
        return ZoneInfo.from_file(file, key=name)


def milliseconds(moment: datetime) -> int:
    """Whole milliseconds since 1970 UTC; finer digits are cut off."""
    return (moment - EPOCH) // timedelta(milliseconds=1)


def local(instant: int, zone_name: str) -> datetime:
    """What a calendar and a clock show there."""
    return (EPOCH + timedelta(milliseconds=instant)).astimezone(zone(zone_name))


def spelled(instant: int) -> str:
    """As RFC 3339 has it, in UTC."""
    return (EPOCH + timedelta(milliseconds=instant)).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@lru_cache(200_000)
def day_of(instant: int, zone_name: str) -> date:
    return local(instant, zone_name).date()


@lru_cache(200_000)
def end_of(day: date, zone_name: str) -> int:
    """The last millisecond that belongs to this day or to an earlier one (Apia's 2011-12-30 never was: its state is that of the day before)."""
    after = min(milliseconds(datetime(day.year, day.month, day.day, tzinfo=UTC)) + 50 * HOUR_MS, LATEST_MS)
    if day_of(after, zone_name) <= day:  # there is nothing behind it
        return after
    while day_of(after - 15 * MINUTE_MS, zone_name) > day:
        after -= 15 * MINUTE_MS
    before = after - 15 * MINUTE_MS
    while after - before > 1:
        middle = (before + after) // 2
        if day_of(middle, zone_name) > day:
            after = middle
        else:
            before = middle
    return before
