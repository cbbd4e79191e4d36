"""Laws of the way from bytes to events: nothing raises, and what the fast decoder accepts the models accept with an equal result.

Events are drawn from the JSON Schemas of the contract, so that a new field or kind takes part by itself.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import jsonschema
import msgspec
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from schemas.events import KINDS, TOPICS, Event, Rejected, Tombstone, canonical, hot, parse, parsing, strict_json
from schemas.events.currencies import CURRENCIES
from schemas.events.documents import json_schemas
from schemas.events.fields import NO_CONTROL_CHARACTERS
from schemas.events.instants import DAY_MS, EARLIEST, LATEST, milliseconds
from schemas.events.kinds import HOT

Document = dict[str, Any]

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
AFTER_EVERYTHING = LATEST
TOPIC_KINDS = {kind: kinds for kinds in TOPICS.values() for kind in kinds}
SCHEMAS = {kind: schema for kind, schema in json_schemas().items() if kind in KINDS}

characters = st.characters(codec="utf-8")
ids = st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), min_size=1, max_size=128) | st.sampled_from(
    ["(none)", "~pending", "null", "a/b", "a:b|c=d{e}", '"', "\\", ':"', "\u00a0", "\u200d", "😀", "x" * 128]
)
dates = st.dates().map(date.isoformat)


@st.composite
def instants(draw: st.DrawFn) -> str:
    whole = draw(st.datetimes() | st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31)))  # noqa: DTZ001 (the offset is drawn below)
    fraction = draw(st.sampled_from(["", ".0", ".123", ".999999"]) | st.from_regex(r"\.[0-9]{1,12}", fullmatch=True))
    offset = draw(st.sampled_from(["Z", "+07:00", "-00:00", "+23:59", "-23:59"]))
    return f"{whole:%Y-%m-%dT%H:%M:%S}".rjust(19, "0") + fraction + offset


def texts(schema: Document) -> st.SearchStrategy[str]:
    match schema.get("format"), schema.get("pattern"):
        case "date-time", _:
            return instants()
        case "date", _:
            return dates
        case _, pattern if pattern == NO_CONTROL_CHARACTERS:
            return ids
        case _, str(pattern):
            return st.from_regex(pattern.replace("$", r"\Z"))
        case _:
            short = st.text(characters, min_size=schema.get("minLength", 0), max_size=20)
            return short | st.just("ữ" * min(schema.get("maxLength", 20), 1024))  # a whole record has to fit into 256 KiB


def whole_numbers(schema: Document) -> st.SearchStrategy[int]:
    least, most = schema["minimum"], schema["maximum"]
    return st.integers(least, most) | st.sampled_from([least, most, max(least, 0), min(most, 1)])


def objects(schema: Document, definitions: Document) -> st.SearchStrategy[Document]:
    if "additionalProperties" in schema:
        return st.dictionaries(
            st.text(min_size=1, max_size=5, alphabet="abc.é"), values(schema["additionalProperties"], definitions), max_size=3
        )
    fields = {name: values(field, definitions) for name, field in schema["properties"].items()}
    required = {name: fields.pop(name) for name in schema["required"]}
    return st.fixed_dictionaries(required, optional=fields).filter(is_consistent)


def is_consistent(part: Document) -> bool:
    """What JSON Schema cannot say about an attribution rule, a target and a rate."""
    if part.get("mode") == "days":
        return part.get("days") is not None
    if part.get("mode") == "date_range" or "measure" in part:
        return bool(part.get("from") and part.get("to") and part["from"] <= part["to"])
    return "rate" not in part or part["rate"].strip("0.") != ""


BY_NAME: dict[str, st.SearchStrategy[Any]] = {
    "Zone": st.sampled_from(["UTC", "Asia/Ho_Chi_Minh", "America/St_Johns"]),
    "Currency": st.sampled_from(sorted(CURRENCIES)),
    "Number": st.integers(-(10**13), 10**13) | st.floats(-1e13, 1e13),
}


def values(schema: Document, definitions: Document) -> st.SearchStrategy[Any]:
    """Values that a schema of ours allows."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return BY_NAME[name] if name in BY_NAME else values(definitions[name], definitions)
    if "anyOf" in schema:
        return st.one_of([values(part, definitions) for part in schema["anyOf"]])
    if "enum" in schema or "const" in schema:
        return st.sampled_from(schema.get("enum") or [schema["const"]])
    by_type: dict[str, Callable[[], st.SearchStrategy[Any]]] = {
        "string": lambda: texts(schema),
        "integer": lambda: whole_numbers(schema),
        "boolean": st.booleans,
        "null": st.none,
        "array": lambda: st.lists(values(schema["items"], definitions), max_size=3),
        "object": lambda: objects(schema, definitions),
    }
    return by_type[schema["type"]]()


