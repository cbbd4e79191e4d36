"""Random requests of many principals over warm processes: how many were tried, and what anybody saw that was not theirs. In this process, over a real store."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from pydantic_core import Url

from tests.benchmarks.report import Report, table
from tests.benchmarks.servers import Failed, Servers
from tests.support.cells import Numbers
from tests.support.leaks import Found, World
from views_api.app import create_app
from views_api.settings import Settings


def run(servers: Servers, report: Report, *, requests: int) -> None:
    """Raises `Failed` at any leak. A world of other people every 10,000 requests."""
    statuses: dict[int, int] = {}
    too_busy = 0
    began, cpu = time.monotonic(), time.process_time()
    for seed in range(1, max(2, requests // 10_000 + 1)):
        found = asyncio.run(_hunt(servers, seed, min(requests, 10_000)))
        if found.leaks:
            raise Failed(f"seed {seed}: {len(found.leaks)} leaks, the first: {found.leaks[0]}")
        too_busy += found.too_busy
        for status, number in found.statuses.items():
            statuses[status] = statuses.get(status, 0) + number
    tried = sum(statuses.values())
    report.add(
        "leaks: requests of 24 principals of three tenants, in turn",
        table(["answer", "requests"], [[str(status), f"{number:,}"] for status, number in sorted(statuses.items())]),
        f"{tried:,} requests, 0 leaks, in {time.monotonic() - began:.0f} s ({1e6 * (time.process_time() - cpu) / tried:.0f} us of CPU each, checks included). "
        f"Asked again because the store was too busy for an answer: {too_busy}.",
    )


async def _hunt(servers: Servers, seed: int, requests: int) -> Found:
    numbers = Numbers(servers.redis)
    numbers.redis.flushall()
    now = time.time_ns() // 1_000_000
    numbers.fresh(now)
    with TemporaryDirectory() as folder:
        settings = Settings(redis=Url(servers.redis), keys=Path(folder) / "keys.db", rate="1000000000/minute")
        edge, _ = create_app(settings, lambda: now)
        assert edge.bearer.keys
        found = await World(numbers, edge.bearer.keys, now, seed=seed).hunt(edge, requests)
        await edge.store.close()
        edge.bearer.close()
    numbers.redis.close()
    return found
