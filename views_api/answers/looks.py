"""How does a campaign look in one state of the store? Its row, the days that are meant in its zone, the sums of its cells, its currency and the rates for it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from functools import lru_cache
from typing import Final, NamedTuple, TypeAlias
from urllib.parse import quote

from schemas.answers import Stamp
from schemas.cells import DIMENSIONS, Basis, Cells
from schemas.errors import NotFound, Unavailable
from schemas.keys import SEP, View
from schemas.kpis import Totals, totals_by
from schemas.rows import CampaignRow, TenantRow
from views_api.scope import Scope
from views_api.stored.readings import Facts, Fields, Group, Pair, Read, Reading
from views_api.stored.store import TRIES, Store
from views_api.views import series
from views_api.views.conversion import Exchange, Rates, pairs
from views_api.views.figures import cells_of, currency_of, kinds, of_campaign
from views_api.views.hours import Hour, hours
from views_api.views.periods import Asked, Bucket, By, Period, buckets, calendar_of, days, resolve, today_in
from views_api.views.stamps import stamp
from views_api.views.sums import Sums

_ENUMERATED: Final = 400
"""Up to so many days are asked for one by one; of more, only those that have cells."""

_REMEMBERED: Final = 5_000
"""Rows of campaigns, some 10 MB."""

Span: TypeAlias = tuple[str, str]
"""First and last day on which a campaign has a number."""
Wanted = Callable[[type[Totals]], Iterable[Cells]]
"""Which cells a question needs, by what the tenant's numbers are. Of the same function it is found out once."""


class Look(NamedTuple):
    """One campaign in one state of the store."""

    row: CampaignRow
    period: Period
    buckets: list[Bucket]
    """With `by`: the pieces of the period."""
    hours: list[Hour]
    """By hour: likewise."""
    sums: list[dict[str, Fields]]
    """Per bucket, or of all days in one: view -> fields."""
    days: list[list[tuple[str, Sums]]]
    """As the sums, by ISO day: the cells of money in other currencies, where there are rates for these."""
    record: type[Totals]
    """What the tenant's numbers are."""
    only: str | None
    """The staff id whose rows alone the caller sees; None: everybody's."""
    exchange: Exchange
    crm_url: str | None
    """Where the campaign is in the CRM."""
    guide_url: str | None
    """Where the tenant explains its numbers."""
    facts: Facts
    stamp: Stamp


class _Question(NamedTuple):
    """What is read for an answer, and what was assumed of the tenant to say so."""

    settings: TenantRow
    period: Period
    buckets: list[Bucket]
    hours: list[Hour]
    reads: list[Read]
    money: list[Read]
    """All that tells which currency the campaign is in, if it has none of its own."""


