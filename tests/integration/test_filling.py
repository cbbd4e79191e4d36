"""An empty store is filled from the topics: first with the campaigns, so that nothing is decided twice for their sake."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import redis

from processor.recount import Record
from tests.support.servers import Broker, Product, Store
from tests.support.traffic import PARTITIONS, equal, send, until
from tests.support.world import envelope

CAMPAIGNS, ORDERS = 3_000, 400


def traffic() -> Iterator[Record]:
    """So much about campaigns that a worker needs several polls for it, and orders that count for them."""
    for number in range(CAMPAIGNS):
        told = envelope("campaign", f"c-{number}", message_text="x" * 1_000, timezone="Asia/Ho_Chi_Minh")
        yield Record("campaigns", number % PARTITIONS, 0, None, json.dumps(told).encode(), (), 0)
    for number in range(ORDERS):
        told = envelope("order", f"r-{number}", campaign_id=f"c-{number * 7}")
        yield Record("orders", number % PARTITIONS, 0, None, json.dumps(told).encode(), (), 0)


class Looks:
    """What was seen of the positions, one look after the other."""

    def __init__(self, store: Store, prefix: str) -> None:
        self._store, self._prefix = store, prefix
        self.on_the_way = self.too_early = 0
        """Looks at which some of the campaigns were counted and some were not; and orders already were."""

    def until_all_is_counted(self) -> None:
        deadline = time.monotonic() + 60
        with redis.Redis.from_url(self._store.url, decode_responses=True) as client:
            while time.monotonic() < deadline:
                meta: Any = client.hgetall("g1:{b00}:meta")
                campaigns, orders = (self._counted(meta, topic) for topic in ("campaigns", "orders"))
                if (campaigns, orders) == (CAMPAIGNS, ORDERS):
                    return
                self.on_the_way += 0 < campaigns < CAMPAIGNS
                self.too_early += campaigns < CAMPAIGNS and orders > 0
        raise AssertionError("not all was counted within a minute")

    def _counted(self, meta: dict[str, str], topic: str) -> int:
        return sum(int(position) for name, position in meta.items() if name.startswith(f"x:{self._prefix}{topic}-"))


async def test_an_emptied_store_is_filled_with_campaigns_first(
    product: Callable[..., Product], broker: Broker, kpi_store: Store, topic_prefix: str
) -> None:
    running = product(KPI_PARTITIONS=str(PARTITIONS))
    await asyncio.to_thread(running.start_worker)
    await send(broker.address, topic_prefix, traffic())
    looks = Looks(kpi_store, topic_prefix)
    await asyncio.to_thread(looks.until_all_is_counted)

    looks = Looks(kpi_store, topic_prefix)
    kpi_store.empty()
    await asyncio.to_thread(looks.until_all_is_counted)

    assert looks.on_the_way > 0
    assert looks.too_early == 0
    assert await equal(broker.address, kpi_store.url, topic_prefix)
    await until(lambda: running.is_ready("worker-1"), "readiness")
