"""The hours of a day, wherever it is and whatever its clocks do."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.durations import DAY, HOUR, MINUTE
from views_api.problems import Refused
from views_api.views.hours import MOST_DAYS, hours, kept_from, utc_day
from views_api.views.periods import today_in

QUARTER = 15 * MINUTE


def ms(*when: int) -> int:
    return int(datetime(*when, tzinfo=UTC).timestamp() * 1000)  # type: ignore[misc,arg-type]


@pytest.mark.parametrize(
    ("zone", "day", "number", "half_hours"),
    [
        ("Asia/Ho_Chi_Minh", "2026-11-24", 24, 0),
        ("America/New_York", "2026-03-08", 23, 0),
        ("America/New_York", "2026-11-01", 25, 0),
        ("Australia/Lord_Howe", "2026-04-05", 25, 1),
        ("Australia/Lord_Howe", "2026-10-04", 24, 1),
        ("Pacific/Apia", "2011-12-30", 0, 0),
        ("America/Sao_Paulo", "2018-11-04", 23, 0),  # which began at one o'clock
    ],
)
def test_a_day_has_the_hours_that_its_clocks_show(zone: str, day: str, number: int, half_hours: int) -> None:
    found = hours(date.fromisoformat(day), date.fromisoformat(day), zone)

    assert len(found) == number
    assert sum(hour.last - hour.first == HOUR // 2 for hour in found) == half_hours


def test_an_hour_is_named_by_its_full_hour_on_the_local_clock() -> None:
    """In Kathmandu it is a quarter to: 00:00 there is 18:15 the day before in UTC."""
    first = hours(date(2026, 11, 24), date(2026, 11, 24), "Asia/Kathmandu")[0]

    assert (first.start * QUARTER, first.first, first.last) == (
        ms(2026, 11, 23, 18, 15),
        ms(2026, 11, 23, 18, 15),
        ms(2026, 11, 23, 19, 15),
    )
    assert utc_day(first.start) == date(2026, 11, 23)


def test_where_the_clock_is_set_by_half_an_hour_the_rest_of_the_hour_has_a_name_of_its_own() -> None:
    """At 02:00 it was 01:30 again: the second half past one began at 01:00 by the new clock, half an hour before it did."""
    found = hours(date(2026, 4, 5), date(2026, 4, 5), "Australia/Lord_Howe")
    again = found[2]

    assert (again.first, again.last, again.start * QUARTER) == (ms(2026, 4, 4, 15), ms(2026, 4, 4, 15, 30), ms(2026, 4, 4, 14, 30))


@given(
    st.sampled_from(["America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "Asia/Kathmandu", "America/St_Johns", "UTC"]),
    st.dates(date(2000, 1, 1), date(2030, 1, 1)),
    st.integers(0, 20),
)
def test_hours_follow_each_other_from_midnight_to_midnight_and_have_names_of_their_own(zone: str, first: date, length: int) -> None:
    last = date.fromordinal(first.toordinal() + length)
    found = hours(first, last, zone)

    assert [hour.last for hour in found[:-1]] == [hour.first for hour in found[1:]]
    assert len({hour.start for hour in found}) == len(found)
    if found:
        assert (today_in(zone, found[0].first), today_in(zone, found[0].first - 1) < first) == (found[0].day, True)
        assert (today_in(zone, found[-1].last - 1), today_in(zone, found[-1].last) > last) == (found[-1].day, True)


def test_there_are_at_most_so_many_days_of_hours() -> None:
    first = date(2025, 1, 1)

    assert hours(first, date.fromordinal(first.toordinal() + MOST_DAYS - 1), "UTC")
    with pytest.raises(Refused, match="at most 400 days"):
        hours(first, date.fromordinal(first.toordinal() + MOST_DAYS), "UTC")


def test_hours_are_kept_until_their_day_has_ended_90_days_before_the_watermark() -> None:
    assert kept_from(ms(2026, 11, 24)) == date(2026, 8, 26)
    assert kept_from(ms(2026, 11, 24) - 1) == date(2026, 8, 25)
    assert kept_from(90 * DAY) == date(1970, 1, 1)


def test_behind_the_last_year_there_are_no_hours() -> None:
    with pytest.raises(Refused):
        hours(date(9999, 12, 31), date(9999, 12, 31), "UTC")
