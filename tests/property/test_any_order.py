"""The law behind everything: the same events give the same cells, in any order, any number of times, cut into any groups, on any partitions."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from processor.engine import Engine
from processor.store.memory import MemoryStore
from processor.values import Cell, Slot
from schemas.events import Event, Tombstone
from tests.support.generator import generate, redelivered
from tests.support.logs import logs_of
from tests.support.values import HOUR, NOW

PARTITIONS = 3


async def counted(events: Sequence[Event | Tombstone], rng: random.Random) -> dict[Cell, int]:
    """The cells after all events, each on some partition, in groups of some size, with some settling in between."""
    store = MemoryStore(rng.randrange(1 << 30))
    engine = Engine(store, cache_size=rng.choice((10, 10_000)))
    claims = [await store.claim(f"t-{n}", "w", 1) for n in range(PARTITIONS)]
    positions = [0] * PARTITIONS
    rest = list(events)
    while rest:
        size = rng.randint(1, 40)
        group, rest = rest[:size], rest[size:]
        n = rng.randrange(PARTITIONS)
        await engine.commit([Slot(f"t-{n}", claims[n].epoch, "w", positions[n], positions[n] + len(group), NOW - len(rest) * HOUR)], group)
        positions[n] += len(group)
        if rng.random() < 0.3:
            await engine.settle()
        if rng.random() < 0.1:
            await engine.advance()
    await engine.commit([Slot(f"t-{n}", claims[n].epoch, "w", positions[n], positions[n], NOW) for n in range(PARTITIONS)], [])
    await engine.advance()
    while await engine.settle():
        pass
    return store.cells


@given(seed=st.integers(0, 1 << 20), profile=st.sampled_from(("normal", "sparse", "hot")), how=st.integers(0, 1 << 20))
@settings(max_examples=60, deadline=None)
def test_any_order_any_duplicates_any_groups_and_any_keying_give_the_same_cells(seed: int, profile: str, how: int) -> None:
    records = generate(seed, profile=profile, events=120)
    straight = [event for log in logs_of(records)[0].values() for event in log]
    shuffled = [event for log in logs_of(redelivered(records, how))[0].values() for event in log]

    assert asyncio.run(counted(straight, random.Random(how))) == asyncio.run(counted(shuffled, random.Random(seed)))


@given(seed=st.integers(0, 1 << 20))
@settings(max_examples=30, deadline=None)
def test_reading_everything_a_second_time_changes_nothing(seed: int) -> None:
    events = [event for log in logs_of(generate(seed, profile="hot", events=80))[0].values() for event in log]

    once = asyncio.run(counted(events, random.Random(seed)))

    assert asyncio.run(counted([*events, *events], random.Random(seed))) == once
