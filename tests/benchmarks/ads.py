"""The stream of the Yahoo Streaming Benchmark: ad events as JSON of about 312 bytes, keyed by campaign, and how often each campaign was viewed per 10 s."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from typing import Final

from tests.benchmarks.mixed_events import Record, partition_of

PARTITIONS: Final = 4
WINDOW: Final = 10_000
"""Milliseconds of event time."""
BEGIN: Final = 1_764_000_000_000
CAMPAIGNS: Final = tuple(f"camp-{number:03d}" for number in range(100))
_WEIGHTS: Final = tuple(1 / (number + 1) ** 0.8 for number in range(100))
_TYPES: Final = ("view",) * 70 + ("click",) * 25 + ("purchase",) * 5
_AGENT: Final = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/120.0 Safari/537.36"

Counts = Counter[tuple[str, int]]
"""(campaign, begin of the window) -> views."""


class Ads:
    """10,000 events per second of event time, 5 % of them up to 2 s out of order."""

    def __init__(self, topic: str, seed: int = 7) -> None:
        self.topic = topic
        self.views: Counts = Counter()
        self._rng = random.Random(seed)

    def stream(self, count: int) -> Iterator[Record]:
        rng = self._rng
        campaigns: list[str] = []
        for number in range(count):
            if not campaigns:
                campaigns = rng.choices(CAMPAIGNS, _WEIGHTS, k=10_000)
            at = BEGIN + number // 10
            if rng.random() < 0.05:
                at = max(BEGIN, at - rng.randrange(2000))
            yield self.event(number, campaigns.pop(), _TYPES[rng.randrange(100)], at)

    def event(self, number: int, campaign: str, kind: str, at: int) -> Record:
        """One event; `at` in ms since 1970."""
        if kind == "view":
            self.views[campaign, at // WINDOW * WINDOW] += 1
        bits = self._rng.getrandbits(64)
        value = (
            f'{{"event_id":"{bits:016x}-{number:010d}","user_id":"user-{bits % 100_000:06d}","page_id":"page-{bits % 5_000:05d}",'
            f'"campaign_id":"{campaign}","ad_id":"ad-{bits % 1_000:04d}","ad_type":"banner","event_type":"{kind}","event_time":{at},'
            f'"ip":"10.{number & 255}.{bits & 255}.{bits >> 8 & 255}","user_agent":"{_AGENT}"}}'
        ).encode()
        key = campaign.encode()
        return Record(self.topic, partition_of(key, PARTITIONS), key, value)
