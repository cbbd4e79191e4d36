"""How do numbers stand beside those of other days? An overview or a series with its comparison, both of one revision (B6)."""

from __future__ import annotations

from functools import cache

from schemas.cells import Basis
from schemas.keys import View
from schemas.views import Overview, Series, SeriesComparison
from views_api.answers.listing import of_one_revision
from views_api.answers.looks import Look, Wanted
from views_api.answers.reader import Reader
from views_api.problems import Refused
from views_api.scope import Scope
from views_api.views import overview as of_overview
from views_api.views.compared import Base, Part, Side, buckets_before, compared_with, comparison, now_in, part, side
from views_api.views.figures import cells_of, converted, of_campaign, stated
from views_api.views.hours import are_kept, until
from views_api.views.periods import Asked, Bucket, By, Period
from views_api.views.series import of_hours
from views_api.views.sums import Sums


async def overview(reader: Reader, scope: Scope, campaign: str, asked: Asked, base: Base | None) -> Overview:
    """As `Reader.overview`; with a base also what it was on those days."""
    if base is None:
        return await reader.overview(scope, campaign, asked)

    async def answer(look: Look) -> Overview:
        found, now = reader.overview_of(look), now_in(look.row.zone, reader.clock(), look.facts.as_of)
        compared, before = part(look.period, now), compared_with(look.period, now, base)
        found.comparison = comparison(await _side(reader, scope, campaign, compared), await _side(reader, scope, campaign, before))
        return found

    return await of_one_revision(reader, scope, campaign, asked, lambda _: _of_overview(asked.basis), answer)


async def _side(reader: Reader, scope: Scope, campaign: str, of: Part) -> Side:
    """What part of some days comes to. All of these days say in which currency."""
    over, last, basis = of.over, of.period.last, of.period.basis
    pieces = [] if of.hour is None or last is None else [Bucket(last, last, whole=True)]
    if pieces and over and over.first and over.last:
        pieces.insert(0, Bucket(over.first, over.last, whole=True))
    there = await reader.looks.at(scope, campaign, _days(of.period), _of_totals(basis), By.DAY if pieces else None, pieces)
    record, exchange = there.record, there.exchange
    sums, days = (there.sums[0], there.days[0]) if over else ({}, [])
    amounts = of_campaign(Sums(sums), basis, None, record, stated(record, there.row, all_days=False), days)
    whole = converted(amounts, exchange)
    if of.hour is None or last is None:
        return side(of, whole, amounts.known, None, exchange)
    look = await reader.looks.at(scope, campaign, Asked(None, last, last, None, basis), _of_hours(basis), By.HOUR)
    hours = until(look.hours, of.hour, look.row.zone)
    so_far = Sums({View.HOURS: of_hours(look.sums[0].get(View.HOURS, {}), hours)})
    today = [(last.isoformat(), so_far)] if any(there.days) else []
    found = of_campaign(so_far, basis, None, record, None, today, by_hour=True)
    return side(of, whole, amounts.known, converted(found, exchange) if are_kept(hours, look.facts.watermark) else None, exchange)


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


@cache
def _of_overview(basis: Basis) -> Wanted:
    return lambda record: [*cells_of(basis, record=record), *of_overview.cells_of(basis)]


@cache
def _of_totals(basis: Basis) -> Wanted:
    return lambda record: cells_of(basis, record=record)


@cache
def _of_hours(basis: Basis) -> Wanted:
    return lambda record: cells_of(basis, by_hour=True, record=record)
