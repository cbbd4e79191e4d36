"""Events in, the API's numbers out: the product's parser, engine, store and reader, without Kafka between them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Sequence
from random import Random
from typing import Any, Final
from urllib.parse import quote, urlencode

import httpx
import redis
from pydantic import SecretStr
from pydantic_core import Url

from processor.recount import Record
from processor.recount.stored import Stored
from processor.store.redis import RedisStore
from schemas.events import TOPICS, Rejected, parse
from tests.support.expected import CellName, wrong_cells
from tests.support.world import Worker
from views_api.app import create_app
from views_api.settings import Settings

LONG_AFTER: Final = 4_102_444_800_000
"""When Kafka got the records, and when the API is asked, ms since 1970 UTC: all of it is history."""
_GROUP: Final = 500
_TOPIC: Final = {kind: topic for topic, kinds in TOPICS.items() for kind in kinds}


def records_of(events: Iterable[dict[str, Any]]) -> list[Record]:
    """CloudEvents as the topics of their kinds hold them."""
    return [
        Record(_TOPIC[event["type"].partition(".")[0]], 0, offset, event["subject"].encode(), json.dumps(event).encode(), [], LONG_AFTER)
        for offset, event in enumerate(events)
    ]


def shuffled(records: Sequence[Record], seed: int) -> list[Record]:
    """In any order, a fifth of them twice."""
    rng = Random(seed)
    again = [*records, *rng.sample(records, len(records) // 5)]
    rng.shuffle(again)
    return again


class Counted:
    """What the product makes of records that belong to some tenants. To be closed."""

    def __init__(self, url: str, records: Sequence[Record], tenants: Iterable[str]) -> None:
        self._url, self._records = url, records
        self._runner = asyncio.Runner()
        self._runner.run(self._count())
        tokens = {tenant: SecretStr(tenant) for tenant in tenants}
        self._edge, _ = create_app(Settings(redis=Url(url), tokens=tokens), lambda: LONG_AFTER)
        self._api = httpx.AsyncClient(transport=httpx.ASGITransport(self._edge), base_url="http://api")
        self._answers: dict[tuple[str, str], Any] = {}

    def close(self) -> None:
        self._runner.run(self._api.aclose())
        self._runner.run(self._edge.store.close())
        self._runner.close()

    async def _count(self) -> None:
        store = RedisStore(self._url)
        worker = await Worker.on(store)
        for first in range(0, len(self._records), _GROUP):
            events = []
            for record in self._records[first : first + _GROUP]:
                event = parse(record.value, record.key, record.headers, TOPICS[record.topic], record.timestamp_ms)
                assert not isinstance(event, Rejected), event
                events.append(event)
            await worker.commit(*events)
        await worker.settle()
        await store.close()

    def wrong_cells(self) -> dict[CellName, tuple[int, int]]:
        """Cell -> (there, as the independent recount of the same records has it)."""
        with redis.Redis.from_url(self._url) as client:
            return wrong_cells({(*cell,): amount for cell, amount in Stored(client, "g1").cells().items()}, self._records)

    def answer(self, tenant: str, campaign: str, view: str, **query: str) -> Any:
        """Of a campaign's route; of all days, unless the query says otherwise. The numbers stand still, so each is asked for once."""
        path = f"/v1/campaigns/{quote(campaign, safe='')}/{view}?{urlencode(query or {'period': 'all'})}"
        if (tenant, path) not in self._answers:
            asking = self._api.get(path, headers={"Authorization": f"Bearer {tenant}"})
            self._answers[tenant, path] = self._runner.run(asking).raise_for_status().json()
        return self._answers[tenant, path]

    def totals(self, tenant: str, campaign: str, **query: str) -> dict[str, Any]:
        totals: dict[str, Any] = self.answer(tenant, campaign, "overview", **query)["totals"]
        return totals

    def series(self, tenant: str, campaign: str, measure: str, by: str, basis: str = "created") -> dict[str, Any]:
        """First day of each week or month with a number other than 0 -> that number."""
        found = self.answer(tenant, campaign, "series", measure=measure, by=by, basis=basis, period="all")
        return {point["start"]: point["value"] for point in found["points"] if point["value"]}
