"""Totals in one currency, where the tenant gave rates for the others."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.support.cells import Numbers, a_campaign


async def get(api: httpx.AsyncClient, path: str, **query: Any) -> Any:
    answer = await api.get(path, params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.fixture(name="filled")
def _filled(numbers: Numbers) -> Numbers:
    """A campaign in dollars with orders in euros on three days, two of which have a rate of their own."""
    numbers.campaign(a_campaign(currency="USD"))
    numbers.rates("EUR", "USD", {"2026-11-02": "1.1", "2026-11-05": "1.2"})
    for day in ("2026-11-02", "2026-11-03", "2026-11-05"):
        numbers.cells("r", day, {"n|1": 1, "gross|1|EUR": 1000, "gross|2|EUR": 4})
        numbers.cells("q", day, {"n|an|s1": 1, "gross|an|s1|EUR": 1000, "gross|||EUR": 4})
    numbers.cells("r", "2026-11-05", {"gross|1|USD": 500, "refunds|1|EUR": 10})
    return numbers


async def test_day_sums_are_converted_at_the_rate_of_their_day_or_the_newest_before_it(api: httpx.AsyncClient, filled: Numbers) -> None:
    answer = await get(api, "/v1/campaigns/c/overview")

    assert answer["totals"]["revenue_gross"] == 1104 + 1104 + 1205 + 500  # 1004 × 1.1 twice, 1004 × 1.2 = 1204.8
    assert answer["totals"]["refunds"] == 12
    assert answer["totals"]["aov"] == 1300  # 3901 / 3
    assert (answer["unconverted"], answer["rate_day"], answer["stamp"]["currency"]) == (False, "2026-11-02", "USD")
    assert {code: money["revenue_net"] for code, money in answer["by_currency"].items()} == {"EUR": 3002, "USD": 500}


async def test_the_oldest_rate_that_was_used_is_named(api: httpx.AsyncClient, filled: Numbers) -> None:
    answer = await get(api, "/v1/campaigns/c/overview", **{"from": "2026-11-05", "to": "2026-11-09"})

    assert answer["rate_day"] == "2026-11-05"


async def test_amounts_before_the_first_rate_are_in_no_total(api: httpx.AsyncClient, filled: Numbers) -> None:
    filled.cells("r", "2026-11-01", {"gross|1|EUR": 77})

    answer = await get(api, "/v1/campaigns/c/overview")

    assert (answer["totals"]["revenue_gross"], answer["unconverted"]) == (3913, True)
    assert answer["by_currency"]["EUR"]["revenue_gross"] == 3012 + 77


async def test_a_rate_the_other_way_round_serves(api: httpx.AsyncClient, numbers: Numbers) -> None:
    numbers.campaign(a_campaign(currency="USD"))
    numbers.rates("USD", "VND", {"2026-11-01": "25000"})
    numbers.cells("r", "2026-11-03", {"gross|1|VND": 250_000})

    answer = await get(api, "/v1/campaigns/c/overview")

    assert (answer["totals"]["revenue_gross"], answer["rate_day"]) == (1000, "2026-11-01")


async def test_a_new_rate_changes_the_answer(api: httpx.AsyncClient, filled: Numbers) -> None:
    before = await get(api, "/v1/campaigns/c/overview")
    filled.rates("EUR", "USD", {"2026-11-03": "2"})
    filled.changed("")

    after = await get(api, "/v1/campaigns/c/overview")

    assert after["totals"]["revenue_gross"] - before["totals"]["revenue_gross"] == 2008 - 1104


async def test_a_person_has_revenue_in_the_campaigns_currency_also_by_step(api: httpx.AsyncClient, filled: Numbers) -> None:
    answer = await get(api, "/v1/campaigns/c/staff")

    an, nobody = answer["items"]
    assert (an["revenue_gross"], an["steps"][0]["revenue_net"]) == (1100 + 1100 + 1200, 3400)
    assert nobody["revenue_gross"] == 4 + 4 + 5
    assert (answer["unconverted"], answer["rate_day"]) == (False, "2026-11-02")


async def test_each_point_of_a_series_is_converted_day_by_day(api: httpx.AsyncClient, filled: Numbers) -> None:
    days = await get(api, "/v1/campaigns/c/series", measure="revenue_gross", by="day", **{"from": "2026-11-02", "to": "2026-11-05"})
    week = await get(api, "/v1/campaigns/c/series", measure="revenue_gross", by="week", **{"from": "2026-11-02", "to": "2026-11-08"})

    assert [point["value"] for point in days["points"]] == [1104, 1104, 0, 1705]
    assert [point["value"] for point in week["points"]] == [3913]
    assert days["rate_day"] == "2026-11-02"


async def test_the_state_as_of_a_day_is_worth_what_it_is_on_that_day(api: httpx.AsyncClient, filled: Numbers) -> None:
    filled.cells("f", "2026-11-02", {"n|o|an|s1": 2, "open|EUR": 1000})
    filled.cells("f", "2026-11-03", {"open|EUR": -400})

    overview = await get(api, "/v1/campaigns/c/overview", basis="as_of", to="2026-11-06")
    points = await get(
        api, "/v1/campaigns/c/series", measure="value_open", by="day", basis="as_of", **{"from": "2026-11-02", "to": "2026-11-05"}
    )

    assert (overview["totals"]["value_open"], overview["rate_day"]) == (720, "2026-11-05")
    assert [point["value"] for point in points["points"]] == [1100, 660, 660, 720]


async def test_an_hour_is_worth_what_it_is_on_its_local_day(api: httpx.AsyncClient, filled: Numbers) -> None:
    evening = 1_793_638_800_000 // 900_000  # 2026-11-02T17:00Z: the 3rd in Vietnam
    filled.cells("h", "2026-11-02", {f"{evening}|gross|EUR": 10, f"{evening}|orders": 1})
    filled.rates("EUR", "USD", {"2026-11-03": "3"})

    points = (await get(api, "/v1/campaigns/c/series", measure="revenue_gross", by="hour", **{"from": "2026-11-03", "to": "2026-11-03"}))[
        "points"
    ]

    assert [point["value"] for point in points if point["value"]] == [30]


async def test_a_forecast_is_in_the_campaigns_currency(api: httpx.AsyncClient, filled: Numbers) -> None:
    filled.cells("o", "2026-11-05", {"n|o|r|s1": 2, "open|EUR|50|2026-12": 1000, "open|USD|10|2026-12": 100, "open|EUR||": 5})

    answer = await get(api, "/v1/campaigns/c/overview")

    assert answer["forecast"] == [
        {"month": "2026-12", "value_open": 1300, "value_weighted": 610},
        {"month": None, "value_open": 6, "value_weighted": 0},
    ]


async def test_the_list_converts_into_each_campaigns_currency_and_into_the_tenants(api: httpx.AsyncClient, filled: Numbers) -> None:
    filled.campaign(a_campaign("vn"))
    filled.rates("USD", "VND", {"2026-11-01": "25000"})
    filled.settings(currency="USD")
    filled.cells("l", "2026-11-02", {"n|c": 1, "net|c|EUR": 1000, "n|vn": 1, "net|vn|VND": 500_000, "net|vn|USD": 100}, campaign="")

    answer = await get(api, "/v1/campaigns")

    assert {item["id"]: (item["revenue_net"], item["currency"], item["unconverted"]) for item in answer["items"]} == {
        "c": (1100, "USD", False),
        "vn": (525_000, "VND", False),
    }
    assert (answer["totals"]["revenue_net"], answer["stamp"]["currency"]) == (1100 + 2000 + 100, "USD")
    assert (answer["totals"]["unconverted"], answer["totals"]["rate_day"]) == (False, "2026-11-01")


async def test_the_list_leaves_out_what_has_no_rate_and_says_so(api: httpx.AsyncClient, filled: Numbers) -> None:
    filled.cells("l", "2026-11-02", {"net|c|EUR": 1000, "net|c|GBP": 7}, campaign="")

    answer = await get(api, "/v1/campaigns")

    assert (answer["items"][0]["revenue_net"], answer["items"][0]["unconverted"]) == (1100, True)
    assert answer["totals"]["unconverted"]
