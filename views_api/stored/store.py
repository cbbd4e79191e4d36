"""Which numbers and rows are stored? Questions about them, and what was read last.

An answer is of one revision: a script call sees one state, and whoever needs several calls asks the outbox at the end whether the campaign is `unmoved`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Any, Final, Literal, TypeVar

import msgpack  # type: ignore[import-untyped]  # has no types of its own
import msgspec

from schemas import keys
from schemas.errors import Unavailable
from schemas.rows import (
    CampaignRow,
    CustomerRow,
    OpportunityRow,
    OrderRow,
    TaskRow,
    TenantRow,
    campaign_row,
    customer_row,
    opportunity_row,
    order_row,
    rate_row,
    staff_row,
    task_row,
    tenant_row,
)
from views_api.metrics import Metrics
from views_api.stored.connection import Connection, Script, script
from views_api.stored.course import Course
from views_api.stored.entries import Asked, entries
from views_api.stored.heard import Heard
from views_api.stored.kept import Answer, Part, Shelf, nothing
from views_api.stored.outbox import Outbox
from views_api.stored.readings import NOTHING_YET, Facts, Pair, Read, Reading

Row = TypeVar("Row", OpportunityRow, OrderRow, TaskRow)
Form = TypeVar("Form")

TRIES: Final = 6
"""How often what was read in several calls may turn out to be of two states before it is given up."""
_AT_ONCE: Final = 2_000
"""Fields of hashes that are read in one call, about 2 ms."""
_KEYS_AT_ONCE: Final = 1_000
KEPT_BYTES: Final = 64 * 2**20
_row = lru_cache(2048)(campaign_row)
"""Few campaigns change between two questions."""
_cells_told = msgspec.msgpack.Decoder(tuple[Facts, list[tuple[str, str]] | Literal[False], list[Answer]]).decode
_entries_told = msgspec.msgpack.Decoder(tuple[Facts, list[str], str, str]).decode


class Store:
    """All calls raise `Unavailable` while the server is away."""

    def __init__(
        self, url: str, password: str | None, generation: str, kept_bytes: int = KEPT_BYTES, metrics: Metrics | None = None
    ) -> None:
        """`kept_bytes`: about how much of what was read may be kept."""
        self._metrics = metrics or Metrics()
        self._connection = Connection(url, password, generation, self._metrics)
        self._prefix = self._connection.prefix
        self._cells, self._entries, self._values = script("cells.lua"), script("entries.lua"), script("values.lua")
        self.outbox = Outbox(self._connection)
        self._kept_bytes = kept_bytes
        self._heard, self._shelf = Heard(), Shelf(kept_bytes)

    async def close(self) -> None:
        await self._connection.close()

    @property
    def newest(self) -> str:
        """The newest revision that this process has heard of."""
        return self._heard.newest

    async def facts(self) -> Facts:
        """How fresh the store is now."""
        return (await self.cells("", "", [])).facts

    async def campaign(self, tenant: str, campaign: str) -> CampaignRow | None:
        async with self._connection.asked("campaign") as redis:
            raw = await redis.hget(self._prefix + keys.campaigns(tenant), campaign)
        return await self._known(campaign_row, raw) if raw else None

    async def settings(self, tenant: str) -> TenantRow:
        async with self._connection.asked("settings") as redis:
            raw = await redis.hget(self._prefix + keys.settings(tenant), "settings")
        return (await self._known(tenant_row, raw))[0] if raw else TenantRow()

    async def _known(self, decode: Callable[[bytes], Form], raw: bytes) -> Form:
        """What a call gave that does not tell in which form the store is. Raises `Unavailable` if it is in another one than this version reads."""
        try:
            return decode(raw)
        except Exception:
            await self.facts()
            raise

    async def span(self, tenant: str, campaign: str) -> tuple[str, str] | None:
        """First and last day on which a campaign has any cell."""
        days = [day for _, day in await self.days(tenant, campaign)]
        return (min(days), max(days)) if days else None

    async def days(self, tenant: str, campaign: str) -> list[tuple[str, str]]:
        """(view, ISO day) of all cells of a campaign."""
        async with self._connection.asked("days") as redis:
            members = await redis.smembers(self._prefix + keys.days(tenant, campaign))
        return [(view, day) for view, day in (member.decode().split(keys.SEP) for member in members)]

    async def campaigns(self, tenant: str) -> list[str]:
        """The ids of all that a tenant ever had."""
        async with self._connection.asked("ids") as redis:
            return [identity.decode() for identity in await redis.hkeys(self._prefix + keys.campaigns(tenant))]

    async def tenants(self) -> list[str]:
        """Those that have a campaign. Looks through all keys, in steps: not for a request."""
        front, found, cursor = self._prefix + keys.campaigns(""), set[str](), -1
        while cursor:
            async with self._connection.asked("ids") as redis:
                cursor, some = await redis.scan(max(0, cursor), match=f"{front}*", count=_KEYS_AT_ONCE)
            for key in some:
                parts = key.decode().removeprefix(front).split(keys.SEP)
                found.update(parts[:1] if len(parts) == 1 else ())  # longer ones are other lists
        return sorted(found)

    async def cells(self, tenant: str, campaign: str, reads: Sequence[Read], pairs: Sequence[Pair] = ()) -> Reading:
        """Sums of cells with the row of the campaign, of one revision however many calls they take. An empty campaign: the tenant's own cells, with all rows.

        Days that were read before are read again only if they have changed. `pairs`: of which the rates are wanted too.
        """
        reads = [read if read.campaign is not None else read._replace(campaign=campaign) for read in reads]
        groupings = {id(read.groups): read.groups for read in reads}
        places = {identity: place for place, identity in enumerate(groupings)}
        questions = [msgspec.msgpack.encode((tenant, read)) for read in reads]
        heard, shelf = self._heard, self._shelf
        parts = [shelf.get(question) or nothing(len(read.groups)) for question, read in zip(questions, reads, strict=True)]
        course, due = Course(tenant, reads, parts, heard), True
        while due:
            asking = course.next()
            wanted = course.question(asking, heard, places)
            asked = [tenant, campaign, heard.newest, course.budget, pairs, [*groupings.values()], wanted]
            facts, told, answers, rows, settings, rates = await self._call(self._cells, asked, _cells_told)
            if told is False:
                heard, shelf = self._forget(facts.revision)
            else:
                heard.tell(told)
            if asking and told and not answers:  # so much that nothing was read beside it
                course.hear(heard)
                continue
            course.took(asking, answers, facts.revision, heard, moved=told != [])
            due = bool(course.due)
        before, parts = parts, course.parts
        for outcome, number in Counter(map(_outcome, before, parts)).items():
            self._metrics.kept.labels(outcome).inc(number)
        if facts.revision != NOTHING_YET:
            for question, part in zip(questions, parts, strict=True):
                shelf.put(question, part)
            self._metrics.kept_bytes.set(self._shelf.used)
        known_rows, sums, days = [_row(row) for row in rows if row], [part.sums for part in parts], [part.days for part in parts]
        return Reading(facts, known_rows, tenant_row(settings)[0] if settings else None, sums, days, _rates(pairs, rates))

    def _forget(self, revision: str) -> tuple[Heard, Shelf]:
        """What was kept leads no further: the store is another one, or has gone on without us. Who still works with the old two puts nothing into the new ones."""
        self._heard, self._shelf = Heard("" if revision == NOTHING_YET else revision), Shelf(self._kept_bytes)
        return self._heard, self._shelf

    async def entries(
        self, tenant: str, campaign: str, view: str, first: str, last: str, limit: int, filters: Sequence[Sequence[str]]
    ) -> list[tuple[str, list[str]]]:
        """A list of a campaign from `first` to `last` (ISO days, open if empty), in no order: (day, parts of the field), whole days, the newest; at least `limit`
        if there are as many.

        `filters`: for each dimension the values that are allowed, as they stand in the field; none: any.
        """
        found = await entries(self._some_entries, self.outbox, Asked(tenant, campaign, view, first, last, limit, filters))
        return [(day, field.split(keys.SEP)) for day, fields in found.items() for field in fields]

    async def _some_entries(self, asked: Asked, budget: int, day: str, place: str) -> tuple[Facts, list[str], str, str]:
        facts, found, day, place = await self._call(self._entries, [*asked, budget, day, place], _entries_told)
        return facts, found, day, place

    async def opportunities(self, tenant: str, ids: Iterable[str]) -> list[OpportunityRow | None]:
        return await self._rows("opportunity", tenant, map(keys.digest, ids), opportunity_row)

    async def orders(self, tenant: str, digests: Iterable[bytes]) -> list[OrderRow | None]:
        return await self._rows("order", tenant, digests, order_row)

    async def tasks_and_orders(
        self, tenant: str, tasks: Sequence[bytes], orders: Sequence[bytes]
    ) -> tuple[list[TaskRow | None], list[OrderRow | None]]:
        """By digest, in one trip."""
        found = await self.fields(
            [
                *((keys.state("task", tenant, digest), digest) for digest in tasks),
                *((keys.state("order", tenant, digest), digest) for digest in orders),
            ]
        )
        return (
            [task_row(raw) if raw else None for raw in found[: len(tasks)]],
            [order_row(raw) if raw else None for raw in found[len(tasks) :]],
        )

    async def around(
        self, tenant: str, campaign: str, opportunities: Sequence[OpportunityRow], kinds: Sequence[str]
    ) -> tuple[list[CustomerRow], list[list[list[bytes]]]]:
        """Of each opportunity of a campaign the record of its customer; and for each kind (`order`, `task`) the digests of those that ever named it: each must be asked
        whether it still does. In one trip.
        """
        digests, many = [keys.digest(row.id) for row in opportunities], len(opportunities)
        resting = [(keys.resting("opportunity", kind, tenant, digest), digest) for kind in kinds for digest in digests]
        found = await self.fields([*(keys.customer(tenant, campaign, row.customer_id) for row in opportunities), *resting])
        named = [[packed[i : i + 8] for i in range(0, len(packed), 8)] if packed else [] for packed in found[many:]]
        return _customers(found[:many]), [named[many * place : many * (place + 1)] for place in range(len(kinds))]

    async def customers(self, tenant: str, campaign: str, ids: Sequence[str]) -> list[CustomerRow]:
        """The records of a campaign's customers."""
        return _customers(await self.fields([keys.customer(tenant, campaign, identity) for identity in ids]))

    async def staff_names(self, tenant: str, ids: Iterable[str | None]) -> dict[str | None, str]:
        """What the members of staff are called, those of whom it was said."""
        wanted = sorted({identity for identity in ids if identity})
        found = await self.fields([(keys.staff(tenant), identity.encode()) for identity in wanted])
        return {identity: staff_row(raw)[0].name for identity, raw in zip(wanted, found, strict=True) if raw}

    async def table(self, key: str) -> dict[bytes, bytes]:
        """All fields of a small hash."""
        async with self._connection.asked("table") as redis:
            found: dict[bytes, bytes] = await redis.hgetall(self._prefix + key)
        return found

    async def fields(self, wanted: Sequence[tuple[str, bytes]]) -> list[bytes | None]:
        """(key, field) of hashes -> their values."""
        found: list[bytes | None] = []
        for start in range(0, len(wanted), _AT_ONCE):
            flat = [part for pair in wanted[start : start + _AT_ONCE] for part in pair]
            # In one argument, because the client takes a microsecond for each; as raw strings, because cmsgpack of Redis 7.0 refuses the msgpack type `bin`.
            found += await self._connection.run(self._values, msgpack.packb(flat, use_bin_type=False))
        return found

    async def _rows(self, kind: str, tenant: str, digests: Iterable[bytes], decode: Callable[[bytes], Row]) -> list[Row | None]:
        found = await self.fields([(keys.state(kind, tenant, digest), digest) for digest in digests])
        return [decode(raw) if raw else None for raw in found]

    async def _call(self, script: Script, question: Sequence[Any], told: Callable[[bytes], tuple[Facts, *tuple[Any, ...]]]) -> list[Any]:
        answer = await self._connection.run(script, msgspec.msgpack.encode(question))
        facts, *found = told(answer[0])
        if facts.form not in ("", str(keys.VERSION)):
            raise Unavailable(f"the store holds form {facts.form} of the numbers, this version reads form {keys.VERSION}")
        return [facts, *found, *answer[1:]]


def _customers(found: Sequence[bytes | None]) -> list[CustomerRow]:
    return [customer_row(raw) if raw else CustomerRow([], []) for raw in found]


def _outcome(before: Part, now: Part) -> str:
    if not before.known:
        return "nothing"
    return "unchanged" if now.days is before.days else "renewed"


def _rates(pairs: Sequence[Pair], found: Sequence[Sequence[bytes]]) -> dict[Pair, dict[str, str]]:
    return {
        pair: {day.decode(): rate_row(raw)[0].rate for day, raw in zip(flat[::2], flat[1::2], strict=True)}
        for pair, flat in zip(pairs, found, strict=True)
    }
