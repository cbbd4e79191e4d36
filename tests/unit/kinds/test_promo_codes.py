"""D8 rule 3: an order follows the claims on its promo codes, whatever word such a code is."""

from __future__ import annotations

import pytest

from tests.support.world import an, in_cells, settled


@pytest.mark.parametrize("code", ["TET", "(none)", "a\x1fb", "\x1f", "\x1f0", "\x1e", "\x1b1", "\n", "\x00", "😀"])
async def test_an_order_follows_a_code_that_is_claimed_after_it_was_counted(code: str) -> None:
    order, claim = an("order", "r-1", promo_codes=[code]), an("campaign", "c-1", promo_codes=[code])

    assert in_cells((await settled(order, claim)).cells, "r", "n", "3") == {"c-1": 1}


async def test_a_code_that_begins_as_another_one_is_another_one() -> None:
    events = [an("order", "r-1", promo_codes=["a\x1fb"]), an("order", "r-2", promo_codes=["a"]), an("campaign", "c-1", promo_codes=["a"])]

    assert in_cells((await settled(*events)).cells, "r", "n", "3") == {"c-1": 1}
