"""D8 rule 3: an order follows the claims on its promo codes, whatever word such a code is."""

from __future__ import annotations

import pytest

from schemas.events import Event, Tombstone
from tests.support.world import an, settled


async def orders_by_code(*events: Event | Tombstone) -> dict[str, int]:
    """Campaign -> orders counted by rule 3."""
    cells = (await settled(*events)).cells
    return {campaign: value for (_, campaign, view, _, field), value in cells.items() if view == "r" and field == "n\x1f3"}


@pytest.mark.parametrize("code", ["TET", "(none)", "a\x1fb", "\x1f", "\x1f0", "\x1e", "\x1b1", "\n", "\x00", "😀"])
async def test_an_order_follows_a_code_that_is_claimed_after_it_was_counted(code: str) -> None:
    order, claim = an("order", "r-1", promo_codes=[code]), an("campaign", "c-1", promo_codes=[code])

    assert await orders_by_code(order, claim) == {"c-1": 1}


async def test_a_code_that_begins_as_another_one_is_another_one() -> None:
    orders = [an("order", "r-1", promo_codes=["a\x1fb"]), an("order", "r-2", promo_codes=["a"])]

    assert await orders_by_code(*orders, an("campaign", "c-1", promo_codes=["a"])) == {"c-1": 1}
