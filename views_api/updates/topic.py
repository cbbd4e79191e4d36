"""How is the topic read and written? The only file of the API that knows how Kafka is read; a transactional producer, so that of two publishers the newer one writes.

One partition: the last record of the topic is the last that was written, and tells how far it has come.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import KafkaError, ProducerFenced, TopicAlreadyExistsError, for_code

from schemas.brokers import Connection
from schemas.errors import KpiError, Unavailable
from schemas.updates import REVISION, THROUGH, Place, Update, place_of
from views_api.updates.publisher import Fenced, Held

log = logging.getLogger(__name__)

CONFIG: Final = {"cleanup.policy": "compact", "retention.ms": "-1"}
_PATIENCE_S: Final = 30.0
"""For all that one call asks of the brokers; also how long they wait for the rest of a transaction."""
_WAIT_MS: Final = 500


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
        async with _translated():
            await self._ensure()
            self._producer = AIOKafkaProducer(
                **self._connection.arguments(),
                transactional_id=self._name,
                acks="all",
                transaction_timeout_ms=round(_PATIENCE_S * 1000),
                max_request_size=4 << 20,
            )
            await self._producer.start()  # whoever wrote before is fenced, and what it left open is over
            return await self._read()

    async def close(self) -> None:
        if self._producer:
            producer, self._producer = self._producer, None
            await producer.stop()

    async def write(self, updates: Sequence[Update], through: str) -> None:
        assert self._producer, "it was opened"
        async with _translated():
            await self._producer.begin_transaction()
            sent = [
                await self._producer.send(self._name, update.value, update.place.key(), headers=update.headers(self._source, through))
                for update in updates
            ]
            await asyncio.gather(*sent)
            await self._producer.commit_transaction()

    async def _ensure(self) -> None:
        """The topic is there, and as it must be."""
        admin = AIOKafkaAdminClient(**self._connection.arguments())
        try:
            await admin.start()
            if self._name not in await admin.list_topics():
                reply = await admin.create_topics([NewTopic(self._name, 1, self._replication, topic_configs=CONFIG)])
                for _, code, *text in reply.topic_errors:
                    if code and for_code(code) is not TopicAlreadyExistsError:
                        raise Unavailable(f"Kafka: topic {self._name} is not created: {for_code(code).__name__} {text[0] if text else ''}")
                log.info("created %s", self._name)
            while not (found := [topic for topic in await admin.describe_topics([self._name]) if topic["error_code"] == 0]):  # noqa: ASYNC110
                await asyncio.sleep(0.1)
            policy = await _cleanup_policy(admin, self._name)
            if len(found[0]["partitions"]) != 1 or policy != CONFIG["cleanup.policy"]:
                raise Unfit(f"topic {self._name} must have one partition and cleanup.policy=compact, nothing else")
        finally:
            await admin.close()

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
            await consumer.stop()


async def _cleanup_policy(admin: AIOKafkaAdminClient, topic: str) -> Any:
    for response in await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic)]):
        for _, _, _, _, entries in response.resources:
            return {entry[0]: entry[1] for entry in entries}.get("cleanup.policy")
    return None


@asynccontextmanager
async def _translated() -> AsyncIterator[None]:
    try:
        async with asyncio.timeout(_PATIENCE_S):
            yield
    except ProducerFenced as error:
        raise Fenced("another publisher has begun to write") from error
    except (KafkaError, OSError, TimeoutError) as error:
        raise Unavailable(f"Kafka: {error!r}") from error
