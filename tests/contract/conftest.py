"""The store adapters, each behind the same fixture, and a way to read cells back that shares nothing with them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TypeAlias

import pytest
import redis.asyncio

from processor.store.memory import MemoryStore
from processor.store.port import Store
from processor.store.redis import RedisStore
from schemas import keys

Cells: TypeAlias = Callable[[], Awaitable[dict[tuple[str, str, str, str, str], int]]]
"""All cells now: (tenant, campaign, view, ISO day, field) -> value."""


@pytest.fixture(params=["memory", "redis"])
async def store(request: pytest.FixtureRequest) -> AsyncIterator[Store]:
    if request.param == "memory":
        yield MemoryStore()
        return
    found = RedisStore(request.getfixturevalue("kpi_store").url_of("worker"))
    await found.check()
    yield found
    await found.close()


@pytest.fixture
def cells(store: Store, request: pytest.FixtureRequest) -> Cells:
    async def read() -> dict[tuple[str, str, str, str, str], int]:
        if isinstance(store, MemoryStore):
            return {(tenant, campaign, view, keys.iso(day), field): n for (tenant, campaign, view, day, field), n in store.cells.items()}
        client = redis.asyncio.Redis.from_url(request.getfixturevalue("redis_url"), decode_responses=True)
        out: dict[tuple[str, str, str, str, str], int] = {}
        async for key in client.scan_iter(match="g1:{b00}:c\x1f*"):
            tenant, campaign, view, day = key.split(":c\x1f", 1)[1].split("\x1f")
            members = await client.smembers(f"g1:{{b00}}:d\x1f{tenant}\x1f{campaign}")
            assert f"{view}\x1f{day}" in members
            out.update({(tenant, campaign, view, day, str(field)): int(n) for field, n in (await client.hgetall(key)).items()})
        await client.aclose()
        return out

    return read
