"""Which opportunities stand behind a number? The list of a campaign's opportunities and how many there are, both of one revision."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from itertools import chain
from typing import Final, Literal, NamedTuple, TypeVar

from schemas.cells import Basis, Cells
from schemas.keys import View
from schemas.lists import OpportunityItem, OpportunityList
from schemas.rows import CustomerRow, OpportunityRow, OrderRow, TaskRow
from views_api.answers.listing import MovedError, behind, day_of, ends, of_one_revision
from views_api.answers.looks import Look, Wanted
from views_api.answers.reader import Reader
from views_api.problems import Refused
from views_api.scope import Scope
from views_api.stored.entries import EVERYTHING
from views_api.views.opportunities import Filters, allowed, cells_of, has_interacted, item, passes, theirs
from views_api.views.pages import decode, encode
from views_api.views.periods import Asked
from views_api.views.stamps import period_view
from views_api.views.sums import Sums

Named = TypeVar("Named", TaskRow, OrderRow)
Place = tuple[str, str]
"""Where an opportunity stands in the list: (day of creation, id). Newest day first, by id within a day."""
_AT_ONCE: Final = 500


async def opportunities(
    reader: Reader,
    scope: Scope,
    campaign: str,
    asked: Asked,
    filters: Filters,
    limit: int,
    after: Place | None,
    total: int | None = None,
) -> OpportunityList:
    """One page; `total` is how many pass in all, equal to the cell that was clicked. Who sees only their own rows is listed only what they own.

    `total`: from the first page, for those who read on: then nothing is counted again, and the campaign need not stand still.
    """
    if asked.basis is Basis.AS_OF:
        raise Refused(
            "basis", "lists show opportunities as they are now: by the day they were created or closed", [Basis.CREATED, Basis.CLOSED]
        )
    if asked.basis is Basis.CLOSED and filters.interacted is not None:
        raise Refused("interacted", "who interacted is known of opportunities by the day they were created", [Basis.CREATED])

    def sieve(only: str | None) -> tuple[Filters | None, list[list[str]] | None, Cells | None]:
        """The filters of the one who asks, which entries of the list they let through, and the cells that know how many that are."""
        seen = theirs(filters, only)
        possible = allowed(seen, asked.basis) if seen else None
        return seen, possible, cells_of(seen, asked.basis) if seen and possible else None

    async def answer(look: Look) -> OpportunityList:
        seen, possible, counted = sieve(look.only)
        drill = Drill(reader, scope, look, seen or filters, possible)
        if counted and not drill.by_row:
            number, customers, (rows, cursor) = Sums(look.sums[0]).total(counted), None, await drill.page(limit, after)
        else:
            number, customers, rows, cursor = await drill.scan(limit, after, whole=total is None)
        if total is not None:  # a row may have gone elsewhere since it was listed
            rows = [row for row in rows if row.campaign_id == campaign and look.only in (None, row.owner_id)]
        return OpportunityList(
            items=await drill.items(rows),
            total=number if total is None else total,
            customers=customers,
            period=period_view(look.period),
            next_cursor=cursor,
            stamp=look.stamp,
        )

    def wanted(only: str | None) -> Wanted:
        return _reads(sieve(only)[2])

    return await of_one_revision(reader, scope, campaign, asked, wanted, answer, reading_on=total is not None)


def _reads(counted: Cells | None) -> Wanted:
    return lambda _: [counted] if counted else []


def place(cursor: str | None) -> Place | None:
    """The place in a cursor; raises `Refused`."""
    found: Place | None = decode(cursor, Place)
    return found and (day_of(found), found[1])


def _is_behind(entry: Entry, place: Place) -> bool:
    return entry.day < place[0] or (entry.day == place[0] and entry.id > place[1])


class Entry(NamedTuple):
    """One opportunity in the list of its campaign."""

    day: str
    id: str


class Around(NamedTuple):
    """What lies around some opportunities, in their order or by their ids."""

    customers: list[CustomerRow]
    tasks: Mapping[str | None, Sequence[TaskRow]]
    orders: Mapping[str | None, Sequence[OrderRow]]


def _by_opportunity(found: Iterable[Named | None]) -> Mapping[str | None, Sequence[Named]]:
    """Those that are there, by the opportunity that they name now."""
    out: defaultdict[str | None, list[Named]] = defaultdict(list)
    for row in found:
        if row and row.exists:
            out[row.opportunity_id].append(row)
    return out


class Drill:
    """Reads the list of a campaign. Raises `MovedError`."""

    def __init__(self, reader: Reader, scope: Scope, look: Look, filters: Filters, possible: list[list[str]] | None) -> None:
        self._store, self._tenant = reader.store, scope.tenant
        self._look, self._filters, self._allowed = look, filters, possible
        self.by_row = filters.by_row or look.period.basis is Basis.CLOSED
        """Whether the list cannot tell by itself who passes."""

    async def page(self, limit: int, after: Place | None) -> tuple[list[OpportunityRow], str | None]:
        """A page of those that the list knows to pass."""
        found = await behind(
            self._entries, self._look.period, after[0] if after else None, lambda entry: not after or entry.id > after[1], limit
        )
        cursor = encode((found[limit - 1].day, found[limit - 1].id)) if len(found) > limit else None
        return await self._rows(found[:limit]), cursor

    async def scan(self, limit: int, after: Place | None, *, whole: bool) -> tuple[int, int | None, list[OpportunityRow], str | None]:
        """Look at everyone who may pass: how many do, of how many customers where these were looked at, and a page of them. Not `whole`: only at that page."""
        first, last = ends(self._look.period)
        if self._look.period.basis is Basis.CLOSED:
            first = last = ""  # closed long after being created, perhaps, or before it: both are stated
        if after and not whole:
            last = min(last or after[0], after[0])
        candidates = await self._entries(first, last, EVERYTHING)
        total, customers, found, more = 0, set[str](), list[tuple[Entry, OpportunityRow]](), False
        for start in range(0, len(candidates), _AT_ONCE):
            chunk = candidates[start : start + _AT_ONCE]
            rows = await self._rows(chunk)
            interacted = await self._interacted(rows)
            for entry, row in zip(chunk, rows, strict=True):
                if row.customer_id not in interacted or not passes(row, self._filters, self._look.period, self._look.row):
                    continue
                total += 1
                customers.add(row.customer_id)
                if after and not _is_behind(entry, after):
                    continue
                more = len(found) == limit
                if not more:
                    found.append((entry, row))
            if more and not whole:
                break
        cursor = encode((found[-1][0].day, found[-1][0].id)) if more else None
        return total, None if self._filters.interacted is None else len(customers), [row for _, row in found], cursor

    async def items(self, rows: Sequence[OpportunityRow]) -> list[OpportunityItem]:
        """With the tasks and orders that name them now."""
        around = await self.around(rows, "task", "order")
        return [
            item(row, customer, around.tasks.get(row.id, ()), around.orders.get(row.id, ()))
            for row, customer in zip(rows, around.customers, strict=True)
        ]

    async def around(self, rows: Sequence[OpportunityRow], *kinds: Literal["task", "order"]) -> Around:
        """What lies around opportunities: the records of their customers, and of these kinds what names them now. Two trips."""
        customers, named = await self._store.around(self._tenant, self._look.row.id, rows, kinds)
        digests = {kind: [*dict.fromkeys(chain(*of))] for kind, of in zip(kinds, named, strict=True)}
        tasks, orders = await self._store.tasks_and_orders(self._tenant, digests.get("task", []), digests.get("order", []))
        return Around(customers, _by_opportunity(tasks), _by_opportunity(orders))

    async def chunks(self) -> AsyncIterator[list[OpportunityRow]]:
        """All that the list knows to pass, some at a time."""
        entries = await self._entries(*ends(self._look.period), EVERYTHING)
        for start in range(0, len(entries), _AT_ONCE):
            yield await self._rows(entries[start : start + _AT_ONCE])

    async def _interacted(self, rows: Sequence[OpportunityRow]) -> set[str]:
        """Customers of these opportunities that pass the filter of interactions; all, if there is none."""
        ids = list({row.customer_id for row in rows})
        if self._filters.interacted is None:
            return {*ids}
        period, zone = self._look.period, self._look.row.zone
        records = zip(ids, await self._store.customers(self._tenant, self._look.row.id, ids), strict=True)
        return {
            identity
            for identity, record in records
            if has_interacted(record, self._filters.owner, period, zone) is self._filters.interacted
        }

    async def _entries(self, first: str, last: str, limit: int) -> list[Entry]:
        if self._allowed is None:
            return []
        found = await self._store.entries(self._tenant, self._look.row.id, View.LIST, first, last, limit, self._allowed)
        entries = sorted((Entry(day, parts[-1]) for day, parts in found), key=lambda entry: entry.id)
        return sorted(entries, key=lambda entry: entry.day, reverse=True)

    async def _rows(self, entries: Sequence[Entry]) -> list[OpportunityRow]:
        rows = await self._store.opportunities(self._tenant, [entry.id for entry in entries])
        if None in rows:
            raise MovedError
        return [row for row in rows if row]
