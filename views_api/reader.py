"""What is the answer? The way of every question: the campaign's row, the days that are meant in its zone, the sums of its cells, the view of them.

Every question carries the scope of the one who asks. Raises `NotFound` for what is absent or not theirs, `Refused` for a period that cannot be,
`Unavailable` while the store is away.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import Final, NamedTuple

from schemas.errors import NotFound, Unavailable
from schemas.keys import View
from schemas.kpis import Totals
from schemas.measures import DIMENSIONS, Basis, Cells, Unit
from schemas.rows import CampaignRow
from schemas.views import CampaignList, Customers, Figures, Overview, Series, StaffList, Stamp
from views_api import campaigns, customers, overview, series, staff
from views_api.figures import MEASURES, by_currency, cells_of, currency_of, of_campaign, show
from views_api.pages import page
from views_api.periods import Asked, Bucket, By, Period, buckets, days, resolve, today_in
from views_api.readings import Facts, Fields, Group, Read
from views_api.scope import Scope
from views_api.stamps import period_view, stamp
from views_api.store import TRIES, Store
from views_api.sums import Sums

_ENUMERATED: Final = 400
"""Up to so many days are asked for one by one; of more, only those that have cells."""
_REMEMBERED: Final = 5_000
"""Rows of campaigns, some 10 MB."""
_AMOUNTS: Final = [name for name, measure in MEASURES.items() if measure.unit is Unit.MONEY]


class Look(NamedTuple):
    """One campaign in one state of the store."""

    row: CampaignRow
    period: Period
    buckets: list[Bucket]
    """With `by`: the pieces of the period."""
    sums: list[dict[str, Fields]]
    """Per piece, or of all days in one: view -> fields."""
    currency: str | None
    facts: Facts
    stamp: Stamp


class Reader:
    def __init__(self, store: Store, clock: Callable[[], int]) -> None:
        """`clock`: ms since 1970 UTC, now."""
        self.store, self.clock = store, clock
        self._zones: dict[str, str] = {}
        """Tenant -> zone of its list, as it was last: a guess, which what is read confirms."""
        self._rows: dict[tuple[str, str], CampaignRow] = {}
        """(tenant, campaign) -> its row as it was last: another such guess."""

    async def facts(self) -> Facts:
        """How fresh the numbers are, whoever asks."""
        return await self.store.facts()

    async def check(self, scope: Scope, campaign: str, asked: Asked) -> None:
        """Whether these questions could be answered at all; raises what they would."""
        row = _visible(scope, await self.store.campaign(scope.tenant, campaign))
        resolve(asked, today_in(row.zone, self.clock()))

    async def overview(self, scope: Scope, campaign: str, asked: Asked) -> Overview:
        basis = asked.basis
        look = await self.look(scope, campaign, asked, [*cells_of(basis), *overview.cells_of(basis)])
        sums = Sums(look.sums[0])
        amounts = of_campaign(sums, basis)
        shown = show(amounts, look.currency)
        return Overview(
            campaign=overview.campaign_view(look.row),
            period=period_view(look.period),
            totals=Figures(**shown.totals),
            by_currency=by_currency(amounts, look.currency),
            unconverted=shown.unconverted,
            funnel=overview.funnel(sums, look.row, basis),
            outcomes=overview.outcomes(shown.totals),
            probability=overview.probability(sums, shown.totals, basis),
            stamp=look.stamp,
        )

    async def staff(self, scope: Scope, campaign: str, asked: Asked, limit: int, after: tuple[bool, str] | None) -> StaffList:
        basis = asked.basis
        look = await self.look(scope, campaign, asked, [*cells_of(basis, staff=True), *staff.cells_of(basis)])
        rows, unconverted = staff.rows(Sums(look.sums[0]), look.row, basis, look.currency)
        items, cursor = page(rows, lambda item: (item.staff_id is None, item.staff_id or ""), limit, after)
        return StaffList(items=items, period=period_view(look.period), unconverted=unconverted, next_cursor=cursor, stamp=look.stamp)

    async def customers(self, scope: Scope, campaign: str, asked: Asked) -> Customers:
        basis = asked.basis
        look = await self.look(scope, campaign, asked, [*cells_of(basis), *customers.cells_of(basis)])
        sums = Sums(look.sums[0])
        amounts = of_campaign(sums, basis)
        shown = show(amounts, look.currency)
        return Customers(
            totals=Figures(**shown.totals),
            by_currency=by_currency(amounts, look.currency),
            unconverted=shown.unconverted,
            period=period_view(look.period),
            lost_reasons=customers.reasons(sums, basis),
            lost_industries=customers.industries(sums, basis),
            owners=customers.owners(sums, look.row, basis),
            stamp=look.stamp,
        )

    async def series(self, scope: Scope, campaign: str, asked: Asked, measure: str, by: By) -> Series:
        basis, needed = asked.basis, Totals.needs(measure)
        look = await self.look(scope, campaign, asked, cells_of(basis, names=needed), by)
        values = [show(of_campaign(Sums(fields), basis, needed), look.currency, [measure]) for fields in series.running(look.sums, basis)]
        return Series(
            measure=measure,
            by=by.value,
            period=period_view(look.period),
            points=series.points(look.buckets, [shown.totals[measure] for shown in values], look.row.zone, look.facts.as_of),
            unconverted=any(shown.unconverted for shown in values),
            stamp=look.stamp,
        )

    async def campaigns(
        self, scope: Scope, asked: Asked, filters: campaigns.Filters, sort: campaigns.Sort, limit: int, after: campaigns.Place | None
    ) -> CampaignList:
        """The totals are over all campaigns that the caller may see, whatever is searched for. A day is the campaign's own, wherever it is."""
        zone = self._zones.get(scope.tenant, "UTC")
        while True:
            now = self.clock()
            period = resolve(asked, today_in(zone, now))
            # The state as of a day knows no orders.
            reads = [] if period.basis is Basis.AS_OF else _reads(campaigns.CELLS, [_whole(period)])
            reading = await self.store.cells(scope.tenant, "", reads)
            rows = [row for row in reading.rows if scope.sees(row)]
            guessed, zone = zone, campaigns.zone(rows, reading.settings)
            if zone == guessed:
                break
        self._zones[scope.tenant] = zone
        sales = campaigns.Sales(None if period.basis is Basis.AS_OF else Sums(_by_view(reads, reading.sums, 0)))
        header, currency = campaigns.totals(rows, sales, reading.settings.currency if reading.settings else None)
        listed = [row for row in rows if campaigns.passes(row, filters)]
        chosen, cursor = page(listed, lambda row: campaigns.place(row, sales, sort), limit, after, descending=sort.startswith("-"))
        return CampaignList(
            items=[campaigns.item(row, sales) for row in chosen],
            totals=header,
            period=period_view(period),
            next_cursor=cursor,
            stamp=stamp(reading.facts, now, zone, currency),
        )

    async def look(self, scope: Scope, campaign: str, asked: Asked, wanted: Iterable[Cells], by: By | None = None) -> Look:
        """Sums of a campaign's cells over the days that are asked for, in one or by bucket; all of one revision."""
        wanted, basis = list(wanted), asked.basis
        row = self._rows.get((scope.tenant, campaign)) or _visible(scope, await self.store.campaign(scope.tenant, campaign))
        for _ in range(TRIES):
            now = self.clock()
            period = resolve(asked, today_in(row.zone, now))
            since: str | None = None
            pieces: list[Bucket] = []
            groups = [_whole(period)]
            if by:
                if period.first is None or period.last is None:
                    since = (await self.store.facts()).revision
                    period = _closed(period, await self.store.span(scope.tenant, campaign), today_in(row.zone, now))
                pieces = buckets(period.first or date.min, period.last or date.max, by)
                groups = series.groups(pieces, basis)
            reads = _reads(wanted, groups)
            money = [] if row.currency else _reads(cells_of(basis, names=_AMOUNTS), [_whole(period)])
            reading = await self.store.cells(scope.tenant, campaign, [*reads, *money])
            before, row = row, _visible(scope, *reading.rows)
            self._remember(scope.tenant, row)
            if row.zone != before.zone or row.currency != before.currency:
                continue  # the days or the reads were another campaign's, so to say
            if since and not await self.store.unmoved(scope.tenant, campaign, since):
                continue
            currency = row.currency or _seen(_by_view(money, reading.sums[len(reads) :], 0), basis)
            sums = [_by_view(reads, reading.sums, group) for group in range(len(groups))]
            return Look(row, period, pieces, sums, currency, reading.facts, stamp(reading.facts, now, row.zone, currency))
        raise Unavailable("the campaign changes faster than it can be read")

    def _remember(self, tenant: str, row: CampaignRow) -> None:
        if len(self._rows) >= _REMEMBERED:
            self._rows.clear()
        self._rows[tenant, row.id] = row


