"""What follows from numbers that have not moved? What followed the last time. Pure, but for what it keeps: for each question the newest answer, with the very look that it follows from.

That a number stands is not looked up anywhere: a sum that was read again and is the same object is one of which no day has changed (`stored/kept.py`). Whoever asks, a look is
of one state of the store, and only what that state says is kept under it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar

from views_api.answers.looks import Look

T = TypeVar("T")

MOST: Final = 600
"""Answers of up to 60 KB."""


class WorkedOut:
    def __init__(self) -> None:
        self._kept: dict[tuple[str, ...], tuple[Look, Any]] = {}
        """What was asked for last at the end."""

    def of(self, question: tuple[str, ...], look: Look, work_out: Callable[[Look], T]) -> T:
        """`work_out(look)`, or what it was: it must rest on nothing but the look, without its facts and its stamp. Shared: not to be changed."""
        if any(look.days):
            return work_out(look)  # rates are not compared
        kept = self._kept.pop(question, None)
        if kept is None or not _same(kept[0], look):
            kept = look, work_out(look)
        self._kept[question] = kept
        if len(self._kept) > MOST:
            del self._kept[next(iter(self._kept))]
        found: T = kept[1]
        return found


def _same(one: Look, other: Look) -> bool:
    return (
        one.row is other.row
        and one.record is other.record
        and (one.period, one.only, one.exchange.currency) == (other.period, other.only, other.exchange.currency)
        and (one.crm_url, one.guide_url) == (other.crm_url, other.guide_url)
        and all(_unmoved(*sums) for sums in zip(one.sums, other.sums, strict=True))
    )


def _unmoved(one: dict[str, Any], other: dict[str, Any]) -> bool:
    return one.keys() == other.keys() and all(other[view] is sums for view, sums in one.items())
