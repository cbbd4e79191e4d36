"""What leads from one JSON text to the next? A JSON Patch (RFC 6902) of `add`, `remove` and `replace`: members of objects by name, rows of lists by place. Pure.

Texts are compared, not values: what is the same is skipped without being decoded, and `1`, `1.0` and `true` are three. Both must be as msgspec writes them, without blanks.
Inside, a path is text within quotes already, and an operation is the bytes that are sent.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher
from functools import lru_cache
from typing import Final

import msgspec

SHORT: Final = 250
"""Bytes of a part that is replaced as a whole: a row of a funnel, a stamp. To say which of its numbers have changed takes as many."""
_OBJECT: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])
_LIST: Final = msgspec.json.Decoder(list[msgspec.Raw])


def patch(before: bytes, after: bytes) -> bytes:
    """The patch as JSON. Where it would be longer, a part is replaced as a whole."""
    found: list[bytes] = []
    if before != after:
        _lead(found, b"", before, after)
    return b"[%b]" % b",".join(found)


def _lead(found: list[bytes], path: bytes, before: bytes, after: bytes) -> None:
    """Add the operations that lead from one text to another."""
    kind, there = after[:1] if len(after) > SHORT else b"", len(found)
    if kind == before[:1] == b"{":
        _members(found, path, before, after)
    elif kind == before[:1] == b"[":
        _rows(found, path, [bytes(row) for row in _LIST.decode(before)], [bytes(row) for row in _LIST.decode(after)])
    else:
        found.append(_replacing(path, after))
        return
    whole = _replacing(path, after)
    if sum(map(len, found[there:])) + len(found) - there > len(whole):
        found[there:] = [whole]


def _members(found: list[bytes], path: bytes, before: bytes, after: bytes) -> None:
    was, now = _OBJECT.decode(before), _OBJECT.decode(after)
    if was.keys() != now.keys():
        found += [_removing(path + _member(name)) for name in was if name not in now]
        found += [_adding(path + _member(name), bytes(text)) for name, text in now.items() if name not in was]
    for name, text in now.items():
        if name in was and was[name] != text:
            _lead(found, path + _member(name), bytes(was[name]), bytes(text))


def _rows(found: list[bytes], path: bytes, was: Sequence[bytes], now: Sequence[bytes]) -> None:
    """From the last to the first, so that rows before keep their place."""
    for old, old_end, new, new_end in reversed([*_blocks(was, now)]):
        same = min(old_end - old, new_end - new)
        found += [_removing(b"%b/%d" % (path, place)) for place in reversed(range(old + same, old_end))]
        found += [_adding(b"%b/%d" % (path, old + n), now[new + n]) for n in range(same, new_end - new)]
        for n in range(same):
            _lead(found, b"%b/%d" % (path, old + n), was[old + n], now[new + n])


def _blocks(was: Sequence[bytes], now: Sequence[bytes]) -> Iterable[tuple[int, int, int, int]]:
    """Rows that are others: from and to in the old list, from and to in the new one."""
    others = [n for n, rows in enumerate(zip(was, now, strict=False)) if rows[0] != rows[1]]
    if len(was) == len(now) and {was[n] for n in others}.isdisjoint([now[n] for n in others]):
        return ((n, n + 1, n, n + 1) for n in others)  # none has moved, as most often
    return (block for tag, *block in SequenceMatcher(None, was, now, autojunk=False).get_opcodes() if tag != "equal")  # type: ignore[misc]


@lru_cache(4096)
def _member(name: str) -> bytes:
    return b"/" + msgspec.json.encode(name.replace("~", "~0").replace("/", "~1"))[1:-1]


def _replacing(path: bytes, value: bytes) -> bytes:
    return b'{"op":"replace","path":"%b","value":%b}' % (path, value)


def _adding(path: bytes, value: bytes) -> bytes:
    return b'{"op":"add","path":"%b","value":%b}' % (path, value)


def _removing(path: bytes) -> bytes:
    return b'{"op":"remove","path":"%b"}' % path
