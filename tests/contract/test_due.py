"""The watermark, and what waits for it: a moment that only goes on, and marks in the same step whatever it passes. On every store."""

from __future__ import annotations

from processor.store.port import Applied, Store
from processor.transaction import Tx
from processor.values import Passed, Slot
from schemas import keys

WATERMARK = (keys.META, keys.WATERMARK)


async def watermark(store: Store) -> object:
    return (await store.fetch([WATERMARK]))[WATERMARK]


async def passed(store: Store, limit: int = 9) -> object:
    return (await store.fetch([Passed(limit)]))[Passed(limit)]


async def reach(store: Store, partition: str, as_of: int, tx: Tx | None = None) -> Applied:
    """Say that all of a partition is counted up to a moment, and what else a plan says."""
    claim = await store.claim(partition, "w", 1)
    applied = await store.apply([Slot(partition, claim.epoch, "w", claim.position, claim.position + 1, as_of)], tx or Tx())
    assert isinstance(applied, Applied)
    return applied


def waiting(**until: int | None) -> Tx:
    tx = Tx()
    for thing, moment in until.items():
        tx.wait(thing.encode(), moment)
    return tx


async def test_the_watermark_is_the_earliest_moment_that_a_partition_has_reached(store: Store) -> None:
    await reach(store, "orders-0", 700)
    await reach(store, "tasks-0", 500)

    await store.advance()

    assert await watermark(store) == b"500"


async def test_there_is_none_while_a_partition_has_reached_nothing(store: Store) -> None:
    await store.advance()
    assert await watermark(store) == b""
    await reach(store, "orders-0", 700)
    await store.claim("tasks-0", "w", 1)

    await store.advance()

    assert await watermark(store) == b""


async def test_there_is_none_while_a_partition_was_never_claimed(store: Store) -> None:
    """What it holds may be older than anything that is counted."""
    claim = await store.claim("orders-0", "w", 1, of=2)
    await store.apply([Slot("orders-0", claim.epoch, "w", 0, 1, 700)], Tx())

    await store.advance()
    assert await watermark(store) == b""

    await reach(store, "tasks-0", 900)
    await store.advance()
    assert await watermark(store) == b"700"


async def test_the_watermark_never_goes_back(store: Store) -> None:
    await reach(store, "orders-0", 700)
    await store.advance()
    await reach(store, "tasks-0", 500)

    await store.advance()

    assert await watermark(store) == b"700"


async def test_what_the_watermark_passes_becomes_dirty_in_the_same_step(store: Store) -> None:
    applied = await reach(store, "tasks-0", 500, waiting(late=501, at=500, due=499, long=-7))
    assert applied.dirty == 0
    assert await passed(store) == ()

    assert await store.advance() == 1

    assert await store.marks(9) == [keys.PASSED]
    assert await passed(store) == (b"long", b"due")
    assert await passed(store, 1) == (b"long",)


async def test_nothing_is_dirty_while_the_watermark_has_passed_nothing(store: Store) -> None:
    await reach(store, "tasks-0", 500, waiting(at=500))

    assert await store.advance() == 0
    assert await store.marks(9) == []


async def test_what_has_been_passed_when_it_begins_to_wait_is_dirty_at_once(store: Store) -> None:
    await reach(store, "tasks-0", 500)
    await store.advance()

    assert (await reach(store, "tasks-0", 500, waiting(later=500))).dirty == 0
    assert (await reach(store, "tasks-0", 500, waiting(due=499))).dirty == 1


async def test_the_mark_stays_until_nothing_is_left_that_was_passed(store: Store) -> None:
    await reach(store, "tasks-0", 500, waiting(one=1, two=2))
    await store.advance()
    first, last = waiting(one=None), waiting(two=600)
    first.unmark(keys.PASSED)
    last.unmark(keys.PASSED)

    assert (await reach(store, "tasks-0", 500, first)).dirty == 1
    assert await passed(store) == (b"two",)
    assert (await reach(store, "tasks-0", 500, last)).dirty == 0
    assert await passed(store) == ()


async def test_a_step_that_found_nothing_to_do_does_not_take_the_mark_from_what_came_meanwhile(store: Store) -> None:
    await reach(store, "tasks-0", 500)
    await store.advance()
    idle = Tx()
    idle.unmark(keys.PASSED)
    await reach(store, "tasks-0", 500, waiting(due=1))

    assert (await reach(store, "tasks-0", 500, idle)).dirty == 1
