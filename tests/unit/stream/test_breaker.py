"""A fault of the program stops it before it parks everything; what producers send wrong does not."""

from __future__ import annotations

import pytest

from processor.stream.breaker import Breaker
from tests.unit.stream.building import Tripped, trip


def test_a_hundred_failures_in_a_row_are_borne_and_one_more_is_not() -> None:
    breaker = Breaker(trip)
    for _ in range(Breaker.IN_A_ROW):
        breaker.bug()

    with pytest.raises(Tripped):
        breaker.bug()


def test_one_in_a_hundred_is_borne_and_more_are_not() -> None:
    breaker = Breaker(trip)
    for _ in range(100):
        breaker.counted(80)
        breaker.bug()

    with pytest.raises(Tripped, match="101 of the last"):
        breaker.bug()


def test_failures_of_long_ago_are_forgotten() -> None:
    breaker = Breaker(trip)
    for _ in range(300):
        breaker.counted(Breaker.WINDOW // 50)
        breaker.bug()
