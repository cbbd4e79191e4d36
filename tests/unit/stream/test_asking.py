"""How soon is the next poll taken after one of few records, and after one of many?"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from processor.stream.asking import FEW, REST, rest_after
from processor.stream.polls import Poll, Span
from processor.stream.transport import Consumer
from tests.unit.stream.building import ORDERS, TASKS, a_batch


def a_poll_of(records: int) -> Poll:
    """Half of them in another partition, of which a third are in a batch of their own."""
    half = records // 2
    third = half // 3
    return {
        ORDERS: Span(0, half, [a_batch(0, third), a_batch(third, half)], 0),
        TASKS: Span(0, records - half, [a_batch(0, records - half)], 0),
    }


class Fetching:
    """What stands behind Faust's loop: the polls there are, and what was done in which order."""

    def __init__(self, polls: list[Poll]) -> None:
        self._polls: Iterator[Poll] = iter(polls)
        self.should_stop = False
        self.done: list[object] = []

    async def _wait_next_records(self, _: float) -> tuple[Poll | None, None]:
        poll = next(self._polls, None)
        self.should_stop = poll is None
        return poll, None

    async def _hand_over(self, poll: Poll) -> None:
        self.done.append(poll)

    async def sleep(self, seconds: float) -> None:
        self.done.append(seconds)


@pytest.mark.parametrize(("records", "rest"), [(1, REST), (FEW - 1, REST), (FEW, 0), (5 * FEW, 0)])
def test_the_next_poll_is_not_taken_at_once_after_one_of_few_records_in_all_partitions_together(records: int, rest: float) -> None:
    assert rest_after(a_poll_of(records)) == rest


async def test_each_poll_is_handed_over_before_the_rest_that_follows_it(monkeypatch: pytest.MonkeyPatch) -> None:
    few, many = a_poll_of(2), a_poll_of(FEW)
    fetching = Fetching([few, many, few])
    monkeypatch.setattr(asyncio, "sleep", fetching.sleep)

    async with asyncio.timeout(30):
        await Consumer._drain_messages(fetching, SimpleNamespace(should_stop=False))  # type: ignore[arg-type]  # all that it asks of them

    assert fetching.done == [few, REST, many, 0, few, REST]
