"""Where stored and recounted cells differ, with the entities behind each difference."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping

from processor.recount.ledger import SEPARATOR, Cell, Contribution
from processor.recount.scope import is_compared


def differences(
    recounted: Mapping[Cell, int], stored: Mapping[Cell, int], *, watermark: int | None = None, without: Collection[str] = ()
) -> list[Cell]:
    """Cells whose values are not the same; a cell that is not there is 0. `watermark`, `without`: see `recount`."""
    unequal = (cell for cell in {*recounted, *stored} if recounted.get(cell, 0) != stored.get(cell, 0))
    return sorted(cell for cell in unequal if is_compared(cell, watermark, without))


def explained(
    cells: Iterable[Cell], recounted: Mapping[Cell, int], stored: Mapping[Cell, int], contributions: Iterable[Contribution]
) -> Iterator[str]:
    """For each cell a line with both values, then one for each entity that contributes by the recount."""
    behind: dict[Cell, list[Contribution]] = defaultdict(list)
    for contribution in contributions:
        behind[contribution.cell].append(contribution)
    for cell in cells:
        yield f"{readable(cell)}: stored {stored.get(cell, 0)}, recounted {recounted.get(cell, 0)}"
        yield from (f"    {contribution.amount:+d} {contribution.entity}{_because(contribution.why)}" for contribution in behind[cell])


def _because(why: str) -> str:
    return f": {why}" if why else ""


def readable(cell: Cell) -> str:
    return f"{cell.tenant} / {cell.campaign or '(the tenant)'} / {cell.view} / {cell.day} / {cell.field.replace(SEPARATOR, ' | ')}"
