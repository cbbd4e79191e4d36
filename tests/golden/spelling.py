"""How the other program writes numbers, and which of ours are still to come."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from typing import Any, Final

import pytest

NOT_YET: Final = frozenset({"revenue_basis"})
"""Numbers, settings and fields that do not count yet: what compares them must fail, and a name leaves this list with the commit that makes it count."""

Same = tuple[str, str, Callable[[Any], Any]]
"""Their name, ours, and how ours is spelled for them."""


def compared(names: Iterable[Same], *, rests_on: str | None = None) -> list[Any]:
    """Parameters of a test, one comparison each. `rests_on`: a setting that all of them need."""
    return [pytest.param(*name, id=f"{name[0]} is {name[1]}", marks=awaited(rests_on or name[1])) for name in names]


def awaited(name: str) -> list[pytest.MarkDecorator]:
    """What to mark a comparison with that needs this number, setting or field."""
    return [pytest.mark.xfail(reason="not counted yet", strict=True, raises=(AssertionError, KeyError))] if name in NOT_YET else []


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
