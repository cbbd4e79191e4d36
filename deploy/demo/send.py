"""Records to Kafka: waits for the topics, sends history fast and live events at once, and says on stdout how far it is."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Iterable, Sequence
from functools import partial
from types import TracebackType
from typing import Final, Self
from zlib import crc32

from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError
from aiokafka.producer.message_accumulator import BatchBuilder

from deploy.demo.envelope import TOPICS, Record

_RETRY_S: Final = 0.3
_LEAVE_S: Final = 3
_TOGETHER: Final = 4_000
"""After so many records, batches go though they are not full: a topic with few events does not fall behind the others."""
_SAY_S: Final = 0.5
"""Progress is said at most this often."""


def say(what: str, text: str) -> None:
    """One line `<what>: <text>` on stdout, at once, for a person or a program that reads it."""
    print(f"{what}: {text}", flush=True)


async def wait_for_topics(kafka: str, prefix: str) -> None:
    """Return when Kafka answers and has all the source topics. The processor creates them, with the settings that it needs; nobody else should."""
    said = ""
    while problem := await _missing(kafka, prefix):
        if problem != said:
            said = problem
            say("wait", problem)
        await asyncio.sleep(_RETRY_S)


async def _missing(kafka: str, prefix: str) -> str:
    """What there is to wait for; empty when there is nothing. All topics are asked for: asking for one by name may create it."""
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    try:
        await admin.start()
        absent = {prefix + topic for topic in TOPICS.values()} - set(await admin.list_topics())
    except KafkaError:
        return f"Kafka at {kafka} does not answer yet"
    finally:
        await admin.close()
    return f"the processor has not created these topics yet: {', '.join(sorted(absent))}" if absent else ""


class Sender:
    """An idempotent producer: what it retries arrives once, and in order. `async with` starts it, and flushes it at the end."""

    def __init__(self, kafka: str, prefix: str) -> None:
        self._prefix = prefix
        self._producer = AIOKafkaProducer(
            bootstrap_servers=kafka,
            client_id="campaign-kpis-demo",
            enable_idempotence=True,  # implies acks from all replicas
            compression_type="lz4",
            max_batch_size=128 * 1024,
            partitioner=_partition,
        )

    async def __aenter__(self) -> Self:
        await self._producer.start()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        with contextlib.suppress(TimeoutError):  # a Kafka that is away does not keep anybody from leaving
            await asyncio.wait_for(self._producer.stop(), _LEAVE_S)

    async def send(self, records: Iterable[Record]) -> None:
        """Send these one after the other, and return when Kafka has them. While it is away, this waits."""
        for record in records:
            await self._producer.send_and_wait(self._prefix + record.topic, record.value, record.key)

    async def replay(self, records: Iterable[Record], about: int, of_what: str) -> None:
        """Send very many, `about` so many, as fast as Kafka takes them. Returns when it has them all, or raises the first error there was.

        Fills a batch for each partition by hand, which `send` leaves to the producer: that takes a fifth of the time.
        """
        progress = _Progress(about, of_what)
        partitions = {topic: sorted(await self._producer.partitions_for(self._prefix + topic)) for topic in set(TOPICS.values())}
        batches: dict[tuple[str, int], BatchBuilder] = {}
        for number, record in enumerate(records, 1):
            place = record.topic, _partition(record.key, partitions[record.topic])
            if place not in batches or not _fits(batches[place], record):
                if place in batches:
                    await self._hand_over(*place, batches[place], progress)
                batches[place] = self._producer.create_batch()
                assert _fits(batches[place], record), "any one record fits"
            if number % _TOGETHER == 0:
                await self._hand_over_all(batches, progress)
        await self._hand_over_all(batches, progress)
        await self._producer.flush()
        progress.finish()

    async def _hand_over_all(self, batches: dict[tuple[str, int], BatchBuilder], progress: _Progress) -> None:
        while batches:
            (topic, partition), batch = batches.popitem()
            await self._hand_over(topic, partition, batch, progress)
        await asyncio.sleep(0)  # the producer's turn, and a moment to be stopped

    async def _hand_over(self, topic: str, partition: int, batch: BatchBuilder, progress: _Progress) -> None:
        """Waits while the partition still has a batch to take: this is what keeps us from running ahead of Kafka."""
        acknowledged = await self._producer.send_batch(batch, self._prefix + topic, partition=partition)
        acknowledged.add_done_callback(partial(progress.count, batch.record_count()))


def _partition(key: bytes, partitions: Sequence[int], _available: Sequence[int] = ()) -> int:
    """By the key's CRC-32, as librdkafka does: an entity's events stay in order. The product itself asks for no particular keying."""
    return partitions[crc32(key) % len(partitions)]


def _fits(batch: BatchBuilder, record: Record) -> bool:
    """Adds it to the batch; False, and nothing added, if the batch is full."""
    return batch.append(key=record.key, value=record.value, timestamp=None) is not None


class _Progress:
    """Counts what Kafka has acknowledged, and says so."""

    def __init__(self, about: int, of_what: str) -> None:
        self._about = about
        self._of_what = of_what
        self._done = 0
        self._said_at = time.monotonic()
        self._error: BaseException | None = None

    def count(self, records: int, acknowledged: asyncio.Future[object]) -> None:
        self._error = self._error or acknowledged.exception()
        self._done += records
        if time.monotonic() - self._said_at >= _SAY_S:
            self._say(max(self._done, self._about))

    def finish(self) -> None:
        if self._error:
            raise self._error
        self._say(self._done)

    def _say(self, total: int) -> None:
        self._said_at = time.monotonic()
        say("replay", f"{self._done:,} of {total:,} events of {self._of_what}")
