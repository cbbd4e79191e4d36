"""The API around a store that is filled by hand, at an hour that stands still."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime

import httpx
import pytest
from pydantic import SecretStr
from pydantic_core import Url

from tests.support.cells import Numbers
from tests.support.commands import MemoryLog
from tests.support.servers import Store
from tests.support.serving import serving
from views_api.app import create_app
from views_api.settings import Settings

TOKEN = "token-of-default"
ACME = "token-of-acme"
NOON = int(datetime(2026, 11, 24, 5, 0, tzinfo=UTC).timestamp() * 1000)
"""Noon in Vietnam on a Tuesday."""


class Clock:
    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> int:
        return self.now


@pytest.fixture(name="clock")
def _clock() -> Clock:
    return Clock()


@pytest.fixture(name="numbers")
def _numbers(redis_url: str) -> Iterator[Numbers]:
    """An empty store, all of Kafka counted as of noon."""
    numbers = Numbers(redis_url)
    numbers.fresh(NOON)
    yield numbers
    numbers.redis.close()


@pytest.fixture(name="settings")
def _settings(kpi_store: Store) -> Settings:
    """The API may do in the store what `deploy/valkey/users.acl` lets it: read."""
    return Settings(redis=Url(kpi_store.url_of("api")), token=SecretStr(TOKEN), tokens={"acme": SecretStr(ACME)}, streams=3)


@pytest.fixture(name="log")
def _log() -> MemoryLog:
    """Where commands go."""
    return MemoryLog()


@pytest.fixture(name="api")
async def _api(settings: Settings, clock: Clock, log: MemoryLog) -> AsyncIterator[httpx.AsyncClient]:
    """Asks as the tenant `default`; nothing is live."""
    edge, _ = create_app(settings, clock, log)
    transport = httpx.ASGITransport(edge, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://api", headers={"Authorization": f"Bearer {TOKEN}"}) as client:
        yield client
    await edge.store.close()
    edge.bearer.close()


@pytest.fixture(name="address")
async def _address(settings: Settings, clock: Clock, log: MemoryLog) -> AsyncIterator[str]:
    """A server that serves live streams, as `python -m views_api` does."""
    async with serving(settings, clock, log) as address:
        yield address
