"""Draws events from the JSON Schemas of the contract, so that a new field or kind takes part by itself; and damages their bytes."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from hypothesis import strategies as st

from schemas.events import KINDS
from schemas.events.currencies import CURRENCIES
from schemas.events.documents import json_schemas
from schemas.events.fields import NO_CONTROL_CHARACTERS

Document = dict[str, Any]

SCHEMAS = {kind: schema for kind, schema in json_schemas().items() if kind in KINDS}


@dataclass(frozen=True)
class Words:
    """What ids, free text, verbs and fields that the contract does not know are made of."""

    ids: st.SearchStrategy[str]
    free: st.SearchStrategy[str]
    verbs: st.SearchStrategy[str]
    unknown: st.SearchStrategy[Document]


characters = st.characters(codec="utf-8")
ORDINARY = Words(
    ids=st.sampled_from(["c-17", "u-lan", "0", "đ"]),
    free=st.sampled_from(["Công ty An Phát", "b"]),
    verbs=st.sampled_from(["updated", "so it goes.v2"]),
    unknown=st.sampled_from([{}, {"~a": None}, {"~b": [{"c": 1.5}], "~d": "e"}]),
)
"""Nothing in them makes the fast decoder give up."""
ODD = Words(
    ids=st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), min_size=1, max_size=128)
    | st.sampled_from(["(none)", "~pending", "null", "a/b", "a:b|c=d{e}", '"', "\\", ':"', "\u00a0", "\u200d", "😀", "x" * 128]),
    free=st.text(characters, min_size=1, max_size=20) | st.just("ữ" * 1024),
    verbs=st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), min_size=1, max_size=20),
    unknown=st.dictionaries(st.text(characters, max_size=4).map("~{}".format), st.integers() | st.none() | st.text(characters), max_size=3),
)


@st.composite
def instants(draw: st.DrawFn) -> str:
    whole = draw(st.datetimes() | st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31)))  # noqa: DTZ001 (the offset is drawn below)
    fraction = draw(st.sampled_from(["", ".0", ".123", ".999999"]) | st.from_regex(r"\.[0-9]{1,12}", fullmatch=True))
    offset = draw(st.sampled_from(["Z", "+07:00", "-00:00", "+23:59", "-23:59"]))
    return f"{whole:%Y-%m-%dT%H:%M:%S}".rjust(19, "0") + fraction + offset


def _texts(schema: Document, words: Words) -> st.SearchStrategy[str]:
    match schema.get("format"), schema.get("pattern"):
        case "date-time", _:
            return instants()
        case "date", _:
            return st.dates().map(date.isoformat)
        case _, pattern if pattern == NO_CONTROL_CHARACTERS:
            return words.ids
        case _, str(pattern):
            return st.from_regex(pattern.replace("$", r"\Z"))
        case _:
            return words.free


def _whole_numbers(schema: Document) -> st.SearchStrategy[int]:
    least, most = schema["minimum"], schema["maximum"]
    return st.integers(least, most) | st.sampled_from([least, most, max(least, 0), min(most, 1)])


def _objects(schema: Document, definitions: Document, words: Words) -> st.SearchStrategy[Document]:
    if "additionalProperties" in schema:
        return st.dictionaries(words.free, _values(schema["additionalProperties"], definitions, words), max_size=3)
    fields = {name: _values(field, definitions, words) for name, field in schema["properties"].items()}
    required = {name: fields.pop(name) for name in schema["required"]}
    return st.fixed_dictionaries(required, optional=fields).filter(_is_consistent)


def _is_consistent(part: Document) -> bool:
    """What JSON Schema cannot say about a target and a rate."""
    if "measure" in part:
        return bool(part.get("from") and part.get("to") and part["from"] <= part["to"])
    return "rate" not in part or part["rate"].strip("0.") != ""


_BY_NAME: dict[str, st.SearchStrategy[Any]] = {
    "Zone": st.sampled_from(["UTC", "Asia/Ho_Chi_Minh", "America/St_Johns"]),
    "Currency": st.sampled_from(sorted(CURRENCIES)),
    "Number": st.integers(-(10**13), 10**13) | st.floats(-1e13, 1e13),
}


def _values(schema: Document, definitions: Document, words: Words) -> st.SearchStrategy[Any]:
    """Values that a schema of ours allows."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return _BY_NAME[name] if name in _BY_NAME else _values(definitions[name], definitions, words)
    if "anyOf" in schema:
        return st.one_of([_values(part, definitions, words) for part in schema["anyOf"]])
    if "enum" in schema or "const" in schema:
        return st.sampled_from(schema.get("enum") or [schema["const"]])
    by_type: dict[str, Callable[[], st.SearchStrategy[Any]]] = {
        "string": lambda: _texts(schema, words),
        "integer": lambda: _whole_numbers(schema),
        "boolean": st.booleans,
        "null": st.none,
        "array": lambda: st.lists(_values(schema["items"], definitions, words), max_size=3),
        "object": lambda: _objects(schema, definitions, words),
    }
    return by_type[schema["type"]]()


