"""What the adversary of the simulation draws, so many that they would not fit into memory, over so many things that each is spoken of a few times."""

from __future__ import annotations

import time
from collections.abc import Iterator
from random import Random
from typing import Final

from processor.recount import Record
from tests.support.drawn import Stream
from tests.support.poison import poison_of_every_reason
from tests.support.values import HOUR, Profile

PARTITIONS: Final = 8
DUPLICATES: Final = 0.1
POISON: Final = 0.001
SPARED: Final = 0.99
"""Of the tombstones of campaigns: there are few campaigns, and under a tombstone nothing of them is decided any more."""
_RECENT: Final = 5_000
_LONGEST_RUN: Final = 6 * HOUR
"""In ms: what lies too far in the future when it is made still does when it is sent."""


def traffic(seed: int, events: int) -> Iterator[Record]:
    """So many, then duplicates and poison on top, on random partitions: any order, any keying."""
    rng, now = Random(seed), int(time.time() * 1000)
    stream = _LongStream(rng, _profile(events), now - events * 1000)  # a thing happens each second, so that it ends about now
    poison = poison_of_every_reason(now + _LONGEST_RUN)
    recent: list[Record] = []
    for number in range(events):
        record = stream.next()
        if len(recent) < _RECENT:
            recent.append(record)
        else:
            recent[number % _RECENT] = record
        yield _placed(record, rng)
        while rng.random() < DUPLICATES:
            yield _placed(rng.choice(recent), rng)
        if rng.random() < POISON:
            yield _placed(rng.choice(poison), rng)


def _placed(record: Record, rng: Random) -> Record:
    return record._replace(partition=rng.randrange(PARTITIONS))


def _profile(events: int) -> Profile:
    """A message is told apart by campaign and channel too, so few subjects are many messages; a third of what is said is about one of which something was said before."""
    return Profile(
        events,
        tenants=3,
        campaigns=40,
        customers=max(20, events // 50),
        staff=40,
        opportunities=max(20, events // 25),
        orders=max(20, events // 20),
        tasks=max(20, events // 40),
        messages=max(4, events // 2_000),
        versions=12,
    )


class _LongStream(Stream):
    def tombstone(self) -> Record:
        while True:
            drawn = super().tombstone()
            is_spend = any(name == "ce_type" and value.startswith(b"spend") for name, value in drawn.headers)
            if drawn.topic != "campaigns" or is_spend or self.rng.random() > SPARED:
                return drawn
