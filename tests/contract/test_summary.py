"""What answers are stamped with is what the partitions say, whichever call moved them last."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

import redis

from processor.store.redis import RedisStore
from processor.transaction import Tx
from processor.values import Slot
from tests.support.servers import Store
from views_api.stored.readings import Facts
from views_api.stored.store import Store as Reading
from views_api.views.stamps import state

PARTITIONS = [f"orders-{n}" for n in range(4)]


def said_by(meta: Mapping[str, str]) -> tuple[int, int, int, int]:
    """(as of, partitions, rebuilding, incomplete), from the definition of each."""
    positions = {field[2:]: int(value) for field, value in meta.items() if field.startswith("x:")}
    return (
        min((int(meta.get(f"f:{partition}", 0)) for partition in positions), default=0),
        len(positions),
        int(
            len(positions) < int(meta.get("sources", 0))
            or any(at < int(meta.get(f"b:{partition}", 0)) for partition, at in positions.items())
        ),
        int(any(field.startswith("i:") for field in meta)),
    )


async def test_the_summary_of_the_partitions_is_that_of_all_of_them_behind_every_call(kpi_store: Store) -> None:
    rng, seen = random.Random(5), set[tuple[int, ...]]()
    store, reading = RedisStore(kpi_store.url_of("worker")), Reading(kpi_store.url, None, "g1")
    await store.check()
    client = redis.Redis.from_url(kpi_store.url, decode_responses=True)
    held: dict[str, Slot] = {}
    for step in range(300):
        partition = rng.choice(PARTITIONS)
        if partition not in held or rng.random() < 0.1:
            claim = await store.claim(partition, "w", step, rebuild_to=rng.choice((0, 5)), of=rng.choice((0, 4, 4, 5)) if step < 200 else 4)
            held[partition] = Slot(partition, claim.epoch, "w", claim.position, claim.position, 0)
        elif step in (250, 260, 270):
            await store.incomplete(partition)
        else:
            together = [one for one in held.values() if one.partition == partition or rng.random() < 0.3]
            moved = [one._replace(last=one.prev + rng.randrange(3), as_of=1_795_500_000_000 + rng.randrange(1000)) for one in together]
            await store.apply(moved, Tx({}))
            held |= {one.partition: one._replace(prev=one.last) for one in moved}
        facts: Facts = await reading.facts()
        found = facts.as_of, facts.partitions, facts.rebuilding, facts.incomplete
        meta: Any = client.hgetall("g1:{b00}:meta")
        assert found == said_by(meta)
        seen.add(found[2:])
    client.close()
    await store.close()
    await reading.close()

    assert seen == {(1, 0), (0, 0), (0, 1)}


async def test_while_a_partition_has_not_been_claimed_nobody_is_told_that_all_is_counted(kpi_store: Store) -> None:
    """As after a store was emptied, while the worker of the other half is away: its campaigns would be absent, and their numbers gone."""
    store, reading = RedisStore(kpi_store.url_of("worker")), Reading(kpi_store.url, None, "g1")
    await store.check()
    said = []
    for partition in PARTITIONS:
        claim = await store.claim(partition, "w", 1, of=len(PARTITIONS))
        await store.apply([Slot(partition, claim.epoch, "w", 0, 3, 1_795_500_000_000)], Tx({}))
        said.append(state(await reading.facts(), 1_795_500_000_000))
    await store.close()
    await reading.close()

    assert said == ["rebuilding", "rebuilding", "rebuilding", "live"]
