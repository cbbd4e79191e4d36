"""How is the topic read and written? By a transactional producer, so that of two publishers the newer one writes.

One partition: the last record of the topic is the last that was written, and tells how far it has come.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import ProducerFenced

from schemas.brokers import Connection
from schemas.errors import KpiError, Unavailable
from schemas.updates import REVISION, THROUGH, Place, Update, place_of
from views_api.brokers import PATIENCE_S, Existing, ended, ensure, translated
from views_api.updates.publisher import Fenced, Held

CONFIG: Final = {"cleanup.policy": "compact", "retention.ms": "-1"}
_WAIT_MS: Final = 500
_READ_S: Final = 900.0
"""For reading all of the topic, some ten million days."""


class Unfit(KpiError):
    """The topic is set up so that it cannot hold the newest of everything. The text says what to change."""


class KafkaTopic:
    def __init__(self, connection: Connection, name: str, source: str, replication: int) -> None:
        """`source`: who speaks in it. `replication`: of the topic, if it has to be created."""
        self._connection, self._name, self._source, self._replication = connection, name, source, replication
        self._producer: AIOKafkaProducer | None = None

    async def open(self) -> Held:
        """Also raises `Unfit`."""
        await self.close()
        async with translated():
            self._fits(await ensure(self._connection, self._name, 1, self._replication, CONFIG))
            self._producer = AIOKafkaProducer(
                **self._connection.arguments(),
                transactional_id=self._name,
                acks="all",
                transaction_timeout_ms=round(PATIENCE_S * 1000),
                max_request_size=4 << 20,
            )
            await self._producer.start()  # whoever wrote before is fenced, and what it left open is over
        async with translated(_READ_S):
            return await self._read()

    def _fits(self, found: Existing) -> None:
        if found.partitions != 1 or found.cleanup_policy != CONFIG["cleanup.policy"]:
            raise Unfit(f"topic {self._name} must have one partition and cleanup.policy=compact, nothing else")

    async def close(self) -> None:
        if self._producer:
            producer, self._producer = self._producer, None
            await producer.stop()

    async def write(self, updates: Sequence[Update], through: str) -> None:
        assert self._producer, "it was opened"
        try:
            async with translated():
                await self._producer.begin_transaction()
                sent = [
                    await self._producer.send(self._name, update.value, update.place.key(), headers=update.headers(self._source, through))
                    for update in updates
                ]
                await asyncio.gather(*sent)
                await self._producer.commit_transaction()
        except Unavailable as error:
            if isinstance(error.__cause__, ProducerFenced):
                raise Fenced("another publisher has begun to write") from error
            raise

    async def _read(self) -> Held:
        """All of it, as it is now."""
        partition = TopicPartition(self._name, 0)
        values: dict[Place, bytes] = {}
        revision = through = ""
        consumer = AIOKafkaConsumer(
            **self._connection.arguments(), group_id=None, enable_auto_commit=False, isolation_level="read_committed"
        )
        try:
            await consumer.start()
            consumer.assign([partition])
            await consumer.seek_to_beginning(partition)
            end = (await consumer.end_offsets([partition]))[partition]
            while await consumer.position(partition) < end:
                for record in (await consumer.getmany(timeout_ms=_WAIT_MS)).get(partition, []):
                    place = place_of(record.key)
                    if record.value is None:
                        values.pop(place, None)
                    else:
                        values[place] = record.value
                    headers = dict(record.headers)
                    revision, through = headers[REVISION].decode(), headers[THROUGH].decode()
            return Held(values, revision, through)
        finally:
            await ended(consumer)
