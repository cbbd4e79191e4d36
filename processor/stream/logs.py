"""Where do the logs of partitions begin and end, and of which topic are they? Each broker is asked about its own: one that is away keeps back no answer of another."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Collection, Iterable
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from processor.stream.claims import Bounds
from processor.stream.polls import Partition
from processor.stream.topic_ids import topic_ids
from schemas.errors import Unavailable

ANSWERED: Final = 4.0
"""Seconds that a broker may take for an answer."""


async def bounds(consumer: AIOKafkaConsumer, partitions: Collection[Partition]) -> dict[Partition, Bounds]:
    """Of each partition that some broker leads and tells of, now. Raises `Unavailable` if brokers lead some of them and none answers."""
    client = consumer._client  # noqa: SLF001 - has no public name
    try:
        async with asyncio.timeout(ANSWERED):
            led = await _led(client, [TopicPartition(*partition) for partition in partitions])
            ids = await topic_ids(client, {partition.topic for partition in partitions})
    except (KafkaError, TimeoutError) as error:
        raise Unavailable(f"Kafka says nothing about its topics: {error!r}") from error
    answers = await asyncio.gather(*(_ends(consumer, tps) for tps in led.values()), return_exceptions=True)
    found: dict[TopicPartition, tuple[int, int]] = {}
    errors = []
    for answer in answers:
        if not isinstance(answer, BaseException):
            found.update(answer)
        elif isinstance(answer, KafkaError | TimeoutError):
            errors.append(answer)
        else:
            raise answer
    if errors and not found:
        raise Unavailable(f"Kafka says nothing about its logs: {errors[0]!r}") from errors[0]
    return {Partition(*tp): Bounds(begin, end, ids.get(tp.topic, "")) for tp, (begin, end) in found.items()}


async def _led(client: Any, partitions: Collection[TopicPartition]) -> dict[int, list[TopicPartition]]:
    """Partitions by the broker that leads them; the brokers are asked again before one is left out."""
    leader = client.cluster.leader_for_partition
    if any(leader(tp) in (None, -1) for tp in partitions) and not await client.force_metadata_update():
        raise KafkaError("no broker says who leads")
    led = defaultdict(list)
    for tp in partitions:
        if leader(tp) not in (None, -1):
            led[leader(tp)].append(tp)
    return led


async def _ends(consumer: AIOKafkaConsumer, partitions: Iterable[TopicPartition]) -> dict[TopicPartition, tuple[int, int]]:
    async with asyncio.timeout(ANSWERED):
        begin, end = await consumer.beginning_offsets(partitions), await consumer.end_offsets(partitions)
    return {tp: (begin[tp], end[tp]) for tp in partitions}
