from __future__ import annotations

from datetime import UTC, datetime

import pytest

from deploy.demo.envelope import TOPICS, cloud_event, instant
from schemas.events import TOPICS as KINDS
from schemas.events import Event, parse


def test_each_kind_goes_to_the_topic_that_carries_it() -> None:
    assert {kind: topic for topic, kinds in KINDS.items() for kind in kinds} == TOPICS


def test_an_event_is_a_structured_cloud_event_keyed_by_its_entity() -> None:
    data = {"version": 7, "name": "Lê Thu Hà"}
    record = cloud_event("staff", "updated", "ha.le", event_id="1", source="/hr", time="2026-11-24T10:00:00.000+07:00", data=data)

    read = parse(record.value, record.key, [], KINDS[record.topic], -1)

    assert isinstance(read, Event)
    assert (record.key, read.kind, read.tenant, read.subject, read.data.name) == (b"ha.le", "staff", "default", "ha.le", "Lê Thu Hà")
    assert datetime.fromtimestamp(read.time / 1000, UTC) == datetime(2026, 11, 24, 3, tzinfo=UTC)


def test_a_moment_of_no_zone_is_refused() -> None:
    with pytest.raises(AssertionError):
        instant(datetime(2026, 11, 24))  # noqa: DTZ001  # that is the point
