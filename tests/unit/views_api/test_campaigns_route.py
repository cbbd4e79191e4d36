from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.support.cells import Numbers, a_campaign
from views_api.views.pages import encode

DAY = 86_400_000


@pytest.fixture(name="filled")
def _filled(numbers: Numbers) -> Numbers:
    numbers.campaign(a_campaign("a", name="Chiến dịch Tết", code="CD-1", created_at=3 * DAY))
    numbers.campaign(a_campaign("b", name="Đổi điện thoại", status="suspended", created_at=1 * DAY, updated_at=9 * DAY))
    numbers.campaign(a_campaign("d", name="summer", status="not_active", created_at=2 * DAY + 17 * 3_600_000))
    numbers.campaign(a_campaign("gone", name="summer too", deleted=True))
    numbers.cells("l", "2026-11-03", {"n|a": 1, "net|a|VND": 10, "n|d": 5, "net|d|VND": 7, "n|gone": 9, "n|": 4, "pending": 2}, campaign="")
    return numbers


async def listed(api: httpx.AsyncClient, **query: Any) -> Any:
    answer = await api.get("/v1/campaigns", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def ids(api: httpx.AsyncClient, **query: Any) -> list[str]:
    return [item["id"] for item in (await listed(api, **query))["items"]]


async def test_the_totals_are_over_all_visible_campaigns_whatever_is_searched(api: httpx.AsyncClient, filled: Numbers) -> None:
    answer = await listed(api, search="nothing like it")

    assert answer["items"] == []
    assert answer["totals"] == {
        "campaigns": 3, "active_campaigns": 1, "orders": 6, "revenue_net": 17, "pending_attribution": 2, "by_currency": {"VND": {"revenue_net": 17}}, "unconverted": False, "rate_day": None,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "found"),
    [("chien dich", ["a"]), ("DOI DIEN", ["b"]), ("điện", ["b"]), ("cd-1", ["a"]), ("SUMMER", ["d"]), ("", ["a", "d", "b"])],
)
async def test_search_minds_neither_case_nor_accents(api: httpx.AsyncClient, filled: Numbers, text: str, found: list[str]) -> None:
    assert await ids(api, search=text) == found


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ("created_at", ["b", "d", "a"]), ("-created_at", ["a", "d", "b"]), ("name", ["a", "b", "d"]), ("-orders", ["d", "a", "b"]),
        ("revenue_net", ["b", "d", "a"]), ("-updated_at", ["b", "d", "a"]), ("updated_at", ["a", "d", "b"]),
        ("code", ["b", "d", "a"]), ("-code", ["a", "d", "b"]), ("status", ["a", "d", "b"]), ("-status", ["b", "d", "a"]),
    ],
)  # fmt: skip
async def test_each_order_can_be_paged_through_one_by_one(api: httpx.AsyncClient, filled: Numbers, sort: str, order: list[str]) -> None:
    seen: list[str] = []
    query: dict[str, Any] = {"sort": sort, "limit": 1}
    while True:
        page = await listed(api, **query)
        seen += [item["id"] for item in page["items"]]
        if page["next_cursor"] is None:
            break
        query["cursor"] = page["next_cursor"]

    assert seen == order


@pytest.mark.parametrize(("given", "asked"), [("-created_at", "name"), ("name", "-created_at"), ("name", "code"), ("orders", "-orders")])
async def test_a_page_of_another_order_is_refused(api: httpx.AsyncClient, filled: Numbers, given: str, asked: str) -> None:
    cursor = (await listed(api, sort=given, limit=1))["next_cursor"]

    refused = await api.get("/v1/campaigns", params={"sort": asked, "cursor": cursor})

    assert (refused.status_code, [error["parameter"] for error in refused.json()["errors"]]) == (422, ["cursor"])


