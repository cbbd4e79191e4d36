"""What leads from one JSON text to the next? A JSON Patch (RFC 6902) of `add`, `remove` and `replace`: members of objects by name, rows of lists by place. Pure.

Texts are compared, not values: what is the same is skipped without being decoded, and `1`, `1.0` and `true` are three. Both must be as msgspec writes them, without blanks.
"""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import Final

import msgspec

_OBJECT: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])
_LIST: Final = msgspec.json.Decoder(list[msgspec.Raw])


def patch(before: bytes, after: bytes) -> bytes:
    """The patch as JSON. Where it would be longer, a part is replaced as a whole."""
    return b"[" + b",".join(_between("", before, after)) + b"]"


def _between(path: str, before: bytes, after: bytes) -> list[bytes]:
    """The operations, each as JSON."""
    if before == after:
        return []
    whole = _setting("replace", path, after)
    kind = after[:1]
    if kind != before[:1] or kind not in (b"{", b"["):
        return [whole]
    found = _members(path, before, after) if kind == b"{" else _rows(path, _texts(before), _texts(after))
    return found if sum(map(len, found)) + len(found) <= len(whole) else [whole]


def _members(path: str, before: bytes, after: bytes) -> list[bytes]:
    was, now = _OBJECT.decode(before), _OBJECT.decode(after)
    found = [_removing(_member(path, name)) for name in was if name not in now]
    for name, text in now.items():
        if name not in was:
            found.append(_setting("add", _member(path, name), bytes(text)))
        elif was[name] != text:
            found += _between(_member(path, name), bytes(was[name]), bytes(text))
    return found


def _rows(path: str, was: Sequence[bytes], now: Sequence[bytes]) -> list[bytes]:
    """From the last to the first, so that rows before keep their place."""
    found: list[bytes] = []
    for tag, old, old_end, new, new_end in reversed(SequenceMatcher(None, was, now, autojunk=False).get_opcodes()):
        if tag == "equal":
            continue
        same = min(old_end - old, new_end - new)
        found += [_removing(f"{path}/{place}") for place in reversed(range(old + same, old_end))]
        found += [_setting("add", f"{path}/{old + n}", now[new + n]) for n in range(same, new_end - new)]
        for n in range(same):
            found += _between(f"{path}/{old + n}", was[old + n], now[new + n])
    return found


def _texts(rows: bytes) -> list[bytes]:
    return [bytes(row) for row in _LIST.decode(rows)]


def _member(path: str, name: str) -> str:
    return f"{path}/{name.replace('~', '~0').replace('/', '~1')}"


def _setting(operation: str, path: str, value: bytes) -> bytes:
    return b'{"op":"%b","path":%b,"value":%b}' % (operation.encode(), msgspec.json.encode(path), value)


def _removing(path: str) -> bytes:
    return b'{"op":"remove","path":%b}' % msgspec.json.encode(path)
