"""aiokafka's consumer may end as if whoever stops it were cancelled; nothing that was read is lost by that."""

from __future__ import annotations

import asyncio

import pytest

from processor.recount.topics import Topics


async def test_a_consumer_that_ends_as_if_cancelled_does_not_end_the_recount(monkeypatch: pytest.MonkeyPatch) -> None:
    topics = Topics({"bootstrap_servers": "127.0.0.1:1"}, "")

    stop = topics._consumer.stop

    async def stopped() -> None:
        await stop()
        raise asyncio.CancelledError

    monkeypatch.setattr(topics._consumer, "stop", stopped)

    await topics.__aexit__(None, None, None)

    assert topics.records == []