def _visible(scope: Scope, row: CampaignRow | None = None) -> CampaignRow:
    if row is None or not scope.sees(row):
        raise NotFound
    return row


def _whole(period: Period) -> Group:
    """A period as one group of days; as of a day, everything until then."""
    first = None if period.basis is Basis.AS_OF else period.first
    last = period.last
    few = first is not None and last is not None and (last - first).days < _ENUMERATED
    return Group(first.isoformat() if first else "", last.isoformat() if last else "", days(first, last) if few and first and last else ())


def _closed(period: Period, span: tuple[str, str] | None, today: date) -> Period:
    """A period with open ends, from the first to the last day on which the campaign has a number."""
    first, last = map(date.fromisoformat, span) if span else (today, today)
    last = period.last or last
    return period._replace(first=period.first or min(first, last), last=last)


def _reads(wanted: Iterable[Cells], groups: Sequence[Group]) -> list[Read]:
    """Each view once."""
    names: dict[str, set[str]] = {}
    for one in wanted:
        names.setdefault(one.view, set()).update(part.name for part in one.parts)
    return [Read(view, _filter(view, found), groups) for view, found in names.items()]


def _filter(view: str, names: set[str]) -> list[str]:
    """To leave a few cells out costs more than to sum them; pair cells are many, and always filtered."""
    most = view not in (View.CUSTOMERS, View.CUSTOMERS_BY_OWNER) and 2 * len(names) >= len(DIMENSIONS[view])
    return [] if most else sorted(names)


def _by_view(reads: Sequence[Read], sums: Sequence[Sequence[Fields]], group: int) -> dict[str, Fields]:
    return {read.view: groups[group] for read, groups in zip(reads, sums, strict=False)}


def _seen(views: dict[str, Fields], basis: Basis) -> str | None:
    """The only currency in any number of the campaign, if it is one."""
    return currency_of(None, of_campaign(Sums(views), basis).money)
