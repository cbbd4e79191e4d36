"""Workers on a real Kafka and a real Valkey, under load, while things break. After each fault the store equals a recount of the topics,
and a counter shows that the fault did bite: a fault that hurt nobody proves nothing.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.servers import Broker, Product, Store
from tests.support.traffic import PARTITIONS, counter, dead_letters, equal, reasons, records, send, until

RATE = 500.0
"""Records a second while things break; 2,000 records last four seconds."""


class Scene:
    """One product under load."""

    def __init__(self, product: Product, broker: Broker, store: Store, prefix: str) -> None:
        self.product, self.broker, self.store, self.prefix = product, broker, store, prefix

    async def under_load(self, seed: int, break_it: Callable[[], Awaitable[object]], after: float = 1.5) -> None:
        """Produce for some seconds; meanwhile, break something."""
        load = asyncio.create_task(send(self.broker.address, self.prefix, records(seed), RATE))
        await asyncio.sleep(after)  # the load is to be under way; nothing is waited for
        await break_it()
        await load

    async def equals_recount(self) -> bool:
        return await equal(self.broker.address, self.store.url, self.prefix)

    async def worker(self, name: str = "worker-1") -> Any:
        return await asyncio.to_thread(self.product.start_worker, name)

    def count(self, metric: str, *workers: str, **labels: str) -> float:
        return sum(counter(self.product.metrics(name), metric, **labels) for name in workers or ("worker-1",))


@pytest.fixture(name="scene")
def _scene(product: Callable[..., Product], broker: Broker, kpi_store: Store, topic_prefix: str) -> Scene:
    return Scene(product(KPI_PARTITIONS=str(PARTITIONS)), broker, kpi_store, topic_prefix)


async def test_a_worker_killed_again_and_again_counts_each_record_once(scene: Scene) -> None:
    await scene.worker()

    async def kill() -> None:
        for _ in range(3):
            await asyncio.to_thread(scene.product.kill, "worker-1")
            await scene.worker()

    await scene.under_load(1, kill)

    assert await scene.equals_recount()


async def test_partitions_move_between_workers_under_load(scene: Scene) -> None:
    await scene.worker("worker-1")

    async def rebalance() -> None:
        await scene.worker("worker-2")
        await until(lambda: scene.count("kpi_partitions_held", "worker-2") > 0, "the second worker to hold partitions")
        await asyncio.to_thread(scene.product.stop, "worker-1")

    await scene.under_load(2, rebalance)

    assert await scene.equals_recount()
    await until(lambda: scene.count("kpi_partitions_held", "worker-2") == 24, "the second worker to hold all")


async def test_an_emptied_store_is_filled_again(scene: Scene) -> None:
    await scene.worker()

    await scene.under_load(3, lambda: asyncio.to_thread(scene.store.empty))

    assert await scene.equals_recount()
    assert scene.count("kpi_lost_total", reason="NOSTATE") > 0


async def test_writes_that_the_store_acknowledged_and_lost_are_made_good(scene: Scene, folder: Path) -> None:
    await scene.worker()
    data = folder / "valkey" / "data" / "appendonlydir"
    before = folder / "valkey" / "before"

    async def fail_over_to_an_old_copy() -> None:
        shutil.copytree(data, before)
        counted = scene.count("kpi_events_total")
        await until(lambda: scene.count("kpi_events_total") > counted + 200, "more to be counted")
        scene.store.kill()
        shutil.rmtree(data)
        before.rename(data)
        await asyncio.to_thread(scene.store.start)

    await scene.under_load(8, fail_over_to_an_old_copy)

    assert await scene.equals_recount()
    assert scene.count("kpi_lost_total", reason="REWOUND") > 0


async def test_a_store_that_is_away_is_waited_for_and_readiness_says_so(scene: Scene) -> None:
    worker = await scene.worker()

    async def away() -> None:
        await asyncio.to_thread(scene.store.kill)
        await until(lambda: not scene.product.is_ready("worker-1"), "readiness to turn red")
        await asyncio.to_thread(scene.store.start)

    await scene.under_load(4, away)

    assert await scene.equals_recount()
    await until(lambda: scene.product.is_ready("worker-1"), "readiness to turn green")
    assert worker.alive


async def test_a_broker_that_is_away_is_waited_for(scene: Scene) -> None:
    worker = await scene.worker()

    async def away() -> None:
        await asyncio.to_thread(scene.broker.stop)
        await until(lambda: not scene.product.is_ready("worker-1"), "readiness to turn red")
        await asyncio.to_thread(scene.broker.start)

    await scene.under_load(5, away)

    assert await scene.equals_recount()
    await until(lambda: scene.product.is_ready("worker-1"), "readiness to turn green")
    assert worker.alive
    assert len(worker.said().splitlines()) < 300  # a library may not fill the disk meanwhile


async def test_a_worker_that_was_frozen_past_its_session_writes_nothing_after_it_wakes(scene: Scene) -> None:
    frozen = await scene.worker("worker-1")
    await scene.worker("worker-2")

    async def freeze() -> None:
        os.kill(frozen.pid, signal.SIGSTOP)
        await until(lambda: scene.count("kpi_partitions_held", "worker-2") == 24, "the other worker to hold all")
        os.kill(frozen.pid, signal.SIGCONT)

    await scene.under_load(6, freeze)

    await until(lambda: scene.count("kpi_partitions_held", "worker-1", "worker-2") == 24, "each partition to be held once")
    assert await scene.equals_recount()
    assert frozen.alive


async def test_bad_records_are_parked_as_they_were_and_the_rest_is_counted(scene: Scene) -> None:
    traffic = records(7)
    await scene.worker()

    await send(scene.broker.address, scene.prefix, traffic)

    assert await scene.equals_recount()
    parked = int(scene.count("kpi_dead_letters_total"))
    letters = await dead_letters(scene.broker.address, scene.prefix, parked)
    told = [reasons(letter) for letter in letters]
    assert {"invalid_utf8", "invalid_json", "schema_invalid", "unknown_event_type", "null_value", "oversized"} <= {
        why["reason"] for why in told
    }
    assert len({(why["topic"], why["partition"], why["offset"]) for why in told}) == parked
    sent = {(record.topic, record.key, record.value) for record in traffic}
    for letter, why in zip(letters, told, strict=True):
        if why["reason"] != "oversized":
            assert (why["topic"].removeprefix(scene.prefix), letter.key, letter.value) in sent


async def test_a_worker_stops_within_five_seconds_also_while_the_broker_is_away_and_starts_when_it_is_back(scene: Scene) -> None:
    async def stop() -> float:
        began = time.monotonic()
        await asyncio.to_thread(scene.product.stop, "worker-1")
        return time.monotonic() - began

    worker = await scene.worker()
    assert await stop() < 5
    assert worker.code == 0

    await scene.worker()
    await asyncio.to_thread(scene.broker.stop)
    assert await stop() < 5

    worker = await asyncio.to_thread(scene.product.start_worker, "worker-1", wait=False)
    await until(lambda: "Kafka is away" in worker.said(), "the worker to notice")
    assert worker.alive
    await asyncio.to_thread(scene.broker.start)
    await until(lambda: scene.product.is_ready("worker-1"), "the worker to get ready")
