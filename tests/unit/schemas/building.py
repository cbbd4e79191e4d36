"""Records for the tests of the contract: an example of each kind, with what a test wants to be different."""

from __future__ import annotations

import json
from typing import Any, Final

from schemas.events import TOPICS, Event, Rejected, Tombstone, parse
from schemas.events.examples import EXAMPLES

Document = dict[str, Any]

ABSENT: Final = object()
"""Stands for a field that is not there."""

NOW: Final = 1_795_600_000_000
"""The broker's timestamp: 2026-11-25, after every example."""

TOPIC_OF: Final = {kind: topic for topic, kinds in TOPICS.items() for kind in kinds}


def kinds_beside(kind: str) -> tuple[str, ...]:
    """The kinds that travel on the topic of this one."""
    return TOPICS[TOPIC_OF[kind]]


def an_event(kind: str, fields: Document | None = None, /, **attributes: Any) -> Document:
    """The example of a kind, with other attributes and other fields in its data."""
    example = EXAMPLES[kind]
    return _changed(example, {"data": _changed(example["data"], fields or {})} | attributes)


def encoded(document: Any) -> bytes:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def read(document: Any, kind: str, timestamp_ms: int = NOW) -> Event | Tombstone | Rejected:
    """What a record with this event says on the topic of `kind`. Bytes are taken as they are."""
    value = document if isinstance(document, bytes) else encoded(document)
    return parse(value, b"key", [], kinds_beside(kind), timestamp_ms)


def an_event_read(kind: str, fields: Document | None = None, /, **attributes: Any) -> Event:
    """The same, for a record that has to be good."""
    event = read(an_event(kind, fields, **attributes), kind)
    assert isinstance(event, Event), event
    return event


def _changed(document: Document, changes: Document) -> Document:
    return {name: value for name, value in (document | changes).items() if value is not ABSENT}
