"""What one partition or topic cannot have holds up neither the others nor the worker, and it is named."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from processor.recount import Record
from schemas import keys
from tests.integration.test_source_topics import orders
from tests.support.cluster import Cluster, cluster
from tests.support.servers import Broker, Product, Store
from tests.support.traffic import counter, dead_letters, read, reasons, send, until

PARTITIONS = 3
READ, WRITE, DESCRIBE = 3, 4, 8
"""Kafka's numbers of what one may do with a topic."""


def position(store: Store, partition: str) -> int:
    with redis.Redis.from_url(store.url, decode_responses=True) as client:
        found: Any = client.hget(keys.prefix("g1", 0) + keys.META, f"x:{partition}")
    return int(found or 0)


@pytest.fixture(name="theirs", scope="module")
def _theirs(folder: Path) -> Iterator[Cluster]:
    with cluster(folder / "stuck") as made:
        yield made


@pytest.fixture(name="running")
async def _running(theirs: Cluster, kpi_store: Store, folder: Path, topic_prefix: str) -> AsyncIterator[Product]:
    """Its orders are each on one broker only, and a worker has counted one of each partition."""
    admin = AIOKafkaAdminClient(bootstrap_servers=theirs.inside)
    await admin.start()
    await admin.create_topics([NewTopic(f"{topic_prefix}orders", PARTITIONS, 1, topic_configs={"min.insync.replicas": "1"})])
    await admin.close()
    settings = {"KPI_TOPIC_PREFIX": topic_prefix, "KPI_PARTITIONS": str(PARTITIONS), "KPI_GROUP": f"{topic_prefix}workers"}
    product = Product(theirs.settings["KPI_KAFKA"], kpi_store.url, folder / "stuck", theirs.settings | settings)
    await asyncio.to_thread(product.start_worker)
    await send(theirs.inside, topic_prefix, [order for n in range(PARTITIONS) for order in orders(n, n + 1, n)])
    for n in range(PARTITIONS):
        await until(lambda n=n: position(kpi_store, f"{topic_prefix}orders-{n}") == 1, "the first to be counted")  # type: ignore[misc]
    yield product
    product.end()


@pytest.mark.integration
@pytest.mark.xdist_group("broker")
async def test_a_partition_whose_only_broker_is_gone_is_named_and_the_others_are_counted(
    running: Product, theirs: Cluster, kpi_store: Store, topic_prefix: str
) -> None:
    topic = f"{topic_prefix}orders"
    admin = AIOKafkaAdminClient(bootstrap_servers=theirs.inside)
    await admin.start()
    (described,) = await admin.describe_topics([topic])
    await admin.close()
    leaders = {each["partition"]: each["leader"] for each in described["partitions"]}
    gone, other = theirs.brokers[leaders[0] - 1], next(n for n, leader in leaders.items() if leader != leaders[0])

    gone.kill()
    await until(lambda: f"{topic}-0: no broker leads it" in running.troubles("worker-1"), "it to be named")
    assert counter(running.metrics("worker-1"), "kpi_partition_stuck", topic=topic, partition="0") == 1
    await send(theirs.inside, topic_prefix, orders(10, 15, other))
    await until(lambda: position(kpi_store, f"{topic}-{other}") == 6, "the other to be counted")
    running.stop("worker-1")
    await asyncio.to_thread(running.start_worker, wait=False)
    await send(theirs.inside, topic_prefix, orders(20, 25, other))
    await until(lambda: position(kpi_store, f"{topic}-{other}") == 11, "the other to be counted by whoever starts without it")

    theirs.start(gone)
    await send(theirs.inside, topic_prefix, orders(30, 35))
    await until(lambda: position(kpi_store, f"{topic}-0") == 6, "it to be counted as well", within=60)
    await until(lambda: running.is_ready("worker-1"), "all to be well")


@pytest.mark.integration
@pytest.mark.xdist_group("broker")
async def test_a_topic_that_may_no_longer_be_read_is_named_and_the_others_are_counted(
    running: Product, theirs: Cluster, kpi_store: Store, topic_prefix: str
) -> None:
    topic = f"{topic_prefix}orders"
    await theirs.allow(topic, DESCRIBE)
    await send(theirs.inside, topic_prefix, [*orders(10, 15), Record("tasks", 0, 0, b"no task", b"{", (), 0)])

    await until(lambda: f"Kafka does not let this user read topic {topic}" in running.troubles("worker-1"), "it to be named")
    await until(lambda: position(kpi_store, f"{topic_prefix}tasks-0") == 1, "the other to be counted")
    await asyncio.sleep(5)
    said = running.process("worker-1").said()
    assert 1 <= said.count("does not let this user read") <= 4
    assert "Traceback" not in said

    await theirs.allow(topic, READ)
    await until(lambda: position(kpi_store, f"{topic}-0") == 6, "it to be counted as well", within=60)
    await until(lambda: running.is_ready("worker-1"), "all to be well")


