"""Which of two images of an entity is the newer one? By version, then time, then the greater canonical JSON, so that the order of arrival does not matter."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import msgspec

Stamp: TypeAlias = tuple[int, int]
"""(version, time in ms)."""

_json = msgspec.json.Encoder(order="sorted").encode


def canonical(names: tuple[str, ...], values: tuple[Any, ...]) -> bytes:
    """JSON of an entity's known fields, sorted, without nulls and without flags that are off."""
    return _json({name: value for name, value in zip(names, values, strict=True) if value is not None and value is not False})


def newer(now: Stamp, then: Stamp, content: Callable[[], tuple[tuple[str, ...], tuple[Any, ...], tuple[Any, ...]]]) -> bool:
    """Whether what is stamped `now` replaces what is stamped `then`. `content` is asked only where the stamps are equal: (names, values now, values then)."""
    if now != then:
        return now > then
    names, values, known = content()
    return values != known and canonical(names, values) > canonical(names, known)
