"""How is a list read? Its rows and the numbers beside them, both of one revision, and no more entries than a page needs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from typing import Any, TypeVar

from schemas.errors import Unavailable
from views_api.answers.looks import Look, Wanted
from views_api.answers.reader import Reader
from views_api.scope import Scope
from views_api.stored.store import TRIES
from views_api.views.pages import foreign
from views_api.views.periods import Asked, By, Period

Answer = TypeVar("Answer")
Entry = TypeVar("Entry")


class MovedError(Exception):
    """Something listed is gone: the campaign changed between two calls."""


async def of_one_revision(
    reader: Reader,
    scope: Scope,
    campaign: str,
    asked: Asked,
    wanted: Callable[[str | None], Wanted],
    answer: Callable[[Look], Awaitable[Answer]],
    *,
    by: By | None = None,
    reading_on: bool = False,
) -> Answer:
    """What `answer` makes of a campaign, again while that changes meanwhile. `wanted`: the cells beside the list, by whose rows alone are shown.
    `reading_on`: behind a first page, whose numbers stand: the campaign need not stand still.

    Raises `NotFound`, `Refused`, and `Unavailable` where it changes faster than it can be listed.
    """
    only = reader.looks.guess(scope, await reader.looks.known(scope, campaign))
    for _ in range(TRIES):
        look = await reader.looks.at(scope, campaign, asked, wanted(only), by)
        if look.only != only:
            only = look.only
            continue
        try:
            found = await answer(look)
        except MovedError:
            continue
        if reading_on or await reader.store.outbox.unmoved(scope.tenant, campaign, look.facts.revision):
            return found
    raise Unavailable("the campaign changes faster than it can be listed")


def day_of(place: tuple[str, Any] | tuple[str, Any, Any]) -> str:
    """The day with which a cursor begins; raises `Refused` for one that this list never gave."""
    try:
        return date.fromisoformat(place[0]).isoformat()
    except ValueError as error:
        raise foreign() from error


def ends(period: Period) -> tuple[str, str]:
    """First and last day as the store's lists take them; empty: open."""
    return period.first.isoformat() if period.first else "", period.last.isoformat() if period.last else ""


async def behind(
    read: Callable[[str, str, int], Awaitable[list[Entry]]],
    period: Period,
    day: str | None,
    is_behind: Callable[[Entry], bool],
    limit: int,
) -> list[Entry]:
    """A page of a list, and one more if there is one: at most `limit` + 1 entries, newest day first. `read`: entries of whole days, in order, at least so many.

    `day`, `is_behind`: of the last entry of the page before, its day and what comes behind it; None: this is the first page.
    """
    first, last = ends(period)
    found: list[Entry] = []
    if day is not None:
        if (not first or day >= first) and (not last or day <= last):
            found = [entry for entry in await read(day, day, limit) if is_behind(entry)]
        if day == date.min.isoformat():  # where a date that nobody set may lie, in a zone west of Greenwich: there is no day before it
            return found[: limit + 1]
        before = (date.fromisoformat(day) - timedelta(days=1)).isoformat()
        last = min(last or before, before)
    if len(found) <= limit:
        found += await read(first, last, limit + 1 - len(found))
    return found[: limit + 1]
