"""Records as the partitions of a topic hold them, parsed as the product parses them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from processor.recount import Record
from schemas.events import TOPICS, Event, Rejected, Tombstone, parse


def logs_of(records: Sequence[Record]) -> tuple[dict[str, list[Event | Tombstone]], dict[str, list[int]]]:
    """Partition -> what of it is accepted, and partition -> when that was produced (its place among all records)."""
    logs: dict[str, list[Event | Tombstone]] = defaultdict(list)
    produced: dict[str, list[int]] = defaultdict(list)
    for place, record in enumerate(records):
        found = parse(record.value, record.key, record.headers, TOPICS[record.topic], record.timestamp_ms)
        if not isinstance(found, Rejected):
            logs[f"{record.topic}-{record.partition}"].append(found)
            produced[f"{record.topic}-{record.partition}"].append(place)
    return dict(logs), dict(produced)
