"""Laws of the way from bytes to events: nothing raises, and what the fast decoder accepts the models accept with an equal result."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import jsonschema
import msgspec
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from schemas.events import KINDS, TOPICS, Event, Rejected, Tombstone, canonical, hot, parse, parsing, strict_json
from schemas.events.examples import EXAMPLES
from schemas.events.instants import DAY_MS, EARLIEST, LATEST, milliseconds
from schemas.events.kinds import HOT
from tests.property.drawing import ORDINARY, SCHEMAS, damaged, each_damaged_once, ends_of_names, instants, records, with_a_name_again

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
AFTER_EVERYTHING = LATEST
UNTIMED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
"""A busy machine is no reason to fail."""
TOPIC_KINDS = {kind: kinds for kinds in TOPICS.values() for kind in kinds}


def by_the_models(value: bytes, kind: str, timestamp_ms: int) -> Event | Rejected:
    return parsing._decide(strict_json.read(value), TOPIC_KINDS[kind], timestamp_ms)


def fast(value: bytes, kind: str, timestamp_ms: int) -> Event | None:
    return hot.decoder(TOPIC_KINDS[kind])(value, timestamp_ms)


def plain(part: Any) -> Any:
    """What attributes say, whatever they are attributes of."""
    if isinstance(part, BaseModel):
        return {name: plain(getattr(part, name)) for name in type(part).model_fields}
    if isinstance(part, msgspec.Struct):
        return {name: plain(getattr(part, name)) for name in part.__struct_fields__}
    return [plain(item) for item in part] if isinstance(part, list) else part


def assert_both_ways_agree(value: bytes, kind: str, timestamp_ms: int = AFTER_EVERYTHING) -> None:
    event = fast(value, kind, timestamp_ms)
    if event is not None:
        slow = by_the_models(value, kind, timestamp_ms)
        assert isinstance(slow, Event), slow
        assert plain(event) == plain(slow)
        assert canonical(event.data) == canonical(slow.data)


@UNTIMED
@given(records(sorted(KINDS)))
def test_every_event_that_the_schema_allows_is_read(record: tuple[str, bytes]) -> None:
    kind, value = record
    document = json.loads(value)

    event = parse(value, b"key", [], TOPIC_KINDS[kind], AFTER_EVERYTHING)

    assert isinstance(event, Event), event
    assert (event.kind, event.subject, event.tenant) == (kind, document["subject"], document.get("tenantid") or "default")
    assert jsonschema.Draft202012Validator(SCHEMAS[kind]).is_valid(document)


@UNTIMED
@given(records(sorted(HOT)))
def test_both_ways_read_an_event_alike(record: tuple[str, bytes]) -> None:
    kind, value = record

    assert_both_ways_agree(value, kind)


@UNTIMED
@given(records(sorted(HOT), words=(ORDINARY,)))
def test_the_fast_way_takes_every_ordinary_event(record: tuple[str, bytes]) -> None:
    kind, value = record

    assert fast(value, kind, AFTER_EVERYTHING) is not None


@pytest.mark.parametrize("kind", sorted(HOT))
def test_both_ways_agree_whatever_one_thing_is_odd(kind: str) -> None:
    for value in each_damaged_once(json.dumps(EXAMPLES[kind], separators=(",", ":")).encode()):
        assert_both_ways_agree(value, kind)


@settings(UNTIMED, max_examples=300)
@given(st.data(), records(sorted(HOT)))
def test_damaged_bytes_raise_nothing_and_both_ways_agree_on_them(data: st.DataObject, record: tuple[str, bytes]) -> None:
    kind, good = record
    value = data.draw(damaged(good))

    assert isinstance(parse(value, None, [], TOPIC_KINDS[kind], AFTER_EVERYTHING), Event | Rejected)
    assert_both_ways_agree(value, kind)


@settings(UNTIMED, max_examples=300)
@given(st.data(), records(sorted(HOT), words=(ORDINARY,)))
def test_a_name_that_comes_twice_is_never_accepted(data: st.DataObject, record: tuple[str, bytes]) -> None:
    kind, good = record
    at = data.draw(st.sampled_from(ends_of_names(good)))
    value = with_a_name_again(good, at, data.draw(st.sampled_from([b"1", b"null", b'"x"', b'"\\u0022"', b"{}"])))
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


@UNTIMED
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


@UNTIMED
@given(records(sorted(HOT), words=(ORDINARY,)), st.integers(-2, 2))
def test_both_ways_draw_the_line_to_the_future_at_the_same_millisecond(record: tuple[str, bytes], later: int) -> None:
    kind, value = record
    timestamp_ms = milliseconds(json.loads(value)["time"]) - DAY_MS + later
    assume(timestamp_ms >= 0)

    assert (fast(value, kind, timestamp_ms) is not None) == (later >= 0)
    assert isinstance(by_the_models(value, kind, timestamp_ms), Event) == (later >= 0)


@UNTIMED
@given(instants())
def test_an_instant_is_what_the_calendar_says(text: str) -> None:
    assume("0002" < text[:4] < "9998")

    assert milliseconds(text) == (datetime.fromisoformat(text) - EPOCH) // timedelta(milliseconds=1)
    assert EARLIEST <= milliseconds(text) <= LATEST
