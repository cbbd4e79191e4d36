"""How often is a real Kafka asked for records while there are none?"""

from __future__ import annotations

from typing import Any

from aiokafka import AIOKafkaProducer, TopicPartition

from processor.stream import topics
from processor.stream.asking import IDLE_MS, PatientConsumer
from schemas.brokers import Connection
from tests.support.servers import Broker
from tests.support.traffic import until

GATHERING = (1_000_000, 12)
WAITING = (1, IDLE_MS)
"""Bytes and milliseconds: with either a broker answers."""


async def test_a_broker_gathers_while_records_come_and_waits_for_the_first_while_none_do(broker: Broker, topic_prefix: str) -> None:
    topic = f"{topic_prefix}idle"
    await topics.ensure(Connection(broker.address), [topic], partitions=1, replication=1)
    consumer = PatientConsumer(bootstrap_servers=broker.address, fetch_min_bytes=GATHERING[0], fetch_max_wait_ms=GATHERING[1])
    asked: list[tuple[int, int]] = []
    send = consumer._client.send

    async def note(node: int, request: Any, **options: Any) -> Any:
        if hasattr(request, "_min_bytes"):
            asked.append((request._min_bytes, request._max_wait_ms))
        return await send(node, request, **options)

    consumer._client.send = note
    async with consumer, AIOKafkaProducer(bootstrap_servers=broker.address) as producer:
        consumer.assign([TopicPartition(topic, 0)])
        consumer.seek(TopicPartition(topic, 0), 0)
        await until(lambda: asked[-3:] == [WAITING] * 3, "the broker to be asked for the first record")
        asked.clear()

        await producer.send_and_wait(topic, b"a record")
        assert [record.value for found in (await consumer.getmany(timeout_ms=30_000)).values() for record in found] == [b"a record"]
        await until(lambda: GATHERING in asked, "the broker to gather what comes next")
        await until(lambda: asked[-3:] == [WAITING] * 3, "the broker to be asked for the first record again")

    assert set(asked) == {GATHERING, WAITING}
