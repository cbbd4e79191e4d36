"""What a comparison is about: which cells, and what is taken as said."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from processor.recount.contract import Data
from processor.recount.days import DAY_MS, EPOCH
from processor.recount.ledger import SEPARATOR, Cell

HOURS_KEPT_MS = 90 * DAY_MS
"""How far behind the watermark the end of a day lies when the cells of its hours may go."""


def is_compared(cell: Cell, watermark: int | None, without: Collection[str]) -> bool:
    """`without` names families of cells that are not: `v` is a whole view, `v.reopened` what of it begins with this word. Nor is what may have expired."""
    return not (cell.view in without or f"{cell.view}.{cell.field.split(SEPARATOR)[0]}" in without or has_expired(cell, watermark))


def has_expired(cell: Cell, watermark: int | None) -> bool:
    """Whether the store may have dropped the cell already."""
    if cell.view != "h" or watermark is None:
        return False
    end_of_day = ((date.fromisoformat(cell.day) - EPOCH.date()).days + 1) * DAY_MS
    return end_of_day + HOURS_KEPT_MS <= watermark


def heard(kind: str, data: Data, without: Collection[str]) -> Data:
    """The data as if nobody had ever said the optional fields that `without` names, such as `tenant.credit`."""
    return {name: None if f"{kind}.{name}" in without else value for name, value in data.items()}
