"""What a comparison is about: which cells, and what is taken as said."""

from __future__ import annotations

from collections.abc import Collection

from processor.recount.contract import Data
from processor.recount.ledger import SEPARATOR, Cell


def is_left_out(cell: Cell, without: Collection[str]) -> bool:
    """`without` names families of cells: `v` is a whole view, `v.reopened` what of it begins with this word."""
    return cell.view in without or f"{cell.view}.{cell.field.split(SEPARATOR)[0]}" in without


def heard(kind: str, data: Data, without: Collection[str]) -> Data:
    """The data as if nobody had ever said the optional fields that `without` names, such as `tenant.credit`."""
    return {name: None if f"{kind}.{name}" in without else value for name, value in data.items()}
