"""How is a broker asked for records? Seldom while there are none, and for many at a time while they come: each answer costs, whatever is in it."""

from __future__ import annotations

from typing import Any, Final

from aiokafka import AIOKafkaConsumer
from aiokafka.coordinator.assignors.roundrobin import RoundRobinPartitionAssignor

from processor.stream.polls import Poll
from schemas.brokers import Connection

GATHER: Final = 1_000_000
"""Bytes that a broker gathers before it answers, unless the wait is over first. Fewer polls are what makes a high rate cheap."""
IDLE_MS: Final = 50
"""How long a broker holds a question while there is nothing to read. It answers with the first record at once, so this makes nothing later but the news that there
still is none. Asking as often as under load costs an idle worker 6% of a processor and its broker 15%, this less than half."""

FEW: Final = 100
REST: Final = 0.05
"""Seconds for which nothing more is taken after a poll of fewer records than that. A poll costs worker, broker, store and every process of the API, whatever is in it: at 2,000 events
a second 25 of them instead of 49 are 41% of a processor for the first three, instead of 60. Numbers are later by that much at the most."""

SESSION: Final = 6.0
"""Seconds after which a silent worker's partitions go to others; the least that brokers allow by default."""
HEARTBEAT: Final = 1.5
"""Seconds between heartbeats to Kafka."""
ANSWER: Final = 2 << 20
"""Bytes of one answer of a broker: bounds the memory of a poll when there is much to catch up with."""
METADATA: Final = 5.0
"""Seconds after which the brokers are asked again how many partitions there are. Until then nothing of a new one is counted, and nobody knows that anything is missing."""
REQUEST: Final = 12.0
"""Seconds that a broker has to answer. Faust wants it above the session's."""


def rest_after(poll: Poll) -> float:
    """Seconds until the next poll is taken; meanwhile the broker goes on gathering."""
    return REST if sum(len(batch) for span in poll.values() for batch in span.batches) < FEW else 0


class PatientConsumer(AIOKafkaConsumer):  # type: ignore[misc]  # upstream has no types
    """Has a broker gather only while records come; while none do, it waits for the first."""

    async def start(self) -> None:
        await super().start()
        fetcher = self._fetcher
        fetch, gathering = fetcher._proc_fetch_request, (fetcher._fetch_min_bytes, fetcher._fetch_max_wait_ms)  # noqa: SLF001 - have no public names

        async def fetch_patiently(*args: Any) -> bool:
            came: bool = await fetch(*args)
            # A partition whose records wait to be taken is in no question: it must not miss the next one for long.
            more = came or fetcher._records  # noqa: SLF001
            fetcher._fetch_min_bytes, fetcher._fetch_max_wait_ms = gathering if more else (1, IDLE_MS)  # noqa: SLF001
            return came

        fetcher._proc_fetch_request = fetch_patiently  # noqa: SLF001


def a_consumer(connection: Connection, group: str, instance: str | None, fetch_max_wait_ms: int) -> PatientConsumer:
    """Not started yet. `instance`: its name in the group, if it has one."""
    return PatientConsumer(
        **connection.arguments(),
        group_id=group,
        group_instance_id=instance,
        partition_assignment_strategy=[RoundRobinPartitionAssignor],
        enable_auto_commit=False,
        auto_offset_reset="none",  # out of range is looked into, never jumped over
        isolation_level="read_committed",
        fetch_min_bytes=GATHER,
        fetch_max_wait_ms=fetch_max_wait_ms,
        fetch_max_bytes=ANSWER,
        max_partition_fetch_bytes=ANSWER // 8,
        session_timeout_ms=int(SESSION * 1000),
        heartbeat_interval_ms=int(HEARTBEAT * 1000),
        rebalance_timeout_ms=10_000,
        max_poll_interval_ms=300_000,
        request_timeout_ms=int(REQUEST * 1000),
        metadata_max_age_ms=int(METADATA * 1000),
    )
