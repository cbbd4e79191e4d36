"""Who was interacted with (D9): any range of days, anyone's interaction, on or after the opportunity was created; and how it is taken back."""

from __future__ import annotations

import pytest

from processor.store.memory import MemoryStore
from schemas import keys
from schemas.events import Event, Tombstone
from schemas.keys import SEP
from tests.support.world import an, settled

Events = list[Event | Tombstone]
CREATED = "2026-03-02T12:00:00Z"
AFTER = "2026-03-05T09:00:00Z"
BEFORE = "2026-03-01T09:00:00Z"


def interacted(store: MemoryStore, first: str, last: str, *, campaign: str = "c-1", owner: str | None = None) -> int:
    """Distinct customers, as `docs/cells.md` tells to count them."""
    found = 0
    for (_, of, view, day, field), amount in store.cells.items():
        name, *rest = field.split(SEP)
        wanted = view == ("n" if owner is None else "w") and rest[:-1] == ([] if owner is None else [owner])
        if of == campaign and name == "x" and wanted and first <= keys.iso(day) and rest[-1] <= last:
            found += amount
    return found


OWNED = an("opportunity", "o-1", owner_id="an", created_at=CREATED)


@pytest.mark.parametrize(
    ("how", "strict"),
    [
        (an("interaction", "i-1", at=AFTER, campaign_id="c-1"), False),
        (an("interaction", "i-1", at=AFTER, opportunity_id="o-1", kind="meeting"), False),
        (an("interaction", "i-1", at=AFTER, campaign_id="c-1", kind="email_read"), True),
        (an("task", "t-1", customer_id="cu-1", status="completed", created_at=BEFORE, completed_at=AFTER), False),
        (an("task", "t-1", customer_id="cu-1", created_at=AFTER), True),
        (an("message", "m-1", at=AFTER, recipient_id="cu-1", verb="replied"), False),
        (an("message", "m-1", at=AFTER, recipient_id="cu-1", verb="clicked", channel="push"), True),
        (an("message", "m-1", at=AFTER, recipient_id="cu-1", verb="delivered", channel="sms"), True),
    ],
)
@pytest.mark.parametrize("first", [False, True])
async def test_what_qualifies_counts_by_the_definition_in_force_whichever_comes_first(*, how: Event, strict: bool, first: bool) -> None:
    definition = [an("tenant", "default", interaction_definition="getfly_strict")] if strict else []
    events: Events = [how, OWNED] if first else [OWNED, how]

    store = await settled(*events, *definition)

    assert interacted(store, "2026-03-01", "2026-03-31") == 1
    assert interacted(store, "2026-03-01", "2026-03-31", owner="an") == 1
    assert interacted(store, "2026-03-03", "2026-03-31") == 0  # the opportunity is older than the range
    assert interacted(store, "2026-03-01", "2026-03-04") == 0  # the interaction is later than the range


@pytest.mark.parametrize(
    ("how", "strict"),
    [
        (an("interaction", "i-1", at=AFTER, campaign_id="c-1", direction="inbound"), False),
        (an("interaction", "i-1", at=AFTER, campaign_id="c-1", outcome="no_answer"), False),
        (an("interaction", "i-1", at=AFTER, campaign_id="c-1", kind="email_read"), False),
        (an("interaction", "i-1", at=AFTER, campaign_id="c-1", kind="meeting"), True),
        (an("interaction", "i-1", at=AFTER, campaign_id="c-other"), False),
        (an("interaction", "i-1", at=AFTER, campaign_id="c-1", customer_id="cu-other"), False),
        (an("interaction", "i-1", at=BEFORE, campaign_id="c-1"), False),
        (an("task", "t-1", customer_id="cu-1", created_at=AFTER), False),
        (an("task", "t-1", customer_id="cu-1", created_at=AFTER, status="cancelled"), True),
        (an("message", "m-1", at=AFTER, recipient_id="cu-1", verb="opened"), False),
        (an("message", "m-1", at=AFTER, recipient_id="cu-1", verb="opened", machine_open=True), True),
    ],
)
async def test_what_does_not_qualify_counts_nowhere(*, how: Event, strict: bool) -> None:
    definition = [an("tenant", "default", interaction_definition="getfly_strict")] if strict else []

    store = await settled(*definition, OWNED, how)

    assert interacted(store, "2026-03-01", "2026-03-31") == 0


