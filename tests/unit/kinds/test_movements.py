"""View v: what happened to opportunities, on the day it happened (rules 13 to 17)."""

from __future__ import annotations

from typing import Any

import pytest

from processor.store.memory import MemoryStore
from schemas import keys
from schemas.events import Event, Tombstone
from tests.support.world import Worker, an

STEPS = [
    {"id": "call", "name": "Call", "position": 1},
    {"id": "meet", "name": "Meet", "position": 2},
    {"id": "signed", "name": "S", "position": 3},
]
CREATED = "2026-03-02T12:00:00Z"


def said(version: int, at: str, **data: Any) -> Event | Tombstone:
    """A version of the opportunity, at a time of 2026-03."""
    return an("opportunity", "o-1", version=version, at=f"2026-03-{at}:00Z", **{"created_at": CREATED, "status": "open", **data})


async def movements(*events: Event | Tombstone) -> dict[tuple[str, str, str], int]:
    """(campaign, day of 2026-03, field with `|`) -> count; the same in whatever order the events come."""
    found = []
    for order in (events, events[::-1]):
        worker = await Worker.on(MemoryStore())
        for event in order:
            await worker.commit(event)
        await worker.settle()
        cells = worker.engine.store.cells  # type: ignore[attr-defined]  # the memory store's
        found.append({(c, keys.iso(day)[-2:], f.replace(keys.SEP, "|")): n for (_, c, view, day, f), n in cells.items() if view == "v"})
    assert found[0] == found[1]
    return found[0]


async def test_what_was_only_created_has_not_moved() -> None:
    assert await movements(said(1, "02T12:00")) == {}


async def test_one_that_is_open_again_was_reopened_on_that_day() -> None:
    happened = await movements(
        said(1, "02T12:00", status="won"), said(2, "04T12:00"), said(3, "05T12:00", status="lost"), said(4, "06T12:00")
    )

    assert {what: n for what, n in happened.items() if "reopened" in what[2]} == {
        ("c-1", "04", "reopened|w"): 1,
        ("c-1", "06", "reopened|l"): 1,
    }


async def test_a_move_is_out_of_the_one_campaign_and_into_the_other_each_in_its_own_day() -> None:
    happened = await movements(
        an("campaign", "c-2", timezone="Asia/Tokyo"), said(1, "02T12:00"), said(2, "04T20:00", campaign_id="c-2", owner_id=None)
    )

    assert happened == {("c-1", "04", "moved_out"): 1, ("c-2", "05", "moved_in"): 1, ("c-1", "04", "step||11"): 1}


async def test_an_opportunity_changes_hands_only_where_somebody_had_it() -> None:
    owners = ["an", "binh", None, "chi"]
    happened = await movements(*(said(n, f"{n:02}T12:00", owner_id=owner) for n, owner in enumerate(owners, 2)))

    assert happened == {
        ("c-1", "02", "claim|an|0"): 1,
        ("c-1", "03", "out|an"): 1,
        ("c-1", "03", "in|binh"): 1,
        ("c-1", "04", "out|binh"): 1,
    }


async def test_coming_back_after_a_deletion_is_no_movement() -> None:
    happened = await movements(said(1, "02T12:00", owner_id="an"), said(2, "03T12:00", deleted=True), said(3, "04T12:00", owner_id="binh"))

    assert happened == {("c-1", "02", "claim|an|0"): 1, ("c-1", "03", "step||9"): 1}


async def test_the_time_in_a_step_counts_on_the_day_it_ends_whoever_had_it() -> None:
    happened = await movements(
        an("campaign", "c-1", steps=STEPS),
        said(1, "02T12:00", step_id="call"),
        said(2, "03T12:00", step_id="call", probability=30),
        said(3, "04T12:00", step_id="meet"),
        said(4, "04T12:30", step_id="signed", status="won"),
    )

    assert happened == {("c-1", "04", "step|call|10"): 1, ("c-1", "04", "step|meet|3"): 1}


async def test_one_that_does_not_exist_never_moved() -> None:
    versions = [said(1, "02T12:00", owner_id="an"), said(2, "03T12:00", owner_id="binh")]

    assert await movements(*versions, said(3, "04T12:00", deleted=True)) == {}


@pytest.mark.parametrize(("wait", "late"), [(None, 0), (3600, 0), (3599, 1)])
async def test_a_claim_is_late_if_it_took_longer_than_its_campaign_waits_now(wait: int | None, late: int) -> None:
    happened = await movements(
        an("campaign", "c-1", registration_wait_s=1),
        said(1, "02T12:00"),
        said(2, "02T13:00", owner_id="an"),
        an("campaign", "c-1", version=2, registration_wait_s=wait),
    )

    assert happened.get(("c-1", "02", "claim|an|4")) == 1
    assert happened.get(("c-1", "02", "late_claim|an"), 0) == late
