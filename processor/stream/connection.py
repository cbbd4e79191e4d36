"""How the brokers are reached, as each of aiokafka's clients wants to be told, and how much of aiokafka's complaints is passed on."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, NamedTuple

from aiokafka.helpers import create_ssl_context


class Connection(NamedTuple):
    servers: str
    """`host:port`, comma-separated."""
    security_protocol: str = "PLAINTEXT"
    sasl_mechanism: str = "PLAIN"
    username: str | None = None
    password: str | None = None
    ca_file: Path | None = None

    def arguments(self) -> dict[str, Any]:
        """For the consumer, the producer and the admin client."""
        arguments: dict[str, Any] = {
            "bootstrap_servers": self.servers.split(","),
            "security_protocol": self.security_protocol,
            "client_id": "campaign-kpis",
        }
        if self.security_protocol.endswith("SSL"):
            arguments["ssl_context"] = create_ssl_context(cafile=str(self.ca_file) if self.ca_file else None)
        if self.security_protocol.startswith("SASL"):
            arguments |= {"sasl_mechanism": self.sasl_mechanism, "sasl_plain_username": self.username, "sasl_plain_password": self.password}
        return arguments

    async def reachable(self) -> bool:
        """Whether some broker takes connections."""
        for server in self.servers.split(","):
            host, _, port = server.rpartition(":")
            with contextlib.suppress(OSError, TimeoutError):
                _, writer = await asyncio.wait_for(asyncio.open_connection(host.strip("[]"), int(port)), 2.0)
                writer.close()
                return True
        return False


class Quieter(logging.Filter):
    """Lets each message of a library through once per while: without brokers aiokafka says the same thing a hundred times a second."""

    EVERY: Final = 10.0
    """Seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._last: dict[tuple[str, str], float] = {}
        self._held_back: dict[tuple[str, str], int] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        if not record.name.startswith(("aiokafka", "faust", "mode")):
            return True
        kind, now = (record.name, str(record.msg)[:80]), self._clock()
        if now - self._last.get(kind, -self.EVERY) < self.EVERY:
            self._held_back[kind] = self._held_back.get(kind, 0) + 1
            return False
        self._last[kind] = now
        if times := self._held_back.pop(kind, 0):
            record.msg = f"{record.msg} ({times} more like this held back)"
        if len(self._last) > 1_000:
            self._last.clear()
        return True
