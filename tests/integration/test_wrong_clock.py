"""A worker whose clock is a year ahead: the watermark, which is never taken back, does not go with it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import redis

from schemas import keys
from tests.support.servers import Product, Store
from tests.support.traffic import until

AHEAD = "import time\nreal = time.time\ntime.time = lambda: real() + 366 * 86400\n"


async def test_it_neither_passes_what_is_due_later_nor_calls_numbers_fresher_than_they_are(
    product: Callable[..., Product], kpi_store: Store, tmp_path: Path
) -> None:
    (tmp_path / "sitecustomize.py").write_text(AHEAD)
    running = product(KPI_PARTITIONS="1", PYTHONPATH=str(tmp_path))

    def meta() -> dict[str, str]:
        with redis.Redis.from_url(kpi_store.url, decode_responses=True) as client:
            found: Any = client.hgetall(keys.prefix("g1", 0) + keys.META)
        return dict(found)

    worker = await asyncio.to_thread(running.start_worker)
    began = time.time() * 1000
    await until(lambda: int(meta().get("watermark", 0)) > began, "the watermark to move on")

    moments = [int(value) for field, value in meta().items() if field == "watermark" or field.startswith("f:")]
    assert max(moments) <= time.time() * 1000
    assert "clock is 31622400 s ahead of the store's" in worker.said()
