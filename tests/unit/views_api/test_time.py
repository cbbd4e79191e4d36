"""A tenant's weeks and years, and series by the hour."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from tests.support.cells import Numbers, a_campaign

QUARTER = 900_000


async def get(api: httpx.AsyncClient, path: str, **query: Any) -> Any:
    answer = await api.get(f"/v1/campaigns/c/{path}", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def quarter(*when: int) -> int:
    """The name of an hour that begins at a time in UTC."""
    return int(datetime(*when, tzinfo=UTC).timestamp() * 1000) // QUARTER  # type: ignore[misc,arg-type]


@pytest.fixture(name="filled")
def _filled(numbers: Numbers) -> Numbers:
    numbers.campaign(a_campaign())
    numbers.cells("o", "2026-11-22", {"n|o|r|s1": 1})
    numbers.cells("o", "2026-10-31", {"n|o|r|s1": 10})
    numbers.cells("o", "2027-01-10", {"n|o|r|s1": 100})
    return numbers


async def test_weeks_and_years_begin_where_the_tenant_says(api: httpx.AsyncClient, filled: Numbers) -> None:
    """It is Tuesday, the 24th of November 2026."""
    iso = await get(api, "overview", period="week")
    filled.settings(week_start="sunday", fiscal_year_start_month=11)
    week, year, quarter = [await get(api, "overview", period=period) for period in ("week", "year", "quarter")]

    assert [answer["totals"]["opportunities"] for answer in (iso, week, year, quarter)] == [0, 1, 101, 101]
    assert (week["period"]["from"], year["period"]["from"], year["period"]["to"]) == ("2026-11-22", "2026-11-01", "2027-10-31")


async def test_points_are_the_tenants_weeks_and_quarters(api: httpx.AsyncClient, filled: Numbers) -> None:
    filled.settings(week_start="saturday", fiscal_year_start_month=2)
    span = {"measure": "opportunities", "from": "2026-10-31", "to": "2027-01-31"}

    weeks = (await get(api, "series", by="week", **span))["points"]
    quarters = (await get(api, "series", by="quarter", **span))["points"]

    assert [(point["start"], point["value"]) for point in weeks if point["value"]] == [
        ("2026-10-31", 10),
        ("2026-11-21", 1),
        ("2027-01-09", 100),
    ]
    assert [(point["start"], point["end"], point["value"], point["complete"]) for point in quarters] == [
        ("2026-10-31", "2026-10-31", 10, False),
        ("2026-11-01", "2027-01-31", 101, False),
    ]


async def test_an_hour_has_its_number_and_is_complete_when_it_is_over_and_counted(api: httpx.AsyncClient, filled: Numbers) -> None:
    """It is noon in Vietnam."""
    day = {"from": "2026-11-24", "to": "2026-11-24", "by": "hour"}
    filled.cells("h", "2026-11-23", {f"{quarter(2026, 11, 23, 17)}|n": 3, f"{quarter(2026, 11, 23, 16)}|n": 50})
    filled.cells(
        "h", "2026-11-24", {f"{quarter(2026, 11, 24, 4)}|n": 2, f"{quarter(2026, 11, 24, 4)}|t": 9, f"{quarter(2026, 11, 24, 17)}|n": 50}
    )

    points = (await get(api, "series", measure="opportunities", **day))["points"]
    tasks = (await get(api, "series", measure="tasks_created", **day))["points"]

    assert (len(points), points[0]["start"], points[0]["end"]) == (24, "2026-11-23T17:00:00Z", "2026-11-23T18:00:00Z")
    assert [(hour, point["value"]) for hour, point in enumerate(points) if point["value"]] == [(0, 3), (11, 2)]
    assert [point["complete"] for point in points] == [True] * 12 + [False] * 12
    assert [(hour, point["value"]) for hour, point in enumerate(tasks) if point["value"]] == [(11, 9)]


async def test_what_is_worked_out_of_hourly_numbers_is_known_by_hour(api: httpx.AsyncClient, filled: Numbers) -> None:
    hour = quarter(2026, 11, 24, 4)
    filled.cells(
        "h",
        "2026-11-24",
        {f"{hour}|orders": 2, f"{hour}|gross|VND": 1000, f"{hour}|refunds|VND": 100, f"{hour}|sent": 4, f"{hour}|delivered": 3},
    )
    asked = {"by": "hour", "from": "2026-11-24", "to": "2026-11-24"}

    found = {
        name: (await get(api, "series", measure=name, **asked))["points"][11]["value"] for name in ("revenue_net", "aov", "delivered_pct")
    }

    assert found == {"revenue_net": 900, "aov": 450, "delivered_pct": 75}


@pytest.mark.parametrize(
    ("zone", "day", "number"),
    [("America/New_York", "2026-03-08", 23), ("America/New_York", "2026-11-01", 25), ("Pacific/Apia", "2011-12-30", 0)],
)
async def test_a_day_has_as_many_points_as_it_has_hours(api: httpx.AsyncClient, numbers: Numbers, zone: str, day: str, number: int) -> None:
    numbers.campaign(a_campaign(zone=zone))

    points = (await get(api, "series", measure="orders", by="hour", **{"from": day, "to": day}))["points"]

    assert len(points) == number


async def test_the_hour_that_the_clocks_repeat_is_two(api: httpx.AsyncClient, numbers: Numbers) -> None:
    numbers.campaign(a_campaign(zone="America/New_York"))
    numbers.cells("h", "2026-11-01", {f"{quarter(2026, 11, 1, 5)}|orders": 1, f"{quarter(2026, 11, 1, 6)}|orders": 2})

    points = (await get(api, "series", measure="orders", by="hour", **{"from": "2026-11-01", "to": "2026-11-01"}))["points"]

    assert [(point["start"], point["value"]) for point in points[1:3]] == [("2026-11-01T05:00:00Z", 1), ("2026-11-01T06:00:00Z", 2)]


async def test_hours_that_are_no_longer_kept_are_unknown(api: httpx.AsyncClient, filled: Numbers) -> None:
    filled.watermark(datetime(2026, 11, 24, tzinfo=UTC))  # 90 days before: the 26th of August
    asked = {"measure": "opportunities", "by": "hour", "from": "2026-08-26", "to": "2026-08-27"}

    values = [point["value"] for point in (await get(api, "series", **asked))["points"]]

    assert values == [None] * 7 + [0] * 41  # seven hours of the 25th in UTC


async def test_hours_and_days_say_the_same(api: httpx.AsyncClient, filled: Numbers) -> None:
    for hour in range(0, 96, 4):
        filled.cells("h", "2026-11-20", {f"{quarter(2026, 11, 20) + hour}|orders": hour})
    asked = {"measure": "orders", "from": "2026-11-20", "to": "2026-11-21"}

    hours = [point["value"] for point in (await get(api, "series", by="hour", **asked))["points"]]

    assert sum(hours[:24]) == sum(range(0, 68, 4))  # until 17:00 in UTC
    assert sum(hours[24:]) == sum(range(68, 96, 4))


async def test_a_number_that_is_not_kept_by_hour_is_refused_with_those_that_are(api: httpx.AsyncClient, filled: Numbers) -> None:
    answer = await api.get("/v1/campaigns/c/series?measure=won&by=hour")
    (error,) = answer.json()["errors"]

    assert (answer.status_code, error["parameter"]) == (422, "measure")
    assert {"opportunities", "orders", "revenue_net", "tasks_created", "messages_sent", "clicked_pct"} <= {*error["allowed"]}
    assert "customers" not in error["allowed"]
