"""What the tests of the demo read from records: the plain JSON, for rules that the contract's own models do not know."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, NamedTuple

from deploy.demo.envelope import Record
from schemas.events import TOPICS, Event, Rejected, Tombstone, parse


class Told(NamedTuple):
    """One event, as its JSON has it. `id` is that of the event, `subject` that of the entity."""

    kind: str
    verb: str
    id: str
    source: str
    subject: str
    time: datetime
    data: dict[str, Any]


def told_by(records: Iterable[Record]) -> list[Told]:
    return [_told(json.loads(record.value)) for record in records]


def images(told: Iterable[Told], kind: str) -> dict[str, dict[str, Any]]:
    """The newest image of each entity of a kind."""
    newest: dict[str, dict[str, Any]] = {}
    for event in told:
        if event.kind == kind and event.data["version"] >= newest.get(event.subject, {"version": -1})["version"]:
            newest[event.subject] = event.data
    return newest


def by_contract(records: Iterable[Record], now: datetime) -> Iterator[Event | Tombstone | Rejected]:
    """What the product takes each record for that Kafka got now."""
    for record in records:
        yield parse(record.value, record.key, [], TOPICS[record.topic], int(now.timestamp() * 1000))


def _told(event: dict[str, Any]) -> Told:
    kind, _, verb = event["type"].partition(".")
    return Told(kind, verb, event["id"], event["source"], event["subject"], datetime.fromisoformat(event["time"]), event["data"])
