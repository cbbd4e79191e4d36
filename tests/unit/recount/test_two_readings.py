"""The event contract was read twice, by the product's parser and by the recount: they must accept and reject the same records, for the same reason."""

from __future__ import annotations

import json
from random import Random
from typing import Any

import pytest

from processor.recount import Record, rejection
from schemas.events import TOPICS, Rejected, parse
from tests.support.generator import PROFILES, generate
from tests.support.poison import poison
from tests.support.said import campaign, event, interaction, message, opportunity, order, settings, spend, task
from tests.support.values import NOW

# Values that are wrong in most fields and right in some. What the contract leaves open is not among them: `t` and `z` in lower case, how far numbers go.
ODD_VALUES: list[Any] = [
    None, True, False, 0, -1, 1, 101, 1.0, 1.5, -0.0, "", " ", "x", "x" * 128, "x" * 129, "é" * 64, "\u2028", [], {}, [None],
    ["x"], [1], {"id": "x"}, "2026-03-01", "2026-03-01T00:00:00Z", "2026-03-01T00:00:60Z", "2026-13-01T00:00:00Z", "2026-02-29T00:00:00Z",
    "2026-03-01T24:00:00Z", "2026-03-01T00:00:00+24:00", "2026-03-01T00:00Z", "2026-03-01 00:00:00Z", "2026-03-01T00:00:00", "9999-12-31T23:59:59Z",
    "0001-01-01T00:00:00+14:00", "USD", "usd", "Asia/Kolkata", "open", "won",
]  # fmt: skip
HUGE = [10**13, 10**13 + 1]
OF_ANY_SIZE = ("position", "value")
CONTROLS = ["a\nb", "a\x1fb", "\x7f", "\x85"]
IDS = (
    "subject",
    "campaign_id",
    "customer_id",
    "owner_id",
    "step_id",
    "opportunity_id",
    "assignee_id",
    "recipient_id",
    "action_id",
    "tenantid",
)


def product_rejection(record: Record) -> str | None:
    found = parse(record.value, record.key, record.headers, TOPICS[record.topic], record.timestamp_ms)
    return found.reason if isinstance(found, Rejected) else None


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("seed", range(4))
def test_they_agree_on_every_record_of_the_adversary(profile: str, seed: int) -> None:
    records = generate(seed, profile=profile)

    assert [product_rejection(record) for record in records] == [rejection(record) for record in records]


def test_they_agree_on_records_without_a_timestamp_of_kafka() -> None:
    records = [record._replace(timestamp_ms=-1) for record in generate(0)]

    assert [product_rejection(record) for record in records] == [rejection(record) for record in records]


@pytest.mark.parametrize(("reason", "record"), poison(NOW))
def test_they_agree_on_poison(reason: str, record: Record) -> None:
    assert product_rejection(record) == reason


@pytest.mark.parametrize(
    "record",
    [
        campaign(audience_total=-1),
        campaign(registration_wait_s=-1),
        campaign(attribution={"mode": "days", "days": -1}),
        campaign(reentry={"limit": -1, "per_days": 1}),
        order(items_count=-1),
        message("sent", billable_units=-1),
        settings(fiscal_year_start_month=0),
        settings(fiscal_year_start_month=13),
        settings(attribution_windows={"sms.clicked": -1}),
        settings(retention_days={"message": 0}),
        settings(retention_days={"message": 36_501}),
    ],
)
def test_they_agree_on_numbers_of_things(record: Record) -> None:
    assert product_rejection(record) == rejection(record) == "schema_invalid"


