from __future__ import annotations

from typing import Any

import httpx
import pytest

from schemas.rows import STATUSES
from tests.support.cells import Numbers, a_campaign, an_order

DAY = 86_400_000
NOV_3 = 20_760 * DAY  # 2026-11-03T00:00Z, seven in the morning in Vietnam
CANCELLED = STATUSES.index("cancelled")


@pytest.fixture(name="filled")
def _filled(numbers: Numbers) -> Numbers:
    """Seven orders on three days, one of them still waiting for its opportunity, with the cells that go with them."""
    numbers.campaign(a_campaign())
    numbers.listed_order(an_order("1", purchased_at=NOV_3, opportunity_id="o"), "2026-11-03", owner="an", step="s1")
    numbers.listed_order(an_order("2", purchased_at=NOV_3, refunds=[("x", 300, NOV_3)]), "2026-11-03", rule=2)
    numbers.listed_order(
        an_order("3", purchased_at=NOV_3 + 5, counted=False, refunds=[("x", 1000, NOV_3)]), "2026-11-03", owner="an", step="s2"
    )
    numbers.listed_order(an_order("4", purchased_at=NOV_3 + DAY, counted=False, status_number=CANCELLED), "2026-11-04", rule=3)
    numbers.listed_order(an_order("5", purchased_at=NOV_3 + DAY, gross_minor=50), "2026-11-04", owner="binh", step="s1")
    numbers.listed_order(an_order("6", purchased_at=NOV_3 - 31 * DAY), "2026-10-03", rule=3)
    numbers.listed_order(an_order("7", purchased_at=NOV_3, opportunity_id="never seen", counted=False), "2026-11-03", rule=0)
    return numbers


async def listed(api: httpx.AsyncClient, **query: Any) -> Any:
    answer = await api.get("/v1/campaigns/c/orders", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.parametrize(
    ("query", "ids", "counted", "gross", "refunds"),
    [
        ({}, "45312", 3, 3050, 1300),
        ({"period": "all"}, "453126", 4, 4050, 1300),
        ({"counted": "true"}, "512", 3, 2050, 300),
        ({"counted": "false"}, "43", 0, 1000, 1000),
        ({"status": "cancelled"}, "4", 0, 0, 0),
        ({"status": "paid"}, "5312", 3, 3050, 1300),
        ({"status": "no such word"}, "", 0, 0, 0),
        ({"rule": "1"}, "531", 2, 2050, 1000),
        ({"rule": "3"}, "4", 0, 0, 0),
        ({"rule": "4"}, "", 0, 0, 0),
        ({"rule": "3", "period": "all"}, "46", 1, 1000, 0),
        ({"owner": "an"}, "31", 1, 2000, 1000),
        ({"owner": ""}, "42", 1, 1000, 300),
        ({"step": "s1"}, "51", 2, 1050, 0),
        ({"owner": "an", "step": "s1", "counted": "true"}, "1", 1, 1000, 0),
        ({"owner": "an", "rule": "2"}, "", 0, 0, 0),
        ({"pending": "true"}, "7", 0, 0, 0),
        ({"basis": "closed"}, "45312", 3, 3050, 1300),
    ],
)
async def test_the_totals_of_a_list_are_those_of_the_orders_in_it(
    api: httpx.AsyncClient, filled: Numbers, query: dict[str, str], ids: str, counted: int, gross: int, refunds: int
) -> None:
    whole = await listed(api, **query)
    seen, cursor = "", dict[str, str]()
    while True:
        page = await listed(api, limit=1, **query, **cursor)
        assert (page["total"], page["totals"]) == (whole["total"], whole["totals"])
        seen += "".join(item["order_id"] for item in page["items"])
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}

    assert "".join(item["order_id"] for item in whole["items"]) == ids
    assert seen == ids
    assert whole["total"] == len(ids)
    money = {"revenue_gross": gross, "refunds": refunds, "revenue_net": gross - refunds}
    assert whole["totals"] == {
        "orders": counted,
        "orders_all": 0 if "pending" in query else len(ids),
        **money,
        "by_currency": {"VND": money} if gross else {},
    }


async def test_a_row_says_where_it_counts_and_by_what(api: httpx.AsyncClient, filled: Numbers) -> None:
    one = (await listed(api, owner="an", step="s1"))["items"][0]
    waiting = (await listed(api, pending="true"))["items"][0]

    assert one == {
        "order_id": "1", "code": None, "status": "paid", "counted": True, "gross": 1000, "refunds": 0, "net": 1000, "currency": "VND",
        "purchased_at": "2026-11-03T00:00:00Z", "opportunity_id": "o", "customer_id": "customer of 1", "attribution_rule": 1, "owner_id": "an", "step_id": "s1",
    }  # fmt: skip
    assert (waiting["attribution_rule"], waiting["counted"]) == (None, False)


@pytest.mark.parametrize("query", [{}, {"counted": "true"}])
async def test_amounts_in_another_currency_are_converted_or_said_not_to_be(
    api: httpx.AsyncClient, filled: Numbers, query: dict[str, str]
) -> None:
    filled.listed_order(an_order("8", purchased_at=NOV_3 + DAY, currency="USD", gross_minor=200), "2026-11-04", rule=2)
    before = await listed(api, **query)
    filled.rates("USD", "VND", {"2026-11-01": "25000"})
    filled.changed()
    after = await listed(api, **query)

    assert (before["unconverted"], after["unconverted"]) == (True, False)
    assert after["totals"]["revenue_gross"] - before["totals"]["revenue_gross"] == 50_000
    assert after["rate_day"] == "2026-11-01"
    assert {*after["totals"]["by_currency"]} == {"USD", "VND"}


async def test_a_tenant_whose_revenue_is_what_was_won_still_sees_the_amounts_of_the_orders(api: httpx.AsyncClient, filled: Numbers) -> None:
    filled.settings(revenue_basis="won_amount")

    assert (await listed(api))["totals"]["revenue_gross"] == 3050


@pytest.mark.parametrize(
    ("query", "parameter"), [("basis=as_of", "basis"), ("rule=5", "rule"), ("cursor=bm8", "cursor"), ("cursor=WyJ4IiwxLCJhIl0", "cursor")]
)
async def test_what_cannot_be_listed_is_refused(api: httpx.AsyncClient, filled: Numbers, query: str, parameter: str) -> None:
    answer = await api.get(f"/v1/campaigns/c/orders?{query}")

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["parameter"] == parameter
