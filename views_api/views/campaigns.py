"""Which campaigns are there, and what did each sell? The list with its header, from the campaigns' rows and the tenant's cells. Pure."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import Final, NamedTuple

from schemas.cells import Basis, Cells, cells
from schemas.keys import View
from schemas.rows import CampaignRow, TenantRow
from schemas.views import CampaignItem, CampaignTotals
from views_api.stored.kept import Day
from views_api.stored.readings import Fields, Group, Pair, Read, Reading
from views_api.views.conversion import Exchange, Rates, pairs
from views_api.views.figures import currency_of
from views_api.views.pages import decode, foreign
from views_api.views.periods import today_in
from views_api.views.stamps import instant, maybe_instant
from views_api.views.sums import Sums

ORDERS: Final = cells(View.BY_CAMPAIGN, "n")
NET: Final = cells(View.BY_CAMPAIGN, "net")
PENDING: Final = cells(View.BY_CAMPAIGN, "pending")
CELLS: Final[list[Cells]] = [ORDERS, NET, PENDING]
_WON: Final = {Basis.CREATED: View.OPPORTUNITIES, Basis.CLOSED: View.CLOSED}
_UNPLAIN: Final = str.maketrans({"đ": "d", "ø": "o", "ł": "l", "ı": "i", "æ": "ae", "œ": "oe"})


class Sort(StrEnum):
    """A leading `-` turns the order round."""

    NAME = "name"
    NAME_DOWN = "-name"
    CODE = "code"
    CODE_DOWN = "-code"
    STATUS = "status"
    STATUS_DOWN = "-status"
    CREATED = "created_at"
    CREATED_DOWN = "-created_at"
    UPDATED = "updated_at"
    UPDATED_DOWN = "-updated_at"
    ORDERS = "orders"
    ORDERS_DOWN = "-orders"
    REVENUE = "revenue_net"
    REVENUE_DOWN = "-revenue_net"


class Filters(NamedTuple):
    search: str | None
    active: bool | None
    created_from: date | None
    created_to: date | None


Place = tuple[Sort, bool, int | str, str]
"""Where an item stands in the list: (its order, whether the value is known, value, id)."""


def won_by(identities: Iterable[str], basis: Basis, groups: Sequence[Group]) -> list[Read]:
    """What these campaigns won: their revenue where a tenant takes that for it."""
    return [Read(_WON[basis], ["won"], groups, identity) for identity in identities]


def zone(rows: Sequence[CampaignRow], settings: TenantRow | None) -> str:
    """Of the list: the tenant's, else the common one, else UTC."""
    if settings:
        return settings.zone
    zones = {row.zone for row in rows}
    return zones.pop() if len(zones) == 1 else "UTC"


def folded(text: str) -> str:
    """Without case and accents, so that "chien dich" finds "Chiến dịch" (F04)."""
    plain = unicodedata.normalize("NFD", text.casefold())
    return "".join(letter for letter in plain if not unicodedata.combining(letter)).translate(_UNPLAIN)


def passes(row: CampaignRow, filters: Filters) -> bool:
    """Whether a campaign is listed. Its day of creation is the one in its own zone."""
    if filters.active is not None and (row.status == "active") is not filters.active:
        return False
    if filters.search and not any(folded(filters.search) in folded(text) for text in (row.name, row.code or "")):
        return False
    if filters.created_from is None and filters.created_to is None:
        return True
    day = today_in(row.zone, row.created_at)
    return (filters.created_from or date.min) <= day <= (filters.created_to or date.max)


