"""Where stored and recounted cells differ, with the entities behind each difference."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from processor.recount.ledger import SEPARATOR, Cell, Contribution


def differences(recounted: Mapping[Cell, int], stored: Mapping[Cell, int]) -> list[Cell]:
    """Cells whose values are not the same; a cell that is not there is 0."""
    return sorted(cell for cell in {*recounted, *stored} if recounted.get(cell, 0) != stored.get(cell, 0))


def explained(
    cells: Iterable[Cell], recounted: Mapping[Cell, int], stored: Mapping[Cell, int], contributions: Iterable[Contribution]
) -> Iterator[str]:
    """For each cell a line with both values, then one for each entity that contributes by the recount."""
    behind: dict[Cell, list[Contribution]] = defaultdict(list)
    for contribution in contributions:
        behind[contribution.cell].append(contribution)
    for cell in cells:
        yield f"{readable(cell)}: stored {stored.get(cell, 0)}, recounted {recounted.get(cell, 0)}"
        yield from (f"    {contribution.amount:+d} {contribution.entity}" for contribution in behind[cell])


def readable(cell: Cell) -> str:
    return f"{cell.tenant} / {cell.campaign or '(the tenant)'} / {cell.view} / {cell.day} / {cell.field.replace(SEPARATOR, ' | ')}"