class Looks:
    def __init__(self, store: Store, clock: Callable[[], int]) -> None:
        """`clock`: ms since 1970 UTC, now."""
        self._store, self._clock = store, clock
        self._rows: dict[tuple[str, str], CampaignRow] = {}
        """(tenant, campaign) -> its row as it was last: a guess, which what is read confirms. So are the next."""
        self._settings: dict[str, TenantRow] = {}
        self._pairs: dict[tuple[str, str], list[Pair]] = {}
        """(tenant, campaign) -> the rates that its money needs, if it needs any."""

    async def at(
        self, scope: Scope, campaign: str, asked: Asked, wanted: Wanted, by: By | None = None, pieces: Sequence[Bucket] = ()
    ) -> Look:
        """A campaign over the days that are asked for, in one or by bucket; all of one revision. `pieces`: the buckets, if they are not the calendar's.

        Raises `NotFound` for a campaign that is absent or not theirs, `Refused` for a period that cannot be.
        """
        who = (scope.tenant, campaign)
        row = await self.known(scope, campaign)
        for _ in range(TRIES):
            now = self._clock()
            settings, asked_pairs = self._settings.get(scope.tenant, TenantRow()), self._pairs.get(who, [])
            question, span = await self._question(scope, row, settings, asked, wanted, by, pieces, now)
            reading = await self._store.cells(*who, [*question.reads, *question.money], asked_pairs)
            before, row = row, visible(scope, *reading.rows)
            self._remember(who, row)
            self._settings[scope.tenant] = reading.settings or TenantRow()
            if (row.zone, row.currency, self._settings[scope.tenant]) != (before.zone, before.currency, settings):
                continue  # the days or the reads were another campaign's, so to say
            if span and await self._store.span(*who) not in span:
                continue  # it has numbers of other days by now; that its numbers move is no matter
            seen = reading.sums[len(question.reads) :]
            currency = row.currency or only_seen(question.money, seen, question.period.basis, totals_by(question.settings.revenue_basis))
            needed = pairs(_foreign(question, reading, currency), currency) if currency else []
            if {*needed} - {*asked_pairs}:
                self._pairs[who] = needed
                continue
            return _look(scope, question, row, reading, currency, now)
        raise Unavailable("the campaign changes faster than it can be read")

    async def known(self, scope: Scope, campaign: str) -> CampaignRow:
        """A campaign's row as it was last. For what is not theirs the store is asked as for what is absent, and before anything else: the two take the same way."""
        row = self._rows.get((scope.tenant, campaign))
        if row is None or not scope.sees(row):
            row = visible(scope, await self._store.campaign(scope.tenant, campaign))
        return row

    def guess(self, scope: Scope, campaign: CampaignRow) -> str | None:
        """Whose rows alone are probably shown (`Look.only` says it for certain)."""
        return scope.only(campaign, self._settings.get(scope.tenant, TenantRow()))

    def _remember(self, who: tuple[str, str], row: CampaignRow) -> None:
        if len(self._rows) >= _REMEMBERED:
            self._rows.clear()
        self._rows[who] = row

    async def _question(
        self,
        scope: Scope,
        row: CampaignRow,
        settings: TenantRow,
        asked: Asked,
        wanted: Wanted,
        by: By | None,
        given: Sequence[Bucket],
        now: int,
    ) -> tuple[_Question, Sequence[Span | None]]:
        """With the span of days that was read to know which there are, if that was needed."""
        calendar, record = calendar_of(settings), totals_by(settings.revenue_basis)
        period = resolve(asked, today_in(row.zone, now), calendar)
        span: Sequence[Span | None] = ()
        pieces: list[Bucket] = []
        of_day: list[Hour] = []
        groups = [whole(period)]
        if by:
            if period.first is None or period.last is None:
                span = [await self._store.span(scope.tenant, row.id)]
                period = _closed(period, span[0], today_in(row.zone, now))
            first, last = period.first or date.min, period.last or date.max
            if by is By.HOUR:
                of_day = hours(first, last, row.zone)
                groups = [series.days_of(of_day)]
            else:
                pieces = [*given] or buckets(first, last, by, calendar)
                groups = series.groups(pieces, period.basis)
        reads = [Read(view, names, groups) for view, names in _wanted(wanted, record)]  # type: ignore[arg-type]  # classes of structs can be hashed
        money = [] if row.currency else money_of(period, record)
        return _Question(settings, period, pieces, of_day, reads, money), span


def visible(scope: Scope, row: CampaignRow | None = None) -> CampaignRow:
    """A campaign's row; raises `NotFound`."""
    if row is None or not scope.sees(row):
        raise NotFound
    return row


def whole(period: Period) -> Group:
    """A period as one group of days; as of a day, everything until then."""
    first = None if period.basis is Basis.AS_OF else period.first
    last = period.last
    few = first is not None and last is not None and (last - first).days < _ENUMERATED
    return Group(first.isoformat() if first else "", last.isoformat() if last else "", days(first, last) if few and first and last else ())


def reads_of(wanted: Iterable[Cells], groups: Sequence[Group]) -> list[Read]:
    """Each view once."""
    return [Read(view, names, groups) for view, names in _by_view(wanted)]


def _by_view(wanted: Iterable[Cells]) -> list[tuple[str, Sequence[str]]]:
    names: dict[str, set[str]] = {}
    for one in wanted:
        for part in one.parts:
            names.setdefault(part.view, set()).add(part.name)
    return [(view, _filter(view, found)) for view, found in names.items()]


@lru_cache(256)
def _wanted(wanted: Wanted, record: type[Totals]) -> list[tuple[str, Sequence[str]]]:
    return _by_view(wanted(record))


def by_view(reads: Sequence[Read], sums: Sequence[Sequence[Fields]], group: int) -> dict[str, Fields]:
    return {read.view: groups[group] for read, groups in zip(reads, sums, strict=False)}


