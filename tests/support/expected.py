"""What the cells of a store should be after some records: the recount's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from processor.recount import Record, recount
from processor.recount.comparison import differences
from processor.recount.ledger import Cell

CellName = tuple[str, str, str, str, str]


def wrong_cells(
    found: Mapping[CellName, int], records: Iterable[Record], *, watermark: int | None = None
) -> dict[CellName, tuple[int, int]]:
    """Cell -> (there, as it should be). Hours that may be gone by this watermark are not compared."""
    stored = {Cell(*name): value for name, value in found.items()}
    expected = recount(records, watermark=watermark)
    return {cell: (stored.get(cell, 0), expected.get(cell, 0)) for cell in differences(expected, stored, watermark=watermark)}
