"""What both writers to Kafka need of it: that a topic is there, and one kind of error while it is away."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Final, NamedTuple

from aiokafka import AIOKafkaConsumer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import ConsumerStoppedError, KafkaError, TopicAlreadyExistsError, for_code

from schemas.brokers import Connection
from schemas.errors import Unavailable

log = logging.getLogger(__name__)

PATIENCE_S: Final = 30.0
"""For all that one call asks of the brokers."""
ENDING_S: Final = 10.0
"""For what is still to be told to them by a consumer that ends."""


class Existing(NamedTuple):
    """A topic as it is."""

    partitions: int
    cleanup_policy: str


async def ensure(connection: Connection, name: str, partitions: int, replication: int, config: Mapping[str, str]) -> Existing:
    """The topic is there: created so if it was not, else as it is."""
    admin = AIOKafkaAdminClient(**connection.arguments())
    try:
        await admin.start()
        if name not in await admin.list_topics():
            reply = await admin.create_topics([NewTopic(name, partitions, replication, topic_configs=dict(config))])
            for _, code, *text in reply.topic_errors:
                if code and for_code(code) is not TopicAlreadyExistsError:
                    raise Unavailable(f"Kafka: topic {name} is not created: {for_code(code).__name__} {text[0] if text else ''}")
            log.info("created %s", name)
        while not (found := [topic for topic in await admin.describe_topics([name]) if topic["error_code"] == 0]):  # noqa: ASYNC110
            await asyncio.sleep(0.1)
        return Existing(len(found[0]["partitions"]), await _cleanup_policy(admin, name))
    finally:
        await admin.close()


async def _cleanup_policy(admin: AIOKafkaAdminClient, topic: str) -> str:
    for response in await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic)]):
        for _, _, _, _, entries in response.resources:
            return str({entry[0]: entry[1] for entry in entries}.get("cleanup.policy"))
    return ""


async def ended(consumer: AIOKafkaConsumer) -> None:
    """It reads no more, however that goes.

    With the brokers away aiokafka 0.14 ends in the middle, as if whoever stops it were cancelled: by a fetch of its own that was waiting to be tried again.
    """
    stopping = asyncio.create_task(consumer.stop())
    await asyncio.wait([stopping], timeout=ENDING_S)
    stopping.cancel()
    if not stopping.done() or stopping.cancelled() or stopping.exception():
        await consumer._client.close()  # noqa: SLF001 - has no public name


@asynccontextmanager
async def translated(patience_s: float = PATIENCE_S) -> AsyncIterator[None]:
    """What Kafka does not do, or not in time, is `Unavailable`."""
    try:
        async with asyncio.timeout(patience_s):
            yield
    except (KafkaError, ConsumerStoppedError, OSError, TimeoutError) as error:  # the second is none of the first to aiokafka
        raise Unavailable(f"Kafka: {error!r}") from error
