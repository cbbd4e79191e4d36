"""What is the answer? The way of every question: the campaign's row, the days that are meant in its zone, the sums of its cells, the view of them.

Every question carries the scope of the one who asks. Raises `NotFound` for what is absent or not theirs, `Refused` for a period that cannot be,
`Unavailable` while the store is away.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import cache
from typing import Final, NamedTuple, TypeVar

from msgspec.structs import replace

from schemas.answers import Figures
from schemas.cells import Basis
from schemas.errors import Unavailable
from schemas.keys import View
from schemas.kpis import totals_by
from schemas.measures import Number
from schemas.rows import CampaignRow, TenantRow
from schemas.views import CampaignList, Customers, Overview, OwnerRow, Point, Series, StaffItem, StaffList
from views_api.answers.looks import Look, Looks, Wanted, money_of, only_seen, reads_of, visible, whole
from views_api.answers.worked_out import WorkedOut
from views_api.scope import Scope
from views_api.stored.readings import Facts, Pair
from views_api.stored.store import Store
from views_api.views import campaigns, customers, overview, series, staff
from views_api.views.figures import Amounts, by_currency, cells_of, of_campaign, show, stated
from views_api.views.pages import page
from views_api.views.periods import Asked, By, Preset, calendar_of, resolve, today_in
from views_api.views.stamps import period_view, stamp, state
from views_api.views.sums import Sums

Person = TypeVar("Person", StaffItem, OwnerRow)

LATELY_S: Final = 1.0
_REMEMBERED: Final = 5_000


class _Lately(NamedTuple):
    at: float
    """Seconds of the monotonic clock."""
    row: CampaignRow | None
    settings: TenantRow


class _Guess(NamedTuple):
    """Of a list. What is read confirms it."""

    zone: str = "UTC"
    settings: TenantRow = TenantRow()
    pairs: Sequence[Pair] = ()
    """The rates that its money needs."""
    won: tuple[str, ...] = ()
    """Its campaigns, if revenue is what was won: then each has to be asked for."""
    unnamed: tuple[str, ...] = ()
    """Those that name no currency: of each has to be asked in which its amounts are."""


class Reader:
    def __init__(self, store: Store, clock: Callable[[], int]) -> None:
        """`clock`: ms since 1970 UTC, now."""
        self.store, self.clock = store, clock
        self.looks = Looks(store, clock)
        self._guesses: dict[str, _Guess] = {}
        """Who sees the same -> what was true of their list when it was asked for last."""
        self._worked_out = WorkedOut()
        self._lately: dict[tuple[str, str], _Lately] = {}
        """(tenant, campaign) -> what decides who sees it."""

    async def facts(self) -> Facts:
        """How fresh the numbers are, whoever asks."""
        return await self.store.facts()

    async def building(self) -> bool:
        """Whether what is not there may only not have been counted yet: the store is being built, or cannot be asked."""
        try:
            return state(await self.facts(), self.clock()) == "rebuilding"
        except Unavailable:
            return True

    async def only(self, scope: Scope, campaign: str) -> str | None:
        """Whose rows alone the caller sees of a campaign, by its row and the tenant's settings as they are now; None: everybody's. Raises `NotFound`."""
        row = visible(scope, await self.store.campaign(scope.tenant, campaign))
        return scope.only(row, await self.store.settings(scope.tenant))

    async def still(self, scope: Scope, campaign: str) -> str | None:
        """As `only`, by what was so a second ago: many ask for the same again and again. Raises `Unavailable` for what may only not have been counted yet."""
        who, now = (scope.tenant, campaign), time.monotonic()
        if who not in self._lately or now - self._lately[who].at > LATELY_S:
            row, settings = await self.store.campaign(*who), await self.store.settings(scope.tenant)
            if len(self._lately) >= _REMEMBERED:
                self._lately.clear()
            self._lately[who] = _Lately(now, row, settings)
        lately = self._lately[who]
        if lately.row is None and await self.building():
            raise Unavailable("whether there is such a campaign is not known yet")
        return scope.only(visible(scope, lately.row), lately.settings)

    async def check(self, scope: Scope, campaign: str, asked: Asked) -> str | None:
        """Whether these questions could be answered at all; raises what they would. As `only`."""
        row = visible(scope, await self.store.campaign(scope.tenant, campaign))
        resolve(asked, today_in(row.zone, self.clock()))
        return scope.only(row, await self.store.settings(scope.tenant))

    async def overview(self, scope: Scope, campaign: str, asked: Asked) -> Overview:
        look = await self.looks.at(scope, campaign, asked, _of_overview(asked.basis))
        found = self._worked_out.of(("overview", scope.tenant, campaign, *map(str, asked)), look, self.overview_of)
        return replace(found, stamp=look.stamp)

    def overview_of(self, look: Look) -> Overview:
        """What a look at the cells of an overview says."""
        sums, basis = Sums(look.sums[0]), look.period.basis
        amounts = self._amounts(look, sums)
        totals = show(amounts, look.exchange)
        return Overview(
            campaign=overview.campaign_view(look.row, look.crm_url, look.guide_url),
            period=period_view(look.period),
            totals=Figures(**totals),
            by_currency=by_currency(amounts, look.exchange.currency),
            unconverted=look.exchange.unconverted,
            rate_day=look.exchange.rate_day,
            funnel=overview.funnel(sums, look.row, basis),
            outcomes=overview.outcomes(totals),
            probability=overview.probability(sums, totals, basis),
            forecast=overview.forecast(sums, look.days[0], basis, look.exchange),
            stamp=look.stamp,
        )

    async def staff(self, scope: Scope, campaign: str, asked: Asked, limit: int, after: tuple[bool, str] | None) -> StaffList:
        look = await self.looks.at(scope, campaign, asked, _of_staff(asked.basis))
        whole = self._worked_out.of(("staff", scope.tenant, campaign, str(look.only), *map(str, asked)), look, _staff)
        items, cursor = page(whole.items, lambda item: (item.staff_id is None, item.staff_id or ""), limit, after)
        return replace(whole, items=await self._named(scope, items), next_cursor=cursor, stamp=look.stamp)

    async def customers(self, scope: Scope, campaign: str, asked: Asked) -> Customers:
        look = await self.looks.at(scope, campaign, asked, _of_customers(asked.basis))
        found = self._worked_out.of(("customers", scope.tenant, campaign, str(look.only), *map(str, asked)), look, self._customers)
        return replace(found, owners=await self._named(scope, found.owners), stamp=look.stamp)

    def _customers(self, look: Look) -> Customers:
        sums, basis = Sums(look.sums[0]), look.period.basis
        amounts = self._amounts(look, sums)
        totals = show(amounts, look.exchange)
        return Customers(
            totals=Figures(**totals),
            by_currency=by_currency(amounts, look.exchange.currency),
            unconverted=look.exchange.unconverted,
            rate_day=look.exchange.rate_day,
            period=period_view(look.period),
            lost_reasons=customers.reasons(sums, basis),
            lost_industries=customers.industries(sums, basis),
            owners=customers.owners(sums, look.row, basis, look.only),
            stamp=look.stamp,
        )

    async def _named(self, scope: Scope, people: Sequence[Person]) -> list[Person]:
        """With what they are called."""
        names = await self.store.staff_names(scope.tenant, [person.staff_id for person in people])
        return [replace(person, staff_name=names.get(person.staff_id)) for person in people]

    @staticmethod
    def _amounts(look: Look, sums: Sums) -> Amounts:
        said = stated(look.record, look.row, all_days=look.period.preset is Preset.ALL)
        return of_campaign(sums, look.period.basis, None, look.record, said, look.days[0])

    async def series(self, scope: Scope, campaign: str, asked: Asked, measure: str, by: By) -> Series:
        scope.needs_for(measure)
        basis, hourly = asked.basis, by is By.HOUR
        look = await self.looks.at(scope, campaign, asked, _of_measure(basis, measure, hourly), by)
        if hourly:
            series.hourly(measure, basis, look.record)
        return self.series_of(look, measure, by)

    def series_of(self, look: Look, measure: str, by: By) -> Series:
        """What a look at the cells of a measure, bucket by bucket, says."""
        points = self._hours(look, measure) if by is By.HOUR else self._points(look, measure)
        return Series(
            measure=measure,
            by=by.value,
            period=period_view(look.period),
            points=points,
            unconverted=look.exchange.unconverted,
            rate_day=look.exchange.rate_day,
            stamp=look.stamp,
        )

    @staticmethod
    def _points(look: Look, measure: str) -> list[Point]:
        basis, record, values = look.period.basis, look.record, list[Number | None]()
        needed = record.needs(measure)
        for bucket, fields, days in zip(look.buckets, series.running(look.sums, basis), look.days, strict=True):
            said = stated(record, look.row, all_days=False)
            sums = Sums(fields)
            state = [(bucket.last.isoformat(), sums)] if basis is Basis.AS_OF else days
            values.append(show(of_campaign(sums, basis, needed, record, said, state), look.exchange, [measure])[measure])
        return series.points(look.buckets, values, look.row.zone, look.facts.as_of)

    @staticmethod
    def _hours(look: Look, measure: str) -> list[Point]:
        basis, record, values = look.period.basis, look.record, list[Number | None]()
        needed, found = record.needs(measure), series.by_start(look.sums[0].get(View.HOURS, {}))
        for hour in look.hours:
            sums = Sums({View.HOURS: found.get(hour.start, {})})
            days = [(hour.day.isoformat(), sums)] if look.days[0] else []
            values.append(show(of_campaign(sums, basis, needed, record, None, days, by_hour=True), look.exchange, [measure])[measure])
        return series.hour_points(look.hours, values, look.facts.watermark, look.facts.as_of)

    async def campaigns(
        self, scope: Scope, asked: Asked, filters: campaigns.Filters, sort: campaigns.Sort, limit: int, after: campaigns.Place | None
    ) -> CampaignList:
        """The totals are over all campaigns that the caller may see, whatever is searched for. A day is the campaign's own, wherever it is."""
        scope.needs_for(sort.removeprefix("-"))
        guess = self._guesses.get(scope.key, _Guess())
        while True:
            now = self.clock()
            period = resolve(asked, today_in(guess.zone, now), calendar_of(guess.settings))
            # The state as of a day knows no orders.
            known, groups, record = period.basis is not Basis.AS_OF, [whole(period)], totals_by(guess.settings.revenue_basis)
            reads = reads_of(campaigns.CELLS, groups) if known else []
            won = campaigns.won_by(guess.won, period.basis, groups) if known else []
            money = money_of(period, record) if known else []
            unnamed = [read._replace(campaign=identity) for identity in guess.unnamed for read in money]
            reading = await self.store.cells(scope.tenant, "", [*reads, *won, *unnamed], guess.pairs)
            rows = [row for row in reading.rows if scope.sees(row)]
            settings = reading.settings or TenantRow()
            by_won = settings.revenue_basis != TenantRow().revenue_basis
            true = _Guess(
                campaigns.zone(rows, reading.settings),
                settings,
                guess.pairs,
                tuple(sorted(row.id for row in rows)) if by_won else (),
                tuple(sorted(row.id for row in rows if row.currency is None)),
            )
            if true == guess:
                sums = iter(reading.sums[len(reads) + len(won) :])
                seen = {identity: only_seen(money, [next(sums) for _ in money], period.basis, record) for identity in guess.unnamed}
                sales = campaigns.Sales(reading if known else None, settings, won, seen)
                true = guess._replace(pairs=sales.pairs(rows))
                if {*true.pairs} <= {*guess.pairs}:
                    break
            guess = true
        self._guesses[scope.key] = guess
        header, currency = campaigns.totals(rows, sales, pending=scope.all_campaigns)
        listed = [row for row in rows if campaigns.passes(row, filters)]
        chosen, cursor = page(listed, lambda row: campaigns.place(row, sales, sort), limit, after, descending=sort.startswith("-"))
        return CampaignList(
            items=[campaigns.item(row, sales) for row in chosen],
            totals=header,
            period=period_view(period),
            next_cursor=cursor,
            stamp=stamp(reading.facts, now, guess.zone, currency),
        )


# One function for each question, so that what it needs is found out once.


@cache
def _of_overview(basis: Basis) -> Wanted:
    return lambda record: [*cells_of(basis, record=record), *overview.cells_of(basis)]


@cache
def _of_staff(basis: Basis) -> Wanted:
    return lambda record: [*cells_of(basis, staff=True, record=record), *staff.cells_of(basis, record)]


@cache
def _of_customers(basis: Basis) -> Wanted:
    return lambda record: [*cells_of(basis, record=record), *customers.cells_of(basis)]


@cache
def _of_measure(basis: Basis, measure: str, by_hour: bool) -> Wanted:  # noqa: FBT001 - positional for the cache
    return lambda record: cells_of(basis, names=record.needs(measure), by_hour=by_hour, record=record)


def _staff(look: Look) -> StaffList:
    """Everybody, without names."""
    rows = staff.rows(Sums(look.sums[0]), look.days[0], look.row, look.period.basis, look.record, look.exchange, look.only)
    return StaffList(
        items=rows,
        period=period_view(look.period),
        unconverted=look.exchange.unconverted,
        rate_day=look.exchange.rate_day,
        next_cursor=None,
        stamp=look.stamp,
    )
