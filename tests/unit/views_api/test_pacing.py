"""Targets: how much of a period is over, by weekdays and in a straight line, and what follows from it (B7)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest

from schemas.kpis import Totals
from schemas.measures import Number
from views_api.views.pacing import LINEAR, Pacing, adds_up, pacing, share, weights

MONDAY = date(2026, 11, 2)
LAST = date(2026, 11, 29)


def at(day: date, hour: int = 0) -> int:
    return int(datetime(day.year, day.month, day.day, hour, tzinfo=UTC).timestamp() * 1000)


@pytest.mark.parametrize(
    ("when", "over"),
    [
        (at(date(2026, 10, 1)), 0),
        (at(MONDAY), 0),
        (at(MONDAY, 12), 0.5 / 28),
        (at(date(2026, 11, 16)), 0.5),
        (at(LAST, 12), 27.5 / 28),
        (at(date(2026, 11, 30)), 1),
        (at(date(2027, 1, 1)), 1),
    ],
)
def test_in_a_straight_line_each_day_weighs_the_same(when: int, over: float) -> None:
    assert share(MONDAY, LAST, LINEAR, when, "UTC") == pytest.approx(over)


def test_the_day_is_that_of_the_zone() -> None:
    evening = at(MONDAY - timedelta(days=1), 17)

    assert share(MONDAY, LAST, LINEAR, evening, "Asia/Ho_Chi_Minh") == 0
    assert share(MONDAY, LAST, LINEAR, evening + 12 * 3_600_000, "Asia/Ho_Chi_Minh") == pytest.approx(0.5 / 28)


def test_by_weekdays_a_day_on_which_nothing_ever_happens_is_not_waited_for() -> None:
    weekdays = [1, 1, 1, 1, 1, 0, 0]

    assert share(MONDAY, LAST, weekdays, at(date(2026, 11, 7)), "UTC") == 0.25
    assert share(MONDAY, LAST, weekdays, at(date(2026, 11, 9)), "UTC") == 0.25
    assert share(date(2026, 11, 4), date(2026, 11, 10), weekdays, at(date(2026, 11, 6), 12), "UTC") == pytest.approx(0.5)
    assert share(date(2026, 11, 7), date(2026, 11, 8), weekdays, at(date(2026, 11, 8)), "UTC") is None


@pytest.mark.parametrize("days", [1, 6, 7, 8, 13, 365])
@pytest.mark.parametrize("weighing", [LINEAR, [3, 1, 4, 1, 5, 9, 2]])
def test_the_shares_of_all_days_add_up_to_the_whole(days: int, weighing: list[float]) -> None:
    last = MONDAY + timedelta(days=days - 1)
    ends = [share(MONDAY, last, weighing, at(MONDAY + timedelta(days=n)), "UTC") or 0 for n in range(days + 1)]

    steps = [after - before for before, after in pairwise(ends)]
    assert sum(steps) == pytest.approx(1)
    assert steps == pytest.approx([weighing[n % 7] / sum(weighing[n % 7] for n in range(days)) for n in range(days)])


@pytest.mark.parametrize(
    ("values", "found"),
    [
        ([1, 2, 3, 4, 5, 0, 0] * 8, [8, 16, 24, 32, 40, 0, 0]),
        ([1, 2, 3, 4, 5, 0, None] * 4 + [0] * 28, [4, 8, 12, 16, 20, 0, 0]),
        ([1, 0, 0, 0, 0, 0, 0] * 3 + [0] * 35, None),
        ([0] * 56, None),
        ([-5, 10, 0, 0, 0, 0, 0] * 8, [0, 80, 0, 0, 0, 0, 0]),
    ],
)
def test_weekdays_weigh_what_they_brought_if_four_weeks_brought_anything(values: list[Number | None], found: list[float] | None) -> None:
    assert weights(values, MONDAY) == found


@pytest.mark.parametrize(
    ("actual", "over", "said"),
    [
        (50, 0.5, Pacing(50, 50, 100, 100, "on_track")),
        (47.5, 0.5, Pacing(50, 50, 95, 95, "on_track")),
        (47, 0.5, Pacing(50, 50, 94, 94, "at_risk")),
        (40, 0.5, Pacing(50, 50, 80, 80, "at_risk")),
        (39, 0.5, Pacing(50, 50, 78, 78, "off")),
        (0, 0.5, Pacing(50, 50, 0, 0, "off")),
        (120, 1.0, Pacing(100, 100, 120, 120, "on_track")),
        (3, 0.0, Pacing(0, 0, None, None, None)),
        (None, 0.5, Pacing(50, 50, None, None, None)),
        (80, None, Pacing(None, 100, 80, 80, "at_risk")),
    ],
)
def test_the_pace_is_what_is_reached_of_what_should_be(actual: Number | None, over: float | None, said: Pacing) -> None:
    assert pacing(100, actual, over) == said


def test_what_adds_up_is_paced_and_ratios_are_not() -> None:
    paced = {name for name, figure in Totals.published().items() if adds_up(name, figure)}

    assert {"orders", "won", "revenue_net", "spend", "messages_sent", "customers", "orders_all", "expected_wins"} <= paced
    assert not {"win_rate", "aov", "roi", "cost_per_won", "time_to_claim_median", "budget", "sales_velocity", "budget_used_pct"} & paced
