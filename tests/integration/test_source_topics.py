"""What a worker makes of topics that are not as they should be: compacted, cut off, made anew, written in transactions."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
import redis
from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions, NewTopic, RecordsToDelete
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from processor.recount import Record
from processor.recount.__main__ import EQUAL, arguments, compare
from processor.recount.contract import TOPICS
from processor.stream.scan import scan
from schemas.brokers import Connection
from tests.support.servers import Broker, Product, Store
from tests.support.traffic import send, until

PARTITIONS = 2


@pytest.fixture(name="admin")
async def _admin(broker: Broker) -> AsyncIterator[AIOKafkaAdminClient]:
    admin = AIOKafkaAdminClient(bootstrap_servers=broker.address)
    await admin.start()
    yield admin
    await admin.close()


@pytest.fixture(name="running")
def _running(product: Callable[..., Product]) -> Product:
    return product(KPI_PARTITIONS=str(PARTITIONS))


def meta(store: Store) -> dict[str, str]:
    with redis.Redis.from_url(store.url, decode_responses=True) as client:
        found: Any = client.hgetall("g1:{b00}:meta")
        return dict(found)


def an_order(number: int, partition: int = 0) -> Record:
    data = {
        "version": 1,
        "customer_id": "cu-1",
        "campaign_id": "c-1",
        "status": "paid",
        "gross_minor": 100,
        "currency": "USD",
        "purchased_at": "2026-03-01T10:00:00Z",
    }
    event = {
        "specversion": "1.0",
        "id": f"e-{number}",
        "source": "/crm",
        "type": "order.paid",
        "subject": f"or-{number}",
        "time": "2026-03-01T10:00:00Z",
        "tenantid": "acme",
        "data": data,
    }
    return Record("orders", partition, 0, f"or-{number}".encode(), json.dumps(event).encode(), (), 0)


def orders(first: int, last: int, partition: int = 0) -> list[Record]:
    return [an_order(number, partition) for number in range(first, last)]


async def config(admin: AIOKafkaAdminClient, topic: str) -> dict[str, str]:
    (response,) = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic)])
    ((_, _, _, _, entries),) = response.resources
    return {entry[0]: entry[1] for entry in entries}


async def start(running: Product, name: str = "worker-1", *, wait: bool = True) -> Any:
    return await asyncio.to_thread(running.start_worker, name, wait=wait)


async def test_missing_topics_are_created_for_ever_and_dead_letters_for_a_month(
    running: Product, topic_prefix: str, admin: AIOKafkaAdminClient
) -> None:
    await start(running)

    described = {topic["topic"]: len(topic["partitions"]) for topic in await admin.describe_topics()}
    assert {described[topic_prefix + topic] for topic in TOPICS} == {PARTITIONS}
    assert {described[f"{topic_prefix}{topic}.dlq"] for topic in TOPICS} == {PARTITIONS}
    source, dead = [await config(admin, topic_prefix + topic) for topic in ("orders", "orders.dlq")]
    assert (source["cleanup.policy"], source["retention.ms"], source["message.timestamp.type"]) == ("delete", "-1", "LogAppendTime")
    assert (dead["cleanup.policy"], dead["retention.ms"]) == ("delete", str(30 * 24 * 3_600_000))


async def test_a_compacted_topic_is_refused_with_the_reason(running: Product, topic_prefix: str, admin: AIOKafkaAdminClient) -> None:
    await admin.create_topics([NewTopic(f"{topic_prefix}orders", PARTITIONS, 1, topic_configs={"cleanup.policy": "compact"})])

    worker = await start(running, wait=False)

    await until(lambda: not worker.alive, "the worker to end")
    assert worker.code == 2
    assert f"topic {topic_prefix}orders is compacted" in worker.said()


async def test_records_that_kafka_dropped_before_they_were_counted_are_never_skipped_in_silence(
    running: Product, broker: Broker, kpi_store: Store, topic_prefix: str, admin: AIOKafkaAdminClient
) -> None:
    await start(running)
    await send(broker.address, topic_prefix, orders(0, 5))
    await until(lambda: meta(kpi_store).get(f"x:{topic_prefix}orders-0") == "5", "the first to be counted")
    await asyncio.to_thread(running.stop, "worker-1")
    await send(broker.address, topic_prefix, orders(5, 20))
    await admin.delete_records({TopicPartition(f"{topic_prefix}orders", 0): RecordsToDelete(12)})

    worker = await start(running)

    await until(lambda: meta(kpi_store).get(f"x:{topic_prefix}orders-0") == "20", "the rest to be counted")
    assert meta(kpi_store)[f"i:{topic_prefix}orders-0"] == "1"
    assert "offsets 5 to 12 are gone from Kafka" in worker.said()
    assert f"i:{topic_prefix}orders-1" not in meta(kpi_store)


async def test_records_dropped_under_a_running_worker_are_not_skipped_in_silence_either(
    running: Product, broker: Broker, kpi_store: Store, topic_prefix: str, admin: AIOKafkaAdminClient
) -> None:
    await start(running)
    await asyncio.to_thread(kpi_store.kill)  # nothing can be counted
    await send(broker.address, topic_prefix, orders(0, 20))
    await admin.delete_records({TopicPartition(f"{topic_prefix}orders", 0): RecordsToDelete(12)})
    await asyncio.to_thread(kpi_store.start)
    await asyncio.to_thread(kpi_store.empty)  # what was fetched before is not enough: from the start, please

    await until(lambda: meta(kpi_store).get(f"x:{topic_prefix}orders-0") == "20", "the rest to be counted")
    assert meta(kpi_store)[f"i:{topic_prefix}orders-0"] == "1"


@pytest.mark.parametrize("grown", [3, 40], ids=["shorter than before", "longer than before"])
async def test_a_topic_that_was_created_again_is_reported_and_the_other_partitions_go_on(
    running: Product, broker: Broker, kpi_store: Store, topic_prefix: str, admin: AIOKafkaAdminClient, grown: int
) -> None:
    topic = f"{topic_prefix}orders"
    await start(running)
    await send(broker.address, topic_prefix, orders(0, 30))
    await until(lambda: meta(kpi_store).get(f"x:{topic}-0") == "30", "the first to be counted")
    await asyncio.to_thread(running.stop, "worker-1")
    await admin.delete_topics([topic])
    await until_gone(admin, topic)
    await admin.create_topics([NewTopic(topic, PARTITIONS, 1)])
    await send(broker.address, topic_prefix, [*orders(100, 100 + grown), *orders(200, 204, partition=1)])

    worker = await start(running, wait=False)

    await until(lambda: meta(kpi_store).get(f"x:{topic}-1") == "4", "the other partition to be counted")
    await until(lambda: f"{topic}-0 was deleted and created again, its numbers stand for 30" in worker.said(), "the reason in the log")
    assert not running.is_ready("worker-1")
    assert meta(kpi_store)[f"i:{topic}-0"] == "1"
    assert meta(kpi_store)[f"x:{topic}-0"] == "30"


async def test_what_comes_into_partitions_that_are_added_is_counted_soon(
    running: Product, broker: Broker, kpi_store: Store, topic_prefix: str, admin: AIOKafkaAdminClient
) -> None:
    """Until a worker knows of them, answers would go on saying that all that Kafka has is counted."""
    topic = f"{topic_prefix}orders"
    await start(running)
    await admin.create_partitions({topic: NewPartitions(PARTITIONS + 1)})
    await send(broker.address, topic_prefix, orders(0, 5, partition=PARTITIONS))

    await until(lambda: meta(kpi_store).get(f"x:{topic}-{PARTITIONS}") == "5", "the new partition to be counted", within=20)
    assert meta(kpi_store)["sources"] == str(PARTITIONS * len(TOPICS) + 1)


async def until_gone(admin: AIOKafkaAdminClient, topic: str) -> None:
    for _ in range(100):
        if topic not in await admin.list_topics():
            return
        await asyncio.sleep(0.1)
    raise AssertionError(f"{topic} is still there")


async def test_transactions_count_when_they_commit_and_their_markers_hold_up_nothing(
    running: Product, broker: Broker, kpi_store: Store, topic_prefix: str
) -> None:
    await start(running)
    producer = AIOKafkaProducer(bootstrap_servers=broker.address, transactional_id=f"{topic_prefix}tx")
    await producer.start()
    for number, commits in enumerate((True, False, True, False)):
        await producer.begin_transaction()
        for record in orders(10 * number, 10 * number + 5):
            await producer.send_and_wait(topic_prefix + record.topic, record.value, key=record.key, partition=0)
        await (producer.commit_transaction() if commits else producer.abort_transaction())
    await producer.stop()

    await until(lambda: meta(kpi_store).get(f"x:{topic_prefix}orders-0") == "24", "the last marker to be passed")
    with redis.Redis.from_url(kpi_store.url, decode_responses=True) as client:
        counted: Any = client.hgetall("g1:{b00}:c\x1facme\x1fc-1\x1fr\x1f2026-03-01")
    assert counted["n\x1f2"] == "10"
    assert counted["gross\x1f2\x1fUSD"] == "1000"


async def test_who_recounts_or_explains_reads_of_transactions_what_was_counted(
    running: Product, broker: Broker, kpi_store: Store, topic_prefix: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """One was aborted, one is left open: neither is anybody's record, and nobody waits for its end."""
    await start(running)
    for number, ends in enumerate(("commit", "abort", "stay open")):
        producer = AIOKafkaProducer(bootstrap_servers=broker.address, transactional_id=f"{topic_prefix}{ends}")
        await producer.start()
        await producer.begin_transaction()
        (record,) = orders(number, number + 1)
        await producer.send_and_wait(f"{topic_prefix}orders", record.value, key=record.key, partition=0)
        if ends != "stay open":
            await (producer.commit_transaction() if ends == "commit" else producer.abort_transaction())
            await producer.stop()
    await until(lambda: meta(kpi_store).get(f"x:{topic_prefix}orders-0") == "4", "what was committed to be counted")

    where = ["--kafka", broker.address, "--redis", kpi_store.url, "--topic-prefix", topic_prefix, "--once-settled"]
    try:
        async with asyncio.timeout(40):
            outcome = await compare(arguments(where))
            found = [record.offset async for record in scan(Connection(broker.address), [f"{topic_prefix}orders"], lambda _, __: None)]
    finally:
        await producer.stop()

    assert (outcome, found) == (EQUAL, [0]), capsys.readouterr().out
