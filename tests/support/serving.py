"""The API on a port of its own, as `python -m views_api` serves it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import uvicorn

from views_api.__main__ import Server
from views_api.app import create_app
from views_api.commands.log import Log
from views_api.settings import Settings
from views_api.web.wire import Wire


@asynccontextmanager
async def serving(settings: Settings, clock: Callable[[], int], log: Log | None = None) -> AsyncIterator[str]:
    """Its address."""
    edge, live = create_app(settings, clock, log)
    server = Server(uvicorn.Config(edge, http=Wire, port=0, log_config=None, access_log=False, timeout_graceful_shutdown=5), live)
    running = asyncio.create_task(server.serve())
    try:
        while not server.started:  # noqa: ASYNC110  # uvicorn tells it by this flag alone
            await asyncio.sleep(0.01)
        (port,) = (socket.getsockname()[1] for each in server.servers for socket in each.sockets)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        await running
