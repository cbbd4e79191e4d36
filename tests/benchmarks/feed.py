"""Records into Kafka: as fast as it goes, to fill topics before something is measured, or at a steady rate out of a process of its own.

Batches are built here and handed to the producer whole, which costs a tenth of sending record by record.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from types import TracebackType
from typing import Any, Final, Self

from aiokafka import AIOKafkaProducer

from tests.benchmarks.mixed_events import Record

_BATCH: Final = 256 * 1024
GATHER: Final = 0.005
"""Seconds that records of a steady stream are gathered in."""


class Feed:
    """`async with` starts the producer and flushes it at the end."""

    def __init__(self, kafka: str, compression: str | None = "lz4") -> None:
        """`compression`: None, as producers have it by themselves, where batches are of one or two records: it would cost more than what is measured."""
        self._producer = AIOKafkaProducer(bootstrap_servers=kafka, compression_type=compression, max_batch_size=_BATCH, linger_ms=0, acks=1)
        self._open: dict[tuple[str, int], Any] = {}
        self._sent: list[Any] = []

    async def __aenter__(self) -> Self:
        await self._producer.start()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self._producer.stop()

    async def add(self, record: Record) -> None:
        topic, partition, key, value = record
        batch = self._open.get((topic, partition))
        if batch is None or batch.append(key=key, value=value, timestamp=None) is None:
            if batch is not None:
                await self._send(topic, partition)
            self._open[topic, partition] = batch = self._producer.create_batch()
            batch.append(key=key, value=value, timestamp=None)

    async def flush(self) -> None:
        """Everything that was added is with the producer; it sends it at once."""
        for topic, partition in list(self._open):
            await self._send(topic, partition)

    async def acknowledged(self) -> None:
        """Everything that was added is in Kafka."""
        await self.flush()
        await asyncio.gather(*self._sent)
        self._sent.clear()

    async def _send(self, topic: str, partition: int) -> None:
        batch = self._open.pop((topic, partition))
        batch.close()
        self._sent.append(await self._producer.send_batch(batch, topic, partition=partition))
        if len(self._sent) > 256:
            await asyncio.gather(*self._sent[:128])
            del self._sent[:128]


def fill(kafka: str, records: Iterable[Record]) -> Counter[str]:
    """All of them are in Kafka when this returns; how many they were, by `<topic>-<n>`."""
    return asyncio.run(_fill(kafka, records))


async def _fill(kafka: str, records: Iterable[Record]) -> Counter[str]:
    count: Counter[str] = Counter()
    async with Feed(kafka) as feed:
        for record in records:
            await feed.add(record)
            count[f"{record.topic}-{record.partition}"] += 1
        await feed.acknowledged()
    return count


async def pace(kafka: str, records: Iterator[Record], rate: int, seconds: float, gather: float = GATHER) -> float:
    """A steady stream, sent each `gather` seconds. Returns by how many seconds it was behind at worst: if that is much, the rate was not reached."""
    worst = 0.0
    sent, total = 0, int(rate * seconds)
    async with Feed(kafka, compression=None) as feed:
        began = time.monotonic()
        while sent < total:
            due = min(total, int((time.monotonic() - began) * rate))
            worst = max(worst, (due - sent) / rate)
            for _ in range(due - sent):
                await feed.add(next(records))
            sent = due
            await feed.flush()
            await asyncio.sleep(gather)
        await feed.acknowledged()
    return worst
