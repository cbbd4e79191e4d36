"""The log of commands on Kafka. Nothing is connected before the first command; a process that is only asked needs no Kafka."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Final

from aiokafka import AIOKafkaProducer

from schemas.brokers import Connection
from schemas.errors import Unavailable
from schemas.updates import AUDIT
from views_api.brokers import ensure, translated
from views_api.commands.log import Position

_PATIENCE_S: Final = 10.0
"""Somebody waits for the answer."""
_CONFIG: Final = {"cleanup.policy": "delete", "retention.ms": "-1", "message.timestamp.type": "LogAppendTime"}


class KafkaLog:
    def __init__(self, connection: Connection, prefix: str, replication: int) -> None:
        """`prefix`: of all topics. `replication`: of the audit topic, if it has to be created; the others are the processor's."""
        self._connection, self._prefix, self._replication = connection, prefix, replication
        self._producer: AIOKafkaProducer | None = None
        self._starting = asyncio.Lock()

    async def append(self, topic: str, key: bytes, value: bytes) -> Position:
        try:
            async with translated(_PATIENCE_S):
                found = await (await self._started()).send_and_wait(self._prefix + topic, value, key=key)
        except Unavailable:
            await self.close()  # one that has failed may never send again; the next command begins anew
            raise
        return Position(found.topic, found.partition, found.offset)

    async def close(self) -> None:
        if self._producer:
            producer, self._producer = self._producer, None
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(producer.stop(), _PATIENCE_S)  # it would go on trying to send what is left

    async def _started(self) -> AIOKafkaProducer:
        async with self._starting:
            if self._producer is None:
                await ensure(self._connection, self._prefix + AUDIT, 1, self._replication, _CONFIG)
                producer = AIOKafkaProducer(**self._connection.arguments(), acks="all", enable_idempotence=True)
                try:
                    await producer.start()
                except BaseException:
                    await producer.stop()
                    raise
                self._producer = producer
            return self._producer
