"""What does the publisher tell about itself? `/healthz`, `/readyz` and `/metrics` on a port of its own, as the workers do."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager

import uvicorn
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, ProcessCollector, generate_latest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route


class Watching:
    """How far the topic is, in numbers without labels from outside, and what keeps it from being further, in words."""

    def __init__(self, clock: Callable[[], int]) -> None:
        """`clock`: ms since 1970 UTC, now."""
        self._clock = clock
        self._complete = clock()
        self.problem: str | None = "starting"
        """None: store and brokers have answered."""
        self.registry = registry = CollectorRegistry()
        self.written = Counter(
            "kpi_updates_written", "Records written to the topic, by what they say of a day: its totals, or that there are none.", ["what"], registry=registry
        )  # fmt: skip
        self.compared = Counter("kpi_updates_compared", "How often all that there is was compared with all that the topic holds.", registry=registry)  # fmt: skip
        self.days = Gauge("kpi_updates_days", "Days of campaigns in the topic.", registry=registry)
        Gauge(
            "kpi_updates_lag_seconds", "Since all that was counted was in the topic, or since this process began.", registry=registry
        ).set_function(lambda: (clock() - self._complete) / 1000)
        Gauge("kpi_updates_ready", "1 while store and brokers answer.", registry=registry).set_function(lambda: int(self.problem is None))
        for what in ("totals", "gone"):
            self.written.labels(what)
        ProcessCollector(registry=registry)

    def complete(self, moment: int) -> None:
        """All that was counted at this moment is in the topic."""
        self._complete = moment


def application(watching: Watching) -> Starlette:
    """`/healthz`: the process runs. `/readyz`: 503 with the reason while it cannot write. `/metrics`: for Prometheus."""

    async def alive(_: Request) -> Response:
        return Response("alive\n", media_type="text/plain")

    async def ready(_: Request) -> Response:
        problem = watching.problem
        return Response(f"{problem or 'ready'}\n", 503 if problem else 200, media_type="text/plain")

    async def metrics(_: Request) -> Response:
        return Response(generate_latest(watching.registry), media_type=CONTENT_TYPE_LATEST)

    return Starlette(routes=[Route("/healthz", alive), Route("/readyz", ready), Route("/metrics", metrics)])


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """They end the publisher, which ends this."""
        yield


@asynccontextmanager
async def served(watching: Watching, host: str, port: int) -> AsyncIterator[None]:
    """Answers inside; port 0: not at all."""
    if not port:
        yield
        return
    config = uvicorn.Config(
        application(watching), host=host, port=port, log_config=None, access_log=False, http="h11", server_header=False, lifespan="off", timeout_graceful_shutdown=1
    )  # fmt: skip
    server = _Server(config)
    serving = asyncio.create_task(server.serve())
    try:
        yield
    finally:
        server.should_exit = True
        await serving
