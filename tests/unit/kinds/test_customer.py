"""The record of a campaign's customer holds what each of its opportunities says, whatever happened to the others meanwhile."""

from __future__ import annotations

import pytest

from processor.kinds import customer
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


async def test_a_customer_who_stands_for_many_is_counted_once_for_all_of_them_that_change_together(monkeypatch: pytest.MonkeyPatch) -> None:
    """A till, a guest: what a record takes grows with all of its opportunities, so it may not be taken for each."""
    counted: list[int] = []
    count = customer.count

    def watched(*args: object) -> None:
        counted.append(len(args[3].shares))  # type: ignore[attr-defined]  # the record
        count(*args)  # type: ignore[arg-type]  # as they came

    monkeypatch.setattr(customer, "count", watched)
    store = MemoryStore()
    worker = await Worker.on(store)

    await worker.commit(*(an("opportunity", f"o-{number}", customer_id="walk-in", created_at=EVENING) for number in range(50)))
    await worker.commit(
        *(an("opportunity", f"o-{number}", version=2, customer_id="walk-in", created_at=EVENING, owner_id="an") for number in range(50))
    )

    assert counted == [0, 50, 50, 50]
    assert {name for (_, _, view, _, name), amount in store.cells.items() if view == "n" and amount} == {
        f"{name}{keys.SEP}" for name in "ago"
    }
