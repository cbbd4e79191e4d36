"""Staff, targets and rates: what readers see is the newest version of each."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from processor.store.memory import MemoryStore
from processor.store.port import Applied, Conflict
from processor.transaction import Tx
from processor.values import Slot
from schemas import keys
from schemas.rows import RateRow, StaffRow, TargetRow, rate_row, staff_row, target_row
from tests.support.world import Worker, an


@pytest.mark.parametrize("newest_first", [False, True])
async def test_the_newest_version_stays(*, newest_first: bool) -> None:
    store = MemoryStore()
    worker = await Worker.on(store)
    versions = [an("staff", "s-1"), an("staff", "s-1", version=2, name="Bình", email="b@example.com", active=False)]
    for event in reversed(versions) if newest_first else versions:
        await worker.commit(event)

    assert staff_row(store.values[keys.staff("default"), b"s-1"])[0] == StaffRow("Bình", "b@example.com", active=False, deleted=False)


async def test_a_target_and_a_rate_are_kept_as_said() -> None:
    store = MemoryStore()
    worker = await Worker.on(store)
    await worker.commit(an("target", "t-1", staff_id="s-1"), an("rate", "EUR/USD/2026-03-02"))

    target = target_row(store.values[keys.targets("default"), b"t-1"])[0]
    rate = rate_row(store.values[keys.rates("default", "EUR", "USD"), b"2026-03-02"])[0]

    assert target == TargetRow("won", None, "s-1", "2026-03-01", "2026-03-31", 10, deleted=False)
    assert rate == RateRow("1.1")


async def test_a_rate_that_contradicts_its_own_name_is_left() -> None:
    store = MemoryStore()
    worker = await Worker.on(store)
    await worker.commit(an("rate", "EUR/VND/2026-03-02"))

    assert not [key for key, _ in store.values if key == keys.rates("default", "EUR", "VND")]


TOLD = {
    "a name": ([an("staff", "s-1")], {("default", ""): keys.NEVER}),
    "a rate": ([an("rate", "EUR/USD/2026-03-02")], {("default", ""): "2026-03-02"}),
    "a target of all campaigns": ([an("target", "t-1")], {("default", ""): None}),
    "a target of a campaign": ([an("target", "t-1", campaign_id="c-1")], {("default", "c-1"): None, ("default", ""): None}),
    "a target that was another campaign's": (
        [an("target", "t-1", campaign_id="c-1"), an("target", "t-1", version=2, campaign_id="c-2")],
        {("default", "c-1"): None, ("default", "c-2"): None, ("default", ""): None},
    ),
}


class Telling(MemoryStore):
    told: Mapping[tuple[str, str], str | None]
    """What the last call told readers."""

    async def apply(self, slots: list[Slot], tx: Tx) -> Applied | Conflict:
        self.told = dict(tx.touched)
        return await super().apply(slots, tx)


@pytest.mark.parametrize("what", TOLD)
async def test_readers_are_told_whose_answers_read_differently(what: str) -> None:
    events, told = TOLD[what]
    store = Telling()
    worker = await Worker.on(store)
    for event in events:
        await worker.commit(event)

    assert store.told == told