def _closed(period: Period, span: Span | None, today: date) -> Period:
    """A period with open ends, from the first to the last day on which the campaign has a number."""
    first, last = map(date.fromisoformat, span) if span else (today, today)
    last = period.last or last
    return period._replace(first=period.first or min(first, last), last=last)


_FILTERED: Final = (View.CUSTOMERS, View.CUSTOMERS_BY_OWNER, View.RECIPIENTS, View.RECIPIENTS_BY)


def _filter(view: str, names: set[str]) -> list[str]:
    """To leave a few cells out costs more than to sum them; pair cells are many, and always filtered. Hours have their name behind."""
    most = view == View.HOURS or (view not in _FILTERED and 2 * len(names) >= len(DIMENSIONS[view]))
    return [] if most else sorted(names)


def money_of(period: Period, record: type[Totals]) -> list[Read]:
    """What is read of a campaign that names no currency, to tell which it is in."""
    return reads_of(cells_of(period.basis, names=kinds(record).amounts, record=record), [whole(period)])


def only_seen(money: Sequence[Read], sums: Sequence[Sequence[Fields]], basis: Basis, record: type[Totals]) -> str | None:
    """The only currency in any number of the campaign, if it is one. `sums`: of those reads."""
    return currency_of(None, of_campaign(Sums(by_view(money, sums, 0)), basis, record=record).money)


@lru_cache(1 << 15)
def currency_in(view: str, field: str) -> str:
    """The currency of a cell; empty if it is not money, or in that of its campaign."""
    name, *dimensions = field.split(SEP)
    if view == View.HOURS and name not in DIMENSIONS[view]:  # the hour stands in front
        name, *dimensions = dimensions
    known = DIMENSIONS[view][name]
    return dimensions[known.index("currency")] if "currency" in known else ""


def _foreign(question: _Question, reading: Reading, own: str | None) -> set[str]:
    """Currencies other than the campaign's in the numbers that were asked for."""
    found = {
        currency_in(read.view, field)
        for read, groups in zip(question.reads, reading.sums, strict=False)
        if has_currencies(read.view)
        for sums in groups
        for field in sums
    }
    return found - {own, ""}


def _look(scope: Scope, question: _Question, row: CampaignRow, reading: Reading, currency: str | None, now: int) -> Look:
    reads = question.reads
    sums = [by_view(reads, reading.sums, group) for group in range(len(question.buckets) or 1)]
    rates = any(reading.rates.values())
    return Look(
        row,
        question.period,
        question.buckets,
        question.hours,
        sums,
        _by_day(question, reading, currency, len(sums)) if rates else [[] for _ in sums],
        totals_by(question.settings.revenue_basis),
        scope.only(row, question.settings),
        Exchange(currency, Rates(reading.rates)),
        _in_the_crm(row, question.settings),
        question.settings.guide_url,
        reading.facts,
        stamp(reading.facts, now, row.zone, currency),
    )


def _by_day(question: _Question, reading: Reading, own: str | None, groups: int) -> list[list[tuple[str, Sums]]]:
    """Per group: what is in other currencies, day by day. As of a day there is one state, which is worth what it is on that day."""
    if question.period.basis is Basis.AS_OF and question.period.last:
        state = Sums(by_view(question.reads, reading.sums, 0))
        return [[(question.period.last.isoformat(), state)], *([] for _ in range(groups - 1))]
    found: list[dict[str, dict[str, Fields]]] = [{} for _ in range(groups)]
    for read, stored in zip(question.reads, reading.days, strict=False):
        if has_currencies(read.view):
            for day, cells in stored.items():
                foreign = {field: value for field, value in cells.fields.items() if currency_in(read.view, field) not in ("", own)}
                if foreign:
                    found[cells.group].setdefault(day, {})[read.view] = foreign
    return [[(day, Sums(views)) for day, views in sorted(each.items())] for each in found]


@lru_cache
def has_currencies(view: str) -> bool:
    """Whether any cell of a view is money."""
    return any("currency" in dimensions for dimensions in DIMENSIONS[view].values())


def _in_the_crm(row: CampaignRow, settings: TenantRow) -> str | None:
    """As the campaign says, else as its tenant does of all of them, `{id}` being the id (F06)."""
    template = settings.crm_url_template
    return row.crm_url or (template.replace("{id}", quote(row.id, safe="")) if template else None)
