"""How much a call asks of the store is known before it is made."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import redis

from processor.engine import TooMuch, commands
from processor.store.port import Applied, Conflict
from processor.store.redis import RedisStore
from processor.transaction import Tx
from processor.values import Slot
from schemas.events import Event, Tombstone
from tests.support.world import Worker, an


class Counting(RedisStore):
    """Knows of each call what its plan was taken for, and how many commands the server ran."""

    def __init__(self, url: str, server: redis.Redis) -> None:
        super().__init__(url)
        self._server = server
        self.told: list[tuple[int, int]] = []

    async def apply(self, slots: list[Slot], tx: Tx) -> Applied | Conflict:
        before = self._ran()
        outcome = await super().apply(slots, tx)
        self.told.append((commands(tx), self._ran() - before))
        return outcome

    def _ran(self) -> int:
        found: dict[str, dict[str, Any]] = self._server.info("commandstats")
        return sum(of["calls"] for name, of in found.items() if name not in ("cmdstat_evalsha", "cmdstat_info"))


def opportunity(n: int, version: int = 1, status: str = "open") -> Event | Tombstone:
    return an("opportunity", f"o-{n}", version=version, customer_id=f"k-{n}", owner_id=f"s-{n % 3}", step_id=f"step-{n % 2}", status=status)


def message(n: int, verb: str) -> Event | Tombstone:
    return an("message", f"m-{n}", verb=verb, recipient_id=f"k-{n}")


def groups() -> Iterator[list[Event | Tombstone]]:
    """Of one kind each, and then of all."""
    yield [an("campaign", "c-1", steps=[{"id": f"step-{n}", "name": "", "position": n} for n in range(2)])]
    yield [opportunity(n) for n in range(40)]
    yield [opportunity(n, 2, "lost") for n in range(40)]
    yield [an("order", f"r-{n}", opportunity_id=f"o-{n}", customer_id=f"k-{n}") for n in range(40)]
    yield [message(n, "targeted") for n in range(40)]
    yield [message(n, "clicked") for n in range(40)]
    yield [*(message(n, "clicked") for n in range(40, 60)), *(opportunity(n, 3, "won") for n in range(20)), an("task", "t-1")]


@pytest.fixture
async def store(kpi_store: Any, redis_url: str) -> Any:
    with redis.Redis.from_url(redis_url) as server:
        found = Counting(kpi_store.url_of("worker"), server)
        await found.check()
        yield found
        await found.close()


async def test_what_a_plan_is_taken_for_is_about_what_the_server_does(store: Counting) -> None:
    worker = await Worker.on(store)
    for group in groups():
        await worker.commit(*group)
        await worker.settle()

    of_some_size = [(taken_for, ran) for taken_for, ran in store.told if ran > 50]
    assert len(of_some_size) >= 6
    assert [(taken_for, ran) for taken_for, ran in of_some_size if not 0.7 < taken_for / ran < 1.3] == []


async def test_a_group_that_asks_for_more_than_it_may_changes_nothing(store: Counting) -> None:
    worker = await Worker.on(store)
    for group in groups():
        with pytest.raises(TooMuch):
            await worker.engine.commit([], group, at_most=1)

    assert store.told == []
