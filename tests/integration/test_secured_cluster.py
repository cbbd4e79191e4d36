"""The product on somebody's own Kafka and store, as its settings allow: three brokers behind TLS and a password, topics with a prefix, TLS before the store, a user of its own there."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.local.places import PYTHON, ROOT
from processor.recount.__main__ import EQUAL
from tests.support.cluster import Cluster, cluster
from tests.support.servers import Product, Store
from tests.support.traffic import PARTITIONS, counter, records, send, until

RATE = 500.0


@pytest.fixture(name="theirs")
def _theirs(folder: Path) -> Iterator[Cluster]:
    with cluster(folder / "cluster") as made:
        yield made


@pytest.mark.integration
@pytest.mark.xdist_group("broker")
async def test_a_secured_cluster_that_loses_a_broker_is_counted_exactly(theirs: Cluster, kpi_store: Store, folder: Path) -> None:
    settings = theirs.settings | {"KPI_TOPIC_PREFIX": "theirs.", "KPI_PARTITIONS": str(PARTITIONS)}
    async with theirs.tls_before(kpi_store.port) as port:

        def redis(user: str) -> str:
            return (
                kpi_store.url_of(user).replace("redis:", "rediss:").replace(f":{kpi_store.port}", f":{port}")
                + f"?ssl_ca_certs={theirs.ca_file}"
            )

        product = Product(theirs.settings["KPI_KAFKA"], redis("worker"), folder / "cluster", settings)
        try:
            worker = await asyncio.to_thread(product.start_worker)
            load = asyncio.create_task(send(theirs.inside, "theirs.", records(11), RATE))
            await until(lambda: counter(product.metrics("worker-1"), "kpi_events_total") > 500, "the first events to be counted")
            theirs.brokers[0].kill()
            await load
            recount = await asyncio.create_subprocess_exec(
                PYTHON, "-m", "processor.recount", "--once-settled", cwd=ROOT, env=os.environ | settings | {"KPI_REDIS": redis("updates")}
            )  # fmt: skip
            assert await recount.wait() == EQUAL
            assert worker.alive
        finally:
            product.end()
