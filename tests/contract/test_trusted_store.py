"""A server is looked at again and again: it may be set up otherwise while numbers are in it."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
import redis

from processor.store.port import Refused
from processor.store.redis import RedisStore
from tests.support.servers import Store as Server


@pytest.fixture(name="store")
async def _store(kpi_store: Server) -> AsyncIterator[RedisStore]:
    store = RedisStore(kpi_store.url_of("worker"))
    await store.check()
    yield store
    await store.close()


@pytest.fixture(name="server")
def _server(kpi_store: Server) -> Iterator[Any]:
    with redis.Redis.from_url(kpi_store.url) as client:
        before = client.config_get("maxmemory*", "appendonly")
        yield client
        client.config_set("maxmemory-policy", "noeviction")
        client.config_set("maxmemory", before["maxmemory"])
        client.config_set("appendonly", before["appendonly"])
        client.config_resetstat()


async def test_one_that_evicts_from_now_on_is_refused(store: RedisStore, server: Any) -> None:
    await store.check()
    server.config_set("maxmemory-policy", "allkeys-lru")

    with pytest.raises(Refused, match="maxmemory-policy is allkeys-lru: it deletes numbers without a word"):
        await store.check()


async def test_that_nothing_goes_to_disk_any_longer_is_said_once(store: RedisStore, server: Any, caplog: pytest.LogCaptureFixture) -> None:
    server.config_set("appendonly", "no")
    with caplog.at_level(logging.WARNING, "processor.store.redis"):
        await store.check()
        await store.check()
        server.config_set("appendonly", "yes")
        await store.check()
        server.config_set("appendonly", "no")
        await store.check()

    assert ["after its restart" in message for message in caplog.messages] == [True, True]


async def test_one_that_has_evicted_is_doubted_although_it_no_longer_does(
    store: RedisStore, server: Any, caplog: pytest.LogCaptureFixture
) -> None:
    server.set("g1:{b00}:c\x1facme", "7")
    server.config_set("maxmemory-policy", "allkeys-lru")
    server.config_set("maxmemory", "1")
    with pytest.raises(redis.ResponseError):
        server.set("more", "x")  # by then all that was there has gone
    server.config_set("maxmemory", "0")
    server.config_set("maxmemory-policy", "noeviction")

    with caplog.at_level(logging.WARNING, "processor.store.redis"):
        await store.check()

    assert "keys to make room since it was started" in caplog.text
