"""Tables as a workbook (XLSX), row by row: what was written is on the disk, not in memory.

Each table is a sheet: what was asked and how fresh it is, the titles of the columns, the rows. Numbers are numbers, amounts show the decimals of their currency,
times are those of the campaign's zone. Text stays text, whatever it looks like.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from views_api.files.tables import Cell, Table
from views_api.problems import Refused

MEDIA_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ROWS: Final = 1_048_576
"""No sheet has more."""
_TEXT: Final = 32_767
"""Characters in one cell."""
_FIRST_YEAR: Final = 1900
_EXACT: Final = 10**15
"""Up to here Excel keeps every digit of a number; what is larger is shown as text."""
_OPTIONS: Final = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}


class Workbook:
    def __init__(self, file: Path, tables: Mapping[str, Table], heading: Iterable[tuple[str, Cell]], zone: str) -> None:
        """`tables`: by the name of their sheets. `zone`: of instants."""
        self._book = xlsxwriter.Workbook(str(file), {**_OPTIONS, "tmpdir": str(file.parent)})
        self._bold, self._zone = self._book.add_format({"bold": True, "text_wrap": True, "valign": "top"}), ZoneInfo(zone)
        self._formats: dict[str, Format] = {}
        self._sheets: list[tuple[Table, Worksheet]] = []
        self._next: dict[str, int] = {}
        """Row by name of the table."""
        said = list(heading)
        for name, table in tables.items():
            sheet = self._book.add_worksheet(name[:31])
            sheet.set_column(0, len(table.columns) - 1, 16)
            for row, (told, value) in enumerate(said):
                sheet.write_string(row, 0, told, self._bold)
                self._write(sheet, row, 1, value)
            top = len(said) + 1
            for column, (_, title) in enumerate(table.columns):
                sheet.write_string(top, column, title, self._bold)
            sheet.freeze_panes(top + 1, 0)
            self._sheets.append((table, sheet))
            self._next[table.name] = top + 1
        self._top = len(said) + 1

    def add(self, view: Any, *, first: bool) -> None:
        """The rows of an answer; of what is the same on each page only those of the first. Raises `Refused` for more than a sheet can have."""
        for table, sheet in self._sheets:
            if not (first or table.paged):
                continue
            for cells in table.rows(view):
                row = self._next[table.name]
                if row >= ROWS:
                    raise Refused("format", f"a workbook has no more than {ROWS} rows: ask for csv", ["csv"])
                for column, cell in enumerate(cells):
                    self._write(sheet, row, column, cell)
                self._next[table.name] = row + 1

    def close(self) -> None:
        """The file is whole."""
        for table, sheet in self._sheets:
            sheet.autofilter(self._top, 0, self._next[table.name] - 1, len(table.columns) - 1)
        self._book.close()

    def _write(self, sheet: Worksheet, row: int, column: int, cell: Cell) -> None:
        match cell:
            case None:
                return
            case bool():
                sheet.write_boolean(row, column, cell)
            case int() | Decimal() if not -_EXACT < cell < _EXACT:
                sheet.write_string(row, column, str(cell))
            case int():
                sheet.write_number(row, column, cell, self._shown_as("#,##0"))
            case float():
                sheet.write_number(row, column, cell, self._shown_as("#,##0.00"))
            case Decimal():
                decimals = -int(cell.as_tuple().exponent)
                sheet.write_number(row, column, cell, self._shown_as("#,##0" + ("." + "0" * decimals if decimals else "")))
            case date() if cell.year < _FIRST_YEAR:
                sheet.write_string(row, column, cell.isoformat())
            case datetime():
                there = cell.astimezone(UTC if cell.year > 9998 else self._zone).replace(tzinfo=None)
                sheet.write_datetime(row, column, there, self._shown_as("yyyy-mm-dd hh:mm:ss"))
            case date():
                sheet.write_datetime(row, column, cell, self._shown_as("yyyy-mm-dd"))
            case _:
                sheet.write_string(row, column, cell[:_TEXT])

    def _shown_as(self, form: str) -> Format:
        if form not in self._formats:
            self._formats[form] = self._book.add_format({"num_format": form})
        return self._formats[form]
