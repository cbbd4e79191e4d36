"""A log of commands without Kafka, and a worker that counts what is in it."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from processor.engine import Engine
from processor.store.redis import RedisStore
from processor.values import Slot
from schemas.errors import Unavailable
from schemas.events import TOPICS, Event, Tombstone, parse
from schemas.updates import AUDIT
from views_api.commands.claims import Told
from views_api.commands.log import Position


class MemoryLog:
    """Each topic has one partition."""

    def __init__(self) -> None:
        self.records: dict[str, list[tuple[bytes, bytes]]] = {}
        self.away = False
        self.held, self.asked = asyncio.Event(), asyncio.Event()
        """Nothing is written while it is not set; set as soon as something is to be."""
        self.held.set()

    async def append(self, topic: str, key: bytes, value: bytes) -> Position:
        if self.away:
            raise Unavailable("Kafka is away")
        if not self.held.is_set():
            self.asked.set()
            await self.held.wait()
        records = self.records.setdefault(topic, [])
        records.append((key, value))
        return Position(topic, 0, len(records) - 1)

    async def until(self, at: Position) -> list[Told]:
        """All in the same moment."""
        return [Told(0, value) for _, value in self.records[at.topic][: at.offset + 1]]

    async def close(self) -> None:
        """Nothing is open."""

    def events(self, topic: str) -> list[dict[str, Any]]:
        return [json.loads(value) for _, value in self.records.get(topic, [])]


class Counting:
    """The processor, on the partitions of a memory log."""

    def __init__(self, url: str, log: MemoryLog, now: int) -> None:
        self._store, self._log, self._now = RedisStore(url), log, now
        self._engine = Engine(self._store)
        self._at: dict[str, tuple[int, int]] = {}
        """Topic -> epoch of the claim, next offset."""

    async def count(self, *more: Event | Tombstone) -> None:
        """All that has been written since, and what others than the API would have written: on a partition of its own."""
        for topic, records in {**self._log.records, "others": []}.items():
            if topic == AUDIT:
                continue
            if topic not in self._at:
                claim = await self._store.claim(f"{topic}-0", "w", 1)
                self._at[topic] = claim.epoch, claim.position
            epoch, start = self._at[topic]
            events = [*more] if topic == "others" else [parse(value, key, [], TOPICS[topic], self._now) for key, value in records[start:]]
            assert all(isinstance(event, Event | Tombstone) for event in events), events
            await self._engine.commit([Slot(f"{topic}-0", epoch, "w", start, start + len(events), self._now)], events)  # type: ignore[arg-type]
            self._at[topic] = epoch, start + len(events)
        while await self._engine.settle():
            pass

    async def close(self) -> None:
        await self._store.close()
