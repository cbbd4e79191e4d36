"""How lengths of time are counted: in buckets, so that they add up; and what a median says of them. Pure."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from typing import Final, Self

MINUTE: Final = 60_000
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR

BOUNDS: Final = (
    *(n * MINUTE for n in (1, 5, 15, 30)),
    *(n * HOUR for n in (1, 2, 4, 8, 12)),
    *(n * DAY for n in (1, 2, 3, 5, 7, 10, 14, 21, 30, 45, 60, 90, 120, 180, 365)),
)
"""Upper bounds in ms, each belonging to its own bucket. Behind the last one lies one more bucket without a bound."""
BUCKETS: Final = len(BOUNDS) + 1


def bucket_of(ms: int) -> int:
    """Number of the bucket that a length lies in, 0 for the shortest."""
    return bisect_left(BOUNDS, ms)


class Histogram(tuple[int, ...]):
    """How many lengths lie in each bucket. Adds up bucket by bucket; `Histogram()` is one of nothing."""

    __slots__ = ()

    def __new__(cls, counts: Iterable[int] = ()) -> Self:
        given = tuple(counts)
        return super().__new__(cls, given + (0,) * (BUCKETS - len(given)))

    def __add__(self, other: Histogram) -> Histogram:  # type: ignore[override]  # a sum, not a longer tuple
        return Histogram(one + another for one, another in zip(self, other, strict=True))


def quantile(histogram: Sequence[int], q: float) -> float | None:
    """The length in ms below which a part `q` (0 to 1) of them lies; None if there are none.

    Inside a bucket lengths are taken as spread evenly between its bounds; behind the last bound a length counts as that bound.
    """
    wanted, below = q * sum(histogram), 0
    if not sum(histogram):
        return None
    for number, inside in enumerate(histogram):
        if inside and below + inside >= wanted:
            lower = BOUNDS[number - 1] if number else 0
            upper = BOUNDS[number] if number < len(BOUNDS) else lower
            return lower + (upper - lower) * max(0.0, wanted - below) / inside
        below += inside
    raise AssertionError("the buckets add up to their sum")
