"""The bytes that decide between two contents of one version."""

from __future__ import annotations

import json

import pytest

from schemas.events import KINDS, canonical
from tests.unit.schemas.building import an_event_read


@pytest.mark.parametrize("kind", KINDS)
def test_it_is_json_with_names_in_order_and_without_spaces(kind: str) -> None:
    text = canonical(an_event_read(kind).data).decode()

    assert text == json.dumps(json.loads(text), sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def test_it_has_the_names_of_the_contract_and_instants_in_milliseconds() -> None:
    target = canonical(an_event_read("target").data)
    spend = canonical(an_event_read("spend", {"spent_at": "1970-01-01T00:00:01.5Z", "kind": "ả"}).data)

    assert target == (
        b'{"campaign_id":"c-17","from":"2026-11-01","measure":"revenue_net","staff_id":"u-lan","to":"2026-12-31","value":400000000,"version":1}'
    )
    assert spend == '{"amount_minor":12500000,"campaign_id":"c-17","currency":"VND","kind":"ả","spent_at":1500,"version":1}'.encode()


@pytest.mark.parametrize("kind", ["order", "campaign"])
def test_what_says_no_more_than_absent_leaves_no_trace(kind: str) -> None:
    optional_list = {"order": "refunds", "campaign": "actions"}[kind]

    said = an_event_read(kind, {"deleted": False, "code": "", "unknown": 1, optional_list: []})
    unsaid = an_event_read(kind, {"deleted": None, "code": None, optional_list: None})

    assert canonical(said.data) == canonical(unsaid.data)


def test_an_empty_list_is_said_where_absent_would_say_something_else() -> None:
    nothing_counts = canonical(an_event_read("tenant", {"counted_order_statuses": []}).data)
    the_usual_counts = canonical(an_event_read("tenant", {"counted_order_statuses": None}).data)

    assert b'"counted_order_statuses":[]' in nothing_counts
    assert b"counted_order_statuses" not in the_usual_counts


def test_a_required_list_that_is_empty_leaves_no_trace() -> None:
    assert b'"steps"' not in canonical(an_event_read("campaign", {"steps": []}).data)


def test_a_zero_is_said() -> None:
    assert b'"tax_minor":0' in canonical(an_event_read("order", {"tax_minor": 0}).data)
