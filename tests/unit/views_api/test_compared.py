"""With which days a period is compared, and what is said of them (B6)."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest

from schemas.cells import Basis
from tests.support.cells import Numbers, a_campaign
from views_api.problems import Refused
from views_api.views.compared import Base, Now, Part, To, buckets_before, change, compared_with, now_in, part
from views_api.views.periods import By, Period, Preset, buckets

TODAY = date(2026, 11, 24)
"""A Tuesday."""
NOW = Now(TODAY, TODAY, 12)


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
        ("2026-11-18", "2026-11-24", Base(To.PREVIOUS), ("2026-11-11", "2026-11-17")),
        ("2026-11-24", "2026-11-24", Base(To.PREVIOUS), ("2026-11-17", "2026-11-17")),
        # Not begun yet: whole.
        ("2026-12-01", "2026-12-07", Base(To.PREVIOUS), ("2026-11-24", "2026-11-30")),
    ],
)  # fmt: skip
def test_these_days_are_compared_with_those(first: str, last: str, base: Base, before: tuple[str, str]) -> None:
    found = compared_with(a_period(first, last), NOW, base)

    assert days(found.period) == before
    if base.to is not To.CUSTOM and (base.weekdays or base.to is To.PREVIOUS):
        compared = part(a_period(first, last), NOW)
        assert None not in (*compared.period[1:3], *found.period[1:3])
        assert compared.hour == found.hour
        assert compared.period.last - compared.period.first == found.period.last - found.period.first  # type: ignore[operator]
        assert not base.weekdays or compared.period.first.weekday() == found.period.first.weekday()  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("last", "now", "until", "hour", "over"),
    [
        ("2026-11-30", NOW, "2026-11-24", 12, "2026-11-23"),
        ("2026-11-24", NOW, "2026-11-24", 12, "2026-11-23"),
        ("2026-11-23", NOW, "2026-11-23", None, "2026-11-23"),
        # What is counted lags behind: as far as it is.
        ("2026-11-23", Now(TODAY, date(2026, 11, 20), 7), "2026-11-20", 7, "2026-11-19"),
        ("2026-11-30", Now(TODAY, date(2026, 11, 1), 7), "2026-11-01", 7, None),
        ("2026-11-30", Now(TODAY, date(2026, 10, 31), 23), "2026-11-01", 0, None),
    ],
)
def test_while_a_period_runs_its_last_day_is_compared_until_the_full_hour(
    last: str, now: Now, until: str, hour: int | None, over: str | None
) -> None:
    found = part(a_period("2026-11-01", last), now)

    assert (days(found.period), found.hour) == (("2026-11-01", until), hour)
    assert (found.over and days(found.over)) == (over and ("2026-11-01", over))


def test_an_extra_day_under_way_is_compared_with_the_day_behind_as_many() -> None:
    leap = date(2024, 2, 29)

    found = compared_with(a_period("2024-02-01", "2024-03-31"), Now(leap, leap, 8), Base(To.LAST_YEAR, weekdays=False))

    assert (days(found.period), found.hour) == (("2023-02-01", "2023-03-01"), 8)


def test_the_hour_is_that_of_the_moment_up_to_which_all_is_counted() -> None:
    midnight = int(datetime(2026, 11, 23, 17, 0, tzinfo=UTC).timestamp() * 1000)

    assert now_in("Asia/Ho_Chi_Minh", midnight, midnight - 1) == Now(TODAY, date(2026, 11, 23), 23)
    assert now_in("Asia/Ho_Chi_Minh", midnight, 0) == Now(TODAY, TODAY, 0)


def test_the_state_of_a_day_is_compared_with_that_of_one_day() -> None:
    for day, before in ((date(2026, 11, 3), date(2026, 10, 27)), (TODAY, date(2026, 11, 17))):
        found = compared_with(Period(None, None, day, Basis.AS_OF), NOW, Base(To.PREVIOUS))

        assert found == Part(Period(None, None, before, Basis.AS_OF))
    month = Period(Preset.MONTH, date(2026, 11, 1), date(2026, 11, 30), Basis.AS_OF)
    assert part(month, NOW) == Part(month._replace(last=TODAY))
    assert compared_with(month, NOW, Base(To.PREVIOUS)).period.last == date(2026, 10, 20)


@pytest.mark.parametrize("period", [Period(None, None, None, Basis.CREATED), a_period("0001-01-01", "0001-01-07")])
def test_days_that_have_none_before_them_are_not_compared(period: Period) -> None:
    for base in (Base(To.PREVIOUS), Base(To.LAST_YEAR), Base(To.LAST_YEAR, weekdays=False)):
        with pytest.raises(Refused, match="compare"):
            compared_with(period, NOW, base)


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
