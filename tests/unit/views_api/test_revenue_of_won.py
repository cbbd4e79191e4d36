"""A tenant may take the amounts of won opportunities for its revenue; orders keep their own numbers."""

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
    numbers.campaign(a_campaign())
    numbers.settings(revenue_basis="won_amount")
    numbers.cells("o", "2026-11-03", {"n|w|r|s2": 1, "won|VND": 9000})
    numbers.cells("s", "2026-11-03", {"n|an|w|s2": 1, "won|an|s2|VND": 9000})
    numbers.cells("k", "2026-10-05", {"n|w|r|s2": 1, "won|VND": 70})
    numbers.cells("r", "2026-11-04", {"n|1": 2, "gross|1|VND": 1000, "refunds|1|VND": 100, "booked|1|VND": 100})
    numbers.cells("q", "2026-11-04", {"n|binh|s2": 2, "gross|binh|s2|VND": 1000, "refunds|binh|s2|VND": 100})
    return numbers


async def test_revenue_is_what_was_won_and_orders_keep_their_value(api: httpx.AsyncClient, filled: Numbers) -> None:
    totals = (await get(api, "/v1/campaigns/c/overview"))["totals"]

    assert [totals[name] for name in ("revenue_gross", "refunds", "revenue_net")] == [9000, 0, 9000]
    assert [totals[name] for name in ("orders", "aov", "refunds_booked")] == [2, 450, 100]


async def test_on_the_basis_closed_it_is_dated_by_the_day_of_closing(api: httpx.AsyncClient, filled: Numbers) -> None:
    october = await get(api, "/v1/campaigns/c/overview", basis="closed", at="2026-10-01", period="month")
    points = await get(
        api, "/v1/campaigns/c/series", basis="closed", measure="revenue_net", by="month", **{"from": "2026-10-01", "to": "2026-11-30"}
    )

    assert october["totals"]["revenue_net"] == 70
    assert [point["value"] for point in points["points"]] == [70, 0]


async def test_a_person_has_what_he_or_she_won(api: httpx.AsyncClient, filled: Numbers) -> None:
    an, binh, _ = (await get(api, "/v1/campaigns/c/staff"))["items"]

    assert (an["revenue_net"], an["steps"][1]["revenue_net"], an["orders"]) == (9000, 9000, 0)
    assert (binh["revenue_net"], binh["orders"], binh["aov"]) == (0, 2, 450)


async def test_it_is_not_kept_by_hour(api: httpx.AsyncClient, filled: Numbers) -> None:
    won = await api.get("/v1/campaigns/c/series?measure=revenue_net&by=hour")
    filled.settings()
    filled.changed()
    ordered = await api.get("/v1/campaigns/c/series?measure=revenue_net&by=hour")

    assert (won.status_code, ordered.status_code) == (422, 200)


async def test_the_definitions_say_so(api: httpx.AsyncClient, filled: Numbers) -> None:
    of_won = {each["name"]: each for each in (await get(api, "/v1/kpis"))["items"]}
    filled.settings()
    of_orders = {each["name"]: each for each in (await get(api, "/v1/kpis"))["items"]}

    assert of_won["revenue_gross"]["definition"] != of_orders["revenue_gross"]["definition"]
    assert (of_won["revenue_gross"]["by_hour"], of_orders["revenue_gross"]["by_hour"]) == (False, True)
    assert (of_orders["budget"]["bases"], of_orders["won"]["bases"]) == (["created", "closed"], ["created", "closed", "as_of"])


async def test_the_list_tells_what_each_campaign_won_and_does_not_take_orders_for_it(api: httpx.AsyncClient, filled: Numbers) -> None:
    filled.cells("l", "2026-11-04", {"n|c": 2, "net|c|VND": 900}, campaign="")
    filled.campaign(a_campaign("d", zone="UTC"))
    filled.cells("o", "2026-11-02", {"n|w|r|s2": 1, "won|": 30}, campaign="d")

    answer = await get(api, "/v1/campaigns", sort="-revenue_net")
    closed = await get(api, "/v1/campaigns", basis="closed", at="2026-10-01", period="month")
    as_of = await get(api, "/v1/campaigns", basis="as_of")

    assert [(item["id"], item["orders"], item["revenue_net"], item["currency"]) for item in answer["items"]] == [
        ("c", 2, 9000, "VND"),
        ("d", 0, 30, "VND"),
    ]
    assert (answer["totals"]["orders"], answer["totals"]["revenue_net"]) == (2, 9030)
    assert answer["totals"]["by_currency"] == {"VND": {"revenue_net": 9030}}
    assert (closed["totals"]["revenue_net"], as_of["totals"]["revenue_net"]) == (70, None)


async def test_the_list_converts_what_each_campaign_won_and_says_as_much_as_the_overview(api: httpx.AsyncClient, filled: Numbers) -> None:
    filled.campaign(a_campaign("d", currency="USD", zone="UTC"))
    filled.cells("o", "2026-11-02", {"n|w|r|s2": 1, "won|": 30, "won|VND": 50_000}, campaign="d")
    filled.settings(revenue_basis="won_amount", currency="VND")
    filled.rates("USD", "VND", {"2026-11-01": "25000"})

    answer = await get(api, "/v1/campaigns")
    overview = await get(api, "/v1/overview")

    assert {item["id"]: (item["revenue_net"], item["currency"]) for item in answer["items"]} == {"c": (9000, "VND"), "d": (230, "USD")}
    assert answer["totals"]["revenue_net"] == overview["totals"]["revenue_net"] == 9000 + 7500 + 50_000
    assert (answer["totals"]["unconverted"], answer["totals"]["rate_day"]) == (False, "2026-11-01")
