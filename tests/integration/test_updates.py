"""The topic `kpi-updates` on a real Kafka: killed publishers, two at a time, tombstones."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from schemas.brokers import Connection
from schemas.errors import Unavailable
from schemas.updates import Place, place_of
from tests.support import traffic
from tests.support.servers import Broker, Product, Store, until
from tests.support.world import envelope
from views_api.updates import topic as module
from views_api.updates.command import FENCED
from views_api.updates.topic import KafkaTopic

DAY = "2026-03-02"


class Line(NamedTuple):
    """A record of the topic."""

    place: Place
    value: dict[str, Any] | None
    id: str


class Scene:
    def __init__(self, product: Product, broker: Broker, prefix: str) -> None:
        self.product, self._broker, self._prefix = product, broker, prefix
        self._version = 0

    async def send(self, kind: str, subject: str, **data: Any) -> None:
        self._version += 1
        topic = {"campaign": "campaigns", "order": "orders"}[kind]
        async with AIOKafkaProducer(bootstrap_servers=self._broker.address) as producer:
            event = envelope(kind, subject, **{"version": self._version} | data)
            await producer.send_and_wait(f"{self._prefix}{topic}", json.dumps(event).encode(), key=subject.encode())

    async def lines(self) -> list[Line]:
        """All that is in the topic."""
        found = await traffic.read(self._broker.address, [f"{self._prefix}kpi-updates"], 0)
        return [
            Line(place_of(each.key), json.loads(each.value) if each.value else None, dict(each.headers)["ce_id"].decode()) for each in found
        ]

    async def orders(self) -> dict[str, int | None]:
        """Campaign -> orders of the day, as the topic says it last; None: it says that there are none."""
        return {
            line.place.campaign: line.value["totals"]["orders"] if line.value else None
            for line in await self.lines()
            if line.place.day == DAY
        }

    async def says(self, **orders: int | None) -> None:
        async with asyncio.timeout(60):
            while await self.orders() != orders:  # noqa: ASYNC110  # a topic wakes nobody
                await asyncio.sleep(0.1)


@pytest.fixture(name="scene")
async def _scene(product: Callable[..., Product], broker: Broker, topic_prefix: str) -> Scene:
    scene = Scene(product(KPI_PARTITIONS="1"), broker, topic_prefix)
    await asyncio.to_thread(scene.product.start_worker)
    for campaign in ("c", "d"):
        await scene.send("campaign", campaign)
        await scene.send("order", f"of {campaign}", campaign_id=campaign)
    return scene


async def test_a_publisher_that_was_killed_goes_on_where_it_was(scene: Scene) -> None:
    killed = scene.product.start_updates()
    await scene.says(c=1, d=1)
    killed.kill()
    before = len(await scene.lines())
    await scene.send("order", "another", campaign_id="c")
    await scene.send("order", "of d", campaign_id="d", deleted=True)

    again = scene.product.start_updates()
    await scene.says(c=2, d=None)

    lines = await scene.lines()
    assert "goes on from its last record" in again.said()
    assert {line.place.campaign for line in lines[before:]} == {"c", "d"}
    assert len({line.id for line in lines}) == len(lines)


async def test_of_two_publishers_the_newer_one_writes_and_the_older_one_ends(scene: Scene) -> None:
    first = scene.product.start_updates()
    await scene.says(c=1, d=1)
    second = scene.product.start_updates()
    await asyncio.to_thread(until, lambda: "the topic holds" in second.said(), "the second publisher to begin", alive=second)

    await scene.send("order", "another", campaign_id="c")
    await scene.says(c=2, d=1)
    await asyncio.to_thread(until, lambda: not first.alive, "the first publisher to end")

    assert first.code == FENCED
    assert second.alive


async def test_a_publisher_says_what_it_has_written_and_that_it_cannot_while_the_store_is_away(scene: Scene, kpi_store: Store) -> None:
    scene.product.start_updates()
    await scene.says(c=1, d=1)
    await scene.send("order", "of d", campaign_id="d", deleted=True)
    await scene.says(c=1, d=None)
    await traffic.until(lambda: scene.product.is_ready("updates"), "the publisher to be ready")

    page = scene.product.metrics("updates")
    assert _told(page, 'kpi_updates_written_total{what="gone"}') == 1
    assert _told(page, 'kpi_updates_written_total{what="totals"}') >= 2
    assert _told(page, "kpi_updates_days") == 1
    await traffic.until(lambda: _told(scene.product.metrics("updates"), "kpi_updates_lag_seconds") < 5, "all to be in the topic")

    kpi_store.kill()
    await traffic.until(lambda: not scene.product.is_ready("updates"), "the publisher to miss the store")
    assert _told(scene.product.metrics("updates"), "kpi_updates_ready") == 0

    kpi_store.start()
    await traffic.until(lambda: scene.product.is_ready("updates"), "the publisher to go on")


def _told(page: str, metric: str) -> float:
    return float(next(line.rpartition(" ")[2] for line in page.splitlines() if line.rpartition(" ")[0] == metric))


async def test_an_emptied_store_takes_nothing_out_of_the_topic(scene: Scene, kpi_store: Store) -> None:
    scene.product.start_updates()
    await scene.says(c=1, d=1)

    kpi_store.empty()
    await scene.send("order", "another", campaign_id="c")
    await scene.says(c=2, d=1)

    assert all(line.value for line in await scene.lines())


async def test_a_publisher_whose_broker_goes_away_while_it_reads_the_topic_waits_for_it(
    broker: Broker, topic_prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would end as if it had been told to, with a status that says that all is well."""

    class Unlucky(AIOKafkaConsumer):  # type: ignore[misc]  # upstream has no types
        def __init__(self, **options: Any) -> None:
            super().__init__(**options, request_timeout_ms=2_000)

        async def seek_to_beginning(self, *partitions: TopicPartition) -> bool:
            begun: bool = await super().seek_to_beginning(*partitions)
            broker.kill()
            return begun

    topic = KafkaTopic(Connection(broker.address), f"{topic_prefix}kpi-updates", "/test", 1)
    with monkeypatch.context() as unlucky:
        unlucky.setattr(module, "AIOKafkaConsumer", Unlucky)
        try:
            with pytest.raises(Unavailable):
                await topic.open()
        finally:
            broker.start()

    assert (await topic.open()).values == {}
    await topic.close()
