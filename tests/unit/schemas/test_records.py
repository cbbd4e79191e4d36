"""How an event lies in a Kafka record: structured and binary mode, and records without a value."""

from __future__ import annotations

import pytest

from schemas.events import Event, Rejected, Tombstone, parse
from tests.unit.schemas.building import NOW, an_event, an_event_read, encoded, kinds_beside

Headers = list[tuple[str, bytes]]


def in_binary_mode(kind: str, **attributes: object) -> tuple[bytes, Headers]:
    event = an_event(kind, **attributes)
    data = event.pop("data")
    content_type = event.pop("datacontenttype")
    return encoded(data), [("content-type", content_type.encode())] + [(f"ce_{name}", str(value).encode()) for name, value in event.items()]


@pytest.mark.parametrize("kind", ["message", "order", "campaign", "opportunity"])
def test_binary_mode_says_the_same_as_structured_mode(kind: str) -> None:
    value, headers = in_binary_mode(kind)

    event = parse(value, None, headers, kinds_beside(kind), NOW)

    structured = an_event_read(kind)
    assert isinstance(event, Event)
    assert (event.kind, event.verb, event.tenant, event.subject, event.time) == (
        structured.kind,
        structured.verb,
        structured.tenant,
        structured.subject,
        structured.time,
    )
    assert event.data.version == structured.data.version if kind != "message" else event.data.variant == "B"


def test_a_content_type_of_cloudevents_makes_it_structured_whatever_else_is_in_the_headers() -> None:
    headers = [("ce_specversion", b"1.0"), ("ce_type", b"task.done"), ("content-type", b"application/cloudevents+json; charset=UTF-8")]

    event = parse(encoded(an_event("order")), None, headers, ("order",), NOW)

    assert event == an_event_read("order")


def test_headers_of_others_change_nothing() -> None:
    headers = [("traceparent", b"00-\xff"), ("content-type", b"application/json"), ("ce_typ", b"\xff")]

    assert parse(encoded(an_event("order")), None, headers, ("order",), NOW) == an_event_read("order")


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        (("ce_extra", b"\xff"), "invalid_utf8"),
        (("ce_subject", b"another"), "schema_invalid"),
        (("ce_type", b"order.paid"), "schema_invalid"),
    ],
)
def test_binary_mode_refuses_an_attribute_twice_and_bytes_that_are_no_text(wrong: tuple[str, bytes], reason: str) -> None:
    value, headers = in_binary_mode("order")

    rejected = parse(value, None, [*headers, wrong], ("order",), NOW)

    assert isinstance(rejected, Rejected)
    assert rejected.reason == reason


@pytest.mark.parametrize(
    ("attributes", "value", "reason"),
    [
        ({"specversion": "2.0"}, None, "schema_invalid"),
        ({"subject": ""}, None, "schema_invalid"),
        ({"type": "task.done"}, None, "unknown_event_type"),
        ({"time": "2027-01-01T00:00:00Z"}, None, "event_time_future"),
        ({}, b"[]", "schema_invalid"),
        ({}, b'{"version":1,"version":1}', "invalid_json"),
        ({}, b"\xff", "invalid_utf8"),
    ],
)
def test_binary_mode_has_the_same_reasons(attributes: dict[str, str], value: bytes | None, reason: str) -> None:
    good, headers = in_binary_mode("order", **attributes)

    rejected = parse(good if value is None else value, None, headers, ("order",), NOW)

    assert isinstance(rejected, Rejected)
    assert rejected.reason == reason


@pytest.mark.parametrize(
    ("topic_kind", "headers", "kind", "tenant"),
    [
        ("order", [], "order", "default"),
        ("task", [("ce_tenantid", b"acme")], "task", "acme"),
        ("campaign", [], "campaign", "default"),
        ("opportunity", [("x", b"\xff")], "opportunity", "default"),
        ("campaign", [("ce_type", b"spend.deleted"), ("ce_tenantid", "ừ".encode())], "spend", "ừ"),
        ("opportunity", [("ce_type", b"interaction")], "interaction", "default"),
    ],
)
def test_a_record_without_a_value_deletes_the_entity_that_its_key_names(topic_kind: str, headers: Headers, kind: str, tenant: str) -> None:
    tombstone = parse(None, "a/b|đ".encode(), headers, kinds_beside(topic_kind), NOW)

    assert tombstone == Tombstone(kind, tenant, "a/b|đ")


@pytest.mark.parametrize("named", [b"task.deleted", b"", b"invoice.deleted"])
def test_a_record_without_a_value_may_only_name_a_kind_of_its_topic(named: bytes) -> None:
    rejected = parse(None, b"ord-1", [("ce_type", named)], ("order",), NOW)

    assert isinstance(rejected, Rejected)
    assert rejected.reason == "unknown_event_type"
