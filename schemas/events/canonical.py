"""One form of bytes for one content, so that of two events that claim the same version and time the same one wins everywhere."""

from __future__ import annotations

from functools import cache
from typing import Any

import msgspec
from pydantic import BaseModel

_encode = msgspec.json.Encoder(order="sorted").encode


def canonical(data: Any) -> bytes:
    """The known fields of an event's data as JSON: names in order, no spaces, instants in milliseconds, without what absent says as well.

    That is null, false and an empty list; but an empty list stays where absent means a default that is not empty.
    Equal for what the models and the fast decoder make of the same bytes.
    """
    if isinstance(data, BaseModel):
        return _encode(_said(data.model_dump(by_alias=True), _absent_is_not_empty(type(data))))
    return _encode(_said(msgspec.to_builtins(data)))


def _said(value: Any, telling_when_empty: frozenset[str] = frozenset()) -> Any:
    if isinstance(value, dict):
        return {
            name: _said(item)
            for name, item in value.items()
            if item is not None and item is not False and (item != [] or name in telling_when_empty)
        }
    if isinstance(value, list):
        return [_said(item) for item in value]
    return value


@cache
def _absent_is_not_empty(model: type[BaseModel]) -> frozenset[str]:
    """Fields that are None when absent: were they lists, empty would be something else."""
    return frozenset(field.alias or name for name, field in model.model_fields.items() if field.default is None)
