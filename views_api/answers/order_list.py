"""Which orders stand behind a number? The list of a campaign's orders and what they add up to, both of one revision."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import Final

from msgspec import structs

from schemas.cells import Basis
from schemas.keys import View, digest
from schemas.lists import ListedOrder, OrderList
from schemas.rows import OrderRow
from views_api.answers.listing import MovedError, behind, day_of, ends, of_one_revision
from views_api.answers.looks import Look
from views_api.answers.reader import Reader
from views_api.problems import Refused
from views_api.scope import Scope
from views_api.stored.entries import EVERYTHING
from views_api.stored.store import Store
from views_api.views.orders import CELLS, Entry, Filters, added_up, allowed, entry, item, passes, theirs, totals
from views_api.views.pages import decode, encode
from views_api.views.periods import Asked
from views_api.views.stamps import period_view
from views_api.views.sums import Sums

Place = tuple[str, int, str]
"""(day, instant of the purchase in ms, id) of an order. Newest first, by id within an instant."""
_AT_ONCE: Final = 500


async def orders(
    reader: Reader,
    scope: Scope,
    campaign: str,
    asked: Asked,
    filters: Filters,
    limit: int,
    after: Place | None,
    begun: OrderList | None = None,
) -> OrderList:
    """One page; `total` is how many pass in all. Who sees only their own rows is listed only what is credited to them.

    `begun`: the first page, for those who read on: then nothing is added up again, the campaign need not stand still, and a page may be short of its `limit`.
    """
    if asked.basis is Basis.AS_OF:
        raise Refused("basis", "orders are listed as they are now, by the day of purchase", [Basis.CREATED, Basis.CLOSED])

    async def answer(look: Look) -> OrderList:
        exchange, seen = look.exchange, theirs(filters, look.only)
        drill = Drill(reader.store, scope, look, seen)
        if begun:
            page, cursor = await drill.page(limit, after)
            rows = [row for row in page if passes(row, filters) and _stays(row, look)]
            return structs.replace(begun, items=[item(row) for row in rows], next_cursor=cursor, stamp=look.stamp)
        if seen and seen.by_cells:
            sums, days = Sums(look.sums[0]), look.days[0]
            if seen.rule:
                sums, days = sums.only("rule", str(seen.rule)), [(day, part.only("rule", str(seen.rule))) for day, part in days]
            rows, cursor = await drill.page(limit, after)
            found = totals(sums, days, exchange)
            total = found.orders_all
        else:
            passing = await drill.scan(seen) if seen else []
            sums, days = added_up(each for each in passing if not filters.pending)
            found = totals(sums, days if look.days[0] else [], exchange)
            total = len(passing)
            rest = [each for each in passing if _is_behind(each[0], after)]
            rows, cursor = [row for _, row in rest[:limit]], _cursor(rest[limit - 1][0]) if len(rest) > limit else None
        return OrderList(
            items=[item(row) for row in rows],
            total=total,
            totals=found,
            period=period_view(look.period),
            unconverted=exchange.unconverted,
            rate_day=exchange.rate_day,
            next_cursor=cursor,
            stamp=look.stamp,
        )

    return await of_one_revision(reader, scope, campaign, asked, lambda _: lambda _: CELLS, answer, reading_on=begun is not None)


def _stays(row: OrderRow, look: Look) -> bool:
    """Whether it still is where it was listed."""
    return row.rule == 0 or (row.campaign_id == look.row.id and look.only in (None, row.owner_id))


def place(cursor: str | None) -> Place | None:
    """The place in a cursor; raises `Refused`."""
    found: Place | None = decode(cursor, Place)
    return found and (day_of(found), *found[1:])


async def newest(store: Store, scope: Scope, look: Look, filters: Filters, limit: int) -> list[ListedOrder]:
    """So many of those that pass, newest first (F59e). Raises `MovedError`."""
    seen = theirs(filters, look.only)
    page, _ = await Drill(store, scope, look, seen).page(limit, None)
    return [item(row) for row in page]


def _cursor(last: Entry) -> str:
    return encode((last.day, last.at, last.id))


def _is_behind(one: Entry, after: Place | None) -> bool:
    return after is None or one.place > (-after[1], after[2])


class Drill:
    """Reads the list of a campaign. Raises `MovedError`."""

    def __init__(self, store: Store, scope: Scope, look: Look, filters: Filters | None) -> None:
        """`filters`: without any, no order passes."""
        self._store, self._tenant, self._look = store, scope.tenant, look
        self._allowed = allowed(filters) if filters else None

    async def page(self, limit: int, after: Place | None) -> tuple[list[OrderRow], str | None]:
        """A page of those that the list knows to pass, and the cursor of what follows."""
        found = await behind(self._entries, self._look.period, after[0] if after else None, lambda one: _is_behind(one, after), limit)
        rows = [row for _, row in await self._rows(found[:limit])]
        return rows, _cursor(found[limit - 1]) if len(found) > limit else None

    async def scan(self, filters: Filters) -> list[tuple[Entry, OrderRow]]:
        """All that pass, each looked at."""
        found = await self._entries(*ends(self._look.period), EVERYTHING)
        chunks = [await self._rows(found[start : start + _AT_ONCE]) for start in range(0, len(found), _AT_ONCE)]
        return [(one, row) for one, row in chain(*chunks) if passes(row, filters)]

    async def _entries(self, first: str, last: str, limit: int) -> list[Entry]:
        if self._allowed is None:
            return []
        found = await self._store.entries(self._tenant, self._look.row.id, View.ORDER_LIST, first, last, limit, self._allowed)
        return sorted((entry(day, parts) for day, parts in found), key=lambda one: one.place)

    async def _rows(self, entries: Sequence[Entry]) -> list[tuple[Entry, OrderRow]]:
        rows = await self._store.orders(self._tenant, [digest(one.id) for one in entries])
        found = [(one, row) for one, row in zip(entries, rows, strict=True) if row]
        if len(found) < len(entries):
            raise MovedError
        return found
