"""All records of some topics, from their start to their ends as they are now, read by a consumer of no group: it moves nobody's position."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Collection, Sequence
from typing import Final, NamedTuple

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from processor.stream.topics import existing
from schemas.brokers import Connection
from schemas.errors import Unavailable

_WAIT_MS: Final = 500


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
    consumer = AIOKafkaConsumer(**connection.arguments(), group_id=None, enable_auto_commit=False)
    try:
        await consumer.start()
        consumer.assign(partitions)
        starts, ends = await consumer.beginning_offsets(partitions), await consumer.end_offsets(partitions)
        for partition in partitions:
            consumer.seek(partition, starts[partition])
        total = sum(ends[partition] - starts[partition] for partition in partitions)
        while left := sum([max(0, ends[partition] - await consumer.position(partition)) for partition in partitions]):
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
        await consumer.stop()