class Sales:
    """What each campaign sold in the period. Without a reading orders and money are unknown."""

    def __init__(
        self, reading: Reading | None, settings: TenantRow, won: Sequence[Read] = (), seen: Mapping[str, str | None] = MappingProxyType({})
    ) -> None:
        """`won`: where revenue is what was won, the reads of that; they follow on the first of the reading. `seen`: of campaigns that name no currency theirs."""
        self._seen = seen
        sums = Sums({View.BY_CAMPAIGN: reading.sums[0][0]}) if reading else None
        self.known = sums is not None
        self.pending = sums.total(PENDING) if sums else None
        self.tenants_currency = settings.currency
        self._orders = sums.by(ORDERS, "campaign") if sums else {}
        self._rates = Rates(reading.rates if reading else {})
        self._money: dict[str, dict[str, int]] = {}
        self._days: defaultdict[str, list[tuple[str, dict[str, int]]]] = defaultdict(list)
        """Of money that may have to be converted."""
        if reading and settings.revenue_basis != TenantRow().revenue_basis:
            for read, (fields,), days in zip(won, reading.sums[1:], reading.days[1:], strict=False):
                self._add_won(read, fields, days if any(reading.rates.values()) else {})
        elif sums and reading:
            self._money = sums.by_two(NET, "campaign", "currency")
            for day, stored in sorted(reading.days[0].items()) if any(reading.rates.values()) else ():
                for campaign, money in Sums({View.BY_CAMPAIGN: stored.fields}).by_two(NET, "campaign", "currency").items():
                    self._days[campaign].append((day, money))

    def _add_won(self, read: Read, fields: Fields, days: Mapping[str, Day]) -> None:
        if read.campaign is not None:
            amounts = cells(read.view, "won")
            self._money[read.campaign] = Sums({read.view: fields}).by(amounts, "currency")
            self._days[read.campaign] = [
                (day, Sums({read.view: stored.fields}).by(amounts, "currency")) for day, stored in sorted(days.items())
            ]

    def own(self, row: CampaignRow) -> str | None:
        """The currency of a campaign: its own, else the only one seen."""
        return row.currency or self._seen.get(row.id)

    def orders(self, row: CampaignRow) -> int | None:
        return self._orders.get(row.id, 0) if self.known else None

    def money(self, row: CampaignRow) -> Mapping[str, int]:
        """Revenue by currency."""
        return self._in_own(row, self._money.get(row.id, {}))

    def _in_own(self, row: CampaignRow, money: Mapping[str, int]) -> Mapping[str, int]:
        """With what has no currency in the campaign's own."""
        own = self.own(row) if "" in money else None
        return money if own is None else {**money, "": 0, own: money.get(own, 0) + money[""]}

    def exchange(self, currency: str | None) -> Exchange:
        return Exchange(currency, self._rates)

    def revenue(self, row: CampaignRow, exchange: Exchange) -> int | None:
        """In the currency of the exchange."""
        if not self.known:
            return None
        return exchange.total(self.money(row), [(day, self._in_own(row, money)) for day, money in self._days.get(row.id, ())])

    def by_currency(self, rows: Sequence[CampaignRow]) -> dict[str, int]:
        money: dict[str, int] = {}
        for row in rows:
            for code, amount in self.money(row).items():
                money[code] = money.get(code, 0) + amount
        return money

    def common_currency(self, rows: Sequence[CampaignRow]) -> str | None:
        """Of several campaigns: the tenant's own, else the common one, else none."""
        return currency_of(self.tenants_currency, self.by_currency(rows) or filter(None, (row.currency for row in rows)))

    def pairs(self, rows: Sequence[CampaignRow]) -> list[Pair]:
        """The rates that are needed: into each campaign's currency, and into that of all."""
        common, needed = self.common_currency(rows), set[Pair]()
        for row in rows:
            money = self.money(row)
            for currency in {self.own(row), common}:
                if currency:
                    needed.update(pairs({*money} - {currency, ""}, currency))
        return sorted(needed)


def item(row: CampaignRow, sales: Sales) -> CampaignItem:
    exchange = sales.exchange(sales.own(row))
    return CampaignItem(
        id=row.id,
        code=row.code,
        name=row.name,
        status=row.status,
        manager_id=row.manager_id,
        orders=sales.orders(row),
        revenue_net=sales.revenue(row, exchange),
        currency=exchange.currency,
        unconverted=exchange.unconverted,
        rate_day=exchange.rate_day,
        created_at=instant(row.created_at),
        updated_at=maybe_instant(row.updated_at),
    )


def totals(rows: Sequence[CampaignRow], sales: Sales, *, pending: bool) -> tuple[CampaignTotals, str | None]:
    """The header over all these campaigns, and its currency; `pending`: with the tenant's pending orders, which belong to no campaign yet. Each campaign is converted by itself: so it is the sum of campaigns in its currency."""
    exchange = sales.exchange(sales.common_currency(rows))
    revenues = [sales.revenue(row, exchange) for row in rows]
    header = CampaignTotals(
        campaigns=len(rows),
        active_campaigns=sum(row.status == "active" for row in rows),
        orders=sum(sales.orders(row) or 0 for row in rows) if sales.known else None,
        revenue_net=sum(revenue or 0 for revenue in revenues) if sales.known and None not in revenues else None,
        pending_attribution=sales.pending if pending else None,
        by_currency={code: {"revenue_net": amount} for code, amount in sorted(sales.by_currency(rows).items()) if code},
        unconverted=exchange.unconverted,
        rate_day=exchange.rate_day,
    )
    return header, exchange.currency


def place(row: CampaignRow, sales: Sales, sort: Sort) -> Place:
    """Where a campaign stands in the list: comparable, unique, and of what JSON keeps. What is not known stands before everything."""
    value: int | str | None
    match sort.removeprefix("-"):
        case "name":
            value = folded(row.name)
        case "code":
            value = folded(row.code) if row.code else None
        case "status":
            value = row.status
        case "orders":
            value = sales.orders(row)
        case "revenue_net":
            value = sales.revenue(row, sales.exchange(sales.own(row)))
        case "updated_at":
            value = row.updated_at
        case _:
            value = row.created_at
    return (sort, False, "", row.id) if value is None else (sort, True, value, row.id)


def begins(cursor: str | None, sort: Sort) -> Place | None:
    """The place in a cursor; raises `Refused` for one of another order, which would begin anywhere in this one."""
    found: Place | None = decode(cursor, Place)
    if found is not None and found[0] is not sort:
        raise foreign()
    return found
