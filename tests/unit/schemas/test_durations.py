"""Lengths of time are counted in buckets; what is read out of them lies in the right one."""

from __future__ import annotations

from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.durations import BOUNDS, BUCKETS, DAY, HOUR, MINUTE, Histogram, bucket_of, quantile

YEAR: Final = 365 * DAY
lengths = st.lists(st.integers(0, YEAR), min_size=1, max_size=40)


def counted(found: list[int]) -> Histogram:
    counts = [0] * BUCKETS
    for length in found:
        counts[bucket_of(length)] += 1
    return Histogram(counts)


@pytest.mark.parametrize(
    ("ms", "number"),
    [(0, 0), (MINUTE, 0), (MINUTE + 1, 1), (HOUR, 4), (HOUR + 1, 5), (12 * HOUR, 8), (DAY, 9), (DAY + 1, 10), (YEAR, 23), (YEAR + 1, 24)],
)
def test_a_length_equal_to_a_bound_lies_below_it(ms: int, number: int) -> None:
    assert bucket_of(ms) == number


def test_the_bounds_are_those_that_the_definitions_name() -> None:
    assert [bound // MINUTE for bound in BOUNDS[:9]] == [1, 5, 15, 30, 60, 120, 240, 480, 720]
    assert [bound // DAY for bound in BOUNDS[9:]] == [1, 2, 3, 5, 7, 10, 14, 21, 30, 45, 60, 90, 120, 180, 365]


def test_a_median_is_interpolated_inside_its_bucket() -> None:
    two_in_the_second_minute_bucket = counted([2 * MINUTE, 3 * MINUTE])

    assert quantile(two_in_the_second_minute_bucket, 0.5) == 3 * MINUTE
    assert quantile(two_in_the_second_minute_bucket, 1.0) == 5 * MINUTE
    assert quantile(counted([0]), 0.5) == MINUTE / 2


def test_the_median_of_two_buckets_of_one_is_the_bound_between_them() -> None:
    assert quantile(counted([30_000, 2 * MINUTE]), 0.5) == MINUTE


def test_behind_the_last_bound_a_length_counts_as_that_bound() -> None:
    assert quantile(counted([10 * YEAR, 20 * YEAR]), 0.9) == YEAR


def test_nothing_has_no_median() -> None:
    assert quantile(Histogram(), 0.5) is None


@given(lengths, st.sampled_from([0.1, 0.5, 0.9]))
def test_a_quantile_lies_in_the_bucket_of_the_length_that_it_stands_for(found: list[int], q: float) -> None:
    inside = quantile(counted(found), q)
    rank = max(1, -(-q * len(found) // 1))
    exact = sorted(found)[int(rank) - 1]

    assert inside is not None
    assert bucket_of(int(inside)) == bucket_of(exact) or inside in BOUNDS


@given(lengths)
def test_the_upper_part_is_never_shorter_than_the_median(found: list[int]) -> None:
    histogram = counted(found)
    median, upper = quantile(histogram, 0.5), quantile(histogram, 0.9)

    assert median is not None
    assert upper is not None
    assert median <= upper


@given(lengths, lengths)
def test_histograms_add_up_to_that_of_all(one: list[int], another: list[int]) -> None:
    assert counted(one) + counted(another) == counted(one + another)
    assert counted(one) + Histogram() == counted(one)
