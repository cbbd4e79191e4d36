"""Which campaigns are there, and what did each sell? The list with its header, from the campaigns' rows and the tenant's cells. Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from datetime import date
from enum import StrEnum
from typing import Final, NamedTuple

from schemas.keys import View
from schemas.measures import Cells, cells
from schemas.rows import CampaignRow, TenantRow
from schemas.views import CampaignItem, CampaignTotals, Money
from views_api.figures import currency_of
from views_api.periods import today_in
from views_api.stamps import instant, maybe_instant
from views_api.sums import Sums

ORDERS: Final = cells(View.BY_CAMPAIGN, "n")
NET: Final = cells(View.BY_CAMPAIGN, "net")
PENDING: Final = cells(View.BY_CAMPAIGN, "pending")
CELLS: Final[list[Cells]] = [ORDERS, NET, PENDING]
_UNPLAIN: Final = str.maketrans({"đ": "d", "ø": "o", "ł": "l", "ı": "i", "æ": "ae", "œ": "oe"})


class Sort(StrEnum):
    """A leading `-` turns the order round."""

    NAME = "name"
    NAME_DOWN = "-name"
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


Place = tuple[bool, int | str, str]
"""Where an item stands in the list: (whether the value is known, value, id)."""


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
    """What each campaign sold in the period. Without sums orders and money are unknown."""

    def __init__(self, sums: Sums | None) -> None:
        self.known = sums is not None
        self.pending = sums.total(PENDING) if sums else None
        self._orders = sums.by(ORDERS, "campaign") if sums else {}
        self._money = sums.by_two(NET, "campaign", "currency") if sums else {}

    def orders(self, row: CampaignRow) -> int | None:
        return self._orders.get(row.id, 0) if self.known else None

    def money(self, row: CampaignRow) -> Mapping[str, int]:
        """Revenue by currency."""
        return self._money.get(row.id, {})

    def revenue(self, row: CampaignRow) -> int | None:
        """In the campaign's own currency, else the only one its orders are in."""
        return _in(self.money(row), currency_of(row.currency, self.money(row))) if self.known else None


def item(row: CampaignRow, sales: Sales) -> CampaignItem:
    money = sales.money(row)
    currency = currency_of(row.currency, money)
    return CampaignItem(
        id=row.id,
        code=row.code,
        name=row.name,
        status=row.status,
        manager_id=row.manager_id,
        orders=sales.orders(row),
        revenue_net=sales.revenue(row),
        currency=currency,
        unconverted=any(code != currency for code in money),
        created_at=instant(row.created_at),
        updated_at=maybe_instant(row.updated_at),
    )


def totals(rows: Sequence[CampaignRow], sales: Sales, own: str | None) -> tuple[CampaignTotals, str | None]:
    """The header over all these campaigns, and its currency: the tenant's own, else the common one, else none."""
    money: dict[str, int] = {}
    for row in rows:
        for code, amount in sales.money(row).items():
            money[code] = money.get(code, 0) + amount
    currency = currency_of(own, money or filter(None, (row.currency for row in rows)))
    by_currency: Money = {code: {"revenue_net": amount} for code, amount in sorted(money.items())}
    header = CampaignTotals(
        campaigns=len(rows),
        active_campaigns=sum(row.status == "active" for row in rows),
        orders=sum(sales.orders(row) or 0 for row in rows) if sales.known else None,
        revenue_net=_in(money, currency) if sales.known else None,
        pending_attribution=sales.pending,
        by_currency=by_currency,
        unconverted=any(code != currency for code in money),
    )
    return header, currency


def _in(money: Mapping[str, int], currency: str | None) -> int | None:
    """What there is in a currency; None when there are several and none was chosen."""
    return None if currency is None and money else money.get(currency or "", 0)


def place(row: CampaignRow, sales: Sales, sort: Sort) -> Place:
    """Where a campaign stands in the list: comparable, unique, and of what JSON keeps. What is not known stands before everything."""
    value: int | str | None
    match sort.removeprefix("-"):
        case "name":
            value = folded(row.name)
        case "orders":
            value = sales.orders(row)
        case "revenue_net":
            value = sales.revenue(row)
        case "updated_at":
            value = row.updated_at
        case _:
            value = row.created_at
    return (False, "", row.id) if value is None else (True, value, row.id)
