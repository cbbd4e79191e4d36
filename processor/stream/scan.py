"""All records of some topics, from their start to their ends as they are now, read by a consumer of no group: it moves nobody's position.

As a worker reads them: what a transaction aborted is no record, and behind one that is open none can be read yet.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from typing import Final, NamedTuple

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from processor.stream.topics import existing
from schemas.brokers import Connection
from schemas.errors import Unavailable

_WAIT_MS: Final = 500
_ENDING: Final = 10.0
"""Seconds for a consumer to end."""


class Found(NamedTuple):
    """One record, and where it lies."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    """The broker's, ms since 1970 UTC."""
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes]]


async def scan(connection: Connection, topics: Collection[str], progress: Callable[[int, int], None]) -> AsyncIterator[Found]:
    """`progress` is told after each fetch how many of how many records have been read. Topics that are not there have none. Raises `Unavailable`."""
    there = await existing(connection)
    partitions = [TopicPartition(topic, number) for topic in topics for number in range(there.get(topic, 0))]
    if not partitions:
        return
    consumer = AIOKafkaConsumer(
        **connection.arguments(),
        group_id=None,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        isolation_level="read_committed",
    )
    try:
        await consumer.start()
        consumer.assign(partitions)
        since = int(time.time() * 1000)
        starts, ends = await consumer.beginning_offsets(partitions), await consumer.end_offsets(partitions)
        for partition in partitions:
            consumer.seek(partition, starts[partition])
        total = sum(ends[partition] - starts[partition] for partition in partitions)
        while left := sum([await _left(consumer, partition, ends[partition], since) for partition in partitions]):
            progress(total - left, total)
            for partition, records in (await consumer.getmany(timeout_ms=_WAIT_MS)).items():
                for record in records:
                    if record.offset < ends[partition]:
                        yield Found(
                            partition.topic, partition.partition, record.offset, record.timestamp, record.key, record.value, record.headers
                        )
        progress(total, total)
    except (KafkaError, OSError) as error:
        raise Unavailable(f"Kafka: {error!r}") from error
    finally:
        # aiokafka 0.14 may end as if whoever stops it were cancelled, by a fetch of its own that is under way.
        await asyncio.wait([asyncio.create_task(consumer.stop())], timeout=_ENDING)


async def _left(consumer: AIOKafkaConsumer, partition: TopicPartition, end: int, since: int) -> int:
    """Offsets up to `end` that can be read; `since`: when it ended there, ms since 1970 UTC."""
    position, stable = await consumer.position(partition), consumer.last_stable_offset(partition)
    blocked = stable is not None and stable <= position and (consumer.last_poll_timestamp(partition) or 0) > since
    return 0 if blocked else max(0, end - position)
