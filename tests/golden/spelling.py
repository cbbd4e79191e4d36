"""How the other program writes numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from typing import Any

import pytest

Same = tuple[str, str, Callable[[Any], Any]]
"""Their name, ours, and how ours is spelled for them."""


def compared(names: Iterable[Same]) -> list[Any]:
    """Parameters of a test, one comparison each."""
    return [pytest.param(*name, id=f"{name[0]} is {name[1]}") for name in names]


def as_is(number: int | None) -> int | None:
    return number


def money(minor: int | None) -> float | None:
    """Minor units as a decimal amount."""
    return None if minor is None else minor / 100


def percentage(number: float | None) -> float | None:
    """Four decimals."""
    return None if number is None else round(number, 4)


def fraction(percent: float | None) -> float | None:
    """A percentage over 100, with four decimals."""
    return None if percent is None else round(percent / 100, 4)


def week(first_day: str) -> str:
    year, number, _ = date.fromisoformat(first_day).isocalendar()
    return f"{year}-W{number:02}"


def month(first_day: str) -> str:
    return first_day[:7]
