"""How do numbers stand beside those of other days? An overview or a series with its comparison, both of one revision (B6)."""

from __future__ import annotations

from schemas.views import Overview, Series, SeriesComparison
from views_api.answers.listing import of_one_revision
from views_api.answers.looks import Look
from views_api.answers.reader import Reader
from views_api.problems import Refused
from views_api.scope import Scope
from views_api.views import overview as of_overview
from views_api.views.compared import Base, Side, buckets_before, compared_with, comparison, part
from views_api.views.figures import cells_of
from views_api.views.periods import Asked, By, Period, today_in


async def overview(reader: Reader, scope: Scope, campaign: str, asked: Asked, base: Base | None) -> Overview:
    """As `Reader.overview`; with a base also what it was on those days."""
    if base is None:
        return await reader.overview(scope, campaign, asked)
    basis = asked.basis

    async def answer(look: Look) -> Overview:
        async def side(period: Period) -> Side:
            there = await reader.looks.at(scope, campaign, _days(period), lambda record: cells_of(basis, record=record))
            return Side(period, reader.totals_of(there), there.exchange)

        today = today_in(look.row.zone, reader.clock())
        found, compared = reader.overview_of(look), part(look.period, today)
        now = Side(look.period, reader.totals_of(look), look.exchange) if compared == look.period else await side(compared)
        found.comparison = comparison(now, await side(compared_with(look.period, today, base)))
        return found

    return await of_one_revision(
        reader, scope, campaign, asked, lambda _: lambda record: [*cells_of(basis, record=record), *of_overview.cells_of(basis)], answer
    )


async def series(reader: Reader, scope: Scope, campaign: str, asked: Asked, measure: str, by: By, base: Base | None) -> Series:
    """As `Reader.series`; with a base also each point moved to those days."""
    if base is None:
        return await reader.series(scope, campaign, asked, measure, by)
    if by is By.HOUR:
        raise Refused("compare", "hours are not compared: ask for `by=day` or longer")
    scope.needs_for(measure)
    basis = asked.basis

    async def answer(look: Look) -> Series:
        found, moved = reader.series_of(look, measure, by), buckets_before(look.buckets, look.period, base)
        if moved:
            days = Asked(None, moved[0].first, moved[-1].last, None, basis)
            there = await reader.looks.at(
                scope, campaign, days, lambda record: cells_of(basis, names=record.needs(measure), record=record), by, moved
            )
            before = reader.series_of(there, measure, by)
            found.comparison = SeriesComparison(
                period=before.period,
                points=before.points,
                currency=there.exchange.currency,
                unconverted=before.unconverted,
                rate_day=before.rate_day,
            )
        return found

    return await of_one_revision(
        reader, scope, campaign, asked, lambda _: lambda record: cells_of(basis, names=record.needs(measure), record=record), answer, by=by
    )


def _days(period: Period) -> Asked:
    return Asked(None, period.first, period.last, None, period.basis)
