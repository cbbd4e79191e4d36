"""How does the API talk to Redis? The only file that knows it; no command that is sent here writes."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from hashlib import sha1
from pathlib import Path
from time import perf_counter
from types import TracebackType
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
_AT_HAND: Final = 8
"""Connections that scripts keep for the next one: to take them from the pool and give them back takes the client as long as all the rest of a call."""
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
        self._pool: Any = BlockingConnectionPool.from_url(
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
        self._at_hand: list[Any] = []
        self._suffix = "_RO"

    async def close(self) -> None:
        await self._redis.aclose()
        await self._pool.disconnect()

    async def run(self, script: Script, *arguments: bytes | str) -> list[Any]:
        """A script, by its digest."""
        answer: list[Any]
        async with self.asked(script.name):
            try:
                answer = await self._execute("EVALSHA" + self._suffix, script.sha, 1, self.prefix + keys.META, *arguments)
            except NoScriptError:
                answer = await self._execute("EVAL" + self._suffix, script.text, 1, self.prefix + keys.META, *arguments)
            except ResponseError as error:
                if "unknown command" not in str(error).lower() or not self._suffix:
                    raise
                self._suffix = ""  # a server before Redis 7
                return await self.run(script, *arguments)
        return answer

    async def _execute(self, *command: bytes | str | int) -> Any:
        connection = self._at_hand.pop() if self._at_hand else await self._pool.get_connection()
        try:
            try:
                return await _answered(connection, command)
            except Disconnected:  # it died while it was idle
                return await _answered(connection, command)
        finally:
            if connection.is_connected and len(self._at_hand) < _AT_HAND:
                self._at_hand.append(connection)
            else:
                await self._pool.release(connection)

    def asked(self, name: str) -> _Question:
        """The client, for one question: measured, and seen in the trace of the request that it is made for."""
        return _Question(self._redis, _TIMEOUT_S, self._metrics, name)

    def waited_for(self, seconds: float) -> _Question:
        """The same where the time that it takes says nothing about the store, which may wait for so long before it answers."""
        return _Question(self._redis, seconds + _TIMEOUT_S)


class _Question:
    """A class, because two generators would take twice as long, some 500 times a second."""

    def __init__(self, redis: Any, seconds: float, metrics: Metrics | None = None, name: str = "") -> None:
        """`metrics`: if it is to be measured."""
        self._redis, self._metrics, self._name = redis, metrics, name
        self._clock = asyncio.timeout(seconds)
        self._span = _part_of_a_trace(f"store {name}") if metrics else nullcontext()
        self._began = perf_counter()

    async def __aenter__(self) -> Any:
        self._span.__enter__()
        await self._clock.__aenter__()
        return self._redis

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        try:
            await self._clock.__aexit__(kind, error, traceback)
        except TimeoutError as late:
            error = late
        if self._metrics:
            self._metrics.store.labels(self._name).observe(perf_counter() - self._began)
        self._span.__exit__(type(error) if error else None, error, traceback)
        if isinstance(error, RedisError | OSError):  # TimeoutError is one
            raise Unavailable("the store does not answer") from error


async def _answered(connection: Any, command: Sequence[bytes | str | int]) -> Any:
    await connection.send_command(*command, check_health=False)  # connects, if it has to
    return await connection.read_response()


def _part_of_a_trace(name: str) -> AbstractContextManager[Any]:
    traced = trace.get_current_span().is_recording()
    return _tracer.start_as_current_span(name, kind=trace.SpanKind.CLIENT) if traced else nullcontext()