EVENTS = {kind: values(schema, schema["$defs"]) for kind, schema in SCHEMAS.items()}
FORMS: list[Document] = [
    {"separators": (",", ":"), "ensure_ascii": False},
    {"separators": (",", ":")},
    {"ensure_ascii": False},
    {"indent": 1},
]


@st.composite
def records(draw: st.DrawFn, kinds: list[str]) -> tuple[str, bytes]:
    kind = draw(st.sampled_from(kinds))
    document = draw(EVENTS[kind])
    if draw(st.booleans()):
        document["data"] |= draw(
            st.dictionaries(st.text(characters, max_size=4), st.integers() | st.none() | st.text(characters), max_size=3)
        )
    return kind, json.dumps(document, **draw(st.sampled_from(FORMS))).encode()


ODD_TOKENS = [
    b"NaN", b"-Infinity", b"null", b"true", b"{}", b"[]", b'""', b'"\\ud800"', b'"\\u0022"', b'":"', b"1.0", b"1e3", b"-0", b"9" * 30, b"9" * 5000,
    b"[" * 70 + b"]" * 70, b"[" * 3000, b'"\x01"', b'"\x7f"', b'"\xc2\x85"', b'"\\u0085"', b'"\xff"', b'"2026-11-20t10:11:12Z"', b'"2026-02-30T00:00:00Z"',
    b'"0001-01-01T00:00:00+23:59"', b'"9999-12-31T23:59:59Z"', b'"VND"', b'"usd"',
]  # fmt: skip


def ends_of_names(value: bytes) -> list[int]:
    return [found.start() for found in re.finditer(b'":', value)]


@st.composite
def damaged(draw: st.DrawFn, value: bytes) -> bytes:
    """A few changes of the kinds that happen, and that attackers make."""
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(value)))
        names = ends_of_names(value)
        match draw(st.sampled_from(["flip", "cut", "insert", "value", "repeat", "join"])):
            case "flip" if at < len(value):
                value = value[:at] + bytes([value[at] ^ draw(st.integers(1, 255))]) + value[at + 1 :]
            case "cut":
                value = value[:at] + value[at + draw(st.integers(1, 20)) :]
            case "insert":
                value = value[:at] + draw(st.sampled_from(ODD_TOKENS) | st.binary(min_size=1, max_size=3)) + value[at:]
            case "value" if names:
                value = _with_another_value(value, draw(st.sampled_from(names)) + 2, draw(st.sampled_from(ODD_TOKENS)))
            case "repeat" if names:
                value = _with_a_name_again(value, draw(st.sampled_from(names)), draw(st.sampled_from(ODD_TOKENS)))
            case _:
                value = value + value[at:]
    return value


def _with_another_value(value: bytes, at: int, token: bytes) -> bytes:
    end = min((found for mark in (b',"', b"}", b",\n") if (found := value.find(mark, at)) != -1), default=len(value))
    return value[:at] + token + value[end:]


def _with_a_name_again(value: bytes, end_of_name: int, token: bytes) -> bytes:
    start = value.rfind(b'"', 0, end_of_name)
    return value[:start] + value[start : end_of_name + 2] + token + b"," + value[start:]


def by_the_models(value: bytes, kind: str, timestamp_ms: int) -> Event | Rejected:
    return parsing._decide(strict_json.read(value), TOPIC_KINDS[kind], timestamp_ms)


def plain(part: Any) -> Any:
    """What attributes say, whatever they are attributes of."""
    if isinstance(part, BaseModel):
        return {name: plain(getattr(part, name)) for name in type(part).model_fields}
    if isinstance(part, msgspec.Struct):
        return {name: plain(getattr(part, name)) for name in part.__struct_fields__}
    return [plain(item) for item in part] if isinstance(part, list) else part


