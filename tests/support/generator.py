"""A seeded adversary: streams of contract events that collide, contradict each other and come in any order. No clock: the same seed gives the same bytes.

Everything that the event contract allows may happen, and each reason code of the dead letters does.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from random import Random

from processor.recount import Record
from tests.support.drawn import Stream
from tests.support.poison import poison_of_every_reason
from tests.support.values import NOW, Profile

PROFILES = {
    "normal": Profile(400, tenants=2, campaigns=4, customers=8, staff=4, opportunities=20, orders=30, tasks=12, messages=20, versions=12),
    "sparse": Profile(
        500, tenants=2, campaigns=6, customers=60, staff=8, opportunities=100, orders=150, tasks=60, messages=100, versions=4
    ),
    "hot": Profile(300, tenants=1, campaigns=2, customers=3, staff=2, opportunities=4, orders=8, tasks=3, messages=4, versions=20),
}


def generate(seed: int, *, profile: str = "normal", events: int | None = None, partitions: int = 8, now: int = NOW) -> list[Record]:
    """Records in order of production. `events` overrides the profile's number (duplicates and poison come on top); `now` is the broker timestamp of the first."""
    rng = Random(seed)
    stream = Stream(rng, PROFILES[profile], now)
    produced = [stream.next() for _ in range(events or PROFILES[profile].events)]
    produced = _settings_first_or_last(produced, rng)
    produced = _with_duplicates(produced, rng)
    for poison in poison_of_every_reason(now):
        produced.insert(rng.randrange(len(produced) + 1), poison)
    return _on_partitions(produced, rng, partitions)


def redelivered(records: Sequence[Record], seed: int, *, partitions: int = 8) -> list[Record]:
    """The same events in another order, on other partitions, a fifth of them once more."""
    rng = Random(seed)
    again = [*records, *(record for record in records if rng.random() < 0.2)]
    rng.shuffle(again)
    return _on_partitions(again, rng, partitions)


def _on_partitions(records: Iterable[Record], rng: Random, partitions: int) -> list[Record]:
    ends: dict[tuple[str, int], int] = {}
    placed = []
    for record in records:
        partition = rng.randrange(partitions)
        offset = ends.get((record.topic, partition), 0)
        ends[record.topic, partition] = offset + 1
        placed.append(record._replace(partition=partition, offset=offset))
    return placed


def _settings_first_or_last(records: list[Record], rng: Random) -> list[Record]:
    order = rng.choice(("mixed", "first", "last"))
    if order == "mixed":
        return records
    return sorted(records, key=lambda record: (record.topic == "campaigns") is (order == "last"))


def _with_duplicates(records: list[Record], rng: Random) -> list[Record]:
    result: list[Record] = []
    for record in records:
        result.append(record)
        while rng.random() < 0.1:
            result.append(rng.choice(result))
    return result
