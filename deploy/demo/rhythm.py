"""When things happen: office hours, the days of a week, the push at the end of a month.

Pure: moments and a source of chance in, moments out. All of it is in Vietnam's time, which knows no summer time.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta, timezone
from random import Random
from typing import Final

VIETNAM: Final = timezone(timedelta(hours=7), "Asia/Ho_Chi_Minh")

_WEEK: Final = (1.15, 1.1, 1.05, 1.0, 0.95, 0.4, 0.1)
"""How busy each day is, Monday first."""
_HOURS_OF_OFFICE: Final = (0, 0, 0, 0, 0, 0, 0, 1, 6, 10, 9, 5, 2, 6, 9, 8, 7, 4, 2, 1, 1, 1, 0, 0)
_HOURS_OF_SHOPPERS: Final = (2, 1, 0, 0, 0, 0, 1, 2, 4, 5, 6, 8, 9, 6, 5, 5, 6, 7, 9, 12, 14, 13, 9, 4)


def office_hours(moment: datetime) -> datetime:
    """The moment itself if somebody is at work then (Monday to Friday 8 to 18, Saturday 8 to 12), else shortly after the doors open."""
    closes = 12 if moment.weekday() == 5 else 18
    if moment.weekday() < 6 and 8 <= moment.hour < closes:
        return moment
    opens = moment.replace(hour=8)
    while opens <= moment or opens.weekday() == 6:
        opens += timedelta(days=1)
    return opens


def next_day(moment: datetime) -> datetime:
    """The midnight after it."""
    return datetime.combine(moment.date() + timedelta(days=1), time(), moment.tzinfo)


def is_month_end(moment: datetime) -> bool:
    """The last four days of a month, when deals get closed."""
    return (moment + timedelta(days=4)).month != moment.month


def visits(day: datetime, per_day: float, chance: Random, *, shoppers: bool = False) -> list[datetime]:
    """The moments of that day, in order, at which somebody comes: `per_day` on average over a week, by the hours of offices or of shoppers."""
    weight = 1.0 if shoppers else _WEEK[day.weekday()] * 7 / sum(_WEEK)
    expected = per_day * weight * (1.25 if is_month_end(day) else 0.94)
    count = max(0, round(chance.gauss(expected, expected**0.5)))
    hours = chance.choices(range(24), _HOURS_OF_SHOPPERS if shoppers else _HOURS_OF_OFFICE, k=count)
    midnight = datetime.combine(day.date(), time(), day.tzinfo)
    return sorted(midnight + timedelta(hours=hour, milliseconds=chance.randrange(3_600_000)) for hour in hours)
