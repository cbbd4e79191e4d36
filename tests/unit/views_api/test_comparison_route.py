"""What an answer says of the days with which its own are compared (B6)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest

from tests.support.cells import Numbers, a_campaign
from tests.unit.views_api.conftest import Clock


@pytest.fixture(name="filled")
def _filled(numbers: Numbers) -> Numbers:
    """Two campaigns: eleven opportunities and some revenue this month until noon, thirteen before until then, and what is dated tomorrow."""
    for campaign in "cd":
        numbers.campaign(a_campaign(campaign))
        numbers.cells("o", "2026-11-03", {"n|o|r|s1": 4}, campaign)
        numbers.cells("o", "2026-11-10", {"n|w|r|s1": 1}, campaign)
        numbers.cells("o", "2026-11-24", {"n|w|r|s1": 6}, campaign)
        numbers.cells("h", "2026-11-23", {hour(2026, 11, 24, 6, "n"): 2}, campaign)
        numbers.cells("h", "2026-11-24", {hour(2026, 11, 24, 11, "n"): 4}, campaign)
        numbers.cells("o", "2026-11-25", {"n|w|r|s1": 100}, campaign)
        numbers.cells("o", "2026-09-29", {"n|o|r|s1": 8}, campaign)
        numbers.cells("o", "2026-10-06", {"n|w|r|s1": 2}, campaign)
        numbers.cells("o", "2026-10-20", {"n|w|r|s1": 7}, campaign)
        numbers.cells("h", "2026-10-19", {hour(2026, 10, 20, 6, "n"): 3, hour(2026, 10, 19, 8, "n"): 90}, campaign)
        numbers.cells("h", "2026-10-20", {hour(2026, 10, 20, 12, "n"): 4}, campaign)
        numbers.cells("o", "2026-10-21", {"n|o|r|s1": 50}, campaign)
        numbers.cells("r", "2026-11-03", {"n|1": 1, "gross|1|VND": 300}, campaign)
        numbers.cells("r", "2026-09-29", {"n|1": 2, "gross|1|VND": 360}, campaign)
        numbers.cells("r", "2026-10-20", {"n|1": 2, "gross|1|VND": 1040}, campaign)
        numbers.cells("h", "2026-10-20", {hour(2026, 10, 20, 8, "orders"): 1, hour(2026, 10, 20, 8, "gross|VND"): 40}, campaign)
        numbers.cells("h", "2026-10-20", {hour(2026, 10, 20, 15, "orders"): 1, hour(2026, 10, 20, 15, "gross|VND"): 1000}, campaign)
        numbers.cells("n", "2026-09-29", {"a|": 1}, campaign)
    return numbers


def hour(year: int, month: int, day: int, local: int, field: str) -> str:
    """A cell of an hour in Vietnam."""
    return f"{int(datetime(year, month, day, local, tzinfo=ZoneInfo('Asia/Ho_Chi_Minh')).timestamp()) // 900}|{field}"


async def asked(api: httpx.AsyncClient, path: str, **query: Any) -> Any:
    answer = await api.get(path, params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.parametrize(("path", "times"), [("/v1/campaigns/c/overview", 1), ("/v1/overview", 2)])
async def test_a_month_that_runs_is_compared_as_far_as_it_has_come(api: httpx.AsyncClient, filled: Numbers, path: str, times: int) -> None:
    found = await asked(api, path, compare="previous")
    compared = found["comparison"]

    assert found["totals"]["opportunities"] == 111 * times
    assert ({**compared["compared"]}, {**compared["period"]}) == (
        {"preset": "month", "from": "2026-11-01", "to": "2026-11-24", "basis": "created"},
        {"preset": None, "from": "2026-09-27", "to": "2026-10-20", "basis": "created"},
    )
    assert compared["until"] == "12:00"
    assert {"opportunities", "orders", "revenue_net", "aov"} <= {*compared["by_hour"]}
    assert not {"won", "customers", "win_rate", "spend"} & {*compared["by_hour"]}
    assert {name: compared["totals"][name] for name in ("opportunities", "won", "orders", "revenue_net")} == {
        "opportunities": 13 * times, "won": 2 * times, "orders": 3 * times, "revenue_net": 400 * times,
    }  # fmt: skip
    assert {name: compared["changes"][name] for name in ("opportunities", "won", "revenue_net", "aov")} == {
        "opportunities": pytest.approx(100 * (11 - 13) / 13), "won": -50.0, "revenue_net": -25.0, "aov": pytest.approx(100 * (300 - 133) / 133),
    }  # fmt: skip
    assert compared["totals"]["customers"] == (1 if times == 1 else None)


@pytest.mark.parametrize(("path", "times"), [("/v1/campaigns/c/overview", 1), ("/v1/overview", 2)])
async def test_today_is_compared_by_the_hour_alone(api: httpx.AsyncClient, filled: Numbers, path: str, times: int) -> None:
    compared = (await asked(api, path, period="today", compare="custom", compare_from="2026-10-20", compare_to="2026-10-20"))["comparison"]

    assert (compared["compared"]["from"], compared["period"]["from"], compared["until"]) == ("2026-11-24", "2026-10-20", "12:00")
    assert [compared["totals"][name] for name in ("opportunities", "revenue_net", "won")] == [3 * times, 40 * times, None]
    assert [compared["changes"][name] for name in ("opportunities", "revenue_net", "won")] == [100.0, -100.0, None]


@pytest.mark.parametrize(("path", "times"), [("/v1/campaigns/c/overview", 1), ("/v1/overview", 2)])
async def test_what_came_by_the_hour_is_converted_at_the_rate_of_its_day(
    api: httpx.AsyncClient, filled: Numbers, path: str, times: int
) -> None:
    filled.settings(zone="Asia/Ho_Chi_Minh", currency="VND")
    filled.rates("EUR", "VND", {"2026-10-20": "2000", "2026-11-01": "1"})
    for campaign in "cd":
        filled.cells("r", "2026-10-20", {"gross|1|EUR": 900}, campaign)
        filled.cells("h", "2026-10-20", {hour(2026, 10, 20, 11, "gross|EUR"): 300, hour(2026, 10, 20, 12, "gross|EUR"): 600}, campaign)

    compared = (await asked(api, path, compare="previous"))["comparison"]

    assert (compared["totals"]["revenue_net"], compared["rate_day"]) == ((400 + 3 * 2000) * times, "2026-10-20")
    assert not compared["unconverted"]


async def test_where_hours_are_gone_only_days_that_are_over_are_compared(api: httpx.AsyncClient, filled: Numbers) -> None:
    filled.watermark(datetime(2026, 11, 24, 5, 0, tzinfo=UTC))
    filled.cells("o", "2025-11-04", {"n|w|r|s1": 1})
    filled.cells("o", "2025-11-25", {"n|w|r|s1": 70})

    compared = (await asked(api, "/v1/campaigns/c/overview", compare="last_year"))["comparison"]

    assert (compared["by_hour"], compared["period"]["to"]) == ([], "2025-11-25")
    assert (compared["totals"]["opportunities"], compared["changes"]["opportunities"]) == (1, 400.0)
    today = (await asked(api, "/v1/campaigns/c/overview", period="today", compare="last_year"))["comparison"]
    assert {*today["totals"].values(), *today["changes"].values()} == {None}


async def test_each_campaign_is_compared_until_the_hour_of_its_own_clock(api: httpx.AsyncClient, numbers: Numbers) -> None:
    """Noon in Vietnam is six in the morning in Berlin."""
    numbers.settings(zone="Asia/Ho_Chi_Minh")
    for campaign, zone in (("a", "Asia/Ho_Chi_Minh"), ("b", "Europe/Berlin")):
        numbers.campaign(a_campaign(campaign, zone=zone))
        here = ZoneInfo(zone)
        for day in (17, 24):
            for clock in range(24):
                start = datetime(2026, 11, day, clock, tzinfo=here).astimezone(UTC)
                if day == 17 or start < datetime(2026, 11, 24, 5, tzinfo=UTC):
                    numbers.cells("h", start.date().isoformat(), {f"{int(start.timestamp()) // 900}|n": 1}, campaign)
                    numbers.cells("o", f"2026-11-{day}", {"n|o|r|s1": 1}, campaign)

    compared = (await asked(api, "/v1/overview", period="today", compare="previous"))["comparison"]

    assert compared["totals"]["opportunities"] == 12 + 6
    assert compared["changes"]["opportunities"] == 0.0


async def test_nothing_is_compared_unless_it_is_asked_for(api: httpx.AsyncClient, filled: Numbers) -> None:
    assert (await asked(api, "/v1/campaigns/c/overview"))["comparison"] is None
    assert (await asked(api, "/v1/overview"))["comparison"] is None
    assert (await asked(api, "/v1/campaigns/c/series", measure="won"))["comparison"] is None


async def test_each_point_of_a_series_has_its_like_on_the_other_days(api: httpx.AsyncClient, filled: Numbers) -> None:
    found = await asked(
        api, "/v1/campaigns/c/series", measure="opportunities", by="week", compare="previous", **{"from": "2026-11-02", "to": "2026-11-29"}
    )
    before = found["comparison"]

    assert [point["start"] for point in found["points"]] == ["2026-11-02", "2026-11-09", "2026-11-16", "2026-11-23"]
    assert [(point["start"], point["end"]) for point in before["points"]][-1] == ("2026-10-26", "2026-11-01")
    assert [point["value"] for point in found["points"]] == [4, 1, 0, 106]
    assert [point["value"] for point in before["points"]] == [2, 0, 57, 0]


async def test_amounts_in_two_currencies_are_not_compared(api: httpx.AsyncClient, filled: Numbers) -> None:
    filled.campaign(a_campaign("c", currency=None))
    filled.cells("r", "2026-09-29", {"gross|1|VND": -360, "gross|1|USD": 9})
    filled.cells("r", "2026-10-20", {"gross|1|VND": -1040})
    filled.cells("h", "2026-10-20", {hour(2026, 10, 20, 8, "gross|VND"): -40})

    found = (await asked(api, "/v1/campaigns/c/overview", compare="previous"))["comparison"]

    assert (found["currency"], found["totals"]["revenue_net"], found["changes"]["revenue_net"]) == ("USD", 9, None)
    assert found["changes"]["opportunities"] == pytest.approx(100 * (11 - 13) / 13)


async def test_a_tag_is_of_the_hour_of_each_clock(api: httpx.AsyncClient, numbers: Numbers, clock: Clock) -> None:
    """A quarter past noon in the list, eleven in Kathmandu, and nothing new is counted."""
    numbers.settings(zone="Asia/Ho_Chi_Minh")
    numbers.campaign(a_campaign("c", zone="Asia/Kathmandu"))
    ten = int(datetime(2026, 11, 17, 10, tzinfo=ZoneInfo("Asia/Kathmandu")).timestamp()) // 900
    numbers.cells("h", "2026-11-17", {f"{ten}|n": 1})
    numbers.changed()
    asking = "/v1/overview?period=today&compare=previous"
    first = await api.get(asking)
    clock.now += 15 * 60_000
    numbers.fresh(clock.now)

    again = await api.get(asking, headers={"If-None-Match": first.headers["etag"]})

    assert again.status_code == 200
    told = [each.json()["comparison"] for each in (first, again)]
    assert [(one["until"], one["totals"]["opportunities"]) for one in told] == [("12:00", 0), ("12:00", 1)]


@pytest.mark.parametrize("path", ["/v1/campaigns/c/overview", "/v1/overview"])
async def test_that_nothing_is_there_any_more_is_a_change_in_any_currency(api: httpx.AsyncClient, numbers: Numbers, path: str) -> None:
    numbers.campaign(a_campaign("c", currency=None))
    numbers.cells("r", "2026-10-27", {"n|1": 1, "gross|1|USD": 9})

    found = (await asked(api, path, compare="previous", **{"from": "2026-11-02", "to": "2026-11-08", "compare_weekdays": False}))[
        "comparison"
    ]
    assert found["changes"]["revenue_net"] == -100.0


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("compare=yesterday", "compare"),
        ("compare=previous&period=all", "compare"),
        ("compare=custom", "compare_from"),
        ("compare=custom&compare_from=2026-01-01", "compare_to"),
        ("compare=custom&compare_from=2026-01-02&compare_to=2026-01-01", "compare_from"),
        ("compare=custom&compare_from=2026-01-02&compare_to=soon", "compare_to"),
        ("compare=custom&compare_from=2026-01-02&compare_to=2026-01-03&compare_weekdays=false", "compare_weekdays"),
        ("compare=previous&compare_from=2026-01-01", "compare_from"),
        ("compare_weekdays=true", "compare_weekdays"),
        ("compare=previous&from=0001-01-01&to=0001-01-02", "compare"),
    ],
)
@pytest.mark.parametrize("path", ["/v1/overview", "/v1/campaigns/c/overview", "/v1/campaigns/c/series?measure=won"])
async def test_what_cannot_be_compared_is_refused(api: httpx.AsyncClient, filled: Numbers, path: str, query: str, parameter: str) -> None:
    answer = await api.get(f"{path}{'&' if '?' in path else '?'}{query}")

    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["parameter"] == parameter


async def test_hours_are_not_compared(api: httpx.AsyncClient, filled: Numbers) -> None:
    answer = await api.get("/v1/campaigns/c/series?measure=orders&by=hour&period=today&compare=previous")

    assert (answer.status_code, answer.json()["errors"][0]["parameter"]) == (422, "compare")


async def test_a_comparison_is_in_the_file_of_its_answer(api: httpx.AsyncClient, filled: Numbers) -> None:
    overview = (await api.get("/v1/campaigns/c/overview?compare=previous&format=csv&table=comparison")).text.splitlines()
    series = (
        await api.get("/v1/campaigns/c/series?measure=won&compare=previous&format=csv&table=comparison&period=today")
    ).text.splitlines()

    assert [line for line in overview if line.startswith("opportunities,")] == ["opportunities,Opportunities,13,-15.384615384615385"]
    assert any("comparison.period.from" in line for line in overview)
    assert not any("comparison.totals" in line for line in overview)
    assert any(line.startswith("2026-11-17") for line in series)
