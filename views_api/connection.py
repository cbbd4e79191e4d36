"""How does the API talk to Redis? The only file that knows it; no command that is sent here writes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractContextManager, asynccontextmanager, nullcontext
from hashlib import sha1
from pathlib import Path
from time import perf_counter
from typing import Any, Final, NamedTuple

from opentelemetry import trace
from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as Disconnected
from redis.exceptions import NoScriptError, RedisError, ResponseError

from schemas import keys
from schemas.errors import Unavailable
from views_api.metrics import Metrics

_TIMEOUT_S: Final = 5
_CONNECTIONS: Final = 32
_BUCKET: Final = 0
"""There is one bucket for now, and all keys of a tenant lie in it."""

_tracer = trace.get_tracer("campaign-kpis")


class Script(NamedTuple):
    name: str
    text: str
    sha: str


def script(name: str) -> Script:
    """One that is told the facts first (`facts.lua`)."""
    text = "".join(Path(__file__).with_name(part).read_text("utf-8") for part in ("facts.lua", name))
    return Script(name.removesuffix(".lua"), text, sha1(text.encode(), usedforsecurity=False).hexdigest())


class Connection:
    """All that is asked through it raises `Unavailable` while the server is away."""

    def __init__(self, url: str, password: str | None, generation: str, metrics: Metrics) -> None:
        self.prefix: Final = keys.prefix(generation, _BUCKET)
        self._metrics = metrics
        self._pool: BlockingConnectionPool = BlockingConnectionPool.from_url(
            url,
            max_connections=_CONNECTIONS,
            timeout=None,
            socket_timeout=None,  # one clock for a whole question (`waited_for`): the client would start two more, and a task
            socket_connect_timeout=_TIMEOUT_S,
            retry=Retry(NoBackoff(), 1, supported_errors=(Disconnected,)),  # a connection of the pool that died while it was idle
            protocol=2,
            **({} if password is None else {"password": password}),
        )
        self._redis: Any = Redis(connection_pool=self._pool)
        self._suffix = "_RO"

    async def close(self) -> None:
        await self._redis.aclose()
        await self._pool.disconnect()

    async def run(self, script: Script, *arguments: bytes | str) -> list[Any]:
        """A script, by its digest."""
        answer: list[Any]
        async with self.asked(script.name) as redis:
            try:
                answer = await redis.execute_command("EVALSHA" + self._suffix, script.sha, 1, self.prefix + keys.META, *arguments)
            except NoScriptError:
                answer = await redis.execute_command("EVAL" + self._suffix, script.text, 1, self.prefix + keys.META, *arguments)
            except ResponseError as error:
                if "unknown command" not in str(error).lower() or not self._suffix:
                    raise
                self._suffix = ""  # a server before Redis 7
                return await self.run(script, *arguments)
        return answer

    @asynccontextmanager
    async def asked(self, name: str) -> AsyncIterator[Any]:
        """The client, for one question: measured, and seen in the trace of the request that it is made for."""
        began = perf_counter()
        try:
            with _part_of_a_trace(f"store {name}"):
                async with self.waited_for() as redis:
                    yield redis
        finally:
            self._metrics.store.labels(name).observe(perf_counter() - began)

    @asynccontextmanager
    async def waited_for(self, seconds: float = 0) -> AsyncIterator[Any]:
        """The same where the time that it takes says nothing about the store, which may wait for so long before it answers."""
        try:
            async with asyncio.timeout(seconds + _TIMEOUT_S):
                yield self._redis
        except (RedisError, OSError, TimeoutError) as error:
            raise Unavailable("the store does not answer") from error


def _part_of_a_trace(name: str) -> AbstractContextManager[Any]:
    traced = trace.get_current_span().is_recording()
    return _tracer.start_as_current_span(name, kind=trace.SpanKind.CLIENT) if traced else nullcontext()
