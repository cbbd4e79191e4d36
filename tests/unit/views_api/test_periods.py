from __future__ import annotations

from contextlib import suppress
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.cells import Basis
from schemas.rows import TenantRow
from views_api.problems import Refused
from views_api.views.hours import hours
from views_api.views.periods import (
    MOST_POINTS,
    Asked,
    Bucket,
    By,
    Calendar,
    Preset,
    ask,
    buckets,
    calendar_of,
    days,
    is_over,
    resolve,
    today_in,
)

TUESDAY = date(2026, 11, 24)


def the_days(preset: Preset, at: str | None = None, today: date = TUESDAY, **settings: Any) -> tuple[str, str]:
    period = resolve(ask(preset, None, None, at, Basis.CREATED), today, calendar_of(TenantRow(**settings)))
    assert period.first
    assert period.last
    return period.first.isoformat(), period.last.isoformat()


@pytest.mark.parametrize(
    ("preset", "first", "last"),
    [
        (Preset.TODAY, "2026-11-24", "2026-11-24"),
        (Preset.WEEK, "2026-11-23", "2026-11-29"),
        (Preset.MONTH, "2026-11-01", "2026-11-30"),
        (Preset.QUARTER, "2026-10-01", "2026-12-31"),
        (Preset.YEAR, "2026-01-01", "2026-12-31"),
        (Preset.LAST_7_DAYS, "2026-11-18", "2026-11-24"),
        (Preset.LAST_30_DAYS, "2026-10-26", "2026-11-24"),
        (Preset.LAST_90_DAYS, "2026-08-27", "2026-11-24"),
    ],
)
def test_a_preset_lies_around_today(preset: Preset, first: str, last: str) -> None:
    assert the_days(preset) == (first, last)


def test_a_preset_lies_around_the_day_that_is_named() -> None:
    assert the_days(Preset.MONTH, "2024-02-10") == ("2024-02-01", "2024-02-29")
    assert the_days(Preset.WEEK, "2027-01-01") == ("2026-12-28", "2027-01-03")
    assert the_days(Preset.QUARTER, "2026-03-31") == ("2026-01-01", "2026-03-31")
    assert the_days(Preset.LAST_7_DAYS, "2026-01-03") == ("2025-12-28", "2026-01-03")


def test_a_week_begins_on_the_day_that_the_tenant_says() -> None:
    assert the_days(Preset.WEEK, week_start="sunday") == ("2026-11-22", "2026-11-28")
    assert the_days(Preset.WEEK, week_start="saturday") == ("2026-11-21", "2026-11-27")
    assert the_days(Preset.WEEK, "2026-11-22", week_start="sunday") == ("2026-11-22", "2026-11-28")
    assert the_days(Preset.WEEK, "2026-11-22", week_start="monday") == ("2026-11-16", "2026-11-22")


def test_a_fiscal_year_and_its_quarters_begin_in_the_month_that_the_tenant_says() -> None:
    assert the_days(Preset.YEAR, fiscal_year_start_month=4) == ("2026-04-01", "2027-03-31")
    assert the_days(Preset.YEAR, "2026-03-31", fiscal_year_start_month=4) == ("2025-04-01", "2026-03-31")
    assert the_days(Preset.QUARTER, fiscal_year_start_month=4) == ("2026-10-01", "2026-12-31")
    assert the_days(Preset.QUARTER, fiscal_year_start_month=2) == ("2026-11-01", "2027-01-31")
    assert the_days(Preset.QUARTER, "2026-01-31", fiscal_year_start_month=12) == ("2025-12-01", "2026-02-28")
    assert the_days(Preset.MONTH, fiscal_year_start_month=4) == ("2026-11-01", "2026-11-30")


def test_a_fiscal_year_that_ends_behind_the_last_year_is_refused() -> None:
    with pytest.raises(Refused):
        the_days(Preset.YEAR, "9999-12-31", fiscal_year_start_month=4)


def test_without_any_parameter_it_is_the_current_month() -> None:
    assert ask(None, None, None, None, Basis.CREATED) == Asked(Preset.MONTH, None, None, None, Basis.CREATED)


def test_the_state_as_of_a_day_needs_no_beginning() -> None:
    period = resolve(ask(None, None, "2026-11-10", None, Basis.AS_OF), TUESDAY)

    assert (period.first, period.last) == (None, date(2026, 11, 10))
    assert resolve(ask(Preset.ALL, None, None, None, Basis.AS_OF), TUESDAY).last == TUESDAY
    assert resolve(ask(None, "2026-11-11", "2026-11-10", None, Basis.AS_OF), TUESDAY) == period


