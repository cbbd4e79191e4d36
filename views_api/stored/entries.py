"""Which entries has a list of a campaign? Read in short calls, however many there are, and yet as they were at one moment."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Final, NamedTuple, TypeAlias

from schemas.keys import NEVER
from views_api.stored.outbox import Outbox
from views_api.stored.readings import Change, Facts

BUDGET: Final = 2_000
"""Entries that one call may look at, 2 to 4 ms: the store serves nobody else meanwhile."""
TRIES: Final = 6
"""How often days may turn out to have changed before all is read in one call, however long that takes."""
EVERYTHING: Final = 10**9


class Asked(NamedTuple):
    """As in `Store.entries`."""

    tenant: str
    campaign: str
    view: str
    first: str
    last: str
    limit: int
    filters: Sequence[Sequence[str]]


Days: TypeAlias = dict[str, set[str]]
"""ISO day -> fields. A set, because a hash that grows while it is gone through may give a field twice."""
Call: TypeAlias = Callable[[Asked, int, str, str], Awaitable[tuple[Facts, list[str], str, str]]]
"""(what, budget, day and place in it from which on) -> (facts, {day, field}*, where to go on)."""


async def entries(call: Call, outbox: Outbox, asked: Asked) -> Days:
    """Whole days, the newest; at least `limit` entries if there are as many."""
    days, since = await _read(call, asked, BUDGET)
    for _ in range(TRIES):
        if since is None:
            return days
        changes = await outbox.since(since)
        changed = None if changes is None else _changed(changes, asked)
        if changes is not None and changed is not None and not changed:
            return days
        if changes is None or changed is None or asked.limit < EVERYTHING:
            days, since = await _read(call, asked, BUDGET)
            continue
        since = changes[-1].revision  # what is read now may have changed later, and the others too
        for day in changed:
            days.pop(day, None)
            days |= (await _read(call, asked._replace(first=day, last=day), BUDGET))[0]
    return (await _read(call, asked, EVERYTHING))[0]


async def _read(call: Call, asked: Asked, budget: int) -> tuple[Days, str | None]:
    """The entries, and the revision at which this began; None: they are of one call."""
    days: Days = {}
    since, (facts, found, day, place) = None, await call(asked, budget, "", "0")
    while True:
        for of, field in zip(found[::2], found[1::2], strict=True):
            days.setdefault(of, set()).add(field)
        if not day:
            return days, since
        since = since or facts.revision
        rest = asked._replace(limit=asked.limit - sum(map(len, days.values())))
        _, found, day, place = await call(rest, budget, day, place)


def _changed(changes: Iterable[Change], asked: Asked) -> set[str] | None:
    """The days of this list that changed; None: it is not said which."""
    days = set[str]()
    for change in changes:
        for touched in change.touched:
            if touched[:2] == (asked.tenant, asked.campaign):
                found = touched.days_of(asked.view)
                if found is None:
                    return None
                days.update(day for day in found if asked.first <= day <= (asked.last or NEVER))
    return days
