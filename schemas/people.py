"""Who is ahead? What readers get of people beside each other (B17). Conventions as in `schemas/views.py`."""

from __future__ import annotations

import msgspec

from schemas.answers import PeriodView, Stamp


class LeaderboardRow(msgspec.Struct, kw_only=True):
    rank: int | None
    """Who is equal shares a rank; null for whoever is not ranked: of too few, or unknown."""
    staff_id: str
    staff_name: str | None
    value: int | float | None
    of: int | None
    """Of a rate or a median: of how many it is."""


class Leaderboard(msgspec.Struct, kw_only=True):
    """Whoever sees only their own row gets that, with their rank among all."""

    by: str
    least: int
    """Of how many a rate or a median must be to be ranked."""
    people: int
    """How many there are in all."""
    items: list[LeaderboardRow]
    period: PeriodView
    unconverted: bool
    rate_day: str | None
    next_cursor: str | None
    stamp: Stamp
