"""With which days a period is compared, and what is said of them (B6)."""

from __future__ import annotations

from datetime import date
from typing import Any

import httpx
import pytest

from schemas.cells import Basis
from tests.support.cells import Numbers, a_campaign
from views_api.problems import Refused
from views_api.views.compared import Base, To, buckets_before, change, compared_with, part
from views_api.views.periods import By, Period, buckets

TODAY = date(2026, 11, 24)
"""A Tuesday."""


def a_period(first: str, last: str, basis: Basis = Basis.CREATED) -> Period:
    return Period(None, date.fromisoformat(first), date.fromisoformat(last), basis)


def days(found: Period) -> tuple[str, str]:
    return str(found.first), str(found.last)


@pytest.mark.parametrize(
    ("first", "last", "base", "before"),
    [
        # Over: as many days before, moved by whole weeks unless weekdays do not matter.
        ("2026-10-05", "2026-10-11", Base(To.PREVIOUS), ("2026-09-28", "2026-10-04")),
        ("2026-10-01", "2026-10-31", Base(To.PREVIOUS), ("2026-08-27", "2026-09-26")),
        ("2026-10-01", "2026-10-31", Base(To.PREVIOUS, weekdays=False), ("2026-08-31", "2026-09-30")),
        ("2026-10-07", "2026-10-07", Base(To.PREVIOUS), ("2026-09-30", "2026-09-30")),
        ("2026-10-07", "2026-10-07", Base(To.PREVIOUS, weekdays=False), ("2026-10-06", "2026-10-06")),
        ("2026-10-01", "2026-10-31", Base(To.LAST_YEAR), ("2025-10-02", "2025-11-01")),
        ("2026-10-01", "2026-10-31", Base(To.LAST_YEAR, weekdays=False), ("2025-10-01", "2025-10-31")),
        ("2025-02-01", "2025-02-28", Base(To.LAST_YEAR, weekdays=False), ("2024-02-01", "2024-02-29")),
        ("2024-02-29", "2024-02-29", Base(To.LAST_YEAR, weekdays=False), ("2023-02-28", "2023-02-28")),
        ("2024-02-28", "2024-02-28", Base(To.LAST_YEAR, weekdays=False), ("2023-02-28", "2023-02-28")),
        ("2024-02-01", "2024-02-28", Base(To.LAST_YEAR, weekdays=False), ("2023-02-01", "2023-02-28")),
        ("2026-10-01", "2026-10-31", Base(To.CUSTOM, True, date(2026, 1, 1), date(2026, 1, 10)), ("2026-01-01", "2026-01-10")),
        # Running: as far as it has come, which is eight days from Tuesday to Tuesday, or less if there are no more.
        ("2026-11-17", "2026-11-30", Base(To.PREVIOUS), ("2026-11-03", "2026-11-10")),
        ("2026-11-01", "2026-11-30", Base(To.PREVIOUS), ("2026-09-27", "2026-10-20")),
        ("2026-11-17", "2026-12-16", Base(To.LAST_YEAR, weekdays=False), ("2025-11-17", "2025-11-24")),
        ("2026-11-17", "2026-11-30", Base(To.CUSTOM, True, date(2026, 1, 1), date(2026, 1, 31)), ("2026-01-01", "2026-01-08")),
        ("2026-11-17", "2026-11-30", Base(To.CUSTOM, True, date(2026, 1, 1), date(2026, 1, 3)), ("2026-01-01", "2026-01-03")),
        # Not begun yet, and ending today: whole.
        ("2026-12-01", "2026-12-07", Base(To.PREVIOUS), ("2026-11-24", "2026-11-30")),
        ("2026-11-18", "2026-11-24", Base(To.PREVIOUS), ("2026-11-11", "2026-11-17")),
    ],
)  # fmt: skip
def test_these_days_are_compared_with_those(first: str, last: str, base: Base, before: tuple[str, str]) -> None:
    found = compared_with(a_period(first, last), TODAY, base)

    assert days(found) == before
    if base.to is not To.CUSTOM and (base.weekdays or base.to is To.PREVIOUS):
        compared = part(a_period(first, last), TODAY)
        assert None not in (compared.last, compared.first, found.last, found.first)
        assert compared.last - compared.first == found.last - found.first  # type: ignore[operator]
        assert not base.weekdays or compared.first.weekday() == found.first.weekday()  # type: ignore[union-attr]


def test_the_state_of_a_day_is_compared_with_that_of_one_day() -> None:
    found = compared_with(Period(None, None, date(2026, 11, 3), Basis.AS_OF), TODAY, Base(To.PREVIOUS))

    assert (found.first, found.last, found.basis) == (None, date(2026, 10, 27), Basis.AS_OF)


@pytest.mark.parametrize("period", [Period(None, None, None, Basis.CREATED), a_period("0001-01-01", "0001-01-07")])
def test_days_that_have_none_before_them_are_not_compared(period: Period) -> None:
    for base in (Base(To.PREVIOUS), Base(To.LAST_YEAR), Base(To.LAST_YEAR, weekdays=False)):
        with pytest.raises(Refused, match="compare"):
            compared_with(period, TODAY, base)


