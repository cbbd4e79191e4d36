"""What is known of the world from an earlier run: the newest image of each thing, read back from Kafka."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

import orjson
from aiokafka import AIOKafkaConsumer

from deploy.demo import story
from deploy.demo.world import SOURCE, Thing

_WHOLE: Final = ("campaigns", "settings")
_RECENT: Final = ("opportunities", "orders", "tasks")
_RECENT_RECORDS: Final = 5_000
"""From each partition, so that going on takes seconds even after days of live traffic. A thing not met in them just stays as it is."""


@dataclass
class Memory:
    """The newest image of each thing, by kind and id."""

    things: dict[tuple[str, str], Thing] = field(default_factory=dict)

    @property
    def began(self) -> datetime | None:
        """When the history begins that was sent, whole or in part; None: there is none."""
        campaign = self.things.get(("campaign", story.MAIN))
        return datetime.fromisoformat(campaign.data["created_at"]) if campaign else None

    @property
    def is_complete(self) -> bool:
        """All of the history was sent: the newcomer, who comes last, is there too."""
        return ("staff", story.NEWCOMER) in self.things

    def learn(self, value: bytes) -> None:
        """Take in one record. What others sent to these topics is passed over."""
        event = orjson.loads(value)
        if event.get("source") != SOURCE:
            return
        thing = Thing(event["type"].partition(".")[0], event["subject"], event["data"])
        known = self.things.get((thing.kind, thing.id))
        if known is None or known.data["version"] <= thing.data["version"]:
            self.things[thing.kind, thing.id] = thing


async def recall(kafka: str, prefix: str) -> Memory:
    """Reads what there is now, oldest first; the topics must exist."""
    memory = Memory()
    topics = [prefix + topic for topic in (*_WHOLE, *_RECENT)]
    async with AIOKafkaConsumer(*topics, bootstrap_servers=kafka, client_id="campaign-kpis-demo") as consumer:
        async for value in _values(consumer, {prefix + topic for topic in _WHOLE}):
            memory.learn(value)
    return memory


async def _values(consumer: AIOKafkaConsumer, whole: set[str]) -> AsyncIterator[bytes]:
    """The values from where each partition is worth reading up to its present end."""
    partitions = consumer.assignment()
    first, end = await consumer.beginning_offsets(partitions), await consumer.end_offsets(partitions)
    unread = set()
    for part in partitions:
        start = first[part] if part.topic in whole else max(first[part], end[part] - _RECENT_RECORDS)
        if start < end[part]:
            unread.add(part)
            consumer.seek(part, start)
    while unread:
        for part, records in (await consumer.getmany(*unread, timeout_ms=1000)).items():
            for record in records:
                if record.value is not None:
                    yield record.value
            if records[-1].offset + 1 >= end[part]:
                unread.discard(part)
