"""How is a broker asked for records? Seldom while there are none, and for many at a time while they come: each answer costs, whatever is in it."""

from __future__ import annotations

from typing import Any, Final

from aiokafka import AIOKafkaConsumer

from processor.stream.polls import Poll

GATHER: Final = 1_000_000
"""Bytes that a broker gathers before it answers, unless the wait is over first. Fewer polls are what makes a high rate cheap."""
IDLE_MS: Final = 50
"""How long a broker holds a question while there is nothing to read. It answers with the first record at once, so this makes nothing later but the news that there
still is none. Asking as often as under load costs an idle worker 6% of a processor and its broker 15%, this less than half."""

FEW: Final = 100
REST: Final = 0.05
"""Seconds for which nothing more is taken after a poll of fewer records than that. A poll costs worker, broker, store and every process of the API, whatever is in it: at 2,000 events
a second 25 of them instead of 49 are 41% of a processor for the first three, instead of 60. Numbers are later by that much at the most."""


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
