"""The form of the answer: cells named as docs/cells.md names them, and who contributed what to them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import NamedTuple

SEPARATOR = "\x1f"
ESCAPE = "\x1b"


class Cell(NamedTuple):
    """Name of one stored integer. A tenant's own cells have an empty campaign; `day` is an ISO date."""

    tenant: str
    campaign: str
    view: str
    day: str
    field: str


class Contribution(NamedTuple):
    """What one entity adds to one cell. `entity` is `<kind> <id>`; `why` says in words what was decided about it, if anything was."""

    cell: Cell
    amount: int
    entity: str
    why: str = ""


def field(*parts: str | int | None) -> str:
    """The parts of a field, joined. None is the empty part; free text is escaped so that it cannot break the field apart."""
    return SEPARATOR.join(
        "" if part is None else str(part).replace(ESCAPE, ESCAPE + "0").replace(SEPARATOR, ESCAPE + "1") for part in parts
    )


def pair_cells(
    tenant: str, campaign: str, view: str, name: Sequence[str | None], active: Iterable[date], entity: str
) -> Iterator[Contribution]:
    """Of somebody who counts once in any range of days: one cell on each active day, with the active day before it at the end of its field."""
    previous = None
    for day in sorted(active):
        yield Contribution(Cell(tenant, campaign, view, day.isoformat(), field(*name, previous)), 1, entity)
        previous = day.isoformat()


def totals(contributions: Iterable[Contribution]) -> dict[Cell, int]:
    """The sum of all contributions; a cell that is 0 is not stored."""
    sums: Counter[Cell] = Counter()
    for contribution in contributions:
        sums[contribution.cell] += contribution.amount
    return {cell: value for cell, value in sums.items() if value != 0}
