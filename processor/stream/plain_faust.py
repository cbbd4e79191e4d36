"""Faust with everything switched off that has no meaning here: tables, files, the producer, decoding.

What is left is what it is used for: membership in the consumer group, a thread that reads, and one agent that is handed whole polls.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, MutableSequence
from typing import Any, Final

import faust
from faust.tables import TableManager
from faust.transport.drivers import aiokafka as driver
from faust.types.fixups import FixupT
from mode import ServiceT

from processor.stream.claims import Claims
from processor.stream.polls import Poll
from schemas.brokers import Connection

LOG: Final = logging.getLogger("faust.kpibatch")
"""Of what is Faust's in our subclasses; else Faust would take the module's."""


class StreamApp(faust.App):
    """A Faust app that writes nothing, to Kafka or to disk, and reads through `kpibatch://`."""

    logger = LOG
    claims: Claims
    connection: Connection
    instance: str | None
    fetch_max_wait_ms: int
    moment: Callable[[int], int]
    """By the clock that is gone by; see `store_time`."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.assigned = asyncio.Event()
        """Set when a rebalance is over."""

    def _init_fixups(self) -> MutableSequence[FixupT]:
        """All installed packages would be asked for some."""
        return []

    def _create_directories(self) -> None:
        """No tables, nothing on disk."""

    def on_init_dependencies(self) -> Iterable[ServiceT]:
        """Nobody looks at what Faust notes about each event; it costs as much as handing one over."""
        dependencies: Iterable[ServiceT] = super().on_init_dependencies()
        self.sensors.remove(self.monitor)
        return dependencies

    def on_rebalance_end(self) -> None:
        super().on_rebalance_end()
        self.assigned.set()


class NoTables(TableManager):
    """Faust waits a second for tables to be declared; here are none, and a restarted worker has better things to do."""

    logger = LOG

    async def on_start(self) -> None:
        await self._update_channels()
        await self.recovery.start()


class Silent(driver.Producer):
    """Faust has nothing to send: dead letters go through a producer of our own, which waits for acknowledgement."""

    logger = LOG

    async def on_start(self) -> None:
        pass

    async def on_stop(self) -> None:
        pass

    async def flush(self) -> None:
        pass


class WholePoll(faust.Schema[Any, Any]):
    """The value of a message is a `Poll` already."""

    def loads_key(self, app: Any, message: Any, **_: Any) -> None:
        pass

    def loads_value(self, app: Any, message: Any, **_: Any) -> Poll:  # noqa: ARG002 - upstream's signature
        poll: Poll = message.value
        return poll
