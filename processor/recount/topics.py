"""The records of the source topics, from their start to their current ends, read by a plain consumer that belongs to no group."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Final, Self

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaConnectionError, KafkaError

from processor.recount.contract import TOPICS
from processor.recount.records import Record

_PATIENCE_SECONDS: Final = 30.0
"""With a cluster that has lost a broker."""
_PAUSE_SECONDS: Final = 0.5
_ENDING: Final = 10.0
"""Seconds for the consumer to end."""


class Topics:
    """Use as a context. `records` grows with each `read_on`. `connection` goes to aiokafka as it is (bootstrap_servers, security_protocol, …)."""

    def __init__(self, connection: Mapping[str, Any], prefix: str) -> None:
        self.records: list[Record] = []
        self._connection = connection
        self._names = {prefix + topic: topic for topic in TOPICS}
        self._partitions: set[TopicPartition] = set()
        self._consumer = AIOKafkaConsumer(
            **connection, group_id=None, enable_auto_commit=False, auto_offset_reset="earliest", isolation_level="read_committed"
        )

    async def __aenter__(self) -> Self:
        """Raises `ConnectionError` where no broker takes one."""
        try:
            await self._consumer.start()
        except BaseException as error:
            await self._consumer.stop()  # it holds what it has of a connection
            if isinstance(error, KafkaConnectionError):
                raise ConnectionError(str(error)) from error
            raise
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        # aiokafka 0.14 may end as if whoever stops it were cancelled, by a fetch of its own that is under way.
        await asyncio.wait([asyncio.create_task(self._consumer.stop())], timeout=_ENDING)

    async def read_on(self) -> dict[str, int]:
        """Reads up to the ends as they are now. Returns them: next offset by `<topic>-<n>`, the prefix in front. What was aborted is no record; behind an open transaction none can be read yet."""
        await self._assign_what_is_new()
        since, ends = int(time.time() * 1000), await self._consumer.end_offsets(self._partitions)
        while [partition for partition, end in ends.items() if await self._can_read_on(partition, end, since)]:
            for partition, fetched in (await self._consumer.getmany(timeout_ms=500)).items():
                topic = self._names[partition.topic]
                self.records += (
                    Record(topic, partition.partition, record.offset, record.key, record.value, record.headers, record.timestamp)
                    for record in fetched
                )
        return {f"{partition.topic}-{partition.partition}": await self._consumer.position(partition) for partition in self._partitions}

    async def _can_read_on(self, partition: TopicPartition, end: int, since: int) -> bool:
        """`since`: what a broker said before is too old to go by; ms since 1970 UTC."""
        position, stable = await self._consumer.position(partition), self._consumer.last_stable_offset(partition)
        blocked = stable is not None and stable <= position and (self._consumer.last_poll_timestamp(partition) or 0) > since
        return position < end and not blocked

    async def _assign_what_is_new(self) -> None:
        if new := await self._there() - self._partitions:
            positions = {partition: await self._consumer.position(partition) for partition in self._partitions}
            self._partitions |= new
            self._consumer.assign(self._partitions)
            for partition in self._partitions:
                self._consumer.seek(partition, positions.get(partition, 0))

    async def _there(self) -> set[TopicPartition]:
        """Topics that are not there yet have no records, and reading must not create them. Raises `ConnectionError`."""
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while True:
            admin = AIOKafkaAdminClient(**self._connection)
            try:
                await admin.start()
                present = [topic for topic in await admin.list_topics() if topic in self._names]
                described = await admin.describe_topics(present) if present else []
                return {TopicPartition(topic["topic"], partition["partition"]) for topic in described for partition in topic["partitions"]}
            except KafkaError as error:  # a broker was asked that has just gone away
                if not error.retriable or time.monotonic() > deadline:
                    raise ConnectionError(repr(error)) from error
            finally:
                await admin.close()
            await asyncio.sleep(_PAUSE_SECONDS)
