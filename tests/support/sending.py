"""Puts records into Kafka, where they say that they lie."""

from __future__ import annotations

from collections.abc import Sequence

from aiokafka import AIOKafkaProducer

from processor.recount import Record


async def send(bootstrap: str, prefix: str, records: Sequence[Record]) -> None:
    """`prefix`: of the topics."""
    async with AIOKafkaProducer(bootstrap_servers=bootstrap, max_request_size=2**20) as producer:
        for record in records:
            if record.key is None and record.value is None:
                continue  # this client refuses to send it
            await producer.send(
                prefix + record.topic, record.value, key=record.key, partition=record.partition, headers=list(record.headers)
            )