_EVENTS = {(kind, words): _values(schema, schema["$defs"], words) for kind, schema in SCHEMAS.items() for words in (ORDINARY, ODD)}
_FORMS: list[Document] = [
    {"separators": (",", ":"), "ensure_ascii": False},
    {"separators": (",", ":")},
    {"ensure_ascii": False},
    {"indent": 1},
]


@st.composite
def records(draw: st.DrawFn, kinds: list[str], words: tuple[Words, ...] = (ORDINARY, ODD)) -> tuple[str, bytes]:
    """(kind, bytes of an event of it)."""
    kind, made_of = draw(st.sampled_from(kinds)), draw(st.sampled_from(words))
    document = draw(_EVENTS[kind, made_of])
    if kind != "message":
        document["type"] = f"{kind}.{draw(made_of.verbs)}"
    document["data"] |= draw(made_of.unknown)
    return kind, json.dumps(document, **draw(st.sampled_from(_FORMS))).encode()


_ODD_VALUES = [
    b"NaN", b"-Infinity", b"null", b"true", b"{}", b"[]", b'""', b'"\\ud800"', b'"\\u0022"', b'":"', b"1.0", b"1e3", b"-0", b"-1", b"101", b"9" * 14,
    b"9" * 30, b"9" * 5000, b"[" * 70 + b"]" * 70, b"[" * 3000, b'"' + b"x" * 129 + b'"', b'"' + b"x" * 1025 + b'"', b'"2026-11-20t10:11:12Z"',
    b'"2026-02-30T00:00:00Z"', b'"2026-02-30"', b'"2026-W09-1"', b'"0001-01-01T00:00:00+23:59"', b'"9999-12-31T23:59:59Z"', b'"VND"', b'"usd"',
]  # fmt: skip
_ODD_CHARACTERS = [
    b"\x01",
    b"\x7f",
    b"\xc2\x85",
    b"\\u0085",
    b"\\u0000",
    b"\\n",
    b"\\u0022",
    b'\\"',
    b"\xff",
    b"\xed\xa0\x80",
    b"\xe2\x80\x8b",
]


@st.composite
def damaged(draw: st.DrawFn, value: bytes) -> bytes:
    """A few changes of the kinds that happen, and that attackers make."""
    for _ in range(draw(st.sampled_from([1, 1, 1, 2, 3]))):
        at = draw(st.integers(0, len(value)))
        name = draw(st.sampled_from(ends_of_names(value) or [0]))
        match draw(st.sampled_from(["value", "value", "value", "character", "character", "repeat", "flip", "cut", "insert", "join"])):
            case "value":
                value = _with_another_value(value, name + 2, draw(st.sampled_from(_ODD_VALUES)))
            case "character":
                value = value[: name + 3] + draw(st.sampled_from(_ODD_CHARACTERS)) + value[name + 3 :]
            case "repeat":
                value = with_a_name_again(value, name, draw(st.sampled_from(_ODD_VALUES)))
            case "flip" if at < len(value):
                value = value[:at] + bytes([value[at] ^ draw(st.integers(1, 255))]) + value[at + 1 :]
            case "cut":
                value = value[:at] + value[at + draw(st.integers(1, 20)) :]
            case "insert":
                value = value[:at] + draw(st.sampled_from(_ODD_VALUES) | st.binary(min_size=1, max_size=3)) + value[at:]
            case _:
                value = value + value[at:]
    return value


def each_damaged_once(value: bytes) -> Iterator[bytes]:
    """Every odd value and character in every place, and every name twice."""
    for name in ends_of_names(value):
        for token in _ODD_VALUES:
            yield _with_another_value(value, name + 2, token)
            yield with_a_name_again(value, name, token)
        for character in _ODD_CHARACTERS:
            yield value[: name + 3] + character + value[name + 3 :]


def ends_of_names(value: bytes) -> list[int]:
    return [found.start() for found in re.finditer(b'":', value)]


def with_a_name_again(value: bytes, end_of_name: int, token: bytes) -> bytes:
    """The name that ends there comes twice, the first time with `token`."""
    start = value.rfind(b'"', 0, end_of_name)
    return value[:start] + value[start : end_of_name + 2] + token + b"," + value[start:]


def _with_another_value(value: bytes, at: int, token: bytes) -> bytes:
    end = min((found for mark in (b',"', b"}", b", ", b",\n") if (found := value.find(mark, at)) != -1), default=len(value))
    return value[:at] + token + value[end:]
