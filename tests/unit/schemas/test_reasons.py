"""Each reason code of the dead letters: what gets it, and that no content of the record is repeated in the detail."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest

from schemas.events import REASONS, Rejected, parse
from tests.unit.schemas.building import NOW, Document, an_event, encoded, kinds_beside, read


def spliced(kind: str, inside: bytes) -> bytes:
    """The example of a kind with more text at the start of its data."""
    return encoded(an_event(kind)).replace(b'"data":{', b'"data":{' + inside + b",", 1)


def order(**fields: Any) -> Document:
    return an_event("order", fields)


def padded(size: int) -> bytes:
    value = encoded(an_event("order"))
    return value + b" " * (size - len(value))


CASES: list[tuple[str, str, Document | bytes]] = [
    ("invalid_utf8", "order", spliced("order", b'"code":"\xff"')),
    ("invalid_utf8", "order", spliced("order", b'"unknown":"\xc3"')),
    ("invalid_utf8", "message", spliced("message", b'"\xed\xa0\x80":1')),
    ("invalid_utf8", "campaign", spliced("campaign", b'"code":"\xc0\x80"')),
    ("invalid_utf8", "order", json.dumps(order()).encode("utf-16")),
    ("invalid_json", "order", b""),
    ("invalid_json", "order", b"\xef\xbb\xbf" + encoded(order())),
    ("invalid_json", "order", encoded(order())[:-1]),
    ("invalid_json", "order", encoded(order()) + b"x"),
    ("invalid_json", "order", encoded(order()) + b"\x00"),
    ("invalid_json", "order", spliced("order", b"'code':1")),
    ("invalid_json", "order", spliced("order", b'"tax_minor":01')),
    ("invalid_json", "order", spliced("order", b'"code":"a\tb"')),
    ("invalid_json", "order", spliced("order", b'"code":"\\x"')),
    ("invalid_json", "order", spliced("order", b'"unknown":NaN')),
    ("invalid_json", "target", spliced("target", b'"unknown":Infinity')),
    ("invalid_json", "message", spliced("message", b'"cost_minor":-Infinity')),
    ("invalid_json", "message", spliced("message", b'"variant":"\\ud800"')),
    ("invalid_json", "message", spliced("message", b'"unknown":"\\udc00\\ud800"')),
    ("invalid_json", "campaign", spliced("campaign", b'"\\ud800":1')),
    ("invalid_json", "message", spliced("message", b'"campaign_id":"c-18"')),
    ("invalid_json", "message", spliced("message", b'"\\u0063ampaign_id":"c-17"')),
    ("invalid_json", "message", spliced("message", b'"x":{"y":1,"y":1}')),
    ("invalid_json", "message", encoded(an_event("message")).replace(b'"specversion"', b'"id":"again","specversion"', 1)),
    ("invalid_json", "order", b'{"x":' * 64 + b"{}" + b"}" * 64),
    ("invalid_json", "order", spliced("order", b'"unknown":' + b"[" * 63 + b"]" * 63)),
    ("invalid_json", "order", b"[" * 100_000),
    ("invalid_json", "order", b"[" * 100_000 + b"]" * 100_000),
    ("invalid_json", "order", b'{"a":' * 40_000 + b"1" + b"}" * 40_000),
    ("schema_invalid", "order", b"null"),
    ("schema_invalid", "order", b"[]"),
    ("schema_invalid", "order", b'"order"'),
    ("schema_invalid", "order", b"1" * 5_000),
    ("schema_invalid", "order", an_event("order", specversion="0.3")),
    ("schema_invalid", "order", an_event("order", type=7)),
    ("schema_invalid", "order", an_event("order", data="{}")),
    ("schema_invalid", "order", order(gross_minor="100")),
    ("schema_invalid", "order", order(gross_minor=100.0)),
    ("schema_invalid", "order", order(gross_minor=True)),
    ("schema_invalid", "order", spliced("order", b'"version":' + b"9" * 5_000).replace(b',"version":3', b"")),
    ("schema_invalid", "order", order(purchased_at="2026-11-25")),
    ("schema_invalid", "order", order(purchased_at=1_795_600_000)),
    ("schema_invalid", "order", order(refunds=[{"id": "r"}])),
    ("schema_invalid", "order", order(currency=840)),
    ("schema_invalid", "order", order(currency="XYZ", gross_minor=10**13 + 1, version=-1)),
    ("schema_invalid", "message", an_event("message", {"channel": "fax"})),
    ("unknown_event_type", "order", an_event("order", type="invoice.paid")),
    ("unknown_event_type", "order", an_event("task")),
    ("unknown_event_type", "order", an_event("order", type="order")),
    ("unknown_event_type", "order", an_event("order", type="order.")),
    ("unknown_event_type", "order", an_event("order", type="")),
    ("unknown_event_type", "order", an_event("order", type="Order.paid")),
    ("unknown_event_type", "message", an_event("message", type="message.read")),
    ("unknown_event_type", "message", an_event("message", {"channel": "fax"}, type="message.read")),
    ("unknown_event_type", "message", an_event("message", type="message.Sent")),
    ("oversized", "order", padded(256 * 1024 + 1)),
    ("oversized", "message", b"[" * 300_000),
    ("oversized", "campaign", b"\xff" * 1_000_000),
    ("amount_out_of_range", "order", order(gross_minor=10**13 + 1)),
    ("amount_out_of_range", "order", order(tax_minor=-(10**13) - 1)),
    ("amount_out_of_range", "order", order(refunds=[{"id": "r", "amount_minor": 10**19, "refunded_at": "2026-11-28T09:00:00Z"}])),
    ("amount_out_of_range", "order", spliced("order", b'"shipping_minor":-' + b"9" * 5_000).replace(b',"shipping_minor":500000', b"")),
    ("amount_out_of_range", "spend", an_event("spend", {"amount_minor": 10**400})),
    ("amount_out_of_range", "order", order(gross_minor=10**13 + 1, currency="XYZ")),
    ("currency_unknown", "order", order(currency="usd")),
    ("currency_unknown", "order", order(currency="")),
    ("currency_unknown", "spend", an_event("spend", {"currency": "XXX"})),
    ("currency_unknown", "message", an_event("message", {"cost_currency": "EURO"})),
    ("event_time_future", "order", an_event("order", time="2026-11-27T00:00:00Z")),
    ("event_time_future", "campaign", an_event("campaign", time="9999-12-31T23:59:59Z")),
    ("event_time_future", "message", an_event("message", time="2030-01-01T00:00:00+07:00")),
]

NULL_VALUES: list[tuple[bytes | None, list[tuple[str, bytes]], str]] = [
    (b"m-1", [], "message"),
    (b"acme", [], "tenant"),
    (b"m-1", [("ce_type", b"message.deleted")], "message"),
    (b"m-1", [("ce_type", b"order.deleted")], "message"),
    (b"acme", [("ce_type", b"luck")], "tenant"),
    (None, [], "order"),
    (None, [("ce_type", b"luck.deleted")], "order"),
    (b"", [], "order"),
    (b"\xff", [], "order"),
    (b"a\nb", [], "order"),
    (b"x" * 129, [], "order"),
    (b"ord-1", [("ce_tenantid", b"")], "order"),
    (b"ord-1", [("ce_tenantid", b"\xff")], "order"),
    (b"ord-1", [("ce_tenantid", b"a"), ("ce_tenantid", b"b")], "order"),
]


@pytest.mark.parametrize(("reason", "kind", "document"), CASES)
def test_what_cannot_be_read_gets_its_reason(reason: str, kind: str, document: Document | bytes) -> None:
    rejected = read(document, kind)

    assert isinstance(rejected, Rejected)
    assert rejected.reason == reason


@pytest.mark.parametrize(("key", "headers", "kind"), NULL_VALUES)
def test_a_record_without_a_value_that_deletes_nothing_gets_its_reason(
    key: bytes | None, headers: list[tuple[str, bytes]], kind: str
) -> None:
    rejected = parse(None, key, headers, kinds_beside(kind), NOW)

    assert isinstance(rejected, Rejected)
    assert rejected.reason == "null_value"


def test_each_reason_has_at_least_three_examples() -> None:
    examples = Counter(reason for reason, _, _ in CASES) + Counter(null_value=len(NULL_VALUES))

    assert set(examples) == set(REASONS)
    assert min(examples.values()) >= 3


def test_what_lies_just_inside_a_limit_is_read() -> None:
    deep = spliced("order", b'"unknown":' + b"[" * 62 + b"]" * 62)

    assert not isinstance(read(deep, "order"), Rejected)
    assert not isinstance(read(padded(256 * 1024), "order"), Rejected)
    assert not isinstance(read(spliced("order", b'"unknown":' + b"9" * 5_000), "order"), Rejected)
    assert not isinstance(read(spliced("order", b'"unknown":1e999'), "order"), Rejected)
    assert not isinstance(read(spliced("message", b'"variant":"\\ud83d\\ude00"').replace(b',"variant":"B"', b""), "message"), Rejected)


def test_the_detail_names_the_field_and_what_is_allowed_there() -> None:
    wrong = order(status=5, refunds=[{"id": "r", "amount_minor": 1, "refunded_at": "yesterday"}])

    rejected = read(wrong, "order")

    assert rejected == Rejected(
        "schema_invalid",
        "data.status: Input should be a valid string; "
        "data.refunds[0].refunded_at: Input should be an RFC 3339 instant with T, seconds, and Z or an offset",
    )


def test_the_detail_names_three_problems_and_counts_the_others() -> None:
    rejected = read(order(version=-1, status=1, gross_minor="x", purchased_at=1, customer_id=1), "order")

    assert isinstance(rejected, Rejected)
    assert rejected.detail.count("data.") == 3
    assert rejected.detail.endswith("; and 2 more")


SECRET = "Nguyễn-Văn-A"


@pytest.mark.parametrize(
    ("kind", "document"),
    [
        ("order", an_event("order", {"currency": SECRET})),
        ("order", an_event("order", {"purchased_at": SECRET, "gross_minor": SECRET, "promo_codes": SECRET})),
        ("order", an_event("order", time=SECRET, specversion=SECRET)),
        ("order", an_event("order", type=SECRET)),
        ("message", an_event("message", {"channel": SECRET}, type=f"message.{SECRET}")),
        ("message", an_event("message", subject=SECRET * 20)),
        ("campaign", an_event("campaign", {"timezone": SECRET, "status": SECRET})),
        ("opportunity", an_event("opportunity", {"expected_close_on": SECRET, "status": SECRET})),
        ("tenant", an_event("tenant", {"attribution_windows": {SECRET: -1}, "retention_days": {SECRET: SECRET}})),
        ("rate", an_event("rate", {"rate": SECRET})),
        ("order", encoded({SECRET: SECRET}) + SECRET.encode()),
        ("order", encoded({SECRET: SECRET})[:-2]),
        ("order", b'{"%s":1,"%s":2}' % (SECRET.encode(), SECRET.encode())),
    ],
)
def test_the_detail_never_repeats_what_the_record_says(kind: str, document: Document | bytes) -> None:
    rejected = read(document, kind)

    assert isinstance(rejected, Rejected)
    assert SECRET not in rejected.detail
