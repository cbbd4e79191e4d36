from __future__ import annotations

from datetime import datetime, timedelta
from random import Random

import pytest

from deploy.demo.rhythm import VIETNAM, is_month_end, next_day, office_hours, visits


def moment(day: int, hour: int, minute: int = 0) -> datetime:
    """In November 2026; the 1st is a Sunday."""
    return datetime(2026, 11, day, hour, minute, tzinfo=VIETNAM)


@pytest.mark.parametrize(
    ("asked", "answered"),
    [
        (moment(24, 9, 30), moment(24, 9, 30)),  # a Tuesday morning
        (moment(24, 7, 59), moment(24, 8, 59)),
        (moment(24, 18, 5), moment(25, 8, 5)),
        (moment(28, 11, 59), moment(28, 11, 59)),  # a Saturday
        (moment(28, 12, 1), moment(30, 8, 1)),
        (moment(29, 10), moment(30, 8)),  # a Sunday
    ],
)
def test_work_is_done_when_offices_are_open(asked: datetime, answered: datetime) -> None:
    assert office_hours(asked) == answered


def test_months_end_with_their_last_four_days() -> None:
    assert [day for day in range(1, 31) if is_month_end(moment(day, 12))] == [27, 28, 29, 30]


def test_visits_are_of_that_day_in_order_and_as_many_as_expected_in_a_week() -> None:
    chance, day, total = Random(1), moment(2, 5), 0
    for _ in range(7):
        found = visits(day, 100, chance)
        assert found == sorted(found)
        assert all(visit.date() == day.date() for visit in found)
        total += len(found)
        day = next_day(day)

    assert 550 < total < 850
    assert day - timedelta(days=7) == moment(2, 0)
