"""By which clock is it said how fresh numbers are? By the one that is behind, because what goes by it is never taken back."""

from __future__ import annotations

import math

import pytest

from processor.stream.store_time import APART, StoreTime

NOON = 1_777_000_000
YEAR = 366 * 86_400


class Clocks:
    def __init__(self) -> None:
        self.wall, self.steady = float(NOON), 1_000.0
        self.time = StoreTime(lambda: self.wall, lambda: self.steady)

    def go_on(self, seconds: float) -> None:
        self.wall += seconds
        self.steady += seconds


@pytest.fixture(name="clocks")
def _clocks() -> Clocks:
    return Clocks()


def test_while_the_store_says_nothing_this_machine_is_believed(clocks: Clocks) -> None:
    clocks.time.learn(None)

    assert (clocks.time.moment(NOON * 1000), clocks.time.latest()) == (NOON * 1000, math.inf)


def test_a_clock_that_is_ahead_is_corrected_to_when_it_was(clocks: Clocks) -> None:
    clocks.wall += YEAR
    clocks.time.learn(NOON * 1000)
    clocks.go_on(60)

    assert clocks.time.moment((NOON + YEAR + 50) * 1000) == (NOON + 50) * 1000
    assert clocks.time.latest() == (NOON + 60 + APART) * 1000


def test_a_clock_that_is_behind_is_believed(clocks: Clocks) -> None:
    clocks.time.learn((NOON + YEAR) * 1000)

    assert clocks.time.moment((NOON - 1) * 1000) == (NOON - 1) * 1000


def test_a_clock_that_is_put_forward_between_two_looks_at_the_store_is_noticed_at_once(clocks: Clocks) -> None:
    clocks.time.learn(NOON * 1000)
    clocks.wall += YEAR

    assert clocks.time.moment((NOON + YEAR - 1) * 1000) == (NOON - 1) * 1000


def test_what_was_noted_before_a_clock_was_put_back_is_no_moment(clocks: Clocks) -> None:
    clocks.wall += YEAR
    clocks.time.learn(NOON * 1000)
    noted = int(clocks.wall * 1000)
    clocks.wall -= YEAR

    assert clocks.time.moment(noted) == 0


def test_none_stays_none(clocks: Clocks) -> None:
    clocks.time.learn(NOON * 1000)

    assert clocks.time.moment(0) == 0


def test_clocks_that_are_apart_are_told_of_once(clocks: Clocks, caplog: pytest.LogCaptureFixture) -> None:
    for ahead in (1.0, YEAR, YEAR, 1.0):
        clocks.wall = NOON + ahead
        clocks.time.learn(NOON * 1000)

    assert ["31622400 s ahead of" in message for message in caplog.messages] == [True, False]
