"""The page of all rows and the declarations of all numbers say the same."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from schemas import lists, message_views, people, rows, targets, views
from schemas.cells import DIMENSIONS
from schemas.kpis import Totals
from schemas.kpis.__main__ import lines

PAGE = (Path(__file__).parents[3] / "docs" / "rows.md").read_text("utf-8")
ROWS: dict[str, str] = dict(re.findall(r"^\| ([FDB][0-9]+[a-e]?) \| [^|]+ \| (.+) \|$", PAGE, re.MULTILINE))
NAMED = {row: re.findall(r"`([^`]+)`", answer) for row, answer in ROWS.items()}
F = [*(f"F{n}" for n in range(13, 59)), *(f"F59{part}" for part in "abcde"), *(f"F{n}" for n in range(60, 77))]
D = [f"D{n}" for n in range(1, 18)]
B = ["B2", "B6", "B7", "B8", "B9", "B10", "B11", "B12", "B13", "B14", "B17", "B22"]


def exists(name: str) -> bool:
    """A number, `Type.field` of an answer or a stored row, or `view:name` of cells."""
    if ":" in name:
        view, cell = name.split(":")
        return cell in DIMENSIONS.get(view, {})
    if "." in name:
        kind, field = name.split(".")
        found = next(
            (getattr(module, kind) for module in (views, lists, message_views, people, targets, rows) if hasattr(module, kind)), None
        )
        fields: tuple[str, ...] = getattr(found, "__struct_fields__", ()) or getattr(found, "_fields", ())
        return field in fields
    return name in Totals.published()


def test_every_row_is_there_once_and_no_other() -> None:
    assert [*ROWS] == [*F, *D, *B]


@pytest.mark.parametrize("row", [*ROWS])
def test_every_row_names_what_answers_it_or_why_it_is_no_number(row: str) -> None:
    answer = ROWS[row]

    assert NAMED[row] or "no number" in answer or re.match(r"F[0-9]+( to F[0-9]+)?$", answer) or row == "D13"
    assert [name for name in NAMED[row] if not exists(name)] == []


@pytest.mark.parametrize("name", [*Totals.published()])
def test_every_number_stands_in_the_row_that_it_is_declared_for(name: str) -> None:
    row = Totals.published()[name].row

    assert any(name in NAMED[each] for each in ROWS if each.rstrip("abcde") == row), row


def test_the_table_of_all_numbers_has_a_line_for_each() -> None:
    head, *table = lines()

    assert head.split()[:3] == ["id", "unit", "row"]
    assert [line.split()[0] for line in table] == [*Totals.published()]
    assert next(line for line in table if line.startswith("revenue_net ")).endswith("from revenue_gross, refunds")
    assert next(line for line in table if line.startswith("customers_open ")).endswith("  created n:o")
    assert next(line for line in table if line.startswith("tasks_overdue ")).endswith("t:n(state=d); person t:n(state=d)")
