"""How do several campaigns look together? Their totals over what the caller may see, all of one state of the store (F03, F51)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from itertools import chain
from typing import Final, NamedTuple

from schemas.answers import Figures, Money
from schemas.cells import DIMENSIONS, Basis
from schemas.errors import NotFound, Unavailable
from schemas.keys import SEP, View
from schemas.kpis import RECORDS, Totals, totals_by
from schemas.measures import plus
from schemas.rows import CampaignRow, TenantRow
from schemas.views import ForecastRow, OverviewOfSeveral
from views_api.answers.looks import currency_in, has_currencies, reads_of, whole
from views_api.answers.reader import Reader
from views_api.answers.standing import QUARTER_MS
from views_api.scope import Scope
from views_api.stored.readings import Fields, Pair, Read, Reading
from views_api.stored.store import TRIES
from views_api.views import campaigns, overview, series
from views_api.views.compared import Base, Now, Part, Side, compared_with, comparison, now_in, part, side
from views_api.views.conversion import Exchange, Rates, pairs
from views_api.views.figures import Amounts, by_currency, cells_of, converted, currency_of, of_campaign, shown, stated
from views_api.views.hours import Hour, are_kept, hours, until
from views_api.views.periods import Asked, Period, Preset, calendar_of, resolve, today_in
from views_api.views.stamps import period_view, stamp
from views_api.views.sums import Sums

_REMEMBERED: Final = 1_000
_DISTINCT: Final = frozenset({View.CUSTOMERS, View.CUSTOMERS_BY_OWNER, View.RECIPIENTS})
_NOT_ADDITIVE: Final[Mapping[type[Totals], Sequence[str]]] = {
    record: [
        name
        for name, measure in record.measures().items()
        if measure.of_row
        or (name != "entries" and any(part.view in _DISTINCT for found in measure.campaign.values() for part in found.parts))
    ]
    for record in RECORDS
}
"""What two campaigns do not add up to: people, who may be in both (D1), and what a campaign states of itself. An entry is into one campaign."""


class _Guess(NamedTuple):
    """What was true when the same was asked last. What is read confirms it."""

    zone: str = "UTC"
    settings: TenantRow = TenantRow()
    campaigns: tuple[tuple[str, str], ...] = ()
    """With their zones."""
    pairs: tuple[Pair, ...] = ()
    counted: int = 0
    """The quarter of an hour in which all is counted up to some moment, in ms since 1970 UTC: hours begin on one. 0: nobody asks."""


class _Days(NamedTuple):
    """What is read of one campaign."""

    over: Period | None
    hours: Sequence[Hour]
    """Of the day behind them."""
    day: date | None
    """That day."""


class Several:
    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._guesses: dict[tuple[str, tuple[str, ...] | None, bool], _Guess] = {}

    async def overview(self, scope: Scope, asked: Asked, chosen: tuple[str, ...] | None, base: Base | None = None) -> OverviewOfSeveral:
        """Over the campaigns that are chosen, else all that the caller may see; with a base also what it was on those days.

        Raises `NotFound` if one of those chosen is absent or not theirs.
        """
        who = (scope.key, chosen, base is not None)
        guess = self._guesses.get(who, _Guess())
        for _ in range(TRIES):
            now = self._reader.clock()
            period = resolve(asked, today_in(guess.zone, now), calendar_of(guess.settings))
            zones = {guess.zone, *(zone for _, zone in guess.campaigns)}
            compared = {zone: _compared(period, now_in(zone, now, guess.counted), base) for zone in zones}
            listed = compared[guess.zone]
            days = [{campaign: _days_of(compared[zone][n], zone) for campaign, zone in guess.campaigns} for n in range(len(listed))]
            reads = [_reads(guess, period, each) for each in days]
            reading = await self._reader.store.cells(scope.tenant, "", [*chain(*reads)], guess.pairs)
            rows = _chosen([row for row in reading.rows if scope.sees(row)], chosen)
            settings = reading.settings or TenantRow()
            true = guess._replace(
                zone=campaigns.zone(rows, reading.settings),
                settings=settings,
                campaigns=tuple(sorted((row.id, row.zone) for row in rows)),
                counted=reading.facts.as_of // QUARTER_MS * QUARTER_MS if base else 0,
            )
            if true == guess:
                several, *others = (
                    _Together(rows, settings, *each) for each in zip(listed, days, reads, _parts(reads, reading), strict=True)
                )
                true = guess._replace(pairs=tuple(sorted({*several.pairs}.union(*(each.pairs for each in others)))))
                if {*true.pairs} <= {*guess.pairs}:
                    answer = several.answer(guess.zone, now)
                    if chosen is None:  # orders that wait belong to no campaign yet: whoever sees all of the tenant sees all of them
                        answer.totals.pending_attribution = several.pending if scope.all_campaigns else None  # type: ignore[attr-defined]
                    if others:
                        answer.comparison = comparison(others[0].side, others[1].side)
                    return answer
            if len(self._guesses) >= _REMEMBERED:
                self._guesses.clear()
            guess = self._guesses[who] = true
        raise Unavailable("the campaigns change faster than they can be read")


def _chosen(rows: Sequence[CampaignRow], chosen: tuple[str, ...] | None) -> list[CampaignRow]:
    if chosen is None:
        return [*rows]
    if {*chosen} - {row.id for row in rows}:
        raise NotFound
    return [row for row in rows if row.id in chosen]


def _compared(period: Period, now: Now, base: Base | None) -> list[Part]:
    """A period, and with a base what of it is compared, and with what."""
    return [Part(period), *([part(period, now), compared_with(period, now, base)] if base else [])]


def _days_of(of: Part, zone: str) -> _Days:
    day = of.period.last
    if of.hour is None or day is None:
        return _Days(of.over, (), None)
    return _Days(of.over, until(hours(day, day, zone), of.hour, zone), day)


def _reads(guess: _Guess, period: Period, days: Mapping[str, _Days]) -> list[Read]:
    record = totals_by(guess.settings.revenue_basis)
    wanted = [*cells_of(period.basis, record=record), *overview.cells_of(period.basis)]
    reads = [] if period.basis is Basis.AS_OF else reads_of([campaigns.PENDING], [whole(period)])
    of_periods: dict[Period, list[Read]] = {}
    for campaign, (over, of_day, _) in days.items():
        if over and over not in of_periods:
            of_periods[over] = reads_of(wanted, [whole(over)])
        reads += [read._replace(campaign=campaign) for read in (of_periods[over] if over else ())]
        if of_day:
            reads.append(Read(View.HOURS, [], [series.days_of(of_day)], campaign))
    return reads


def _parts(reads: Sequence[Sequence[Read]], reading: Reading) -> list[Reading]:
    """A reading of several groups of reads, taken apart."""
    found, at = [], 0
    for group in reads:
        found.append(reading._replace(sums=reading.sums[at : at + len(group)], days=reading.days[at : at + len(group)]))
        at += len(group)
    return found


class _Together:
    """Some campaigns in one state of the store. Each keeps its own currency until all is converted into the common one."""

    def __init__(
        self, rows: Sequence[CampaignRow], settings: TenantRow, of: Part, days: Mapping[str, _Days], reads: Sequence[Read], reading: Reading
    ) -> None:
        self._rows, self._part, self._period, self._of, self._reading = rows, of, of.period, days, reading
        self._record = totals_by(settings.revenue_basis)
        self._views: dict[str, dict[str, Fields]] = {row.id: {} for row in rows}
        of_tenant: dict[str, Fields] = {}
        for read, (sums,) in zip(reads, reading.sums, strict=True):
            (self._views[read.campaign] if read.campaign else of_tenant)[read.view] = sums
            if read.campaign and read.view == View.HOURS:
                self._views[read.campaign][View.HOURS] = series.of_hours(sums, days[read.campaign].hours)
        self.pending = None if self._period.basis is Basis.AS_OF else Sums(of_tenant).total(campaigns.PENDING)
        """Orders of the whole tenant that wait for their opportunity."""
        self._own = {row.id: currency_of(row.currency, _currencies(self._views[row.id])) for row in rows}
        for campaign, views in self._views.items():
            self._views[campaign] = {view: _in_own(view, fields, self._own[campaign]) for view, fields in views.items()}
        seen = {campaign: _currencies(views) - {""} for campaign, views in self._views.items()}
        every = set[str]().union(*seen.values())
        self._common = currency_of(settings.currency, every or filter(None, (row.currency for row in rows)))
        """The tenant's currency, else the common one, else none."""
        self.pairs = pairs(every - {self._common}, self._common) if self._common else []
        has_rates = any(reading.rates.values())
        self._foreign = [campaign for campaign, codes in seen.items() if has_rates and codes - {self._common}]
        """Campaigns whose money is converted: each by itself, since what is rounded does not add up."""
        self._days = self._by_day(reads) if self._foreign else {}

        self._exchange = Exchange(self._common, Rates(reading.rates))
        self._added_up: list[tuple[Mapping[str, Fields], Sequence[tuple[str, Sums]]]] = [
            (_merged(views for campaign, views in self._views.items() if campaign not in self._foreign), []),
            *((self._views[campaign], self._days.get(campaign, [])) for campaign in self._foreign),
        ]
        self._total, self._known, self._money = self._figures()
        self._totals = shown(self._total, self._known)

    @property
    def side(self) -> Side:
        """With what came in hours: each campaign's are those of its own clock."""
        so_far, under_way = None, [each for each in self._of.values() if each.day]
        if under_way and are_kept(chain.from_iterable(each.hours for each in under_way), self._reading.facts.watermark):
            so_far = self._record.sum(converted(each, self._exchange) for each in self._amounts(None, by_hour=True))
        return side(self._part, self._total, self._known, so_far, self._exchange)

    def _amounts(self, said: Mapping[str, int] | None, *, by_hour: bool = False) -> list[Amounts]:
        basis, record = self._period.basis, self._record
        return [of_campaign(Sums(views), basis, None, record, said, days, by_hour=by_hour) for views, days in self._added_up]

    def _figures(self) -> tuple[Totals, frozenset[str], Money]:
        """The totals, which of them are known, and what there is in each currency."""
        one = self._rows[0] if len(self._rows) == 1 else None
        said = stated(self._record, one, all_days=self._period.preset is Preset.ALL) if one else None
        amounts = self._amounts(said)
        total = self._record.sum(converted(each, self._exchange) for each in amounts)
        if len(self._rows) > 1:
            total = replace(total, **dict.fromkeys(_NOT_ADDITIVE[self._record]))
        money = _merged(each.money for each in amounts)
        return total, amounts[0].known, by_currency(amounts[0]._replace(money=money), self._common)

    def answer(self, zone: str, now: int) -> OverviewOfSeveral:
        basis, exchange = self._period.basis, self._exchange
        return OverviewOfSeveral(
            campaigns=len(self._rows),
            period=period_view(self._period),
            totals=Figures(**self._totals),
            by_currency=self._money,
            outcomes=overview.outcomes(self._totals),
            probability=overview.probability(Sums(_merged(self._views.values())), self._totals, basis),
            forecast=_forecast([overview.forecast(Sums(views), days, basis, exchange) for views, days in self._added_up]),
            unconverted=exchange.unconverted,
            rate_day=exchange.rate_day,
            stamp=stamp(self._reading.facts, now, zone, self._common),
        )

    def _by_day(self, reads: Sequence[Read]) -> dict[str, list[tuple[str, Sums]]]:
        """Per campaign, what is not in the common currency, day by day. As of a day there is one state, which is worth what it is on that day."""
        if self._period.basis is Basis.AS_OF and self._period.last:
            return {campaign: [(self._period.last.isoformat(), Sums(self._views[campaign]))] for campaign in self._foreign}
        found: defaultdict[str, defaultdict[str, dict[str, Fields]]] = defaultdict(lambda: defaultdict(dict))
        for read, stored in zip(reads, self._reading.days, strict=True):
            if read.campaign in self._foreign and has_currencies(read.view) and read.view != View.HOURS:
                for day, cells in stored.items():
                    fields = _in_own(read.view, cells.fields, self._own[read.campaign])
                    found[read.campaign][day][read.view] = {
                        field: value for field, value in fields.items() if currency_in(read.view, field) not in ("", self._common)
                    }
        for campaign in self._foreign:
            if under_way := self._of[campaign].day:
                found[campaign][under_way.isoformat()][View.HOURS] = self._views[campaign].get(View.HOURS, {})
        return {campaign: [(day, Sums(views)) for day, views in sorted(days.items())] for campaign, days in found.items()}


