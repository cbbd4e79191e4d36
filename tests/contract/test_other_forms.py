"""A store holds numbers of one stored form. Whoever has another one is refused, whatever happened to the store since it was written."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from processor.store.port import Refused
from processor.store.redis import RedisStore
from schemas import keys
from tests.support.servers import Store as Server


@pytest.fixture(name="newer")
def _newer(kpi_store: Server, monkeypatch: pytest.MonkeyPatch) -> Callable[[], RedisStore]:
    """The store as the next version of the program sees it."""

    def made() -> RedisStore:
        with monkeypatch.context() as changed:
            changed.setattr(keys, "VERSION", keys.VERSION + 1)
            return RedisStore(kpi_store.url_of("worker"))

    return made


async def test_a_store_that_was_emptied_under_a_running_worker_is_known_again_by_what_it_wrote(
    kpi_store: Server, newer: Callable[[], RedisStore]
) -> None:
    running, next_one = RedisStore(kpi_store.url_of("worker")), newer()
    await running.check()
    kpi_store.empty()
    await running.claim("orders-0", "w", 1)

    with pytest.raises(Refused, match=f"version {keys.VERSION}, this program has {keys.VERSION + 1}"):
        await next_one.check()

    await running.close()
    await next_one.close()


async def test_what_another_form_has_filled_since_is_not_claimed(kpi_store: Server, newer: Callable[[], RedisStore]) -> None:
    running, next_one = RedisStore(kpi_store.url_of("worker")), newer()
    await running.check()
    kpi_store.empty()
    await next_one.check()
    await next_one.claim("orders-0", "w", 1)

    with pytest.raises(Refused, match=f"version {keys.VERSION + 1}, this program has {keys.VERSION}"):
        await running.claim("orders-0", "w", 2)

    await running.close()
    await next_one.close()
