"""Which tables are in an answer? Found in its declaration (`schemas/views.py`): what is added to an answer is in its files too. Pure.

A list is a table, and so is each list inside its items (with the ids of the item beside it), the totals (one row each) and the amounts by currency.
Amounts are in whole units of their currency, times are times.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final, NamedTuple, TypeAlias

import msgspec
from msgspec import inspect

from schemas.answers import OF_MONEY, OF_TIME, Figures
from schemas.events.currencies import CURRENCIES
from schemas.measures import Unit
from views_api.views.figures import PUBLISHED

Cell: TypeAlias = str | int | float | Decimal | datetime | date | None
"""A bool is an int, as anywhere in Python."""

PAGED: Final = "items"
"""The list that goes on over pages; all else is the same on each."""
_TOTALS: Final = "totals"
_COMPARISON: Final = "comparison"
_OF_PAGES: Final = {"next_cursor", "stamp.lag_ms"}
"""What says nothing in a file."""
_SCALARS: Final = (inspect.IntType, inspect.FloatType, inspect.BoolType, inspect.StrType, inspect.LiteralType, inspect.EnumType)


class Column(NamedTuple):
    name: str
    """As in JSON; of a struct in a struct with a dot: `period.from`."""
    title: str
    way: tuple[str, ...]
    """The attributes that lead to it."""
    amount: bool
    time: bool


class Table(NamedTuple):
    name: str
    columns: Sequence[tuple[str, str]]
    """(name, title)."""
    rows: Callable[[Any], Iterator[list[Cell]]]
    """Of an answer."""
    paged: bool
    """Whether each page has other rows."""


class _Leaf(NamedTuple):
    """What a field is, beside null."""

    types: list[inspect.Type]
    money: bool
    time: bool
    title: str | None


@lru_cache
def tables_of(kind: type[msgspec.Struct]) -> Mapping[str, Table]:
    """The tables of a kind of answer by name, the main one first."""
    found: list[Table] = []
    for field in _declared(kind).fields:
        leaf = _leaf(field.type)
        match leaf.types[0]:
            case inspect.ListType(item_type=inspect.StructType() as item):
                found += _lists(field.name, item)
            case inspect.StructType() as totals if field.name == _TOTALS:
                found.append(_totals(totals))
                found += [_amounts((_TOTALS, each.name)) for each in totals.fields if _is_amounts(each)]
            case inspect.StructType() as comparison if field.name == _COMPARISON:
                found.append(_compared(comparison))
            case inspect.DictType() if leaf.money:
                found.append(_amounts((field.name,)))
    found.sort(key=lambda table: table.name != PAGED)
    return {table.name: table for table in found}


def heading(view: msgspec.Struct) -> Iterator[tuple[str, Cell]]:
    """What an answer says of itself: of which days it is, how fresh, in what."""
    for column in _columns(_declared(type(view))):
        if column.name not in _OF_PAGES and not {*column.way} & {_TOTALS, "changes"}:
            yield column.name, _cell(column, view, view)


def _lists(name: str, item: inspect.StructType) -> list[Table]:
    columns = _columns(item)
    found = [Table(name, _names(columns), _rows(name, columns), name == PAGED)]
    for field in item.fields:
        match _leaf(field.type).types[0]:
            case inspect.ListType(item_type=inspect.StructType() as inner):
                own = _columns(inner)
                above = [column for column in columns if column.name.endswith("_id") and column.name not in {each.name for each in own}]
                rows = _rows_inside(name, field.name, above, own)
                found.append(Table(field.encode_name, _names([*above, *own]), rows, name == PAGED))
    return found


def _rows(name: str, columns: Sequence[Column]) -> Callable[[Any], Iterator[list[Cell]]]:
    return lambda view: ([_cell(column, item, view) for column in columns] for item in getattr(view, name) or ())


def _rows_inside(outer: str, inner: str, above: Sequence[Column], own: Sequence[Column]) -> Callable[[Any], Iterator[list[Cell]]]:
    def rows(view: Any) -> Iterator[list[Cell]]:
        for item in getattr(view, outer) or ():
            beside = [_cell(column, item, view) for column in above]
            for each in getattr(item, inner) or ():
                yield beside + [_cell(column, each, view) for column in own]

    return rows


def _totals(declared: inspect.StructType) -> Table:
    columns = _columns(declared)

    def rows(view: Any) -> Iterator[list[Cell]]:
        for column in columns:
            yield [column.name, column.title, _cell(column, getattr(view, _TOTALS), view)]

    return Table(_TOTALS, _plain("name", "title", "value"), rows, paged=False)


def _compared(declared: inspect.StructType) -> Table:
    """What it was on the days with which is compared: totals with their changes, or the points of a series. Without a comparison, no rows.

    Its amounts have the decimals of its own currency: a campaign without one is in that of its orders, and those of other days may be in another.
    """
    inner = {field.name: _leaf(field.type).types[0] for field in declared.fields}
    if isinstance(points := inner.get("points"), inspect.ListType) and isinstance(points.item_type, inspect.StructType):
        of_point = _columns(points.item_type)
        return Table(
            _COMPARISON,
            _names(of_point),
            lambda view: (
                [_cell_in(view.comparison.currency, column, point, view) for column in of_point]
                for point in _value(view, (_COMPARISON, "points")) or ()
            ),
            paged=False,
        )
    totals = inner[_TOTALS]
    assert isinstance(totals, inspect.StructType)
    columns = _columns(totals)

    def rows(view: Any) -> Iterator[list[Cell]]:
        before = getattr(view, _COMPARISON)
        for column in columns if before else ():
            yield [column.name, column.title, _cell_in(before.currency, column, before.totals, view), getattr(before.changes, column.name)]

    return Table(_COMPARISON, _plain("name", "title", "value", "change"), rows, paged=False)


def _is_amounts(field: inspect.Field) -> bool:
    leaf = _leaf(field.type)
    return leaf.money and isinstance(leaf.types[0], inspect.DictType)


def _amounts(way: tuple[str, ...]) -> Table:
    """Amounts by currency and name."""

    def rows(view: Any) -> Iterator[list[Cell]]:
        for currency, amounts in _value(view, way).items():
            for name, amount in amounts.items():
                yield [currency, name, _amount(amount, currency)]

    return Table(way[-1], _plain("currency", "name", "amount"), rows, paged=False)


def _names(columns: Sequence[Column]) -> list[tuple[str, str]]:
    return [(column.name, column.title) for column in columns]


def _plain(*names: str) -> list[tuple[str, str]]:
    return [(name, _titled(name)) for name in names]


def _titled(name: str) -> str:
    return name.replace("_", " ").replace(".", ": ").capitalize()


def _columns(declared: inspect.StructType, way: tuple[str, ...] = (), front: str = "") -> list[Column]:
    """What of a struct fits into one cell each, structs in it taken apart; who somebody is stands before what their numbers are."""
    found: list[Column] = []
    of_figures = Figures.__struct_fields__ if issubclass(declared.cls, Figures) else ()
    for field in sorted(declared.fields, key=lambda each: each.name in of_figures):
        leaf, name, there = _leaf(field.type), front + field.encode_name, (*way, field.name)
        match leaf.types[0]:
            case inspect.StructType() as inner:
                found += _columns(inner, there, f"{name}.")
            case other if isinstance(other, _SCALARS) or _is_of_text(other):
                amount = leaf.money and any(isinstance(each, inspect.IntType) for each in leaf.types)
                found.append(Column(name, leaf.title or _titled(name), there, amount, leaf.time))
    return found


def _is_of_text(declared: inspect.Type) -> bool:
    return isinstance(declared, inspect.ListType) and isinstance(declared.item_type, inspect.StrType)


def _declared(kind: type[msgspec.Struct]) -> inspect.StructType:
    declared = inspect.type_info(kind)
    assert isinstance(declared, inspect.StructType)
    return declared


def _leaf(declared: inspect.Type) -> _Leaf:
    match declared:
        case inspect.Metadata(type=inner, extra=extra, extra_json_schema=schema):
            leaf = _leaf(inner)
            marks = (extra or {}).items()
            return _Leaf(
                leaf.types, leaf.money or marks >= OF_MONEY.items(), leaf.time or marks >= OF_TIME.items(), (schema or {}).get("title")
            )
        case inspect.UnionType(types=types):
            leaves = [_leaf(each) for each in types if not isinstance(each, inspect.NoneType)]
            kinds = [kind for leaf in leaves for kind in leaf.types]
            return _Leaf(kinds, any(leaf.money for leaf in leaves), any(leaf.time for leaf in leaves), None)
    return _Leaf([declared], money=False, time=False, title=None)


def _cell(column: Column, item: Any, view: Any) -> Cell:
    return _cell_in(view.stamp.currency, column, item, view)


def _cell_in(currency: str | None, column: Column, item: Any, view: Any) -> Cell:
    """`currency`: of amounts that name none themselves."""
    value = _value(item, column.way)
    if value is None:
        return None
    if column.amount or (column.way == ("value",) and _is_of_money(view)):
        return _amount(value, getattr(item, "currency", None) or currency)
    if column.time:
        return datetime.fromisoformat(value) if "T" in value else date.fromisoformat(value)
    if isinstance(value, list):
        return ", ".join(value)
    found: Cell = value
    return found


def _value(item: Any, way: Sequence[str]) -> Any:
    for name in way:
        item = None if item is None else getattr(item, name)
    return item


def _is_of_money(view: Any) -> bool:
    """Whether the points of a series, or what people are ranked by, are amounts."""
    figure = PUBLISHED.get(getattr(view, "measure", getattr(view, "by", "")))
    return figure is not None and figure.unit is Unit.MONEY


def _amount(minor: int, currency: str | None) -> Decimal | int:
    """In whole units, with the decimals of its currency; where no currency is known, as it is."""
    return minor if currency is None else Decimal(minor).scaleb(-CURRENCIES[currency])
