from __future__ import annotations

from threading import Event, Thread
from typing import Any

import httpx
import pytest

from tests.support.cells import Numbers, a_campaign


async def series(api: httpx.AsyncClient, **query: Any) -> Any:
    answer = await api.get("/v1/campaigns/c/series", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.fixture(name="filled")
def _filled(numbers: Numbers) -> Numbers:
    numbers.campaign(a_campaign())
    numbers.cells("o", "2026-11-01", {"n|w|r|s2": 1, "n|l|r|s1": 3})
    numbers.cells("o", "2026-11-23", {"n|w|r|s2": 5})
    numbers.cells("n", "2026-11-01", {"a||": 2})
    numbers.cells("n", "2026-11-23", {"a||2026-11-01": 1, "a||": 1})
    return numbers


async def test_days_without_a_number_are_zero_and_the_sum_is_the_total(api: httpx.AsyncClient, filled: Numbers) -> None:
    points = (await series(api, measure="opportunities", by="day"))["points"]

    assert len(points) == 30
    assert [(point["start"], point["value"]) for point in points if point["value"]] == [("2026-11-01", 4), ("2026-11-23", 5)]


async def test_a_bucket_is_complete_when_it_is_whole_and_over_and_counted(api: httpx.AsyncClient, filled: Numbers) -> None:
    points = (await series(api, measure="won", by="week"))["points"]

    assert [(point["start"], point["end"], point["complete"], point["value"]) for point in points] == [
        ("2026-11-01", "2026-11-01", False, 1),  # the rest of this week lies in October
        ("2026-11-02", "2026-11-08", True, 0),
        ("2026-11-09", "2026-11-15", True, 0),
        ("2026-11-16", "2026-11-22", True, 0),
        ("2026-11-23", "2026-11-29", False, 5),  # it is Tuesday, the 24th
        ("2026-11-30", "2026-11-30", False, 0),
    ]


async def test_what_is_not_counted_yet_is_not_complete(api: httpx.AsyncClient, filled: Numbers) -> None:
    filled.meta("orders-0", f=1_795_366_800_000 - 1)  # 2026-11-23T00:00 in Vietnam, less a millisecond

    points = (await series(api, measure="won", by="day", **{"from": "2026-11-21", "to": "2026-11-22"}))["points"]

    assert [point["complete"] for point in points] == [True, False]


async def test_ratios_and_distinct_customers_are_worked_out_in_each_bucket(api: httpx.AsyncClient, filled: Numbers) -> None:
    rates = (await series(api, measure="win_rate", by="day", **{"from": "2026-11-01", "to": "2026-11-02"}))["points"]
    months = (await series(api, measure="customers", by="month"))["points"]
    days = (await series(api, measure="customers", by="day"))["points"]

    assert [point["value"] for point in rates] == [25, None]
    assert [point["value"] for point in months] == [3]
    assert sum(point["value"] for point in days) == 4


async def test_as_of_each_point_is_the_state_at_its_end(api: httpx.AsyncClient, filled: Numbers) -> None:
    filled.cells("f", "2020-01-01", {"n|o|an|s1": 10, "open|VND": 70})
    filled.cells("f", "2026-11-02", {"n|o|an|s1": -3, "n|w|an|s1": 3, "open|VND": -30})

    async def values(measure: str) -> list[int]:
        query = {"from": "2026-11-01", "to": "2026-11-03", "basis": "as_of"}
        return [point["value"] for point in (await series(api, measure=measure, by="day", **query))["points"]]

    assert await values("open") == [10, 7, 7]
    assert await values("won") == [0, 3, 3]
    assert await values("value_open") == [70, 40, 40]
    assert await values("win_rate") == [None, None, None]


async def test_the_whole_life_goes_from_the_first_to_the_last_day_with_a_number(api: httpx.AsyncClient, filled: Numbers) -> None:
    filled.cells("o", "2024-06-05", {"n|o|r|s1": 2})

    years = await series(api, measure="opportunities", by="year", period="all")

    assert [(point["start"], point["end"], point["value"]) for point in years["points"]] == [
        ("2024-06-05", "2024-12-31", 2),
        ("2025-01-01", "2025-12-31", 0),
        ("2026-01-01", "2026-11-23", 9),
    ]
    assert years["period"] == {"preset": "all", "from": "2024-06-05", "to": "2026-11-23", "basis": "created"}


async def test_a_campaign_without_numbers_has_one_empty_point(api: httpx.AsyncClient, numbers: Numbers) -> None:
    numbers.campaign(a_campaign())

    points = (await series(api, measure="won", by="month", period="all"))["points"]

    assert [(point["start"], point["value"]) for point in points] == [("2026-11-24", 0)]


async def test_centuries_by_year_are_answered(api: httpx.AsyncClient, filled: Numbers) -> None:
    points = (await series(api, measure="won", by="year", **{"from": "0800-01-01", "to": "2999-12-31"}))["points"]

    assert sum(point["value"] for point in points) == 6
    assert len(points) == 2200


@pytest.mark.parametrize(
    ("query", "parameter", "detail"),
    [
        ({"measure": "won", "by": "hour"}, "measure", "'won' is not kept by hour on the basis created"),
        (
            {"measure": "opportunities", "by": "hour", "basis": "closed"},
            "measure",
            "'opportunities' is not kept by hour on the basis closed",
        ),
        ({"measure": "orders", "by": "hour", "basis": "as_of"}, "measure", "'orders' is not kept by hour on the basis as_of"),
        (
            {"measure": "orders", "by": "hour", "from": "2026-01-01", "to": "2027-02-05"},
            "by",
            "hours are shown for at most 400 days: ask for fewer, or for longer buckets",
        ),
        ({"measure": "won", "by": "decade"}, "by", "there is no bucket 'decade'"),
        ({"measure": "luck"}, "measure", "there is no measure 'luck'"),
        ({"measure": "assessed"}, "measure", "there is no measure 'assessed'"),
        (
            {"measure": "won", "from": "2000-01-01", "to": "2020-01-01"},
            "by",
            "7306 points are more than 4000: ask for longer buckets or fewer days",
        ),
        ({}, "measure", "Field required"),
    ],
)
async def test_what_cannot_be_a_series_is_refused_by_name(
    api: httpx.AsyncClient, filled: Numbers, query: dict[str, str], parameter: str, detail: str
) -> None:
    answer = await api.get("/v1/campaigns/c/series", params=query)

    assert answer.status_code == 422
    assert [(error["parameter"], error["detail"]) for error in answer.json()["errors"]] == [(parameter, detail)]


async def test_a_series_of_all_days_is_answered_however_fast_its_numbers_move(api: httpx.AsyncClient, numbers: Numbers) -> None:
    numbers.campaign(a_campaign())
    over = Event()

    def move() -> None:
        while not over.is_set():
            numbers.cells("o", "2026-11-03", {"n|o|r|s1": 1})
            numbers.changed("c", "o|2026-11-03")

    moving = Thread(target=move)
    moving.start()
    try:
        answers = [await api.get("/v1/campaigns/c/series?measure=opportunities&period=all") for _ in range(20)]
    finally:
        over.set()
        moving.join()

    assert {answer.status_code for answer in answers} == {200}
