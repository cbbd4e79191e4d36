"""The adversary itself: the same bytes for a seed, and all the trouble that it promises."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import cache

import pytest

from processor.recount import Record, recount, rejection
from processor.recount.contract import TOPICS
from processor.recount.records import Fact, Tombstone, understand
from tests.support.generator import PROFILES, generate, redelivered
from tests.support.poison import poison
from tests.support.said import SEPARATOR
from tests.support.values import DAY, NASTY, NOW, WINDOWS, ZONES


@cache
def streams() -> list[list[Record]]:
    return [generate(seed, profile=profile) for seed in range(6) for profile in PROFILES]


@cache
def facts() -> list[Fact | Tombstone]:
    return [understand(record) for stream in streams() for record in stream if rejection(record) is None]


@pytest.mark.parametrize("profile", PROFILES)
def test_the_same_seed_gives_the_same_bytes(profile: str) -> None:
    assert generate(1, profile=profile) == generate(1, profile=profile)
    assert generate(1, profile=profile) != generate(2, profile=profile)


def test_offsets_of_a_partition_are_without_gaps_and_timestamps_are_the_brokers() -> None:
    records = generate(3, partitions=3)

    for partition in {(record.topic, record.partition) for record in records}:
        offsets = [record.offset for record in records if (record.topic, record.partition) == partition]
        assert offsets == list(range(len(offsets)))


def test_redelivery_keeps_every_event_and_repeats_some() -> None:
    records = generate(1)

    again = Counter((record.topic, record.key, record.value) for record in redelivered(records, 2))

    assert set(again) == {(record.topic, record.key, record.value) for record in records}
    assert again.total() > len(records)


def test_every_stream_has_poison_of_every_reason() -> None:
    reasons = {reason for reason, _ in poison(0)}

    assert all({rejection(record) for record in stream} == {*reasons, None} for stream in streams())


def test_every_kind_is_drawn() -> None:
    assert {fact.kind for fact in facts()} == {kind for kinds in TOPICS.values() for kind in kinds}


def test_every_view_rule_status_and_stage_has_numbers() -> None:
    names: dict[str, set[str]] = defaultdict(set)
    for stream in streams():
        for cell in recount(stream, watermark=NOW):
            first, *rest = cell.field.split(SEPARATOR)
            names[cell.view].add(rest[0] if cell.view == "h" else first)
            if (cell.view, first) in (("r", "n"), ("t", "n"), ("o", "n"), ("u", "targeted")):
                names[f"{cell.view} {first}"].add(rest[0])

    assert names.keys() >= {*"oksfznwirqtmlvehpu"}
    assert names["r n"] == {"1", "2", "3", "4"}
    assert names["r"] >= {"pending", "cancelled", "refunds", "booked", "cancellations"}
    assert names["t n"] == {"c", "l", "x", "p", "d"}
    assert names["o n"] == {"o", "w", "l"}
    assert names["m"] >= {"machine_opened", "failed", "code", "suppressed", "reason"}
    assert names["v"] == {"reopened", "in", "out", "moved_in", "moved_out", "step", "claim", "late_claim"}
    assert names["n"] >= {"g", "x"}
    assert names["w"] >= {"x"}
    assert names["e"] == {"message", "event"}
    assert names["p"] == {"targeted", "sent", "delivered", "opened", "clicked", "replied", "entries"}
    assert names["u targeted"] == {"channel", "action", "variant"}
    assert names["h"] >= {"n", "t", "orders", "gross", "refunds", "targeted", "failed"}


def said(kind: str) -> Iterator[Fact]:
    return (fact for fact in facts() if isinstance(fact, Fact) and fact.kind == kind)


def test_purchases_follow_touches_by_each_window_to_the_millisecond() -> None:
    touches: dict[tuple[str, str], set[int]] = defaultdict(set)
    for fact in said("message"):
        if fact.verb in ("clicked", "opened", "delivered") and fact.data["recipient_id"] is not None:
            touches[fact.tenant, fact.data["recipient_id"]].add(fact.time)
    after = {order.data["purchased_at"] - touch for order in said("order") for touch in touches[order.tenant, order.data["customer_id"]]}

    assert after >= {window + beside for window in WINDOWS for beside in (-1, 0, 1)}


def test_interactions_take_place_just_when_an_opportunity_is_created_and_a_millisecond_beside_it() -> None:
    created: dict[tuple[str, str], set[int]] = defaultdict(set)
    for fact in said("opportunity"):
        created[fact.tenant, fact.data["customer_id"]].add(fact.data["created_at"])

    assert {
        interaction.time - instant
        for interaction in said("interaction")
        for instant in created[interaction.tenant, interaction.data["customer_id"]]
    } >= {-1, 0, 1}


def test_each_setting_that_moves_numbers_is_said_in_all_its_words() -> None:
    settings = {name: {json.dumps(fact.data[name]) for fact in said("tenant")} for name in ("credit", "interaction_definition")}
    includes = {frozenset(fact.data["revenue_includes"] or ()) for fact in said("tenant")}

    assert settings["credit"] == {"null", '"owner_at_close"', '"current_owner"'}
    assert settings["interaction_definition"] == {"null", '"staff_initiated"', '"getfly_strict"'}
    assert includes == {frozenset(), frozenset({"tax"}), frozenset({"shipping"}), frozenset({"tax", "shipping"})}
    assert {bool(fact.data["attribution_windows"]) for fact in said("tenant")} == {True, False}
    assert {fact.data["attribution"] and fact.data["attribution"]["mode"] for fact in said("campaign")} == {
        None,
        "none",
        "days",
        "date_range",
    }


def test_one_version_has_several_contents_and_clocks_go_back() -> None:
    contents: dict[tuple[str, str, str, int], set[tuple[int, str]]] = defaultdict(set)
    times: dict[tuple[str, str, str], dict[int, int]] = defaultdict(dict)
    for fact in facts():
        if isinstance(fact, Fact) and fact.kind == "opportunity":
            entity = (fact.kind, fact.tenant, fact.subject)
            contents[*entity, fact.data["version"]].add((fact.time, fact.canonical))
            times[entity][fact.data["version"]] = fact.time

    assert any(len({time for time, _ in seen}) < len(seen) for seen in contents.values())
    assert any(sorted(seen.values()) != [time for _, time in sorted(seen.items())] for seen in times.values())


def test_ids_look_like_something_else_and_zones_differ() -> None:
    assert {*NASTY} <= {fact.subject for fact in facts()}
    assert {*ZONES} == {fact.data["timezone"] for fact in facts() if isinstance(fact, Fact) and fact.kind == "campaign"}


def test_some_events_lie_ahead_of_the_broker_by_exactly_a_day() -> None:
    ahead = {
        fact.time - record.timestamp_ms
        for stream in streams()
        for record in stream
        if rejection(record) is None and isinstance(fact := understand(record), Fact)
    }

    assert max(ahead) == DAY


def test_both_modes_of_cloudevents_are_used() -> None:
    structured = [
        bool(record.value and "specversion" in json.loads(record.value))
        for stream in streams()
        for record in stream
        if rejection(record) is None and record.value
    ]

    assert {*structured} == {True, False}
