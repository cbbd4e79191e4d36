"""What the cells of a store should be after some records: the recount's, as far as the engine counts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from processor.recount import Record, recount
from processor.recount.comparison import differences
from processor.recount.ledger import Cell

NOT_YET: Final = ("h",)
"""What the engine does not count yet, in the words of `python -m processor.recount --without`."""

OPTIONS: Final = [word for family in NOT_YET for word in ("--without", family)]
"""Of that command."""

CellName = tuple[str, str, str, str, str]


def wrong_cells(
    found: Mapping[CellName, int], records: Iterable[Record], *, watermark: int | None = None
) -> dict[CellName, tuple[int, int]]:
    """Cell -> (there, as it should be)."""
    stored = {Cell(*name): value for name, value in found.items()}
    expected = recount(records, watermark=watermark, without=NOT_YET)
    return {
        cell: (stored.get(cell, 0), expected.get(cell, 0)) for cell in differences(expected, stored, watermark=watermark, without=NOT_YET)
    }
