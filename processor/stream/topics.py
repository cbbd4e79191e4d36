"""The topics that are read, and those for dead letters: created where they are missing, looked at where they are there."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import KafkaError, TopicAlreadyExistsError, for_code

from processor.stream.dead_letters import SUFFIX
from schemas.brokers import Connection
from schemas.errors import KpiError, Unavailable

_log = logging.getLogger(__name__)

_DAY: Final = 86_400_000
SOURCE: Final = {"cleanup.policy": "delete", "retention.ms": "-1", "message.timestamp.type": "LogAppendTime"}
"""Every version of everything is needed for a rebuild; freshness and lateness are judged by the broker's clock."""
DEAD: Final = {"cleanup.policy": "delete", "retention.ms": str(30 * _DAY)}
_VISIBLE: Final = 30.0
"""Seconds until a created topic must be known to the brokers."""


class Unfit(KpiError):
    """A topic is set up so that numbers from it cannot be right. The text says what to change."""


def missing(wanted: Collection[str], existing: Mapping[str, int], *, partitions: int, replication: int) -> list[NewTopic]:
    """The topics to create; a dead letter topic gets as many partitions as its source has."""
    new = [NewTopic(topic, partitions, replication, topic_configs=SOURCE) for topic in wanted if topic not in existing]
    new += [
        NewTopic(topic + SUFFIX, existing.get(topic, partitions), replication, topic_configs=DEAD)
        for topic in wanted
        if topic + SUFFIX not in existing
    ]
    return new


def unfit(topic: str, config: Mapping[str, str]) -> str | None:
    """What is wrong with a source topic, if anything is."""
    if "compact" in config.get("cleanup.policy", "delete"):
        return f"topic {topic} is compacted: history that numbers rest on would vanish; set cleanup.policy=delete, retention.ms=-1"
    return None


def doubtful(topic: str, config: Mapping[str, str]) -> Iterable[str]:
    """What is worth a word in the log."""
    if config.get("message.timestamp.type", "CreateTime") == "CreateTime":
        yield f"topic {topic} has the producers' timestamps: freshness and 'too far ahead' are as true as their clocks; LogAppendTime is better"
    if config.get("retention.ms", "-1") != "-1":
        yield f"topic {topic} forgets after {int(config['retention.ms']) // _DAY} days: numbers cannot be rebuilt from before"


async def ensure(connection: Connection, wanted: Collection[str], *, partitions: int, replication: int) -> None:
    """All topics are there and known to the brokers. Raises `Unavailable`, or `Unfit`."""
    admin = AIOKafkaAdminClient(**connection.arguments())
    try:
        await admin.start()
        existing = await _existing(admin)
        if new := missing(wanted, existing, partitions=partitions, replication=replication):
            await _create(admin, new)
        problems = []
        for topic, config in (await _configs(admin, [topic for topic in wanted if topic in existing])).items():
            if problem := unfit(topic, config):
                problems.append(problem)
            for doubt in doubtful(topic, config):
                _log.warning(doubt)
        if problems:
            raise Unfit("; ".join(problems))
    except (KafkaError, OSError, TimeoutError) as error:
        raise Unavailable(f"Kafka: {error!r}") from error
    finally:
        await admin.close()


async def create_dead_letters(connection: Connection, topic: str, *, replication: int) -> None:
    """A dead letter topic is there, as it would be had it never been deleted. Raises `Unavailable`, or `Unfit`."""
    admin = AIOKafkaAdminClient(**connection.arguments())
    try:
        await admin.start()
        existing = await _existing(admin)
        if topic not in existing:
            await _create(admin, [NewTopic(topic, existing.get(topic.removesuffix(SUFFIX), 1), replication, topic_configs=DEAD)])
    except (KafkaError, OSError, TimeoutError) as error:
        raise Unavailable(f"Kafka: {error!r}") from error
    finally:
        await admin.close()


async def existing(connection: Connection) -> dict[str, int]:
    """All topics with their number of partitions; asking creates none. Raises `Unavailable`."""
    admin = AIOKafkaAdminClient(**connection.arguments())
    try:
        await admin.start()
        return await _existing(admin)
    except (KafkaError, OSError, TimeoutError) as error:
        raise Unavailable(f"Kafka: {error!r}") from error
    finally:
        await admin.close()


async def _existing(admin: AIOKafkaAdminClient) -> dict[str, int]:
    """Topics with their number of partitions."""
    return {topic["topic"]: len(topic["partitions"]) for topic in await admin.describe_topics() if topic["error_code"] == 0}


async def _create(admin: AIOKafkaAdminClient, new: list[NewTopic]) -> None:
    reply = await admin.create_topics(new)
    for topic, code, *text in reply.topic_errors:
        error = for_code(code)
        if code == 0 or error is TopicAlreadyExistsError:  # another worker was faster
            continue
        if error.retriable:
            raise Unavailable(f"Kafka: topic {topic} is not created yet: {error.__name__}")
        raise Unfit(f"topic {topic} cannot be created: {error.__name__} {text[0] if text else ''}")
    _log.info("created %s", ", ".join(topic.name for topic in new))
    deadline = asyncio.get_running_loop().time() + _VISIBLE
    while {topic.name for topic in new} - set(await _existing(admin)):
        if asyncio.get_running_loop().time() > deadline:
            raise Unavailable("Kafka: topics that were created do not show up")
        await asyncio.sleep(0.1)


async def _configs(admin: AIOKafkaAdminClient, topics: list[str]) -> dict[str, dict[str, str]]:
    configs: dict[str, dict[str, Any]] = {}
    if topics:
        for response in await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic) for topic in topics]):
            for code, _, _, topic, entries in response.resources:
                if code == 0:
                    configs[topic] = {entry[0]: entry[1] for entry in entries}
    return configs
