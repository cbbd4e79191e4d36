"""With which days a period is compared, and how far (B6)."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from schemas.cells import Basis
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