@pytest.mark.parametrize("length", [0, 1, 128, 129, 256, 257, 1024, 1025, 65_536, 65_537])
@pytest.mark.parametrize("character", ["x", "é", "\x1f"])
def test_they_agree_on_how_long_texts_may_be(length: int, character: str) -> None:
    """Of two reasons to refuse a record they may name either."""
    text: Any = length * character
    records = [
        *(opportunity(**{name: text}) for name in ("customer_name", "industry", "lost_reason", "approach_method", "competitor", "source", "owner_id")),
        *(order(**{name: text}) for name in ("code", "payment_status", "status")), order(promo_codes=[text]), task(title=text),
        *(message("failed", **{name: text}) for name in ("variant", "failure_code", "suppressed_reason")), spend(kind=text),
        *(campaign(**{name: text}) for name in ("code", "name", "message_text", "trigger", "crm_url")), campaign(promo_codes=[text]),
        campaign(actions=[{"id": "a", "name": text, "channel": text, "condition": text}]), interaction(text), interaction("call", outcome=text),
        settings(guide_url=text), settings(counted_order_statuses=[text]), settings(attribution_windows={text: 1}),
        event("orders", f"order.{text}", "or", "2026-03-01T00:00:00Z", {}), event("tasks", "task.x", text, "2026-03-01T00:00:00Z", {}),
    ]  # fmt: skip
    records += [record._replace(value=(record.value or b"").replace(b"/test", json.dumps(text).encode()[1:-1])) for record in records]

    assert [product_rejection(record) is None for record in records] == [rejection(record) is None for record in records]


@pytest.mark.parametrize("seed", range(8))
def test_they_agree_when_one_value_is_replaced_or_missing(seed: int) -> None:
    rng = Random(seed)
    disagreements = []
    for record in generate(seed, events=300):
        if record.value is None or rejection(record):
            continue
        document = json.loads(record.value)
        changed = _change_one_value(document, rng)
        odd = record._replace(value=json.dumps(document, ensure_ascii=rng.random() < 0.5).encode())
        if product_rejection(odd) != rejection(odd):
            disagreements.append((changed, product_rejection(odd), rejection(odd)))

    assert disagreements == []


def _change_one_value(document: dict[str, Any], rng: Random) -> tuple[str, Any]:
    """Replaces or removes one value: of the envelope, of the data, or of the first object of a list in the data."""
    target = document.get("data", document) if rng.random() < 0.8 else document
    lists = [value for value in target.values() if isinstance(value, list) and value and isinstance(value[0], dict)]
    if lists and rng.random() < 0.3:
        target = rng.choice(lists)[0]
    name = rng.choice(list(target))
    if rng.random() < 0.1:
        return name, f"removed {target.pop(name)!r}"
    target[name] = rng.choice(ODD_VALUES + CONTROLS * (name in IDS) + HUGE * (name not in OF_ANY_SIZE))
    return name, target[name]


ODD_HEADERS: list[tuple[str, Any]] = [
    ("ce_specversion", b"1.0"),
    ("ce_specversion", None),
    ("ce_subject", b"another"),
    ("ce_subject", None),
    ("ce_tenantid", b"acme"),
    ("ce_tenantid", b"\xff"),
    ("ce_type", b"interaction.updated"),
    ("ce_type", b"no-such-kind.updated"),
    ("CE_SPECVERSION", b"1.0"),
    ("content-type", b"application/cloudevents+json; charset=utf-8"),
    ("content-type", b"application/json"),
    ("content-type", None),
    ("traceparent", None),
    ("", b"\xff"),
]


@pytest.mark.parametrize("seed", range(8))
def test_they_agree_on_records_with_odd_headers(seed: int) -> None:
    """In binary mode, in structured mode, and on tombstones. Of two reasons to refuse a record they may name either."""
    random = Random(seed)
    records = [record for record in generate(seed) if record.topic == "opportunities"][:40]
    for record in records:
        envelope = json.loads(record.value or b"{}")
        data = json.dumps(envelope.pop("data", None)).encode()
        attributes: list[tuple[str, Any]] = [(f"ce_{name}", str(value).encode()) for name, value in envelope.items()]
        odd = random.sample(ODD_HEADERS, random.randint(1, 4))
        for value, headers in [(record.value, odd), (data, attributes + odd), (data, odd + attributes), (None, odd)]:
            changed = record._replace(value=value, headers=random.sample(headers, len(headers)))

            assert (product_rejection(changed) is None) == (rejection(changed) is None), (value, changed.headers)
