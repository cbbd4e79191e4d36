"""By hour on real servers: what happened lately is told by the hour, what is no longer kept is unknown and takes no room."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

import httpx
import redis

from processor.recount.days import spelled
from tests.support.said import campaign, message, opportunity, order
from tests.support.sending import send
from tests.support.servers import TOKEN, Broker, Product, until
from tests.support.traffic import equal
from tests.support.values import DAY, HOUR


def test_hours_are_told_while_they_are_kept_and_removed_afterwards(
    product: Callable[..., Product], broker: Broker, redis_url: str, topic_prefix: str
) -> None:
    now = int(time.time() * 1000)
    lately, long_ago = now - 2 * HOUR, now - 200 * DAY
    running = product(KPI_PARTITIONS="1")
    running.start_worker()
    api = running.start_api()
    records = [
        record._replace(timestamp_ms=now)
        for instant in (lately, long_ago)
        for record in (
            campaign(),
            opportunity(f"op-{instant}", created_at=spelled(instant)),
            order(f"or-{instant}", campaign_id="c", purchased_at=spelled(instant)),
            message("sent", f"m-{instant}", at=spelled(instant)),
        )
    ]
    asyncio.run(send(broker.address, topic_prefix, records))
    assert asyncio.run(equal(broker.address, redis_url, topic_prefix))

    with httpx.Client(base_url=api, headers={"Authorization": f"Bearer {TOKEN}"}) as client, redis.Redis.from_url(redis_url) as store:

        def told(instant: int) -> list[list[int | None]]:
            day = spelled(instant)[:10]
            asked = [{"measure": measure, "by": "hour", "from": day, "to": day} for measure in ("opportunities", "orders", "messages_sent")]
            answers = [client.get("/v1/campaigns/c/series", params=params).raise_for_status().json() for params in asked]
            return [[point["value"] for point in answer["points"]] for answer in answers]

        hour = lately // HOUR % 24
        assert told(lately) == [[int(n == hour) for n in range(24)]] * 3
        until(lambda: told(long_ago) == [[None] * 24] * 3, "hours of long ago to be unknown")
        until(lambda: not [*store.scan_iter(f"*:c\x1f*\x1fh\x1f{spelled(long_ago)[:10]}")], "hours of long ago to be removed")
        assert [*store.scan_iter(f"*:c\x1f*\x1fo\x1f{spelled(long_ago)[:10]}")]
    assert asyncio.run(equal(broker.address, redis_url, topic_prefix))
