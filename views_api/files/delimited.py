"""A table as CSV (RFC 4180), piece by piece. Pure.

First lines `# name,value` say what was asked and how fresh it is, then come the names of the columns, as in JSON. UTF-8 with a mark in front, without which
spreadsheets take it for something else. No text can become a formula there.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from views_api.files.tables import Cell, Table

MEDIA_TYPE: Final = "text/csv"
_FORMULA: Final = re.compile(r"[=+\-@\t\r\n\0＝＋－＠]")
"""What a spreadsheet takes for the beginning of one (OWASP ASVS 1.2.10), in full width too."""


def opening(heading: Iterable[tuple[str, Cell]], table: Table) -> bytes:
    """Up to the first row."""
    said = [[f"# {name}", value] for name, value in heading]
    return b"\xef\xbb\xbf" + _lines([*said, [name for name, _ in table.columns]])


def rows(table: Table, view: Any) -> bytes:
    """Of one answer."""
    return _lines(table.rows(view))


def _lines(rows: Iterable[Sequence[Cell]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows([_shown(cell) for cell in row] for row in rows)
    return text.getvalue().encode()


def _shown(cell: Cell) -> str | int | float | Decimal:
    match cell:
        case None:
            return ""
        case bool():
            return str(cell).lower()
        case datetime():
            return cell.isoformat().replace("+00:00", "Z")
        case date():
            return cell.isoformat()
        case str():
            return "'" + cell if _FORMULA.match(cell) else cell
    return cell
