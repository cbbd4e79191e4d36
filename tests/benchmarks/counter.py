"""The stream layer with the smallest job: the product's transport, claims, upkeep and store around an agent that counts ads.

Counts and positions of a poll go into the store in one guarded call. Everything but the counting is what the product runs.
"""

from __future__ import annotations

import asyncio
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from processor import wiring
from processor.health import Health
from processor.metrics import Metrics
from processor.settings import Settings
from processor.store.port import Applied, Lost, Store
from processor.store.redis import RedisStore
from processor.stream import app
from processor.stream.agent import Agent, SetAside
from processor.stream.polls import Group
from processor.stream.store_time import StoreTime
from processor.transaction import Tx
from processor.values import Slot
from schemas import keys
from schemas.brokers import Connection

TENANT: Final = "ads"
VIEW: Final = "w"


class Ad(msgspec.Struct, gc=False):
    event_type: str
    event_time: int
    campaign_id: str


_decode = msgspec.json.Decoder(Ad).decode


class Adding:
    """Takes the place of the engine: adds counts to cells and moves positions, exactly once."""

    dirty = sweeping = False

    def __init__(self, store: Store) -> None:
        self._store = store

    async def commit(
        self,
        slots: list[Slot],
        counts: Mapping[tuple[int, str], int] | Sequence[Any],
        set_aside: SetAside | None = None,
        *,
        at_most: int | None = None,
    ) -> None:
        tx = Tx({})
        if isinstance(counts, Mapping):
            for (window, campaign), count in counts.items():
                tx.cells[TENANT, campaign, VIEW, window // 8640][str(window * 10_000)] = count
        outcome = await self._store.apply(slots, tx)
        assert isinstance(outcome, Applied)  # nothing was read that could have changed

    async def settle(self) -> bool:
        return False

    async def advance(self) -> None:
        """Nothing waits for the time."""

    async def expire(self) -> bool:
        return False

    async def remove(self) -> bool:
        return False


class AdAgent(Agent):
    """Counts one record batch at a time, so that hardly any object lives longer than its batch."""

    async def _count(self, group: Group, *, park: bool = True) -> None:
        while group := await self._joining(group):
            counts: Counter[tuple[int, str]] = Counter()
            for piece in group:
                if piece.batch is not None:
                    values = piece.batch.values[piece.low : piece.high]
                    counts.update([(ad.event_time // 10_000, ad.campaign_id) for ad in map(_decode, values) if ad.event_type == "view"])  # type: ignore[arg-type]
            slots = self._slots(group)
            try:
                await self._patience(lambda: self._engine.commit(slots, counts))  # type: ignore[arg-type] # noqa: B023 - awaited before the next turn
            except Lost as lost:
                self._claims.drop(slots, lost)
            else:
                self._claims.moved(slots)
                return


def cells_key(campaign: str, day: str) -> str:
    """Where the store has the windows of a campaign on an ISO day: hash, begin of the window in ms -> views."""
    return keys.prefix("g1", 0) + keys.cells(TENANT, campaign, VIEW, day)


async def work(kafka: str, url: str, topic: str, group: str) -> None:
    setattr(app, "Agent", AdAgent)  # noqa: B010 - everything else that `app.run` puts together stays the product's
    metrics = Metrics()
    store = RedisStore(url)
    await store.check()
    await app.run(
        store,
        Adding(store),
        Connection(kafka),
        Health(metrics),
        metrics,
        asyncio.Event(),
        StoreTime(),
        kinds={topic: ()},
        first=(),
        group=group,
        instance="ads-1",
        version="bench",
        replication=1,
        fetch_max_wait_ms=Settings.model_fields["fetch_max_wait_ms"].default,
        group_records=1_000_000,
    )


if __name__ == "__main__":
    wiring.log_to_stderr("INFO")
    asyncio.run(work(*sys.argv[1:5]))
