"""Does one caller, or one address, ask more often than one may? Counted in this process alone: with several, each lets as many through."""

from __future__ import annotations

import time
from ipaddress import IPv6Address, IPv6Network, ip_address
from math import ceil

from limits import parse
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter

from views_api.problems import Exceeded


def network(host: str) -> str:
    """What is counted as one address: of IPv6 the first half, since whoever has one has all of the second."""
    try:
        address = ip_address(host)
    except ValueError:
        return host
    return str(IPv6Network((address, 64), strict=False)) if isinstance(address, IPv6Address) else host


class Rates:
    def __init__(self, limit: str) -> None:
        """`limit`: such as `600/minute`."""
        self._limit, self._text = parse(limit), limit
        self._limiter = SlidingWindowCounterRateLimiter(MemoryStorage())

    async def count(self, principal: str) -> None:
        """One more request; raises `Exceeded` for one too many, which then does not count."""
        if not await self._limiter.hit(self._limit, principal):
            until = (await self._limiter.get_window_stats(self._limit, principal)).reset_time
            raise Exceeded(f"more requests than {self._text}", max(1, ceil(until - time.time())))
