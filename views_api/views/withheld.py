"""What of an answer may this caller not see? Pure: a new answer is made, because the one that is given may be shown to others too."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

import msgspec
from msgspec import inspect

from schemas.answers import OF_MONEY
from views_api.scope import Scope


class _Fields(NamedTuple):
    """Of one kind of struct."""

    withheld: dict[str, Any]
    """Name -> what is shown instead."""
    inner: list[str]
    """Those in which there are structs, themselves or in a list."""


def shown(scope: Scope, view: msgspec.Struct) -> msgspec.Struct:
    """A view as the caller may see it: the fields that are marked as money (`schemas.answers.OF_MONEY`) are null or empty without that right."""
    return view if scope.money else _without_money(view)


def _without_money(view: msgspec.Struct) -> msgspec.Struct:
    fields = _fields(type(view))
    return msgspec.structs.replace(view, **fields.withheld, **{name: _each(getattr(view, name)) for name in fields.inner})


def _each(value: Any) -> Any:
    if isinstance(value, list):
        return [_each(one) for one in value]
    return _without_money(value) if isinstance(value, msgspec.Struct) else value


@lru_cache
def _fields(kind: type[msgspec.Struct]) -> _Fields:
    declared = inspect.type_info(kind)
    assert isinstance(declared, inspect.StructType)
    found = _Fields({"withheld": True} if "withheld" in kind.__struct_fields__ else {}, [])
    for field in declared.fields:
        if _is_money(field.type):
            found.withheld[field.name] = {} if isinstance(_plain(field.type), inspect.DictType) else None
        elif _holds_structs(field.type):
            found.inner.append(field.name)
    return found


def _is_money(declared: inspect.Type) -> bool:
    return isinstance(declared, inspect.Metadata) and declared.extra is not None and declared.extra.items() >= OF_MONEY.items()


def _plain(declared: inspect.Type) -> inspect.Type:
    return declared.type if isinstance(declared, inspect.Metadata) else declared


def _holds_structs(declared: inspect.Type) -> bool:
    match _plain(declared):
        case inspect.StructType():
            return True
        case inspect.ListType(item_type=item):
            return _holds_structs(item)
        case inspect.UnionType(types=types):
            return any(map(_holds_structs, types))
    return False
