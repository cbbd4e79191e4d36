"""Rule 6: whom a closed opportunity is credited to, by the tenant's `credit`."""

from __future__ import annotations

import pytest

from processor.store.memory import MemoryStore
from schemas.keys import SEP
from tests.support.world import NOON, Worker, an

LATER = "2026-03-03T12:00:00Z"
WON_BY_AN_AND_TAKEN_OVER_BY_BINH = (
    an("opportunity", "o-1", status="won", owner_id="an", amount_minor=500, currency="USD", step_id="s"),
    an("opportunity", "o-1", version=2, at=LATER, status="won", owner_id="binh", amount_minor=500, currency="USD", step_id="s"),
    an("order", "r-1", opportunity_id="o-1"),
)


async def credited(*words: str | None, at_first: bool) -> dict[str, set[str]]:
    """View -> people with a won amount or an order, after some versions of the tenant's settings that come before or after all else."""
    worker = await Worker.on(MemoryStore())
    settings = [an("tenant", "default", version=n, at=NOON, credit=credit) for n, credit in enumerate(words, 1)]
    for event in (*settings, *WON_BY_AN_AND_TAKEN_OVER_BY_BINH) if at_first else (*WON_BY_AN_AND_TAKEN_OVER_BY_BINH, *settings):
        await worker.commit(event)
        await worker.settle()
    found: dict[str, set[str]] = {}
    for _, _, view, _, field in worker.engine.store.cells:  # type: ignore[attr-defined]  # the memory store's
        name, who, *_ = field.split(SEP)
        if (view, name) in (("s", "won"), ("z", "won"), ("q", "n")):
            found.setdefault(view, set()).add(who)
    return found


@pytest.mark.parametrize("at_first", [True, False])
@pytest.mark.parametrize(
    ("words", "who"),
    [((), "an"), (("owner_at_close",), "an"), (("current_owner",), "binh"), (("current_owner", None), "an")],
)
async def test_what_was_won_is_credited_to_the_owner_then_unless_the_tenant_says_the_owner_now(
    words: tuple[str | None, ...], who: str, *, at_first: bool
) -> None:
    assert await credited(*words, at_first=at_first) == {"s": {who}, "z": {who}, "q": {who}}
