"""Which cells does an event of each kind write, and what does each view cost the store? No Kafka: groups of events go straight into the engine.

What a view costs is found by leaving its cells out of every call: the store's CPU with all of them, less its CPU without these.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any, Final, NamedTuple

from processor.store.port import Applied, Conflict
from processor.store.redis import RedisStore
from processor.transaction import Tx
from processor.values import Slot
from schemas.keys import View
from tests.benchmarks.direct import GROUP, Direct
from tests.benchmarks.kinds import one_after_another
from tests.benchmarks.measuring import reference_loop
from tests.benchmarks.mixed_events import BEGIN, KINDS, Mixed, Record
from tests.benchmarks.report import Report, table
from tests.benchmarks.servers import Servers

NAMES: Final = {letter: name.lower().replace("_", " ") for name, letter in vars(View).items() if not name.startswith("_")}
ROUNDS: Final = 3
"""With all views: what differs between them is noise, below which no view's cost can be told."""
_TENANT: Final = "acme"


class Cost(NamedTuple):
    events: int
    engine: float
    store: float
    """CPU, µs per event."""
    written: dict[str, float]
    """View -> cells that the store is told to change, per event. Of several changes of one cell in a call only their sum is."""


class _Counting(RedisStore):
    """Counts the cells that are written; leaves those of one view out."""

    def __init__(self, url: str, without: str | None) -> None:
        super().__init__(url)
        self.written: Counter[str] = Counter()
        self._without = without

    async def apply(self, slots: list[Slot], tx: Tx) -> Applied | Conflict:
        for place in [place for place in tx.cells if place[2] == self._without]:
            del tx.cells[place]
        self.written.update([view for _, _, view, _, _ in tx.counted()])
        return await super().apply(slots, tx)


def run(servers: Servers, report: Report, *, things: int) -> None:
    rows = []
    for kind, stream in _STREAMS.items():
        loop = reference_loop()
        whole = [_cost(servers, stream, things, None) for _ in range(ROUNDS)]
        store = min(cost.store for cost in whole)
        noise = max(cost.store for cost in whole) - store
        cost = whole[0]
        rows.append(
            (
                f"**{kind}**",
                f"{sum(cost.written.values()):.2f}",
                f"{store:.2f} ± {noise:.2f}",
                f"{min(cost.engine for cost in whole):.2f}",
                f"{loop.cpu:.0f}",
            )
        )
        for view, written in sorted(cost.written.items(), key=lambda item: -item[1]):
            without = min(_cost(servers, stream, things, view).store for _ in range(2))
            rows.append((f"{kind}: `{view}` {NAMES[view]}", f"{written:.2f}", f"{store - without:.2f}", "", ""))
    report.add(
        "Cells written per event",
        f"{GROUP:,} events a call, one tenant with {len(Mixed().campaigns)} campaigns, about two or three events per thing. CPU in µs per event; of a view: by how much the store's CPU falls "
        "when its cells are left out. Engine: parsing is not in it.",
        table(("kind: view", "cells per event", "store", "engine", "reference loop ms"), rows),
    )


def _cost(servers: Servers, stream: Callable[[Mixed, int], Iterator[Record]], things: int, without: str | None) -> Cost:
    return asyncio.run(_counted(servers, stream, things, without))


async def _counted(servers: Servers, stream: Callable[[Mixed, int], Iterator[Record]], things: int, without: str | None) -> Cost:
    servers.empty()
    mixed = Mixed(2, tenants=(_TENANT,), opportunities=things, orders=things, tasks=things)
    store = _Counting(servers.redis, without)
    async with Direct(servers, store) as direct:
        await direct.count(mixed.campaign_events())
        if stream is _interactions:
            await direct.count(one_after_another(mixed, "opportunity", things))
        records = list(stream(mixed, things))
        direct.reset()
        store.written.clear()
        used = servers.store_cpu_exactly()
        await direct.count(records)
        used = servers.store_cpu_exactly() - used
    events = direct.events
    return Cost(events, direct.committing / events * 1e6, used / events * 1e6, {view: n / events for view, n in store.written.items()})


def _of_kind(kind: str) -> Callable[[Mixed, int], Iterator[Record]]:
    return lambda mixed, things: one_after_another(mixed, kind, things)


def _interactions(mixed: Mixed, things: int) -> Iterator[Record]:
    """Each with the customer of an opportunity."""

    def data(_: str, number: int) -> dict[str, Any]:
        return {"opportunity_id": f"opportunity-{number:07d}", "customer_id": f"customer-{number // 2:08d}", "kind": "meeting"}

    return _images(mixed, things, "interaction", data)


def _spendings(mixed: Mixed, things: int) -> Iterator[Record]:
    return _images(
        mixed,
        things,
        "spend",
        lambda campaign, n: {
            "campaign_id": campaign,
            "amount_minor": 500,
            "currency": "USD",
            "spent_at": (BEGIN + timedelta(days=n % 90)).isoformat(),
        },
    )


def _images(mixed: Mixed, things: int, kind: str, data: Callable[[str, int], dict[str, Any]]) -> Iterator[Record]:
    """Each twice, a while after everything else."""
    at = (BEGIN + timedelta(days=30)).isoformat()
    for version in (1, 2):
        for number in range(things):
            campaign = mixed.campaigns[number % len(mixed.campaigns)]
            yield mixed.record(kind, "updated", _TENANT, f"{kind}-{number}", at, {"version": version, **data(campaign, number)})


_STREAMS: Final = {**{kind: _of_kind(kind) for kind in KINDS}, "interaction": _interactions, "spend": _spendings}
