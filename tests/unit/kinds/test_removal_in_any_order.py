"""Whatever of messages and touches was removed meanwhile, in any order of arrival, the numbers are those of the recount; and each rule about that is needed."""

from __future__ import annotations

import random

import pytest

from processor.kinds import message_retention, order_state, touch_retention
from tests.support.expected import CellName, wrong_cells
from tests.support.kept import Counting, a_course
from tests.support.mutants import Mistake, plant


async def differences(seed: int, *, removing: bool) -> tuple[Counting, dict[CellName, tuple[int, int]]]:
    """What a seed's course leaves wrong in a store."""
    rng = random.Random(seed)
    records = a_course(rng)
    rest, groups = records, []
    if not removing:  # that nothing more comes for what was removed is known only if records come as Kafka had them
        groups = [[record] for record in records if record.topic == "settings"]
        rest = rng.sample(records, len(records))
    while rest:
        size = rng.randint(1, 30)
        groups.append(rest[:size])
        rest = rest[size:]
    counting = Counting()
    await counting.count(groups, removing=removing)
    return counting, wrong_cells(counting.cells(), records, watermark=records[-1].timestamp_ms)


@pytest.mark.parametrize("removing", [False, True])
@pytest.mark.parametrize("seed", range(12))
async def test_the_numbers_are_those_of_the_recount_in_any_order_and_whatever_was_removed(seed: int, removing: bool) -> None:  # noqa: FBT001 - a table
    counting, wrong = await differences(seed, removing=removing)

    assert not wrong, next(iter(wrong.items()))
    assert counting.late
    if removing:
        assert any(key.startswith("g\x1f") for key, _ in counting.store.values)


@pytest.mark.parametrize(
    "mistake",
    {
        "a message is removed as soon as what happens to it no longer counts": Mistake(
            message_retention._is_over, "watermark > until + DAY", "last is not None and watermark > last"
        ),
        "of a removed message nothing is remembered": Mistake(message_retention._holds, "any(", "False and any("),
        "touches are removed before they are over": Mistake(touch_retention._is_over, "(number + 1) * PERIOD - 1", "number * PERIOD"),
        "touches are removed that an order may ask for": Mistake(
            touch_retention._is_asked_for, "last is None or (place", "last is None or (False and place"
        ),
        "an order that says something new late reaches touches that are gone": Mistake(
            touch_retention.speaks_for, "order.purchased_at <= last and order.heard <= last // 1000", "order.purchased_at <= last"
        ),
        "an order reaches a touch that was gone when it was bought": Mistake(
            touch_retention.speaks_for, "order.purchased_at <= last and", ""
        ),
        "Kafka hears each version anew": Mistake(order_state.claiming, "min(at, claims.get(claim, at))", "at"),
    }.items(),
    ids=lambda mistake: mistake[0],
)
async def test_with_a_mistake_some_number_is_another_one(monkeypatch: pytest.MonkeyPatch, mistake: tuple[str, Mistake]) -> None:
    plant(monkeypatch, mistake[1])

    for seed in range(30):
        for removing in (True, False):
            if (await differences(seed, removing=removing))[1]:
                return
    pytest.fail("no number is another one: either it is no mistake, or the courses are too weak")
