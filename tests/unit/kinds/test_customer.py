"""The record of a campaign's customer holds what each of its opportunities says, whatever happened to the others meanwhile."""

from __future__ import annotations

from processor.store.memory import MemoryStore
from schemas import keys
from schemas.events import Tombstone
from tests.support.world import Worker, an

EVENING = "2026-03-01T20:00:00Z"
"""The next morning in Vietnam."""


async def test_a_zone_that_came_and_went_leaves_nothing_behind_in_the_record_of_one_that_it_never_reached() -> None:
    store = MemoryStore()
    worker = await Worker.on(store)
    await worker.commit(an("opportunity", "o-1", created_at=EVENING), an("opportunity", "o-2", created_at=EVENING))
    await worker.commit(an("campaign", "c-1", timezone="Asia/Ho_Chi_Minh"))
    await worker.commit(
        an("opportunity", "o-1", version=2, created_at=EVENING, owner_id="an")
    )  # decided in the new zone, o-2 is still to be
    await worker.commit(Tombstone("opportunity", "default", "o-1"))
    await worker.commit(an("campaign", "c-1", version=2))

    await worker.settle()

    assert {keys.iso(day) for (_, _, view, day, _), amount in store.cells.items() if view in "nw" and amount} == {"2026-03-01"}
