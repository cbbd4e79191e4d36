"""Builders for tests that speak in events: one line per thing that happened, with sensible values for the rest."""

from __future__ import annotations

import json
from typing import Any

from processor.engine import Engine, SetAside
from processor.store.memory import MemoryStore
from processor.store.port import Claim
from processor.values import Slot
from schemas.events import TOPICS, Event, Rejected, Tombstone, parse

NOON = "2026-03-02T12:00:00Z"
_TOPIC = {kind: topic for topic, kinds in TOPICS.items() for kind in kinds}
_DEFAULTS: dict[str, dict[str, Any]] = {
    "campaign": {
        "name": "Spring",
        "status": "active",
        "participant_ids": [],
        "steps": [],
        "promo_codes": [],
        "created_at": "2026-01-01T00:00:00Z",
    },
    "opportunity": {"campaign_id": "c-1", "customer_id": "cu-1", "created_at": NOON},
    "order": {"customer_id": "cu-1", "status": "paid", "gross_minor": 1000, "currency": "USD", "purchased_at": NOON},
    "interaction": {"customer_id": "cu-1", "kind": "call"},
    "task": {"campaign_id": "c-1", "status": "open", "created_at": NOON},
    "message": {"campaign_id": "c-1", "channel": "email"},
    "spend": {"campaign_id": "c-1", "amount_minor": 500, "currency": "USD", "spent_at": NOON},
    "tenant": {},
    "staff": {"name": "An"},
    "target": {"measure": "won", "from": "2026-03-01", "to": "2026-03-31", "value": 10},
    "rate": {"base": "EUR", "quote": "USD", "day": "2026-03-02", "rate": "1.1"},
}


def envelope(kind: str, subject: str, /, *, at: str = NOON, verb: str = "updated", tenant: str = "default", **data: Any) -> dict[str, Any]:
    """The CloudEvent as a producer sends it; `data` goes over the defaults of its kind."""
    body = {**_DEFAULTS[kind], **data}
    if kind != "message":
        body.setdefault("version", 1)
    return {
        "specversion": "1.0", "id": f"{kind}-{subject}-{verb}-{at}", "source": "/test", "type": f"{kind}.{verb}", "subject": subject, "time": at,
        "tenantid": tenant, "data": body,
    }  # fmt: skip


def an(kind: str, subject: str, /, **data: Any) -> Event | Tombstone:
    """The same, through the product's own parser."""
    found = parse(json.dumps(envelope(kind, subject, **data)).encode(), None, [], TOPICS[_TOPIC[kind]], 4_102_444_800_000)
    assert not isinstance(found, Rejected), found
    return found


class Worker:
    """An engine that has claimed one partition and commits to it, one group at a time."""

    def __init__(self, engine: Engine, partition: str, claim: Claim) -> None:
        self.engine, self.partition = engine, partition
        self._epoch, self._next, _ = claim
        self._as_of = 0

    @classmethod
    async def on(cls, store: Any, partition: str = "orders-0") -> Worker:
        return cls(Engine(store), partition, await store.claim(partition, partition, 1))

    async def commit(self, *events: Event | Tombstone, set_aside: SetAside | None = None) -> None:
        slot = Slot(self.partition, self._epoch, self.partition, self._next, self._next + len(events), self._as_of)
        await self.engine.commit([slot], events, set_aside)
        self._next += len(events)

    async def read_up_to(self, as_of: int) -> None:
        """All that Kafka had taken by then is counted (ms), and the timer has looked."""
        self._as_of = as_of
        await self.commit()
        await self.engine.advance()

    async def settle(self) -> None:
        while await self.engine.settle():
            pass


async def settled(*events: Event | Tombstone) -> MemoryStore:
    """A store after these, each in a group of its own, with all that rests on it decided before the next."""
    store = MemoryStore()
    worker = await Worker.on(store)
    for event in events:
        await worker.commit(event)
        await worker.settle()
    return store


def in_cells(cells: dict[tuple[str, str, str, str, str], int], view: str, *parts: str) -> dict[str, int]:
    """Campaign -> sum over days of the cells of a view whose field begins with these parts."""
    out: dict[str, int] = {}
    for (_, campaign, found, _, field), amount in cells.items():
        if found == view and field.split("\x1f")[: len(parts)] == list(parts):
            out[campaign] = out.get(campaign, 0) + amount
    return out
