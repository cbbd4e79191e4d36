"""Which of two images of an entity is the newer one? By version, then time, then the greater canonical JSON, so that the order of arrival does not matter."""

from __future__ import annotations

from typing import Any

import msgspec

_json = msgspec.json.Encoder(order="sorted").encode


def canonical(names: tuple[str, ...], values: tuple[Any, ...]) -> bytes:
    """JSON of an entity's known fields, sorted, without nulls and without flags that are off."""
    return _json({name: value for name, value in zip(names, values, strict=True) if value is not None and value is not False})


def newer(names: tuple[str, ...], now: tuple[int, int, tuple[Any, ...]], then: tuple[int, int, tuple[Any, ...]]) -> bool:
    """Whether (version, time, values) `now` replaces `then`."""
    if now[:2] != then[:2]:
        return now[:2] > then[:2]
    return now[2] != then[2] and canonical(names, now[2]) > canonical(names, then[2])