def test_each_bucket_is_compared_with_as_many_days() -> None:
    period = a_period("2026-10-15", "2026-11-10")
    found = buckets(date(2026, 10, 15), date(2026, 11, 10), By.MONTH)

    before = [days(Period(None, bucket.first, bucket.last, Basis.CREATED)) for bucket in buckets_before(found, period, Base(To.PREVIOUS))]

    assert before == [("2026-09-17", "2026-10-03"), ("2026-10-04", "2026-10-13")]


def test_buckets_behind_the_custom_days_have_nothing_to_be_compared_with() -> None:
    found = buckets(date(2026, 10, 1), date(2026, 10, 3), By.DAY)

    before = buckets_before(found, a_period("2026-10-01", "2026-10-03"), Base(To.CUSTOM, True, date(2026, 1, 1), date(2026, 1, 2)))

    assert [str(bucket.first) for bucket in before] == ["2026-01-01", "2026-01-02"]


@pytest.mark.parametrize(
    ("now", "before", "percent"), [(3, 2, 50.0), (0, 4, -100.0), (1, -2, 150.0), (5, 0, None), (None, 1, None), (1, None, None)]
)
def test_a_change_is_of_what_was_before(now: float | None, before: float | None, percent: float | None) -> None:
    assert change(now, before) == percent


@pytest.fixture(name="filled")
def _filled(numbers: Numbers) -> Numbers:
    """Two campaigns: ten opportunities and some revenue this month, eight before, and what is dated tomorrow."""
    for campaign in "cd":
        numbers.campaign(a_campaign(campaign))
        numbers.cells("o", "2026-11-03", {"n|o|r|s1": 4}, campaign)
        numbers.cells("o", "2026-11-24", {"n|w|r|s1": 6}, campaign)
        numbers.cells("o", "2026-11-25", {"n|w|r|s1": 100}, campaign)
        numbers.cells("o", "2026-09-29", {"n|o|r|s1": 8}, campaign)
        numbers.cells("o", "2026-10-21", {"n|o|r|s1": 50}, campaign)
        numbers.cells("r", "2026-11-03", {"n|1": 1, "gross|1|VND": 300}, campaign)
        numbers.cells("r", "2026-09-29", {"n|1": 3, "gross|1|VND": 400}, campaign)
        numbers.cells("n", "2026-09-29", {"a|": 1}, campaign)
    return numbers


async def asked(api: httpx.AsyncClient, path: str, **query: Any) -> Any:
    answer = await api.get(path, params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.parametrize(("path", "times"), [("/v1/campaigns/c/overview", 1), ("/v1/overview", 2)])
async def test_a_month_that_runs_is_compared_as_far_as_it_has_come(api: httpx.AsyncClient, filled: Numbers, path: str, times: int) -> None:
    found = await asked(api, path, compare="previous")
    compared = found["comparison"]

    assert found["totals"]["opportunities"] == 110 * times
    assert ({**compared["compared"]}, {**compared["period"]}) == (
        {"preset": "month", "from": "2026-11-01", "to": "2026-11-24", "basis": "created"},
        {"preset": None, "from": "2026-09-27", "to": "2026-10-20", "basis": "created"},
    )
    assert {name: compared["totals"][name] for name in ("opportunities", "won", "orders", "revenue_net")} == {
        "opportunities": 8 * times, "won": 0, "orders": 3 * times, "revenue_net": 400 * times,
    }  # fmt: skip
    assert {name: compared["changes"][name] for name in ("opportunities", "won", "revenue_net", "aov")} == {
        "opportunities": 25.0, "won": None, "revenue_net": -25.0, "aov": pytest.approx(100 * (300 - 133) / 133),
    }  # fmt: skip
    assert compared["totals"]["customers"] == (1 if times == 1 else None)


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
    assert [point["value"] for point in found["points"]] == [4, 0, 0, 106]
    assert [point["value"] for point in before["points"]] == [0, 0, 50, 0]


async def test_amounts_in_two_currencies_are_not_compared(api: httpx.AsyncClient, filled: Numbers) -> None:
    filled.campaign(a_campaign("c", currency=None))
    filled.cells("r", "2026-09-29", {"gross|1|VND": -400, "gross|1|USD": 9})

    found = (await asked(api, "/v1/campaigns/c/overview", compare="previous"))["comparison"]

    assert (found["currency"], found["totals"]["revenue_net"], found["changes"]["revenue_net"]) == ("USD", 9, None)
    assert found["changes"]["opportunities"] == 25.0


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

    assert [line for line in overview if line.startswith("opportunities,")] == ["opportunities,Opportunities,8,25.0"]
    assert any("comparison.period.from" in line for line in overview)
    assert not any("comparison.totals" in line for line in overview)
    assert any(line.startswith("2026-11-17") for line in series)
