"""Whether a broker can be reached at all, and how much of aiokafka's complaints is passed on."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
import time
from collections.abc import Callable
from typing import Final

from schemas.brokers import Connection


async def reachable(connection: Connection) -> bool:
    """Whether some broker takes connections."""
    for server in connection.servers.split(","):
        host, _, port = server.rpartition(":")
        with contextlib.suppress(OSError, TimeoutError):
            _, writer = await asyncio.wait_for(asyncio.open_connection(host.strip("[]"), int(port)), 2.0)
            writer.close()
            return True
    return False


class Seldom:
    """Whether to say the same once more: at growing intervals, once a minute at most. What was not said for so long is new again."""

    FIRST: Final = 1.0
    """Seconds."""
    LONGEST: Final = 60.0
    """Seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._said: dict[str, tuple[float, float]] = {}
        """What -> when it was said last, and how long it is not said again from then on."""

    def __call__(self, what: str) -> bool:
        now = self._clock()
        self._said = {each: (at, pause) for each, (at, pause) in self._said.items() if now - at < 2 * self.LONGEST}
        at, pause = self._said.get(what, (-math.inf, self.FIRST / 2))
        if now - at < pause:
            return False
        self._said[what] = now, min(2 * pause, self.LONGEST)
        return True


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
