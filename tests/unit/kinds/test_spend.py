"""Money spent counts on its day, for its campaign, as its newest version says."""

from __future__ import annotations

import pytest

from processor.store.memory import MemoryStore
from schemas.events import Tombstone
from schemas.keys import SEP
from tests.support.world import Worker, an

LATER = "2026-03-05T12:00:00Z"


def spent(store: MemoryStore) -> dict[tuple[str, str], int]:
    """(campaign, field) -> amount."""
    return {(campaign, field): amount for (_, campaign, view, _, field), amount in store.cells.items() if view == "e" and amount}


@pytest.mark.parametrize("newest_first", [False, True])
async def test_an_edited_amount_campaign_or_purpose_moves_all_of_it(*, newest_first: bool) -> None:
    store = MemoryStore()
    worker = await Worker.on(store)
    versions = [an("spend", "s-1", kind="ads"), an("spend", "s-1", version=2, campaign_id="c-2", amount_minor=700, kind="agency")]
    for event in reversed(versions) if newest_first else versions:
        await worker.commit(event, event)

    assert spent(store) == {("c-2", f"event{SEP}agency{SEP}USD"): 700}


async def test_deleted_money_was_never_spent_and_may_be_restored() -> None:
    store = MemoryStore()
    worker = await Worker.on(store)
    await worker.commit(an("spend", "s-1"), an("spend", "s-1", version=2, deleted=True))
    assert spent(store) == {}

    await worker.commit(an("spend", "s-1", version=3))

    assert spent(store) == {("c-1", f"event{SEP}{SEP}USD"): 500}


@pytest.mark.parametrize("before", [False, True])
async def test_a_tombstone_stands_above_every_version(*, before: bool) -> None:
    store = MemoryStore()
    worker = await Worker.on(store)
    events = [an("spend", "s-1"), Tombstone("spend", "default", "s-1")]
    for event in reversed(events) if before else events:
        await worker.commit(event)

    assert spent(store) == {}


async def test_it_lies_in_a_day_of_the_campaigns_zone_which_may_change() -> None:
    store = MemoryStore()
    worker = await Worker.on(store)
    await worker.commit(an("spend", "s-1", spent_at="2026-03-01T20:00:00Z"))
    days_before = {day for _, _, view, day, _ in store.cells if view == "e"}

    await worker.commit(an("campaign", "c-1", timezone="Asia/Ho_Chi_Minh"))
    await worker.settle()

    assert {day - 1 for (_, _, view, day, _), amount in store.cells.items() if view == "e" and amount} == days_before
