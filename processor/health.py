"""Is this process well, and what does it count: `/healthz`, `/readyz` and `/metrics` over a few lines of HTTP."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import Final

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from processor.metrics import Metrics

_log = logging.getLogger(__name__)
_PATIENCE: Final = 5.0
"""Seconds that a client has to ask."""


class Health:
    """What keeps this process from being ready, by name. Alive is another matter: a process that answers is alive."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self._problems: dict[str, str] = {"start": "starting"}

    @property
    def problems(self) -> dict[str, str]:
        return dict(self._problems)

    @property
    def ready(self) -> bool:
        return not self._problems

    def trouble(self, what: str, why: str) -> None:
        self._problems[what] = why
        self._metrics.ready.set(0)

    def well(self, what: str) -> None:
        self._problems.pop(what, None)
        self._metrics.ready.set(1 if self.ready else 0)


async def serve(health: Health, metrics: Metrics, host: str, port: int) -> asyncio.Server:
    """Answer on this port until closed."""

    def answer(path: str) -> tuple[str, str, bytes]:
        if path == "/healthz":
            return "200 OK", "text/plain; charset=utf-8", b"alive\n"
        if path == "/readyz":
            text = "".join(f"{what}: {why}\n" for what, why in health.problems.items()) or "ready\n"
            return "200 OK" if health.ready else "503 Service Unavailable", "text/plain; charset=utf-8", text.encode()
        if path == "/metrics":
            return "200 OK", CONTENT_TYPE_LATEST, generate_latest(metrics.registry)
        return "404 Not Found", "text/plain; charset=utf-8", b"/healthz /readyz /metrics\n"

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            request = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), _PATIENCE)
            line = request.split(b"\r\n", 1)[0].decode("latin-1").split(" ")
            method, path = (line[0], line[1].partition("?")[0]) if len(line) == 3 else ("", "")
            status, kind, body = answer(path) if method in ("GET", "HEAD") else ("405 Method Not Allowed", "text/plain", b"GET only\n")
            head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
            writer.write(head.encode() + (b"" if method == "HEAD" else body))
            await asyncio.wait_for(writer.drain(), _PATIENCE)
        except (TimeoutError, OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass  # it asked for nothing, or went away
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    server = await asyncio.start_server(talk, host, port)
    _log.info("health and metrics on http://%s:%d", *server.sockets[0].getsockname()[:2])
    return server
