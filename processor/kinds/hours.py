"""Where does something count by the hour? View h: the headline figures again, by the hour of the campaign's local clock (`docs/cells.md`). Pure."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from processor.buckets import hour
from processor.values import Cell
from schemas.keys import SEP, View

_HOURS: Final = 96
"""Quarter-hours of a day."""


def hour_cell(tenant: str, campaign: str, zone: str, instant: int, name: str) -> Cell:
    """The cell `name` of the hour in which `instant` (ms since 1970 UTC) lies in an IANA zone."""
    start = hour(zone, instant)
    return tenant, campaign, View.HOURS, day_of_hour(start), f"{start}{SEP}{name}"


def day_of_hour(start: int) -> int:
    """Under which day an hour lies: the UTC day of its start, so that all of a day expire together."""
    return start // _HOURS


@lru_cache(4096)
def fields_of_hour(start: int, names: tuple[str, ...]) -> tuple[str, ...]:
    """What cells of an hour are called."""
    return tuple([f"{start}{SEP}{name}" for name in names])