@pytest.mark.parametrize("at", ["9999-12-31", "0001-01-01"])
@pytest.mark.parametrize("preset", [*Preset])
def test_at_the_ends_of_the_calendar_a_period_is_answered_or_refused(preset: Preset, at: str) -> None:
    with suppress(Refused):
        period = resolve(ask(preset, None, None, at, Basis.CREATED), TUESDAY)
        assert period.first is None or period.last is None or period.first <= period.last


def test_a_period_before_the_first_day_that_there_is_is_refused() -> None:
    with pytest.raises(Refused) as refused:
        resolve(ask(Preset.LAST_7_DAYS, None, None, "0001-01-06", Basis.CREATED), TUESDAY)

    assert refused.value.parameter == "at"


near = st.dates(date(1990, 1, 1), date(2030, 12, 31))


BY_DAYS = [by for by in By if by is not By.HOUR]
calendars = st.builds(Calendar, st.sampled_from([0, 5, 6]), st.integers(1, 12))


@given(near, st.integers(0, 1200), st.sampled_from(BY_DAYS), calendars)
def test_buckets_cover_every_day_of_the_period_once_and_follow_each_other(first: date, length: int, by: By, calendar: Calendar) -> None:
    last = date.fromordinal(first.toordinal() + length)

    found = buckets(first, last, by, calendar)

    assert [day for bucket in found for day in days(bucket.first, bucket.last)] == days(first, last)
    assert all(bucket.whole for bucket in found[1:-1])


def test_a_bucket_that_the_period_cuts_is_not_whole() -> None:
    assert buckets(date(2026, 1, 15), date(2026, 3, 31), By.MONTH) == [
        Bucket(date(2026, 1, 15), date(2026, 1, 31), whole=False),
        Bucket(date(2026, 2, 1), date(2026, 2, 28), whole=True),
        Bucket(date(2026, 3, 1), date(2026, 3, 31), whole=True),
    ]


def test_there_are_at_most_so_many_points() -> None:
    assert len(buckets(date(2000, 1, 1), date.fromordinal(date(2000, 1, 1).toordinal() + MOST_POINTS - 1), By.DAY)) == MOST_POINTS
    with pytest.raises(Refused):
        buckets(date(2000, 1, 1), date.fromordinal(date(2000, 1, 1).toordinal() + MOST_POINTS), By.DAY)
    with pytest.raises(Refused):
        buckets(date(1, 1, 1), date(9999, 12, 31), By.MONTH)


@pytest.mark.parametrize("calendar", [Calendar(), Calendar(6, 4)])
@pytest.mark.parametrize("by", [By.WEEK, By.QUARTER, By.YEAR])
def test_buckets_reach_from_the_first_to_the_last_day_that_there_is(by: By, calendar: Calendar) -> None:
    assert buckets(date(9990, 1, 1), date(9999, 12, 31), by, calendar)[-1].last == date(9999, 12, 31)
    assert buckets(date(1, 1, 1), date(2, 12, 31), by, calendar)[0].first == date(1, 1, 1)
    assert len(buckets(date(1, 1, 1), date(2, 12, 31), By.YEAR, calendar)) == (2 if calendar.year == 1 else 3)


def ms(*when: int) -> int:
    return int(datetime(*when, tzinfo=UTC).timestamp() * 1000)  # type: ignore[misc,arg-type]


def test_today_is_the_date_in_the_zone_also_when_the_clocks_change() -> None:
    assert today_in("Asia/Ho_Chi_Minh", ms(2026, 11, 24, 16, 59)) == date(2026, 11, 24)
    assert today_in("Asia/Ho_Chi_Minh", ms(2026, 11, 24, 17, 0)) == date(2026, 11, 25)
    assert today_in("America/New_York", ms(2025, 3, 10, 4, 30)) == date(2025, 3, 10)
    assert today_in("America/New_York", ms(2025, 3, 8, 4, 30)) == date(2025, 3, 7)


@pytest.mark.parametrize(
    ("zone", "day"), [("America/New_York", "2026-03-08"), ("Australia/Lord_Howe", "2026-04-05"), ("Pacific/Apia", "2011-12-29")]
)
def test_a_day_of_any_length_is_over_when_its_last_millisecond_is(zone: str, day: str) -> None:
    """New York has 23 hours, Lord Howe 24 and a half; behind the 29th Apia had the 31st."""
    last = hours(date.fromisoformat(day), date.fromisoformat(day), zone)[-1].last

    assert not is_over(date.fromisoformat(day), zone, last - 1)
    assert is_over(date.fromisoformat(day), zone, last)


def test_a_day_is_over_at_the_first_instant_of_the_next() -> None:
    assert not is_over(date(2026, 11, 24), "Asia/Ho_Chi_Minh", ms(2026, 11, 24, 17) - 1)
    assert is_over(date(2026, 11, 24), "Asia/Ho_Chi_Minh", ms(2026, 11, 24, 17))
