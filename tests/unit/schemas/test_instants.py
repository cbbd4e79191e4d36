"""RFC 3339 to milliseconds, exactly, compared with the calendar of the standard library."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from schemas.events import instants
from schemas.events.instants import EARLIEST, LATEST, day, milliseconds

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def by_calendar(text: str) -> int:
    return (datetime.fromisoformat(text.upper()) - EPOCH) // timedelta(milliseconds=1)


@pytest.mark.parametrize(
    "text",
    [
        "1970-01-01T00:00:00Z",
        "2026-11-20T10:11:12.123Z",
        "2026-11-20T10:11:12.1Z",
        "2026-11-20T10:11:12.123999Z",
        "2026-11-20T23:59:59.999999+23:59",
        "2026-11-20T00:00:00-23:59",
        "2024-02-29T12:00:00+07:00",
        "1969-12-31T23:59:59.999Z",
        "1969-12-31T23:59:59.9999Z",
        "1900-03-01T00:00:00.0005+00:30",
        "2026-11-20T10:11:12-00:00",
        "0002-01-01T00:00:00Z",
        "9998-12-31T23:59:59.999Z",
        "2026-11-20t10:11:12Z",
        "2026-11-20t10:11:12.5z",
        "2026-11-20t10:11:12+07:00",
    ],
)
def test_an_instant_is_what_the_calendar_says_cut_off_to_milliseconds(text: str) -> None:
    assert milliseconds(text) == by_calendar(text)
    assert milliseconds(text) == by_calendar(text), "remembered, it is the same"


def test_digits_beyond_any_clock_are_cut_off_as_well() -> None:
    assert milliseconds("1970-01-01T00:00:00.0019999999999999999999999Z") == 1


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-11-20",
        "2026-11-20T10:11Z",
        "2026-11-20T10:11:12",
        "2026-11-20T10:11:12.123",
        "2026-11-20 10:11:12Z",
        "2026-11-20T10:11:12.Z",
        "2026-11-20T10:11:12,5Z",
        "2026-11-20T10:11:60Z",
        "2026-11-20T24:00:00Z",
        "2026-11-20T10:60:00Z",
        "2026-11-31T10:00:00Z",
        "2025-02-29T10:00:00Z",
        "2026-00-20T10:00:00Z",
        "0000-01-01T00:00:00Z",
        "+2026-11-20T10:00:00Z",
        "2026-11-20T10:11:12+24:00",
        "2026-11-20T10:11:12+07",
        "2026-11-20T10:11:12+0700",
        "2026-11-20T10:11:12.123ZZ",
        "2026-11-20T10:11:12Z\n",
        " 2026-11-20T10:11:12Z",
        "2026-11-20T10:11:12\u06603Z",
        "٢٠٢٦-11-20T10:11:12Z",
        "2026-W47-5T10:11:12Z",
    ],
)
def test_what_is_not_rfc_3339_is_refused_also_where_its_parts_are_known(text: str) -> None:
    milliseconds("2026-11-20T10:11:12.123Z")
    milliseconds("2026-11-20T10:11:12Z")

    with pytest.raises(ValueError):
        milliseconds(text)


@pytest.mark.parametrize(
    ("text", "nearest"),
    [
        ("9999-12-31T23:59:59Z", LATEST),
        ("9999-12-31T00:00:00Z", LATEST),
        ("9999-12-30T23:59:59.999Z", LATEST),
        ("0001-01-01T00:00:00Z", EARLIEST),
        ("0001-01-01T00:00:00+23:59", EARLIEST),
        ("0001-01-02T00:00:00Z", EARLIEST),
    ],
)
def test_at_the_ends_of_the_calendar_an_instant_is_the_nearest_that_has_a_day_everywhere(text: str, nearest: int) -> None:
    assert milliseconds(text) == nearest
    instant = EPOCH + timedelta(milliseconds=milliseconds(text))
    assert datetime.min.replace(tzinfo=UTC) <= instant - timedelta(hours=24)
    assert instant + timedelta(hours=24) <= datetime.max.replace(tzinfo=UTC)


@pytest.mark.parametrize("hour", range(24))
def test_what_is_remembered_of_one_instant_cannot_push_another_out_of_the_calendar(hour: int) -> None:
    for date in ("0001-01-01", "0001-01-02", "0001-01-03", "0001-01-04", "9999-12-28", "9999-12-29", "9999-12-30", "9999-12-31"):
        for tail in ("Z", "+23:59", "-23:59", ".999-23:59"):
            assert EARLIEST <= milliseconds(f"{date}T{hour:02d}:59:59{tail}") <= LATEST


def test_a_stream_of_ever_new_instants_is_not_remembered_for_ever() -> None:
    for day_number in range(3_000):
        date = (datetime(2000, 1, 1, tzinfo=UTC) + timedelta(days=day_number)).date()
        for hour in range(24):
            milliseconds(f"{date}T{hour:02d}:00:00Z")

    assert len(instants._HOURS) <= 65_536


@pytest.mark.parametrize("text", ["2026-11-20", "2024-02-29", "0001-01-01", "9999-12-31"])
def test_a_day_is_one_of_the_calendar(text: str) -> None:
    assert day(text) == text


@pytest.mark.parametrize(
    "text", ["2026-02-29", "2026-11-31", "20261120", "2026-W47-5", "2026-1-2", "2026-11-20\n", "0000-01-01", "2026-11-20T00:00:00Z", ""]
)
def test_what_is_no_day_of_the_calendar_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        day(text)