def assert_both_ways_agree(value: bytes, kind: str, timestamp_ms: int = AFTER_EVERYTHING) -> None:
    fast = hot.decoder(TOPIC_KINDS[kind])(value, timestamp_ms)
    if fast is not None:
        slow = by_the_models(value, kind, timestamp_ms)
        assert isinstance(slow, Event), slow
        assert plain(fast) == plain(slow)
        assert canonical(fast.data) == canonical(slow.data)


@given(records(sorted(KINDS)))
def test_every_event_that_the_schema_allows_is_read(record: tuple[str, bytes]) -> None:
    kind, value = record
    document = json.loads(value)

    event = parse(value, b"key", [], TOPIC_KINDS[kind], AFTER_EVERYTHING)

    assert isinstance(event, Event), event
    assert (event.kind, event.subject, event.tenant) == (kind, document["subject"], document.get("tenantid") or "default")
    assert jsonschema.Draft202012Validator(SCHEMAS[kind]).is_valid(document)


@given(records(sorted(HOT)))
def test_both_ways_read_an_event_alike(record: tuple[str, bytes]) -> None:
    kind, value = record

    assert_both_ways_agree(value, kind)


@settings(max_examples=500, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.data(), records(sorted(HOT)))
def test_damaged_bytes_raise_nothing_and_both_ways_agree_on_them(data: st.DataObject, record: tuple[str, bytes]) -> None:
    kind, good = record
    value = data.draw(damaged(good))

    assert isinstance(parse(value, None, [], TOPIC_KINDS[kind], AFTER_EVERYTHING), Event | Rejected)
    assert_both_ways_agree(value, kind)


@settings(max_examples=300)
@given(st.data(), records(sorted(HOT)))
def test_a_name_that_comes_twice_is_never_accepted(data: st.DataObject, record: tuple[str, bytes]) -> None:
    kind, good = record
    names = [position for position in range(len(good)) if good.startswith(b'":', position)]
    value = _with_a_name_again(
        good, data.draw(st.sampled_from(names)), data.draw(st.sampled_from([b"1", b"null", b'"x"', b'"\\u0022"', b"{}"]))
    )
    assume(_comes_twice(value))

    assert isinstance(parse(value, None, [], TOPIC_KINDS[kind], AFTER_EVERYTHING), Rejected)


def _comes_twice(value: bytes) -> bool:
    twice = []

    def members(pairs: list[tuple[str, Any]]) -> None:
        twice.append(len({name for name, _ in pairs}) != len(pairs))

    try:
        json.loads(value, object_pairs_hook=members)
    except ValueError:
        return False
    return any(twice)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=10,
)


@given(
    value=st.none() | st.binary(max_size=200) | json_values.map(lambda value: json.dumps(value).encode()),
    key=st.none() | st.binary(max_size=140),
    headers=st.lists(
        st.tuples(st.sampled_from(["ce_specversion", "ce_type", "ce_tenantid", "ce_subject", "content-type", "x"]), st.binary(max_size=20)),
        max_size=6,
    ),
    kinds=st.sampled_from(sorted(TOPICS.values())),
    timestamp_ms=st.integers(-1, 2**63 - 1),
)
def test_no_record_raises_anything(
    value: bytes | None, key: bytes | None, headers: list[tuple[str, bytes]], kinds: tuple[str, ...], timestamp_ms: int
) -> None:
    assert isinstance(parse(value, key, headers, kinds, timestamp_ms), Event | Tombstone | Rejected)


@given(records(sorted(HOT)), st.integers(-2, 2))
def test_both_ways_draw_the_line_to_the_future_at_the_same_millisecond(record: tuple[str, bytes], later: int) -> None:
    kind, value = record
    timestamp_ms = milliseconds(json.loads(value)["time"]) - DAY_MS + later
    assume(timestamp_ms >= 0)

    assert_both_ways_agree(value, kind, timestamp_ms)
    assert isinstance(by_the_models(value, kind, timestamp_ms), Event) == (later >= 0)


@given(instants())
def test_an_instant_is_what_the_calendar_says(text: str) -> None:
    assume("0002" < text[:4] < "9998")

    assert milliseconds(text) == (datetime.fromisoformat(text) - EPOCH) // timedelta(milliseconds=1)
    assert EARLIEST <= milliseconds(text) <= LATEST
