"""A server that will not write for now is away, not broken: whoever asks is told to wait, and nothing that was asked is taken for a bad record."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import redis
from redis._parsers.base import BaseParser

from processor.store.port import Applied
from processor.store.redis import RedisStore
from processor.transaction import Tx
from processor.values import Slot
from schemas.errors import Unavailable
from tests.support.servers import Store as Server
from tests.support.traffic import until


def told(reply: str) -> Exception:
    """As the client raises it: the first word is taken off where there is a class for it."""
    parse: Any = BaseParser.parse_error
    error: Exception = parse(reply)
    return error


@pytest.fixture(name="store")
async def _store(kpi_store: Server) -> AsyncIterator[RedisStore]:
    store = RedisStore(kpi_store.url_of("worker"))
    await store.check()
    yield store
    await store.close()


def connections(server: Any) -> set[str]:
    """Of the worker, as the server knows them: one that was closed stays until it has looked."""
    return {each["id"] for each in server.client_list() if each["user"] == "worker"}


async def written(store: RedisStore) -> object:
    claim = await store.claim("orders-0", "w", 1)
    return await store.apply([Slot("orders-0", claim.epoch, "w", claim.position, claim.position + 1, 0)], Tx())


@pytest.mark.parametrize(
    ("refuse", "go_on"),
    [
        (("CONFIG", "SET", "maxmemory", "1"), ("CONFIG", "SET", "maxmemory", "0")),
        (("REPLICAOF", "127.0.0.1", "1"), ("REPLICAOF", "NO", "ONE")),
    ],
    ids=["full", "a replica"],
)
async def test_it_is_waited_for_until_it_writes_again(
    store: RedisStore, kpi_store: Server, refuse: tuple[str, ...], go_on: tuple[str, ...]
) -> None:
    server: Any = redis.Redis.from_url(kpi_store.url)
    claim = await store.claim("orders-0", "w", 1)
    try:
        server.execute_command(*refuse)

        for asked in (
            store.apply([Slot("orders-0", claim.epoch, "w", 0, 1, 0)], Tx()),
            store.claim("orders-0", "w", 2),
            store.check(),  # as a worker that starts does
        ):
            with pytest.raises(Unavailable):
                await asked
    finally:
        server.execute_command(*go_on)
        server.close()

    assert isinstance(await written(store), Applied)


async def test_after_a_failover_the_primary_is_looked_up_anew(store: RedisStore, kpi_store: Server) -> None:
    """The connection to the one before would be refused for ever."""
    server: Any = redis.Redis.from_url(kpi_store.url)
    before = connections(server)
    try:
        server.execute_command("REPLICAOF", "127.0.0.1", "1")
        with pytest.raises(Unavailable):
            await store.claim("orders-0", "w", 1)
        await until(lambda: not before & connections(server), "the connection to the primary before is closed", within=5)
    finally:
        server.execute_command("REPLICAOF", "NO", "ONE")
        server.close()


@pytest.mark.parametrize(
    "reply",
    [
        "READONLY You can't write against a read only replica.",
        "ERR Error running script (call to f_5e0c2b9ab2ba7b0b3f5e7d4f5d7a4f1f0c4f9a31): @user_script:10: @user_script: 10: -READONLY You can't write against a read only replica.",
    ],
    ids=["Redis 7", "Redis 6"],
)
async def test_the_connection_to_the_primary_before_is_given_up_however_it_says_that_it_is_none(
    store: RedisStore, kpi_store: Server, reply: str
) -> None:
    async def answered() -> None:
        raise told(reply)

    server: Any = redis.Redis.from_url(kpi_store.url)
    before = connections(server)
    with pytest.raises(Unavailable):
        await store._do(answered())

    assert before
    await until(lambda: not before & connections(server), "the connection to the primary before is closed", within=5)
    server.close()


@pytest.mark.parametrize(
    "reply",
    [
        "OOM command not allowed when used memory > 'maxmemory'.",
        "ERR Error running script (call to f_5e0c2b9ab2ba7b0b3f5e7d4f5d7a4f1f0c4f9a31): @user_script: 189: -OOM command not allowed when used memory > 'maxmemory'.",
        "READONLY You can't write against a read only replica.",
        "MISCONF Valkey is configured to save RDB snapshots, but it's currently unable to persist to disk.",
        "NOREPLICAS Not enough good replicas to write.",
        "BUSY Valkey is busy running a script.",
        "LOADING Valkey is loading the dataset in memory",
        "CLUSTERDOWN The cluster is down",
        "TRYAGAIN Multiple keys request during rehashing of slot",
        "MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.",
    ],
)
async def test_what_it_says_is_understood_as_the_client_tells_it(store: RedisStore, reply: str) -> None:
    async def answered() -> None:
        raise told(reply)

    with pytest.raises(Unavailable):
        await store._do(answered())


async def test_what_is_no_answer_of_a_store_is_no_fault_of_ours() -> None:
    """A load balancer in front of it, for instance, that speaks another language while it has nowhere to lead to."""

    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(b"HTTP/1.1 503 Service Unavailable\r\n\r\n")
        await writer.drain()
        await reader.read()
        writer.close()

    server = await asyncio.start_server(speak, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    store = RedisStore(f"redis://{host}:{port}/0")
    with pytest.raises(Unavailable):
        await store.claim("orders-0", "w", 1)
    await store.close()
    server.close()


async def test_a_fault_of_ours_is_no_reason_to_wait(store: RedisStore) -> None:
    async def answered() -> None:
        raise told("WRONGTYPE Operation against a key holding the wrong kind of value")

    with pytest.raises(redis.ResponseError):
        await store._do(answered())
