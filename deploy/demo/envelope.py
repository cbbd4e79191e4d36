"""How an event becomes a Kafka record: a CloudEvent in structured JSON mode, on the topic of its kind.

This is all that a program needs to know to send events of its own; field names and meanings are those of the event contract.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, NamedTuple

import orjson

TOPICS: Final = {
    "campaign": "campaigns",
    "spend": "campaigns",
    "opportunity": "opportunities",
    "interaction": "opportunities",
    "order": "orders",
    "task": "tasks",
    "message": "messages",
    "tenant": "settings",
    "staff": "settings",
    "target": "settings",
    "rate": "settings",
}


class Record(NamedTuple):
    """`topic` has no prefix yet. All events of an entity have one key, so that Kafka keeps them in one partition, in order."""

    topic: str
    key: bytes
    value: bytes


def instant(moment: datetime) -> str:
    """RFC 3339 with milliseconds and the zone's offset. A naive moment would mean a different instant on each machine."""
    assert moment.tzinfo is not None
    return moment.isoformat(timespec="milliseconds")


def cloud_event(kind: str, verb: str, subject: str, *, event_id: str, source: str, time: str, data: Mapping[str, Any]) -> Record:
    """The record of one event. `event_id` is unique within `source`, and a retry must keep it; `time` is RFC 3339.

    The tenant is left out: that means the tenant `default`.
    """
    event = {
        "specversion": "1.0",
        "id": event_id,
        "source": source,
        "type": f"{kind}.{verb}",
        "subject": subject,
        "time": time,
        "datacontenttype": "application/json",
        "data": data,
    }
    return Record(TOPICS[kind], subject.encode(), orjson.dumps(event))
