"""In which currency is a total, and what is left out of it?"""

from __future__ import annotations

from typing import Any

import httpx

from tests.support.cells import Numbers, a_campaign


async def get(api: httpx.AsyncClient, path: str) -> Any:
    answer = await api.get(path)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_amounts_in_another_currency_are_in_no_total_and_beside_it(api: httpx.AsyncClient, numbers: Numbers) -> None:
    numbers.campaign(a_campaign())
    numbers.cells("r", "2026-11-03", {"n|1": 3, "gross|1|VND": 1000, "gross|1|USD": 5, "refunds|1|USD": 1})

    answer = await get(api, "/v1/campaigns/c/overview")

    assert (answer["totals"]["revenue_net"], answer["stamp"]["currency"], answer["unconverted"]) == (1000, "VND", True)
    assert {code: money["revenue_net"] for code, money in answer["by_currency"].items()} == {"USD": 4, "VND": 1000}
    assert "orders" not in answer["by_currency"]["USD"]
    assert "aov" not in answer["by_currency"]["USD"]


async def test_without_a_currency_of_its_own_a_campaign_is_in_the_only_one_seen(api: httpx.AsyncClient, numbers: Numbers) -> None:
    numbers.campaign(a_campaign(currency=None))
    numbers.cells("r", "2026-11-03", {"gross|1|EUR": 1000})
    numbers.cells("o", "2026-11-03", {"open|||": 7})

    answer = await get(api, "/v1/campaigns/c/overview")

    assert (answer["totals"]["revenue_net"], answer["totals"]["value_open"], answer["stamp"]["currency"]) == (1000, 7, "EUR")
    assert answer["unconverted"] is False


async def test_with_several_seen_and_none_chosen_money_is_null_everywhere(api: httpx.AsyncClient, numbers: Numbers) -> None:
    numbers.campaign(a_campaign(currency=None))
    numbers.cells("r", "2026-11-03", {"n|1": 1, "gross|1|EUR": 1000})
    numbers.cells("q", "2026-11-03", {"n|an|s1": 1, "gross|an|s1|EUR": 1000})
    numbers.cells("o", "2026-11-03", {"won|USD": 7})

    answer = await get(api, "/v1/campaigns/c/overview")
    staff = await get(api, "/v1/campaigns/c/staff")
    points = (await get(api, "/v1/campaigns/c/series?measure=revenue_net&by=month"))["points"]

    assert (answer["totals"]["revenue_net"], answer["totals"]["value_won"], answer["totals"]["orders"]) == (None, None, 1)
    assert (answer["stamp"]["currency"], answer["unconverted"]) == (None, True)
    assert {code: money["revenue_net"] for code, money in answer["by_currency"].items()} == {"EUR": 1000, "USD": 0}
    assert (staff["items"][0]["revenue_net"], staff["items"][0]["orders"], staff["unconverted"]) == (None, 1, True)
    assert staff["items"][0]["steps"][0]["revenue_net"] is None
    assert [point["value"] for point in points] == [None]


async def test_where_no_money_was_seen_it_is_zero(api: httpx.AsyncClient, numbers: Numbers) -> None:
    numbers.campaign(a_campaign(currency=None))

    answer = await get(api, "/v1/campaigns/c/overview")

    assert (answer["totals"]["revenue_net"], answer["by_currency"], answer["unconverted"]) == (0, {}, False)


async def test_the_list_sums_in_the_common_currency_or_not_at_all(api: httpx.AsyncClient, numbers: Numbers) -> None:
    numbers.campaign(a_campaign("vn"))
    numbers.campaign(a_campaign("us", currency="USD", zone="UTC"))
    numbers.cells("l", "2026-11-03", {"n|vn": 2, "net|vn|VND": 480}, campaign="")

    one = await get(api, "/v1/campaigns")
    numbers.cells("l", "2026-11-03", {"n|us": 1, "net|us|USD": 9, "net|us|VND": 1}, campaign="")
    two = await get(api, "/v1/campaigns")

    assert (one["totals"]["orders"], one["totals"]["revenue_net"], one["stamp"]["currency"]) == (2, 480, "VND")
    assert (two["totals"]["orders"], two["totals"]["revenue_net"], two["totals"]["unconverted"]) == (3, None, True)
    assert two["totals"]["by_currency"] == {"USD": {"revenue_net": 9}, "VND": {"revenue_net": 481}}
    assert {item["id"]: (item["revenue_net"], item["currency"], item["unconverted"]) for item in two["items"]} == {
        "vn": (480, "VND", False),
        "us": (9, "USD", True),
    }


async def test_a_campaign_that_names_no_currency_is_in_the_same_in_the_list(api: httpx.AsyncClient, numbers: Numbers) -> None:
    """The list is of orders; but that there is an offer in another currency leaves open what its currency is."""
    orders = {"paid": "EUR", "both": "EUR", "unpaid": None}
    for campaign, currency in orders.items():
        numbers.campaign(a_campaign(campaign, currency=None))
        if currency:
            numbers.cells("l", "2026-11-03", {f"n|{campaign}": 1, f"net|{campaign}|{currency}": 1000}, campaign="")
            numbers.cells("r", "2026-11-03", {"n|1": 1, f"gross|1|{currency}": 1000}, campaign)
    numbers.cells("o", "2026-11-04", {"n|o|u|": 1, "open|USD||": 7}, "both")
    numbers.cells("e", "2026-11-05", {"event|fees|USD": 3}, "unpaid")

    for _ in range(2):
        listed = (await api.get("/v1/campaigns")).json()["items"]
        found = {item["id"]: (item["revenue_net"], item["currency"]) for item in listed}
        assert found == {"paid": (1000, "EUR"), "both": (None, None), "unpaid": (0, "USD")}
        for campaign, shown in found.items():
            overview = (await api.get(f"/v1/campaigns/{campaign}/overview")).json()
            assert (overview["totals"]["revenue_net"], overview["stamp"]["currency"]) == shown
