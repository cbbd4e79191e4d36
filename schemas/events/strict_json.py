"""Bytes to a JSON document, or the reason why not. Stricter than the standard library, so that no two readers can see two different documents.

Refused besides bad grammar: a name twice in one object, NaN and Infinity, half a surrogate pair, more than 64 levels, more than 256 KiB.
"""

from __future__ import annotations

import json
from typing import Any, Final, NoReturn

from schemas.events.outcome import Rejected

LARGEST_VALUE: Final = 256 * 1024
DEEPEST: Final = 64
_LONGEST_NUMBER: Final = 400


class _RefusedError(ValueError):
    """Grammatical JSON, but ambiguous or not JSON's own. The message names no content."""


def read(text: bytes) -> Any:
    """The document in `text`, or Rejected. Never raises."""
    if len(text) > LARGEST_VALUE:
        return Rejected("oversized", f"more than {LARGEST_VALUE} bytes")
    try:
        characters = text.decode()
    except UnicodeDecodeError as error:
        return Rejected("invalid_utf8", f"not UTF-8 at byte {error.start}")
    try:
        document = _DECODER.decode(characters)
        if text.count(b"{") + text.count(b"[") > DEEPEST and _deeper(document, DEEPEST):
            raise _RefusedError(f"more than {DEEPEST} levels")
        if b"\\u" in text and _has_lone_surrogate(document):
            raise _RefusedError("half a surrogate pair")
    except RecursionError:
        return Rejected("invalid_json", f"more than {DEEPEST} levels")
    except json.JSONDecodeError as error:
        return Rejected("invalid_json", f"{error.msg} at character {error.pos}")
    except _RefusedError as error:
        return Rejected("invalid_json", str(error))
    return document


def _object(members: list[tuple[str, Any]]) -> dict[str, Any]:
    read_object = dict(members)
    if len(read_object) != len(members):
        raise _RefusedError("a name twice in one object")
    return read_object


def _constant(_name: str) -> NoReturn:
    raise _RefusedError("NaN and Infinity are no numbers")


def _integer(digits: str) -> int:
    # Python refuses to convert thousands of digits. What long numbers are compared with is short, so that their first digits say enough.
    return int(digits[:_LONGEST_NUMBER])


_DECODER: Final = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_constant, parse_int=_integer)


def _deeper(value: Any, levels: int) -> bool:
    if isinstance(value, dict):
        parts = list(value.values())
    elif isinstance(value, list):
        parts = value
    else:
        return False
    return levels == 0 or any(_deeper(part, levels - 1) for part in parts)


def _has_lone_surrogate(document: Any) -> bool:
    try:
        json.dumps(document, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return True
    return False
