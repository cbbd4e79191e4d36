"""Several campaigns together are the sum of each by itself, and say the same as the header of their list."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from schemas.kpis import Totals
from schemas.measures import Measure, Unit
from tests.support.course import ALL, Counted

COUNTS = [
    name for name, figure in Totals.published().items()
    if isinstance(figure, Measure) and figure.unit is Unit.COUNT and not name.startswith(("customers", "recipients")) and name != "pending_attribution"
]  # fmt: skip


@pytest.mark.parametrize(
    "period",
    [ALL, {"from": "2026-02-01", "to": "2026-04-05"}, {"basis": "closed", "period": "year"}, {"basis": "as_of", "to": "2026-04-05"}],
)
async def test_together_they_are_the_sum_and_the_header_of_the_list(counted: Counted, period: dict[str, str]) -> None:
    listed = await counted.answer("/v1/campaigns", period)
    found = await counted.answer("/v1/overview", period)
    each = [(await counted.answer(f"/v1/campaigns/{quote(item['id'], safe='')}/overview", period))["totals"] for item in listed["items"]]

    assert found["campaigns"] == len(each) > 1
    for name in COUNTS:
        values = [totals[name] for totals in each]
        assert found["totals"][name] == (None if None in values else sum(values)), name
    for name in ("orders", "pending_attribution"):
        assert found["totals"][name] == listed["totals"][name]
    for currency, money in listed["totals"]["by_currency"].items():
        assert found["by_currency"].get(currency, {"revenue_net": 0})["revenue_net"] == money["revenue_net"]
