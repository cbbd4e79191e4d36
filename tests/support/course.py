"""A course of events over a real store: counted in several orders of arrival, compared with the recount, and read as the API tells it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from random import Random
from typing import Any, Final, NamedTuple
from urllib.parse import quote

import httpx
import redis.asyncio
from pydantic import SecretStr
from pydantic_core import Url

from processor.recount import Record
from processor.store.redis import RedisStore
from schemas import keys
from schemas.events import TOPICS, Event, Rejected, Tombstone, parse
from tests.support.expected import CellName, wrong_cells
from tests.support.world import Worker
from views_api.app import create_app
from views_api.settings import Settings

NOW: Final = 1_782_820_800_000
"""30 June 2026, noon in UTC: when the readers look."""
ALL: Final = {"period": "all"}
_TOKEN: Final = "token"


class Told(NamedTuple):
    """A part of an answer of the API, and what it must say."""

    path: str
    params: Mapping[str, str]
    part: Callable[[Any], Any]
    says: Any


def of_day(day: str, basis: str = "created") -> dict[str, str]:
    """The period that is one day."""
    return {"from": day, "to": day, "basis": basis}


def as_of(day: str) -> dict[str, str]:
    return {"to": day, "basis": "as_of"}


def totals(period: Mapping[str, str] = ALL, *, campaign: str = "c", **figures: Any) -> Told:
    """These totals of a campaign."""
    return Told(_path(campaign, "overview"), period, lambda answer: {name: answer["totals"][name] for name in figures}, figures)


def money(currency: str, period: Mapping[str, str] = ALL, *, campaign: str = "c", **figures: int) -> Told:
    """These amounts in one currency; zero where the answer does not name it."""
    return Told(
        _path(campaign, "overview"),
        period,
        lambda answer: {name: answer["by_currency"].get(currency, {}).get(name, 0) for name in figures},
        figures,
    )


def unconverted(*, says: bool) -> Told:
    """Whether there is money that is in no total."""
    return Told(_path("c", "overview"), ALL, lambda answer: answer["unconverted"], says)


def step(step_id: str | None, period: Mapping[str, str] = ALL, *, campaign: str = "c", **figures: Any) -> Told:
    """One row of the funnel; without figures: there is none."""

    def row(answer: Any) -> Any:
        found = [row for row in answer["funnel"] if row["step_id"] == step_id]
        return {name: found[0][name] for name in figures} if found else {}

    return Told(_path(campaign, "overview"), period, row, figures)


def person(staff: str | None, period: Mapping[str, str] = ALL, *, campaign: str = "c", **figures: Any) -> Told:
    """The row of one person; without figures: there is none."""

    def row(answer: Any) -> Any:
        found = [item for item in answer["items"] if item["staff_id"] == staff]
        return {name: found[0][name] for name in figures} if found else {}

    return Told(_path(campaign, "staff"), period, row, figures)


def reasons(says: Mapping[str | None, int], period: Mapping[str, str] = ALL) -> Told:
    """All lost ones by reason."""
    return Told(
        _path("c", "customers"), period, lambda answer: {row["reason"]: row["opportunities"] for row in answer["lost_reasons"]}, says
    )


def industries(says: Mapping[str | None, int], period: Mapping[str, str] = ALL) -> Told:
    return Told(
        _path("c", "customers"), period, lambda answer: {row["industry"]: row["opportunities"] for row in answer["lost_industries"]}, says
    )


def series(measure: str, says: Mapping[str, int], *, campaign: str = "c", basis: str = "created") -> Told:
    """The days of a measure on which it is not zero."""
    params = {"measure": measure, "by": "day", "from": "2026-01-01", "to": "2026-06-30", "basis": basis}
    return Told(
        _path(campaign, "series"),
        params,
        lambda answer: {point["start"]: point["value"] for point in answer["points"] if point["value"]},
        says,
    )


def listed(**figures: Any) -> Told:
    """The header of the list of campaigns."""
    return Told("/v1/campaigns", ALL, lambda answer: {name: answer["totals"][name] for name in figures}, figures)


def _path(campaign: str, view: str) -> str:
    return f"/v1/campaigns/{quote(campaign, safe='')}/{view}"


Arrival = Callable[[Sequence[Record], Random], list[list[tuple[int, Record]]]]
"""Records in the order in which they happened -> groups of (partition, record) in the order in which they are counted."""

AFTERWARDS: Final[Mapping[str, Arrival]] = {
    "backwards": lambda records, _: [[(0, record)] for record in reversed(records)],
    "each of them twice": lambda records, _: [[(0, record)] for record in records for _ in range(2)],
    "all of them again in the end": lambda records, _: [[(0, record)] for record in [*records, *records]],
    "in one group": lambda records, _: [[(0, record) for record in records]],
    "on any partition in any order": lambda records, rng: [
        [(rng.randrange(2), record)] for record in rng.sample(list(records), len(records))
    ],
}
"""Ways to arrive that must all come to the same numbers as the way it happened."""


@dataclass
class Course:
    """One store; each arrival is counted into a generation of its own."""

    url: str
    generation: int = 0

    async def changes(
        self,
        given: Sequence[Record],
        change: Sequence[Record],
        *,
        before: Sequence[Told],
        after: Sequence[Told],
        read_up_to: int | None = None,
    ) -> None:
        """`given` says `before`; `given` and `change` say `after`, however they arrive; and every cell is what the recount says.

        `read_up_to`: the watermark (ms) at both; None: there is none.
        """
        everything = [*given, *change]
        async with self.counted() as counted:
            await counted.take([[(0, record)] for record in given])
            await counted.read_up_to(read_up_to)
            await counted.agrees("before", given, before)
            await counted.take([[(0, record)] for record in change])
            await counted.agrees("after", everything, after)
        for name, arrival in AFTERWARDS.items():
            for is_late in (False, True) if read_up_to else (False,):
                async with self.counted() as counted:
                    if not is_late:
                        await counted.read_up_to(read_up_to)
                    await counted.take(arrival(everything, Random(1)))
                    await counted.read_up_to(read_up_to)
                    await counted.agrees(name, everything, after)

    async def comes_to(self, records: Sequence[Record], *told: Told) -> None:
        """The same without a before."""
        await self.changes([], records, before=[], after=told)

    @asynccontextmanager
    async def counted(self) -> AsyncIterator[Counted]:
        """An empty generation, with two workers and an API."""
        self.generation += 1
        generation = f"m{self.generation}"
        store = RedisStore(self.url, generation=generation)
        await store.check()
        workers = [await Worker.on(store, f"orders-{n}") for n in range(2)]
        edge, _ = create_app(Settings(redis=Url(self.url), token=SecretStr(_TOKEN), generation=generation), lambda: NOW)
        transport = httpx.ASGITransport(edge, raise_app_exceptions=False)
        client = redis.asyncio.Redis.from_url(self.url, decode_responses=True)
        try:
            async with httpx.AsyncClient(transport=transport, base_url="http://api", headers={"Authorization": f"Bearer {_TOKEN}"}) as api:
                yield Counted(generation, workers, api, client)
        finally:
            await client.aclose()
            await edge.store.close()
            await store.close()


@dataclass
class Counted:
    """One generation of numbers."""

    generation: str
    workers: list[Worker]
    api: httpx.AsyncClient
    client: Any
    watermark: int | None = None

    async def take(self, groups: Sequence[Sequence[tuple[int, Record]]]) -> None:
        """Count groups of (partition, record), and settle."""
        for group in groups:
            for n, worker in enumerate(self.workers):
                if events := [understood(record) for partition, record in group if partition == n]:
                    await worker.commit(*events)
            await self.workers[0].settle()

    async def read_up_to(self, moment: int | None) -> None:
        """All that Kafka had taken by this moment (ms) is counted, and the timer has looked; None: nobody knows."""
        if moment is not None:
            for worker in self.workers:
                await worker.read_up_to(moment)
            await self.workers[0].settle()
            self.watermark = moment

    async def agrees(self, when: str, records: Sequence[Record], told: Sequence[Told]) -> None:
        """Every cell equals the recount, and the API says what it must."""
        assert not wrong_cells(await self._cells(), records, watermark=self.watermark), when
        for one in told:
            assert one.part(await self.answer(one.path, one.params)) == one.says, (when, one.path, dict(one.params))

    async def answer(self, path: str, params: Mapping[str, str] = ALL) -> Any:
        answer = await self.api.get(path, params=dict(params))
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def _cells(self) -> dict[CellName, int]:
        prefix = keys.prefix(self.generation, 0) + "c" + keys.SEP
        found: dict[CellName, int] = {}
        async for key in self.client.scan_iter(match=prefix + "*", count=1000):
            tenant, campaign, view, day = key.removeprefix(prefix).split(keys.SEP)
            found.update({(tenant, campaign, view, day, field): int(n) for field, n in (await self.client.hgetall(key)).items()})
        return found


def understood(record: Record) -> Event | Tombstone:
    """What the product makes of a record that it accepts."""
    found = parse(record.value, record.key, record.headers, TOPICS[record.topic], record.timestamp_ms)
    assert not isinstance(found, Rejected), found
    return found
