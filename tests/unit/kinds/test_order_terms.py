"""A tenant says which orders count and what their money includes; what it changes is decided again, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from processor.engine import Engine
from processor.store.memory import MemoryStore
from schemas import keys
from schemas.rows import OrderRow, order_row
from tests.support.world import Worker, an, in_cells


class Shop:
    """One worker, and what its orders are in the cells."""

    def __init__(self, store: MemoryStore, worker: Worker) -> None:
        self.store, self._worker = store, worker

    async def hears(self, *events: Any) -> None:
        await self._worker.commit(*events)
        await self._worker.settle()

    def count(self, *field: str, view: str = "r") -> dict[str, int]:
        return in_cells({(t, c, v, keys.iso(d), f): n for (t, c, v, d, f), n in self.store.cells.items()}, view, *field)

    def row(self, identity: str) -> OrderRow:
        entity = keys.digest(identity)
        return order_row(self.store.values[keys.state("order", "default", entity), entity])


@pytest.fixture
async def shop() -> Shop:
    store = MemoryStore()
    return Shop(store, await Worker.on(store))


async def test_a_changed_list_of_counted_statuses_reaches_the_orders_that_are_there(shop: Shop) -> None:
    await shop.hears(an("order", "r-1", status="pending", campaign_id="c-1"), an("order", "r-2", status="paid", campaign_id="c-2"))
    assert (shop.count("n"), shop.count("rest")) == ({"c-2": 1}, {"c-1": 1})

    await shop.hears(an("tenant", "default", counted_order_statuses=["pending"]))

    assert (shop.count("n"), shop.count("rest")) == ({"c-1": 1}, {"c-2": 1})
    assert shop.count("gross") == {"c-1": 1000}
    assert shop.count("n", view="l") == {"": 1}


async def test_an_order_that_counts_nowhere_else_obeys_the_list_too(shop: Shop) -> None:
    await shop.hears(an("order", "r-1"))

    await shop.hears(an("tenant", "default", counted_order_statuses=[]))

    assert shop.store.cells == {}


async def test_an_order_that_comes_later_counts_by_the_list_as_it_is(shop: Shop) -> None:
    await shop.hears(an("tenant", "default", counted_order_statuses=["my own word"]))

    await shop.hears(an("order", "r-1", status="my own word", campaign_id="c-1"), an("order", "r-2", status="paid", campaign_id="c-2"))

    assert shop.count("n") == {"c-1": 1}


async def test_a_list_that_is_no_longer_said_is_the_contracts_again(shop: Shop) -> None:
    await shop.hears(an("order", "r-1", campaign_id="c-1"), an("tenant", "default", counted_order_statuses=["pending"]))

    await shop.hears(an("tenant", "default", version=2))

    assert shop.count("n") == {"c-1": 1}


@pytest.mark.parametrize(("includes", "gross"), [([], 1000), (["tax"], 1080), (["shipping"], 1005), (["shipping", "tax"], 1085)])
async def test_gross_has_what_the_tenant_includes_of_tax_and_shipping(shop: Shop, includes: list[str], gross: int) -> None:
    await shop.hears(an("order", "r-1", campaign_id="c-1", tax_minor=80, shipping_minor=5), an("order", "r-2", campaign_id="c-2"))

    await shop.hears(an("tenant", "default", revenue_includes=includes))

    assert shop.count("gross") == {"c-1": gross, "c-2": 1000}
    assert shop.count("gross", view="q") == {"c-1": gross, "c-2": 1000}
    assert shop.row("r-1").gross_minor == gross


async def test_what_is_included_and_taken_out_again_leaves_gross_as_the_producer_said(shop: Shop) -> None:
    await shop.hears(an("order", "r-1", campaign_id="c-1", tax_minor=80), an("tenant", "default", revenue_includes=["tax"]))

    await shop.hears(an("tenant", "default", version=2))

    assert shop.count("gross") == {"c-1": 1000}


async def test_whether_an_order_is_fully_refunded_is_asked_of_the_gross_that_counts(shop: Shop) -> None:
    refund = {"id": "f", "amount_minor": 1000, "refunded_at": "2026-03-05T00:00:00Z"}
    await shop.hears(an("order", "r-1", campaign_id="c-1", tax_minor=80, refunds=[refund]))
    assert (shop.count("rest"), shop.row("r-1").counted) == ({"c-1": 1}, False)

    await shop.hears(an("tenant", "default", revenue_includes=["tax"]))

    assert (shop.count("n"), shop.row("r-1").counted) == ({"c-1": 1}, True)


async def test_the_value_of_a_cancelled_order_is_its_gross_with_all_that_is_included(shop: Shop) -> None:
    await shop.hears(an("tenant", "default", revenue_includes=["tax", "shipping"]))

    await shop.hears(an("order", "r-1", campaign_id="c-1", status="cancelled", tax_minor=80, shipping_minor=5))

    assert shop.count("cancelled_value") == {"c-1": 1085}


async def test_the_same_version_said_again_changes_nothing_though_gross_includes_tax(shop: Shop) -> None:
    said = an("order", "r-1", campaign_id="c-1", tax_minor=80)
    await shop.hears(an("tenant", "default", revenue_includes=["tax"]), said)

    await shop.hears(said)

    assert shop.count("gross") == {"c-1": 1080}


async def test_another_setting_decides_no_order_again() -> None:
    store = MemoryStore()
    worker = await Worker.on(store)
    await worker.commit(an("order", "r-1"), an("tenant", "default", counted_order_statuses=["paid", "pending"]))
    await worker.settle()

    await worker.commit(an("tenant", "default", version=2, week_start="sunday", counted_order_statuses=["pending", "paid", "paid"]))

    assert not store.dirty


async def test_until_all_orders_are_decided_again_something_is_dirty() -> None:
    store = MemoryStore()
    worker = await Worker.on(store)
    await worker.commit(*(an("order", f"r-{n}", campaign_id=f"c-{n % 3}") for n in range(120)))

    await worker.commit(an("tenant", "default", counted_order_statuses=[]))
    steps = 0
    while await worker.engine.settle():
        assert store.dirty
        steps += 1

    assert steps >= 3
    assert {field.split("\x1f")[0] for *_, view, _, field in store.cells if view != "j"} == {"rest"}


async def test_what_one_tenant_counts_is_nothing_to_another() -> None:
    store = MemoryStore()
    engine = Worker(Engine(store), "orders-0", await store.claim("orders-0", "orders-0", 1))

    await engine.commit(
        an("tenant", "acme", tenant="acme", counted_order_statuses=[]),
        an("order", "r-1", campaign_id="c-1"),
        an("order", "r-1", tenant="acme", campaign_id="c-1"),
    )

    assert {tenant for tenant, campaign, _, _, field in store.cells if campaign and field.startswith("n")} == {"default"}


async def test_of_two_settings_that_claim_one_version_and_time_the_greater_content_holds_and_an_empty_list_is_content(shop: Shop) -> None:
    """The recount reads the same of the same: `"counted…":[]` comes before `"currency"…`."""
    none, usual = an("tenant", "default", counted_order_statuses=[], currency="USD"), an("tenant", "default", currency="EUR")

    for said in (none, usual, none):
        await shop.hears(said)
    await shop.hears(an("order", "r-1", campaign_id="c-1"))

    assert shop.count("n") == {"c-1": 1}
