"""The cells that the recount makes of streams of the adversary, added up by what a test cares about."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from functools import cache
from typing import Final

from processor.recount import Cell, recount
from tests.support.generator import PROFILES, generate
from tests.support.said import SEPARATOR
from tests.support.values import NOW

STREAMS: Final = [(profile, seed) for profile in PROFILES for seed in range(6)]
WATERMARK: Final = NOW
"""So that some tasks are overdue. Of the hours that are drawn those of 2026 are still kept."""

Sums = dict[tuple[str, ...], int]


class Recounted:
    """The cells of one stream, added up by what a test cares about."""

    def __init__(self, cells: Mapping[Cell, int]) -> None:
        self.cells = cells

    def sums(self, view: str, name: str | None, group: Callable[[str, list[str]], tuple[str, ...]]) -> Sums:
        """Σ of the cells of a view (and name) by tenant, campaign and `group(day, parts of the field after the name)`. Sums of 0 are left out."""
        result: Counter[tuple[str, ...]] = Counter()
        for cell, value in self.cells.items():
            parts = cell.field.split(SEPARATOR)
            if cell.view == view and name in (None, parts[0]):
                result[(cell.tenant, cell.campaign, *group(cell.day, parts if name is None else parts[1:]))] += value
        return {key: value for key, value in result.items() if value}


@cache
def recounted(profile: str, seed: int) -> Recounted:
    return Recounted(recount(generate(seed, profile=profile), watermark=WATERMARK))
