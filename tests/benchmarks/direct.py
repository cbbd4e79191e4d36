"""Events straight into the engine, without Kafka: as one partition would bring them."""

from __future__ import annotations

import gc
import time
from collections.abc import Iterable
from itertools import islice
from types import TracebackType
from typing import Final, Self

from processor.engine import Engine
from processor.store.redis import RedisStore
from processor.stream import app
from processor.values import Slot
from schemas.events import TOPICS, Event, parse
from tests.benchmarks.mixed_events import Record
from tests.benchmarks.servers import Failed, Servers

GROUP: Final = 4_000
"""Events per call, the product's default."""
_PARTITION: Final = "all-0"
_BROKER_TIME: Final = 1_790_000_000_000
"""Later than every event."""


class Direct:
    """`async with` claims the partition, and closes the store at the end."""

    def __init__(self, servers: Servers, store: RedisStore | None = None) -> None:
        """`store`: another than the product's own on these servers; closed all the same."""
        self._store = store or RedisStore(servers.redis)
        self._engine = Engine(self._store)
        self._epoch = self._position = 0
        self.reset()

    async def __aenter__(self) -> Self:
        await self._store.check()
        self._epoch, self._position, _ = await self._store.claim(_PARTITION, "bench", 1)
        gc.collect()  # from here on as a worker has it
        gc.freeze()
        gc.set_threshold(*app._COLLECT)
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self._store.close()

    def reset(self) -> None:
        """What was counted and used from now on."""
        self.events = 0
        self.parsing = self.committing = 0.0
        """CPU seconds of this process."""

    async def count(self, records: Iterable[Record]) -> None:
        """All of them, and all that becomes dirty by them, are in the numbers when this returns."""
        source = iter(records)
        while group := list(islice(source, GROUP)):
            began = time.process_time()
            events = [_event(record) for record in group]
            parsed = time.process_time()
            slot = Slot(_PARTITION, self._epoch, "bench", self._position, self._position + len(group), 0)
            await self._engine.commit([slot], events)
            while self._engine.dirty:
                await self._engine.settle()
            self.parsing += parsed - began
            self.committing += time.process_time() - parsed
            self.events += len(group)
            self._position += len(group)


def _event(record: Record) -> Event:
    event = parse(record.value, record.key, (), TOPICS[record.topic], _BROKER_TIME)
    if not isinstance(event, Event):
        raise Failed(f"the generator made something that is no event: {event}")
    return event
