"""Records into a real Kafka, at a rate; what became of them: the recount's verdict, the dead letters, a worker's counters."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable, Iterable
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord

from processor.recount import Record
from processor.recount.__main__ import EQUAL, arguments, compare
from processor.recount.contract import TOPICS
from tests.support.generator import generate

PARTITIONS: Final = 4
_NULL: Final = object()
_UNACKNOWLEDGED: Final = 5_000
"""Records that are on their way at the most, about: a stream may be longer than memory."""


def records(seed: int, events: int = 2_000, **options: Any) -> list[Record]:
    """What the adversary of the simulation makes of a seed, with the clock of today's broker."""
    return generate(seed, events=events, partitions=PARTITIONS, now=int(time.time() * 1000), **options)


async def send(address: str, prefix: str, traffic: Iterable[Record], rate: float = 0.0) -> None:
    """Produce, each once at least, records a second at the most if a rate is given. Goes on by itself after the broker was away."""
    # aiokafka refuses a record with neither key nor value; Kafka takes it.
    producer = AIOKafkaProducer(
        bootstrap_servers=address, linger_ms=5, request_timeout_ms=180_000, value_serializer=lambda value: None if value is _NULL else value
    )
    await producer.start()
    began = time.monotonic()
    sent = []
    try:
        for number, record in enumerate(traffic, 1):
            value = _NULL if record.value is None else record.value
            sent.append(
                await producer.send(prefix + record.topic, value, key=record.key, headers=list(record.headers), partition=record.partition)
            )
            if len(sent) >= _UNACKNOWLEDGED:
                await asyncio.gather(*sent)
                sent.clear()
            if rate and (ahead := began + number / rate - time.monotonic()) > 0.01:
                await asyncio.sleep(ahead)
        await asyncio.gather(*sent)
    finally:
        await producer.stop()


async def equal(address: str, redis: str, prefix: str, timeout: float = 60) -> bool:  # noqa: ASYNC109 - handed on
    """Whether the store, once it has counted everything, holds exactly what a recount of the topics finds."""
    options = ["--kafka", address, "--redis", redis, "--topic-prefix", prefix, "--once-settled", "--timeout", str(timeout)]
    return await compare(arguments(options)) == EQUAL


async def read(address: str, topics: Iterable[str], at_least: int, timeout: float = 20) -> list[ConsumerRecord]:  # noqa: ASYNC109
    """All records of some topics, once there are so many. Not those of a transaction that is open or was given up, as of whoever was killed in the middle of one."""
    consumer = AIOKafkaConsumer(
        *topics, bootstrap_servers=address, group_id=None, auto_offset_reset="earliest", isolation_level="read_committed"
    )
    await consumer.start()
    found: list[ConsumerRecord] = []
    deadline = time.monotonic() + timeout
    try:
        while len(found) < at_least and time.monotonic() < deadline:
            for batch in (await consumer.getmany(timeout_ms=300)).values():
                found += batch
        for batch in (await consumer.getmany(timeout_ms=500)).values():  # more than asked for would be a fault too
            found += batch
    finally:
        await consumer.stop()
    return found


async def dead_letters(address: str, prefix: str, at_least: int) -> list[ConsumerRecord]:
    return await read(address, [f"{prefix}{topic}.dlq" for topic in TOPICS], at_least)


def reasons(record: ConsumerRecord) -> dict[str, str]:
    """The headers that say why a record is a dead letter."""
    mark = "__campaign.errors."
    return {name.removeprefix(mark): value.decode() for name, value in record.headers if name.startswith(mark)}


def counter(page: str, name: str, **labels: str) -> float:
    """The sum of a counter's or gauge's lines with these labels on a page of metrics."""
    total = 0.0
    for line in page.splitlines():
        if match := re.fullmatch(rf"{name}(?:\{{(.*)\}})? (\S+)", line):
            has = dict(re.findall(r'(\w+)="([^"]*)"', match[1] or ""))
            if labels.items() <= has.items():
                total += float(match[2])
    return total


async def until(met: Callable[[], object], what: str, within: float = 30.0) -> None:
    """Wait on a condition while the loop goes on."""
    deadline = time.monotonic() + within
    while not await asyncio.to_thread(met):
        assert time.monotonic() < deadline, f"not within {within:.0f} s: {what}"
        await asyncio.sleep(0.05)
