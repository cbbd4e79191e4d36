"""A neighbour that is away is asked again for ever, ever less often, and everybody is told: nothing is lost by waiting, and much by giving up."""

from __future__ import annotations

import asyncio
import logging
import math
import random
import time
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from processor.health import Health
from schemas.errors import Unavailable

T = TypeVar("T")

_log = logging.getLogger(__name__)

_FIRST: Final = 0.05
"""Seconds of the first pause; each is twice the one before."""
_LONGEST: Final = 2.0
"""Seconds: so long a neighbour that is back may go unnoticed."""
_SAY: Final = 30.0
"""Seconds between lines in the log while it lasts."""


class Patience:
    def __init__(self, neighbour: str, health: Health) -> None:
        self._neighbour, self._health = neighbour, health

    async def __call__(self, call: Callable[[], Awaitable[T]], *, within: float = math.inf) -> T:
        """The result of the call, however long that takes, or up to so many seconds. It must be safe to repeat; only `Unavailable` is waited for, and raised in the end."""
        began = time.monotonic()
        since, said, pause = 0.0, 0.0, _FIRST
        while True:
            try:
                result = await call()
            except Unavailable as error:
                now = time.monotonic()
                since = since or now
                if now - said > _SAY:
                    said = now
                    _log.warning("%s is away for %.0f s: %s", self._neighbour, now - since, error)
                if now - began > within:
                    self._health.well(self._neighbour)  # who waits no longer tells why
                    raise
                self._health.trouble(self._neighbour, str(error))
                await asyncio.sleep(pause * random.uniform(0.5, 1.0))  # noqa: S311 - so that workers do not come back all at once
                pause = min(pause * 2, _LONGEST)
            else:
                if since:
                    _log.warning("%s is back after %.1f s", self._neighbour, time.monotonic() - since)
                    self._health.well(self._neighbour)
                return result