@pytest.mark.parametrize(("sort", "value"), [("name", 1), ("created_at", "1"), ("-orders", "many")])
async def test_a_place_that_does_not_fit_its_order_is_refused(api: httpx.AsyncClient, filled: Numbers, sort: str, value: int | str) -> None:
    refused = await api.get("/v1/campaigns", params={"sort": sort, "cursor": encode((sort, True, value, "a"))})

    assert (refused.status_code, [error["parameter"] for error in refused.json()["errors"]]) == (422, ["cursor"])


@pytest.mark.parametrize("sort", ["name", "-name", "created_at", "-created_at", "status"])
async def test_what_stays_is_on_exactly_one_page_whatever_comes_and_goes_meanwhile(
    api: httpx.AsyncClient, filled: Numbers, sort: str
) -> None:
    seen: list[str] = []
    query: dict[str, Any] = {"sort": sort, "limit": 1}
    for n in range(10):
        page = await listed(api, **query)
        seen += [item["id"] for item in page["items"]]
        if page["next_cursor"] is None:
            break
        query["cursor"] = page["next_cursor"]
        for place in ("000", "zzz"):
            filled.campaign(a_campaign(f"{place}{n}", name=f"{place}{n}", created_at=n, deleted=n % 2 == 0))
            filled.campaign(a_campaign(f"{place}{n - 1}", deleted=True))
        filled.cells("l", "2026-11-03", {"n|a": 1, "n|b": 7}, campaign="")
        filled.changed("", "l|2026-11-03")

    assert sorted(identity for identity in seen if identity in ("a", "b", "d")) == ["a", "b", "d"]
    assert len(seen) == len({*seen})


async def test_campaigns_are_filtered_by_activity_and_day_of_creation_in_their_zone(api: httpx.AsyncClient, filled: Numbers) -> None:
    assert await ids(api, active="true") == ["a"]
    assert await ids(api, active="false") == ["d", "b"]
    assert await ids(api, created_from="1970-01-04") == ["a", "d"]  # d was created at 17:00 UTC on the 3rd, which is the 4th in Vietnam
    assert await ids(api, created_to="1970-01-03") == ["b"]


async def test_orders_and_revenue_follow_the_period(api: httpx.AsyncClient, filled: Numbers) -> None:
    october = await listed(api, period="month", at="2026-10-15")
    ever = await listed(api, period="all")

    assert october["totals"]["orders"] == 0
    assert ever["totals"]["orders"] == 6
    assert october["period"] == {"preset": "month", "from": "2026-10-01", "to": "2026-10-31", "basis": "created"}


async def test_as_of_a_day_the_list_knows_no_orders(api: httpx.AsyncClient, filled: Numbers) -> None:
    answer = await listed(api, basis="as_of")

    assert (answer["totals"]["orders"], answer["totals"]["revenue_net"], answer["items"][0]["orders"]) == (None, None, None)
    assert answer["totals"]["campaigns"] == 3


async def test_another_tenant_sees_its_own_campaigns_only(api: httpx.AsyncClient, filled: Numbers) -> None:
    filled.campaign(a_campaign("a", name="of acme"), tenant="acme")
    header = {"Authorization": "Bearer token-of-acme"}

    assert [item["name"] for item in (await api.get("/v1/campaigns", headers=header)).json()["items"]] == ["of acme"]
    assert (await api.get("/v1/campaigns/b/overview", headers=header)).status_code == 404


async def test_the_list_is_in_the_tenants_currency_and_zone_and_says_what_it_leaves_out(api: httpx.AsyncClient, filled: Numbers) -> None:
    filled.cells("l", "2026-11-03", {"n|b": 1, "net|b|USD": 99}, campaign="")
    filled.settings(zone="Asia/Tokyo", currency="USD")

    answer = await listed(api, period="all")

    assert (answer["stamp"]["timezone"], answer["stamp"]["currency"]) == ("Asia/Tokyo", "USD")
    assert (answer["totals"]["revenue_net"], answer["totals"]["unconverted"]) == (99, True)
