"""The adversary itself: the same bytes for a seed, and all the trouble that it promises."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from functools import cache

import pytest

from processor.recount import Record, recount, rejection
from processor.recount.contract import TOPICS
from processor.recount.records import Fact, Tombstone, understand
from tests.support.drawn import DAY, NASTY, ZONES
from tests.support.generator import PROFILES, generate, redelivered
from tests.support.poison import poison
from tests.support.said import SEPARATOR


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
        for cell in recount(stream):
            first, *rest = cell.field.split(SEPARATOR)
            names[cell.view].add(first)
            if (cell.view, first) in (("r", "n"), ("t", "n"), ("o", "n")):
                names[f"{cell.view} n"].add(rest[0])

    assert names.keys() >= {*"oksfznwirqtml"}
    assert names["r n"] == {"1", "2", "3"}
    assert names["r"] >= {"pending", "cancelled", "refunds"}
    assert names["t n"] == {"c", "l", "x", "p"}
    assert names["o n"] == {"o", "w", "l"}
    assert names["m"] >= {"machine_opened", "failed", "code", "suppressed"}


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
