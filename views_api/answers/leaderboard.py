"""Who is ahead by one number? The people of a campaign in order of it (B17)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from typing import Any, Final, NamedTuple

from schemas.measures import Number, plus
from schemas.people import Leaderboard, LeaderboardRow
from views_api.answers.looks import Look
from views_api.answers.reader import Reader
from views_api.scope import Scope
from views_api.views import figures
from views_api.views.figures import converted, nobody_yet, of_people
from views_api.views.pages import foreign, page
from views_api.views.periods import Asked
from views_api.views.stamps import period_view
from views_api.views.sums import Sums

LEAST: Final = 5
"""Of so many a rate or a median is by default, to be ranked."""


class By(StrEnum):
    WON = "won"
    REVENUE = "revenue_net"
    WIN_RATE = "win_rate"
    TIME_TO_CLAIM = "time_to_claim_median"
    TASKS_ON_TIME = "tasks_on_time_pct"


_OF: Final[Mapping[By, Callable[[Any], int | None]]] = {
    By.WIN_RATE: lambda record: plus(record.won, record.lost),
    By.TIME_TO_CLAIM: lambda record: None if record.times_to_claim is None else sum(record.times_to_claim),
    By.TASKS_ON_TIME: lambda record: record.tasks_completed,
}
"""Of how many a rate or a median is."""
_LEAST_FIRST: Final = frozenset({By.TIME_TO_CLAIM})

Place = tuple[By, bool, bool, float, str]
"""(by what, whether not ranked, whether not known, what it is ordered by, staff id)."""


class _Standing(NamedTuple):
    staff: str
    value: Number | None
    of: int | None
    rank: int | None
    place: Place


async def leaderboard(
    reader: Reader, scope: Scope, campaign: str, asked: Asked, by: By, least: int, limit: int, after: Place | None
) -> Leaderboard:
    """Participants, also with nothing, and others with a number. Raises `Forbidden` for revenue without the right to money, `Refused` for a place in another order."""
    scope.needs_for(by)
    if after is not None and after[0] is not by:
        raise foreign()
    basis = asked.basis
    look = await reader.looks.at(scope, campaign, asked, lambda record: figures.cells_of(basis, staff=True, record=record))
    standings = ranked(look, by, least)
    shown = [one for one in standings if look.only in (None, one.staff)]
    chosen, cursor = page(shown, lambda one: one.place, limit, after)
    names = await reader.store.staff_names(scope.tenant, [one.staff for one in chosen])
    return Leaderboard(
        by=by.value,
        least=least,
        people=len(standings),
        items=[
            LeaderboardRow(rank=one.rank, staff_id=one.staff, staff_name=names.get(one.staff), value=one.value, of=one.of) for one in chosen
        ],
        period=period_view(look.period),
        unconverted=look.exchange.unconverted,
        rate_day=look.exchange.rate_day,
        next_cursor=cursor,
        stamp=look.stamp,
    )


def ranked(look: Look, by: By, least: int) -> list[_Standing]:
    """Everybody in order; who is equal shares a rank, and the next one has as many before them as there are."""
    basis, record = look.period.basis, look.record
    people = of_people(Sums(look.sums[0]), basis, record, look.days[0])
    found: list[tuple[Place, str, Number | None, int | None]] = []
    for staff in {*look.row.participant_ids, *people} - {""}:
        amounts = people.get(staff) or nobody_yet(basis, record)
        totals = converted(amounts, look.exchange)
        value: Number | None = getattr(totals, by) if by in amounts.known else None
        of = _OF[by](totals) if by in _OF and value is not None else None
        counts = value is not None and (by not in _OF or (of or 0) >= least)
        order = 0.0 if value is None else float(value if by in _LEAST_FIRST else -value)
        found.append(((by, not counts, value is None, order, staff), staff, value, of))
    found.sort()
    ranks = _ranks([place[3] for place, *_ in found if not place[1]])
    return [_Standing(staff, value, of, ranks[n] if n < len(ranks) else None, place) for n, (place, staff, value, of) in enumerate(found)]


def _ranks(values: Sequence[float]) -> list[int]:
    ranks: list[int] = []
    for n, value in enumerate(values):
        ranks.append(ranks[-1] if n and value == values[n - 1] else n + 1)
    return ranks
