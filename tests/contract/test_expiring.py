"""Cells that do not stay: the hours of a day are removed a while after it, the earliest first and a few at a time. On every store."""

from __future__ import annotations

from processor.store.port import Applied, Store
from processor.transaction import Tx
from processor.values import Slot
from schemas import keys
from schemas.keys import View
from tests.contract.conftest import Cells

DAY = 86_400_000
FIRST = 20_000


async def count(store: Store, as_of: int = 0, *, first: int = FIRST, **views: int) -> None:
    """One in each view on these days, and all counted up to a moment."""
    tx = Tx()
    for view, days in views.items():
        for day in range(first, first + days):
            tx.cells["acme", "a:b", view, day]["1\x1fn"] += 1
            tx.cells["acme", "a:b", view, day]["2\x1fn"] += 2
    claim = await store.claim("orders-0", "w", 1)
    assert isinstance(await store.apply([Slot("orders-0", claim.epoch, "w", claim.position, claim.position + 1, as_of)], tx), Applied)
    await store.advance()


def end_of(day: int) -> int:
    """The watermark at which the hours of this day may go."""
    return (day + 1) * DAY + keys.HOURS_KEPT


async def there(cells: Cells) -> set[tuple[str, str]]:
    return {(view, day) for _, _, view, day, _ in await cells()}


async def test_only_hours_are_removed_and_only_of_days_that_ended_long_enough_before_the_watermark(store: Store, cells: Cells) -> None:
    await count(store, end_of(FIRST + 1), h=3, o=3)

    assert await store.expire(9) == 2
    assert await store.expire(9) == 0

    assert await there(cells) == {(View.HOURS, keys.iso(FIRST + 2)), *((View.OPPORTUNITIES, keys.iso(FIRST + n)) for n in range(3))}


async def test_nothing_is_removed_a_millisecond_too_early_nor_without_a_watermark(store: Store, cells: Cells) -> None:
    await count(store, h=1)
    assert await store.expire(9) == 0
    await count(store, end_of(FIRST) - 1)
    assert await store.expire(9) == 0
    await count(store, end_of(FIRST))
    assert await store.expire(9) == 1
    assert await cells() == {}


async def test_hours_of_before_1970_are_removed_as_well(store: Store, cells: Cells) -> None:
    await count(store, end_of(FIRST), first=-2, h=3, o=1)

    assert await store.expire(9) == 3
    assert await there(cells) == {(View.OPPORTUNITIES, "1969-12-30")}


async def test_the_earliest_go_first_and_no_more_than_asked_for(store: Store, cells: Cells) -> None:
    await count(store, end_of(FIRST + 9), h=3)

    assert await store.expire(2) == 2

    assert await there(cells) == {(View.HOURS, keys.iso(FIRST + 2))}


async def test_what_comes_late_for_a_removed_hour_is_removed_again(store: Store, cells: Cells) -> None:
    await count(store, end_of(FIRST), h=1)
    await store.expire(9)
    await count(store, end_of(FIRST), h=1)

    assert await store.expire(9) == 1
    assert await cells() == {}


async def test_hours_of_which_nothing_is_left_wait_for_nothing(store: Store, cells: Cells) -> None:
    await count(store, end_of(FIRST), h=1)
    back = Tx()
    back.cells["acme", "a:b", "h", FIRST].update({"1\x1fn": -1, "2\x1fn": -2})
    claim = await store.claim("orders-0", "w", 1)
    await store.apply([Slot("orders-0", claim.epoch, "w", claim.position, claim.position + 1, end_of(FIRST))], back)

    assert await store.expire(9) == 0
    assert await cells() == {}
