"""Which records the recount takes for facts, and under which reason code the others lie in the dead letters."""

from __future__ import annotations

import json
from typing import Any

import pytest

from processor.recount import Record, rejection
from processor.recount.records import Fact, Tombstone, understand
from tests.support.generator import generate
from tests.support.poison import poison
from tests.support.said import LONG_AFTER, cells, event, opportunity, order, settings, task, tombstone
from tests.support.values import NOW

POISON = poison(NOW)


@pytest.mark.parametrize(("reason", "record"), POISON, ids=[f"{number}-{reason}" for number, (reason, _) in enumerate(POISON)])
def test_a_bad_record_is_rejected_under_its_reason_code(reason: str, record: Record) -> None:
    assert rejection(record) == reason


def test_every_reason_code_that_a_record_alone_can_earn_is_among_them() -> None:
    assert {reason for reason, _ in POISON} == {
        "invalid_utf8",
        "invalid_json",
        "schema_invalid",
        "unknown_event_type",
        "null_value",
        "oversized",
        "amount_out_of_range",
        "currency_unknown",
        "event_time_future",
    }


def fact(record: Record) -> Fact:
    understood = understand(record)
    assert isinstance(understood, Fact)
    return understood


@pytest.mark.parametrize("name", ["(none)", "~pending", "null", "a/b", "a:b|c=d{e}", "é" * 64, "x" * 128, " ", "0", "\u2028"])
def test_no_id_is_reserved(name: str) -> None:
    assert fact(opportunity(name, campaign_id=name, tenant=name)).subject == name


@pytest.mark.parametrize("amount", [10**13, -(10**13), 0])
def test_amounts_reach_ten_to_the_thirteenth(amount: int) -> None:
    assert rejection(order(gross_minor=amount)) is None


@pytest.mark.parametrize(
    ("spelled", "expected"),
    [
        ("2026-03-02T00:00:00Z", 1_772_409_600_000),
        ("2026-03-02T07:00:00+07:00", 1_772_409_600_000),
        ("2026-03-01T14:30:00-09:30", 1_772_409_600_000),
        ("2026-03-02T00:00:00.1Z", 1_772_409_600_100),
        ("2026-03-02T00:00:00.123999999Z", 1_772_409_600_123),
        ("1969-12-31T23:59:59.9999Z", -1),
        ("0001-01-01T00:00:00+14:00", -62_135_510_400_000),  # the first and the last that have a date in every zone
        ("9999-12-31T23:59:59Z", 253_402_214_399_999),
    ],
)
def test_an_instant_is_whole_milliseconds_since_1970(spelled: str, expected: int) -> None:
    assert fact(opportunity(created_at=spelled)).data["created_at"] == expected


def test_an_event_exactly_24_hours_ahead_of_the_broker_counts() -> None:
    noon = opportunity(at="2026-03-02T12:00:00Z")

    assert rejection(noon._replace(timestamp_ms=1_772_452_800_000 - 86_400_000)) is None
    assert rejection(noon._replace(timestamp_ms=1_772_452_800_000 - 86_400_001)) == "event_time_future"


def test_only_the_time_of_the_event_is_judged_not_the_instants_in_its_data() -> None:
    planned = task(due_at="2099-01-01T00:00:00Z", created_at="2099-01-01T00:00:00Z", at="2026-03-02T12:00:00Z")

    assert rejection(planned._replace(timestamp_ms=1_772_452_800_000)) is None


def test_what_the_contract_does_not_know_is_left_out_not_refused() -> None:
    assert "colour" not in fact(opportunity(colour={"deep": [1.5, None]})).data


def test_null_is_the_same_as_absent() -> None:
    assert fact(opportunity(owner_id=None)) == fact(opportunity())


def test_the_tenant_is_default_where_none_is_named() -> None:
    assert fact(opportunity()).tenant == "default"
    assert fact(opportunity(tenant="acme")).tenant == "acme"


def test_the_verb_is_a_comment_except_for_messages() -> None:
    record = opportunity()
    assert record.value

    assert rejection(record._replace(value=record.value.replace(b"opportunity.updated", b"opportunity.anything-at-all"))) is None


def test_64_levels_are_accepted_and_65_are_not() -> None:
    def levels(count: int) -> Record:
        inner: Any = 1
        for _ in range(count - 2):  # the envelope and `data` are two
            inner = [inner]
        return opportunity(x=inner)

    assert rejection(levels(64)) is None
    assert rejection(levels(65)) == "invalid_json"


def test_the_binary_mode_says_the_same_as_the_structured_one() -> None:
    structured = opportunity("op-1", tenant="acme", owner_id="s")
    assert structured.value
    envelope = json.loads(structured.value)
    data = json.dumps(envelope.pop("data")).encode()
    headers = [("content-type", b"application/json"), *((f"ce_{name}", value.encode()) for name, value in envelope.items())]

    assert understand(structured._replace(value=data, headers=headers)) == understand(structured)


# Tombstones.


def test_a_tombstone_names_its_entity_by_key_and_its_tenant_by_header() -> None:
    assert understand(tombstone("orders", "a/b", tenant="acme")) == Tombstone("order", "acme", "a/b")
    assert understand(tombstone("orders", "a/b")) == Tombstone("order", "default", "a/b")


def test_the_header_ce_type_says_which_kind_of_the_topic_a_tombstone_means() -> None:
    spend = tombstone("campaigns", "c")._replace(headers=(("ce_type", b"spend.deleted"),))

    assert understand(spend) == Tombstone("spend", "default", "c")


def test_a_tombstone_of_a_kind_that_the_topic_does_not_carry_is_unknown() -> None:
    assert rejection(tombstone("campaigns", "c")._replace(headers=(("ce_type", b"order.deleted"),))) == "unknown_event_type"


@pytest.mark.parametrize("key", [b"", b"x" * 129, b"a\nb"])
def test_a_tombstone_whose_key_is_no_id_names_nothing(key: bytes) -> None:
    assert rejection(tombstone("orders", "x")._replace(key=key)) == "null_value"


# Rejected records.


def test_a_rejected_record_changes_no_number() -> None:
    bad = opportunity(version=2, step_id="b", probability=101)

    assert cells([opportunity(step_id="a"), bad], "o") == cells([opportunity(step_id="a")], "o")


@pytest.mark.parametrize("zone", ["Asia/Saigon", "US/Eastern", "Etc/GMT+7"])
def test_every_name_of_the_time_zone_database_is_a_zone(zone: str) -> None:
    assert rejection(settings(timezone=zone)) is None


@pytest.mark.parametrize("zone", ["", "asia/ho_chi_minh", "Mars/Olympus", "../etc/passwd", "+07:00"])
def test_nothing_else_is(zone: str) -> None:
    assert rejection(settings(timezone=zone)) == "schema_invalid"


def test_the_generator_sends_nothing_bad_but_its_poison() -> None:
    for seed in range(5):
        rejected = [rejection(record) for record in generate(seed) if rejection(record)]

        assert sorted(filter(None, rejected)) == sorted(reason for reason, _ in POISON)


def test_what_nobody_counts_yet_is_accepted_all_the_same() -> None:
    target = event(
        "settings",
        "target.set",
        "t",
        "2026-03-01T00:00:00Z",
        {"version": 1, "measure": "won", "from": "2026-01-01", "to": "2026-12-31", "value": 7},
    )

    assert target.timestamp_ms == LONG_AFTER
    assert rejection(target) is None
