"""The tour, as a program: what happens to one order from its bytes to its cells, and what a refund and a move do to them."""

from __future__ import annotations

import json

from processor.store.memory import MemoryStore
from schemas.events import Event, Rejected, parse
from tests.support.world import Worker, an, envelope, in_cells

A_REFUND = {"id": "rf-1", "amount_minor": 400, "refunded_at": "2026-03-09T08:00:00Z"}


async def test_one_order_from_bytes_to_cells_and_onwards() -> None:
    # 1. Bytes from Kafka become an event; what is wrong becomes a reason, never an exception.
    record = json.dumps(envelope("order", "r-1", version=1, opportunity_id="o-1", gross_minor=1000)).encode()
    event = parse(record, None, [], ("order",), 4_102_444_800_000)
    assert isinstance(event, Event)
    assert isinstance(parse(record[:-1], None, [], ("order",), 4_102_444_800_000), Rejected)

    # 2. Its opportunity was never heard of: the order waits, and says so.
    store = MemoryStore()
    worker = await Worker.on(store)
    await worker.commit(event)
    assert in_cells(store_cells(store), "l", "pending") == {"": 1}
    assert in_cells(store_cells(store), "r", "n") == {}

    # 3. The opportunity arrives and marks who rests on it; settling decides the order again: rule 1 of D8.
    await worker.commit(an("opportunity", "o-1", version=1, campaign_id="c-1", owner_id="an"))
    await worker.settle()
    assert in_cells(store_cells(store), "l", "pending") == {}
    assert in_cells(store_cells(store), "r", "n", "1") == {"c-1": 1}
    assert in_cells(store_cells(store), "q", "gross", "an") == {"c-1": 1000}

    # 4. A refund is only a newer version: what the order counted is taken back, what it counts now is added.
    await worker.commit(an("order", "r-1", version=2, opportunity_id="o-1", gross_minor=1000, refunds=[A_REFUND]))
    assert in_cells(store_cells(store), "r", "gross") == {"c-1": 1000}
    assert in_cells(store_cells(store), "r", "refunds") == {"c-1": 400}

    # 5. The opportunity moves, and the money with it.
    await worker.commit(an("opportunity", "o-1", version=2, campaign_id="c-2", owner_id="binh"))
    await worker.settle()
    assert in_cells(store_cells(store), "r", "gross") == {"c-2": 1000}
    assert in_cells(store_cells(store), "q", "gross", "binh") == {"c-2": 1000}

    # 6. An older version that comes late changes nothing.
    before = dict(store.cells)
    await worker.commit(an("order", "r-1", version=1, opportunity_id="o-1", gross_minor=9999))
    assert store.cells == before


def store_cells(store: MemoryStore) -> dict[tuple[str, str, str, str, str], int]:
    return {(tenant, campaign, view, str(day), field): amount for (tenant, campaign, view, day, field), amount in store.cells.items()}
