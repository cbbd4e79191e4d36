"""Where the workers stand in Kafka, read from the store: by it one tells a worker that gets on from one that dies at the same record each time."""

from __future__ import annotations

import asyncio
import contextlib
import os

import aiokafka
import redis

from schemas import keys


def stored(url: str) -> dict[str, int]:
    """`<topic>-<n>` -> the offset of the next record to be counted. Empty while the store is away."""
    meta = keys.prefix(os.environ.get("KPI_GENERATION", "g1"), 0) + keys.META
    try:
        with redis.Redis.from_url(url, socket_timeout=1) as store:
            fields: dict[bytes, bytes] = store.hgetall(meta)
    except redis.RedisError:
        return {}
    return {name.decode().removeprefix("x:"): int(value) for name, value in fields.items() if name.startswith(b"x:")}


async def behind(kafka: str, url: str) -> dict[str, tuple[int, int]]:
    """The partitions with unread records: where they stand, and where they end. The record that kills a worker is among the next of these."""
    here = stored(url)
    if not here:
        return {}
    consumer = aiokafka.AIOKafkaConsumer(bootstrap_servers=kafka, request_timeout_ms=3_000)
    await consumer.start()
    try:
        partitions = {name: aiokafka.TopicPartition(*_split(name)) for name in here}
        ends = await consumer.end_offsets(list(partitions.values()))
        return {name: (here[name], ends[partition]) for name, partition in partitions.items() if ends[partition] > here[name]}
    finally:
        with contextlib.suppress(
            asyncio.CancelledError
        ):  # aiokafka lets its own cancelled task out, when it is stopped soon after its start
            await consumer.stop()


def _split(partition: str) -> tuple[str, int]:
    topic, _, number = partition.rpartition("-")
    return topic, int(number)