async def test_an_opportunity_without_an_owner_is_nobodys_charge() -> None:
    store = await settled(an("opportunity", "o-1", created_at=CREATED), an("interaction", "i-1", at=AFTER, campaign_id="c-1"))

    assert interacted(store, "2026-03-01", "2026-03-31") == 0


@pytest.mark.parametrize(
    "taken_back",
    [
        an("interaction", "i-1", version=2, at=AFTER, opportunity_id="o-1", deleted=True),
        Tombstone("interaction", "default", "i-1"),
        an("opportunity", "o-1", version=2, owner_id="an", created_at=CREATED, deleted=True),
        an("interaction", "i-1", version=2, at=BEFORE, opportunity_id="o-1"),
    ],
)
async def test_a_deleted_or_moved_interaction_is_taken_back(taken_back: Event | Tombstone) -> None:
    call = an("interaction", "i-1", at=AFTER, opportunity_id="o-1")

    assert interacted(await settled(OWNED, call), "2026-03-01", "2026-03-31") == 1
    assert interacted(await settled(OWNED, call, taken_back), "2026-03-01", "2026-03-31") == 0


async def test_a_deleted_comment_stays() -> None:
    comment = an("interaction", "i-1", at=AFTER, opportunity_id="o-1", kind="comment")
    deleted = an("interaction", "i-1", version=2, at=AFTER, opportunity_id="o-1", kind="comment", deleted=True)

    assert interacted(await settled(OWNED, comment, deleted), "2026-03-01", "2026-03-31") == 1


@pytest.mark.parametrize("before", [False, True])
async def test_a_comment_stays_under_a_tombstone_whichever_comes_first(*, before: bool) -> None:
    comment = an("interaction", "i-1", at=AFTER, campaign_id="c-1", kind="comment")
    events: Events = [comment, Tombstone("interaction", "default", "i-1")]

    store = await settled(OWNED, *(reversed(events) if before else events))

    assert interacted(store, "2026-03-01", "2026-03-31") == 1


async def test_a_call_about_an_opportunity_moves_with_it() -> None:
    moved = an("opportunity", "o-1", version=2, owner_id="an", created_at=CREATED, campaign_id="c-2")

    store = await settled(OWNED, an("interaction", "i-1", at=AFTER, opportunity_id="o-1"), moved)

    assert interacted(store, "2026-03-01", "2026-03-31") == 0
    assert interacted(store, "2026-03-01", "2026-03-31", campaign="c-2") == 1


async def test_a_customer_counts_once_however_often_it_was_talked_to() -> None:
    store = await settled(
        OWNED,
        an("opportunity", "o-2", owner_id="an", created_at="2026-03-03T12:00:00Z"),
        an("interaction", "i-1", at=AFTER, campaign_id="c-1"),
        an("interaction", "i-2", at="2026-03-06T09:00:00Z", campaign_id="c-1"),
        an("interaction", "i-3", at=CREATED, opportunity_id="o-1"),
    )

    assert interacted(store, "2026-03-01", "2026-03-31") == 1
    assert interacted(store, "2026-03-01", "2026-03-02") == 1  # i-3 about o-1
    assert interacted(store, "2026-03-03", "2026-03-31") == 1  # i-1, of o-2
    assert interacted(store, "2026-03-03", "2026-03-04") == 0


async def test_days_are_those_of_the_campaigns_zone_and_move_with_it() -> None:
    late = an("interaction", "i-1", at="2026-03-05T20:00:00Z", campaign_id="c-1")

    store = await settled(OWNED, late, an("campaign", "c-1", timezone="Asia/Ho_Chi_Minh"))

    assert interacted(store, "2026-03-01", "2026-03-05") == 0
    assert interacted(store, "2026-03-01", "2026-03-06") == 1
