"""What time is it? By two clocks, this machine's and the store's: by the one that is behind.

How fresh numbers are, and with it the watermark, would follow a clock that is ahead, and the watermark is never taken back: what is due in a year would be overdue, and what is kept
would be removed, for good. By a clock that is behind, numbers are only called older than they are.
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable
from typing import Final

_log = logging.getLogger(__name__)

APART: Final = 5.0
"""Seconds by which clocks may differ before anybody minds."""


class StoreTime:
    def __init__(self, wall: Callable[[], float] = time.time, steady: Callable[[], float] = time.monotonic) -> None:
        self._wall, self._steady = wall, steady
        self._since = math.inf
        """What the store's clock showed when the steady one began, s; not known yet."""
        self._told = 0.0
        """How far apart the two were when somebody was told last, s."""

    def learn(self, now: int | None) -> None:
        """What the store's clock shows now, ms since 1970 UTC; None: it does not say."""
        if now is None:
            return
        self._since = now / 1000 - self._steady()
        ahead = self._ahead()
        if abs(ahead - self._told) > APART:
            self._told = ahead
            _log.warning(
                "this machine's clock is %.0f s %s the store's: the earlier one is gone by",
                abs(ahead),
                "ahead of" if ahead > 0 else "behind",
            )

    def _ahead(self) -> float:
        return self._wall() - self._since - self._steady()

    def latest(self) -> float:
        """A moment that has not come yet, ms since 1970 UTC: what others call the past is not later. Infinite while only this machine's clock is known."""
        return (self._since + self._steady() + APART) * 1000

    def moment(self, here: int) -> int:
        """A moment of the past by this machine's clock, ms since 1970 UTC, or 0 for none; 0 also if it was taken before that clock was put back."""
        if not here or self._since == math.inf:
            return here
        wall = math.floor(self._wall() * 1000)
        return here - max(0, math.ceil(self._ahead() * 1000)) if here <= wall else 0
