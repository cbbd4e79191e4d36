"""What is later than what is kept, on real Kafka: set aside with its bytes and the reason, told in a metric, and counted nowhere."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from processor.recount import Record
from processor.recount.days import spelled
from tests.support.said import campaign, message, settings
from tests.support.servers import Broker, Product
from tests.support.traffic import counter, dead_letters, equal, reasons
from tests.support.values import DAY

PARTITIONS = 2
KEPT = 3


@pytest.fixture(name="admin")
async def _admin(broker: Broker) -> AsyncIterator[AIOKafkaAdminClient]:
    admin = AIOKafkaAdminClient(bootstrap_servers=broker.address)
    await admin.start()
    yield admin
    await admin.close()


async def test_what_is_later_than_what_is_kept_is_a_dead_letter_and_counts_nowhere(
    product: Callable[..., Product], broker: Broker, redis_url: str, topic_prefix: str, admin: AIOKafkaAdminClient
) -> None:
    """Topics with the producers' own times stand for days that went by."""
    of_the_producer = {"message.timestamp.type": "CreateTime"}
    topics = [
        NewTopic(topic_prefix + topic, PARTITIONS, 1, topic_configs=of_the_producer) for topic in ("settings", "campaigns", "messages")
    ]
    await admin.create_topics(topics)
    now = int(time.time() * 1000)
    old, young = now - 10 * DAY, now - DAY
    records = [
        settings(retention_days={"message": KEPT})._replace(timestamp_ms=old),
        campaign()._replace(timestamp_ms=old),
        message("sent", "in-time", at=spelled(old))._replace(timestamp_ms=old),
        message("clicked", "in-time", at=spelled(now))._replace(timestamp_ms=now),  # long after it was sent
        message("sent", "late", at=spelled(old))._replace(timestamp_ms=now),
        message("sent", "young", at=spelled(young))._replace(timestamp_ms=now),
    ]
    await send_as_taken(broker.address, topic_prefix, records)
    running = product(KPI_PARTITIONS=str(PARTITIONS))
    await asyncio.to_thread(running.start_worker)

    letters = await dead_letters(broker.address, topic_prefix, 2)

    assert [(letter.topic, letter.value, reasons(letter)["reason"]) for letter in letters] == [
        (f"{topic_prefix}messages.dlq", record.value, "too_late") for record in (records[3], records[4])
    ]
    assert await equal(broker.address, redis_url, topic_prefix)
    assert counter(running.metrics("worker-1"), "kpi_dead_letters_total", reason="too_late") == 2


async def send_as_taken(address: str, prefix: str, records: list[Record]) -> None:
    """With the time at which Kafka is to have had each."""
    async with AIOKafkaProducer(bootstrap_servers=address) as producer:
        for record in records:
            await producer.send(prefix + record.topic, record.value, key=record.key, partition=0, timestamp_ms=record.timestamp_ms)
