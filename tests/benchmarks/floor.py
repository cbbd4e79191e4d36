"""The floor: what somebody writes by hand. aiokafka, orjson, one HINCRBY per count in a pipeline, offsets committed each second after the write.

At least once: after a crash it counts again what it had not committed.
"""

from __future__ import annotations

import asyncio
import sys

import orjson
import redis.asyncio
from aiokafka import AIOKafkaConsumer


async def work(kafka: str, store: str, topic: str, group: str) -> None:
    consumer = AIOKafkaConsumer(
        topic,
        bootstrap_servers=kafka,
        group_id=group,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        session_timeout_ms=6000,
        heartbeat_interval_ms=1500,
    )
    client = redis.asyncio.Redis.from_url(store)
    await consumer.start()
    loads = orjson.loads
    clock = asyncio.get_running_loop().time
    committed = clock()
    while True:
        polled = await consumer.getmany(timeout_ms=200)
        counts: dict[tuple[int, str], int] = {}
        for records in polled.values():
            for record in records:
                event = loads(record.value)
                if event["event_type"] == "view":
                    cell = event["event_time"] // 10_000 * 10_000, event["campaign_id"]
                    counts[cell] = counts.get(cell, 0) + 1
        if counts:
            pipe = client.pipeline(transaction=False)
            for (window, campaign), count in counts.items():
                pipe.hincrby(f"w:{window}", campaign, count)
            await pipe.execute()
        if clock() - committed > 1:
            await consumer.commit()
            committed = clock()


if __name__ == "__main__":
    asyncio.run(work(*sys.argv[1:5]))