def _currencies(views: Mapping[str, Fields]) -> set[str]:
    return {currency_in(view, field) for view, fields in views.items() if has_currencies(view) for field in fields}


def _in_own(view: str, fields: Fields, own: str | None) -> Fields:
    """With amounts that have no currency in the campaign's own."""
    if not own or not has_currencies(view):
        return fields
    found: defaultdict[str, int] = defaultdict(int)
    for field, value in fields.items():
        name, *values = field.split(SEP)
        dimensions = DIMENSIONS[view][name]
        if "currency" in dimensions:
            place = dimensions.index("currency")
            values[place] = values[place] or own
        found[SEP.join((name, *values))] += value
    return found


def _merged(parts: Iterable[Mapping[str, Mapping[str, int]]]) -> dict[str, dict[str, int]]:
    """Added up, field by field."""
    whole: defaultdict[str, defaultdict[str, int]] = defaultdict(lambda: defaultdict(int))
    for each in parts:
        for name, fields in each.items():
            into = whole[name]
            for field, value in fields.items():
                into[field] += value
    return {name: dict(fields) for name, fields in whole.items()}


def _forecast(parts: Sequence[list[ForecastRow] | None]) -> list[ForecastRow] | None:
    """By month, what has none last."""
    months: dict[str | None, ForecastRow] = {}
    for rows in parts:
        if rows is None:
            return None
        for row in rows:
            before = months.get(row.month, ForecastRow(month=row.month, value_open=0, value_weighted=0))
            months[row.month] = ForecastRow(
                month=row.month,
                value_open=plus(before.value_open, row.value_open),
                value_weighted=plus(before.value_weighted, row.value_weighted),
            )
    return [row for _, row in sorted(months.items(), key=lambda each: (each[0] is None, each[0] or ""))]