@pytest.mark.integration
@pytest.mark.xdist_group("broker")
async def test_bad_records_that_find_no_place_are_not_passed_and_the_others_are_counted(
    running: Product, theirs: Cluster, kpi_store: Store, topic_prefix: str
) -> None:
    topic = f"{topic_prefix}orders"
    await theirs.allow(f"{topic}.dlq", DESCRIBE)
    bad = Record("orders", 0, 0, b"bad", b"{", (), 0)
    await send(theirs.inside, topic_prefix, [bad, *orders(10, 15), *orders(20, 25, 1)])

    await until(lambda: f"{topic}-0: {topic}.dlq takes no dead letters" in running.troubles("worker-1"), "it to be named")
    await until(lambda: position(kpi_store, f"{topic}-1") == 6, "the other to be counted")
    await send(theirs.inside, topic_prefix, orders(30, 35, 1))
    await until(lambda: position(kpi_store, f"{topic}-1") == 11, "the other to be counted on")
    assert position(kpi_store, f"{topic}-0") == 1

    await theirs.allow(f"{topic}.dlq", WRITE)
    await until(lambda: position(kpi_store, f"{topic}-0") == 7, "it to be counted as well", within=60)
    await until(lambda: running.is_ready("worker-1"), "all to be well")
    assert [reasons(letter)["offset"] for letter in await read(theirs.inside, [f"{topic}.dlq"], 1)] == ["1"]


async def test_a_partition_whose_log_is_damaged_is_named_and_the_others_are_counted(
    product: Callable[..., Product], broker: Broker, kpi_store: Store, topic_prefix: str, folder: Path
) -> None:
    topic = f"{topic_prefix}orders"
    running = product(KPI_PARTITIONS="2")
    await asyncio.to_thread(running.start_worker)
    running.stop("worker-1")
    await send(broker.address, topic_prefix, [*orders(0, 5), *orders(5, 10, 1)])
    log = folder / "kafka" / "data" / f"{topic}-0" / f"{0:020}.log"
    sound = log.read_bytes()
    log.write_bytes(sound[:-1] + bytes([sound[-1] ^ 1]))

    await asyncio.to_thread(running.start_worker, wait=False)
    await until(lambda: position(kpi_store, f"{topic}-1") == 5, "the other to be counted")
    await until(lambda: f"{topic}-0: its log is damaged" in running.troubles("worker-1"), "it to be named")
    await send(broker.address, topic_prefix, orders(10, 15, 1))
    await until(lambda: position(kpi_store, f"{topic}-1") == 10, "the other to be counted on")
    assert position(kpi_store, f"{topic}-0") == 0

    log.write_bytes(sound)
    await until(lambda: position(kpi_store, f"{topic}-0") == 5, "it to be counted as well", within=60)


async def test_a_dead_letter_topic_that_was_deleted_is_created_again(
    product: Callable[..., Product], broker: Broker, kpi_store: Store, topic_prefix: str
) -> None:
    running = product(KPI_PARTITIONS="2")
    await asyncio.to_thread(running.start_worker)
    admin = AIOKafkaAdminClient(bootstrap_servers=broker.address)
    await admin.start()
    await admin.delete_topics([f"{topic_prefix}orders.dlq"])

    await send(broker.address, topic_prefix, [Record("orders", 0, 0, b"bad", b"{", (), 0), *orders(0, 5), *orders(5, 10, 1)])

    await until(lambda: position(kpi_store, f"{topic_prefix}orders-1") == 5, "the other partition to be counted")
    await until(lambda: position(kpi_store, f"{topic_prefix}orders-0") == 6, "the one with a bad record to be counted", within=60)
    assert [reasons(letter)["reason"] for letter in await dead_letters(broker.address, topic_prefix, 1)] == ["invalid_json"]
    (described,) = await admin.describe_topics([f"{topic_prefix}orders.dlq"])
    await admin.close()
    assert len(described["partitions"]) == 2
