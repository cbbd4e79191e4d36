"""A store in which a course of events was counted."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from processor.explain import Explanation, Question, explain, printing
from processor.recount import Record
from processor.store.memory import MemoryStore
from schemas.cells import Basis
from tests.support.course import understood
from tests.support.world import Worker

Count = Callable[..., Awaitable[None]]
Explained = Callable[..., Awaitable[Explanation]]


@pytest.fixture(name="store")
def _store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture(name="count")
def _count(store: MemoryStore) -> Count:
    async def count(*records: Record) -> None:
        worker = await Worker.on(store)
        for record in records:
            await worker.commit(understood(record))
        await worker.settle()

    return count


@pytest.fixture(name="explained")
def _explained(store: MemoryStore) -> Explained:
    async def ask(
        measure: str,
        campaign: str = "c",
        *,
        basis: Basis = Basis.CREATED,
        first: str | None = None,
        last: str | None = None,
        entity: str | None = None,
        limit: int = 20,
        elsewhere: bool = True,
        **dimensions: str,
    ) -> Explanation:
        question = Question("default", campaign, measure, basis, first, last, dimensions)
        return await explain(store, question, limit=limit, entity=entity, elsewhere=elsewhere)

    return ask


def said(found: Explanation) -> str:
    return "\n".join(printing.lines(found))
