"""The log of commands on Kafka. Nothing is connected before the first command; a process that is only asked needs no Kafka."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Final

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError

from schemas.brokers import Connection
from schemas.errors import Unavailable
from schemas.updates import AUDIT
from views_api.brokers import ended, ensure, translated
from views_api.commands.claims import Told
from views_api.commands.log import Position

_PATIENCE_S: Final = 10.0
"""Somebody waits for the answer."""
_WAIT_MS: Final = 5_000
"""A question for what is new waits so long at the broker, which answers at once when there is something: rare questions cost it nothing."""
LOOK_BACK: Final = 1_000
"""Records of others before the first that this process writes: more than are asked for in the time that a claim holds."""
_CONFIG: Final = {"cleanup.policy": "delete", "retention.ms": "-1", "message.timestamp.type": "LogAppendTime"}


class KafkaLog:
    def __init__(self, connection: Connection, prefix: str, replication: int) -> None:
        """`prefix`: of all topics. `replication`: of the audit topic, if it has to be created; the others are the processor's."""
        self._connection, self._prefix, self._replication = connection, prefix, replication
        self._producer: AIOKafkaProducer | None = None
        self._consumer: AIOKafkaConsumer | None = None
        self._starting = asyncio.Lock()

    async def append(self, topic: str, key: bytes, value: bytes) -> Position:
        try:
            async with translated(_PATIENCE_S):
                found = await (await self._started()).send_and_wait(self._prefix + topic, value, key=key)
        except Unavailable:
            await self.close()  # one that has failed may never send again; the next command begins anew
            raise
        return Position(found.topic, found.partition, found.offset)

    async def until(self, at: Position) -> list[Told]:
        of, found = TopicPartition(at.topic, at.partition), list[Told]()
        try:
            async with translated(_PATIENCE_S):
                consumer = self._consumer = self._consumer or await self._reading(of, at.offset)
                while await consumer.position(of) <= at.offset:
                    for records in (await consumer.getmany(of, timeout_ms=_WAIT_MS)).values():
                        found += [Told(record.timestamp, record.value) for record in records]
        except BaseException:
            await self._read_no_more()  # what it gave is lost: the next one reads it again
            raise
        return found

    async def _reading(self, of: TopicPartition, offset: int) -> AIOKafkaConsumer:
        consumer = AIOKafkaConsumer(
            **self._connection.arguments(), enable_auto_commit=False, auto_offset_reset="earliest", fetch_max_wait_ms=_WAIT_MS
        )
        try:
            await consumer.start()
            consumer.assign([of])
            consumer.seek(of, max(0, offset - LOOK_BACK))
        except BaseException:
            await ended(consumer)
            raise
        return consumer

    async def _read_no_more(self) -> None:
        if self._consumer:
            consumer, self._consumer = self._consumer, None
            await ended(consumer)

    async def close(self) -> None:
        await self._read_no_more()
        if self._producer:
            producer, self._producer = self._producer, None
            with contextlib.suppress(TimeoutError, KafkaError):
                await asyncio.wait_for(producer.stop(), _PATIENCE_S)  # it would go on trying to send what is left

    async def _started(self) -> AIOKafkaProducer:
        async with self._starting:
            if self._producer is None:
                audit = await ensure(self._connection, self._prefix + AUDIT, 1, self._replication, _CONFIG)
                if audit.partitions != 1:
                    raise Unavailable(f"Kafka: topic {self._prefix}{AUDIT} has {audit.partitions} partitions, and has no order then")
                producer = AIOKafkaProducer(**self._connection.arguments(), acks="all", enable_idempotence=True)
                try:
                    await producer.start()
                except BaseException:
                    await producer.stop()
                    raise
                self._producer = producer
            return self._producer
