"""`python -m schemas.kpis` prints every number: id, unit, row of the contract, title, and the cells or numbers that it comes from."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from schemas.cells import Basis, Cells, Sources
from schemas.kpis import Totals
from schemas.measures import Kpi, Measure


def lines() -> Iterator[str]:
    rows = [
        ("id", "unit", "row", "title", "tiêu đề", "from"),
        *((name, figure.unit.value, figure.row, *figure.title, where(name, figure)) for name, figure in Totals.published().items()),
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]) - 1)]
    for row in rows:
        yield "  ".join([*(text.ljust(width) for text, width in zip(row, widths, strict=False)), row[-1]])


def where(name: str, figure: Measure | Kpi) -> str:
    """A measure: its cells as `view:name` by basis, those of a person and of an hour; a KPI: the measures that it is worked out from."""
    if isinstance(figure, Kpi):
        return "from " + ", ".join(Totals.needs(name))
    parts = [
        _named(figure.campaign),
        *(f"{who} {_named(found)}" for who, found in (("person", figure.staff), ("hour", figure.hours)) if found),
    ]
    return "; ".join(filter(None, [*parts, f"campaign's {figure.of_row}" if figure.of_row else ""]))


def _named(sources: Sources) -> str:
    cells = {basis: _cells(found) for basis, found in sources.items()}
    if {*cells} == {Basis.CREATED, Basis.CLOSED} and len({*cells.values()}) == 1:
        return next(iter(cells.values()))
    return ", ".join(f"{basis.value} {found}" for basis, found in cells.items())


def _cells(found: Cells) -> str:
    where = " ".join(f"{dimension}={'|'.join(values) or '-'}" for dimension, values in found.where.items())
    return (
        f"{found.view}:{found.name}" + (f"({where})" if where else "") + "".join(f"+{_corrects(found, part)}" for part in found.parts[1:])
    )


def _corrects(found: Cells, part: Cells) -> str:
    return part.name if part.view == found.view else f"{part.view}:{part.name}"


if __name__ == "__main__":
    sys.stdout.writelines(line + "\n" for line in lines())
