"""A tenant's zone and currency are those of every campaign without its own, known or not."""

from __future__ import annotations

from processor.store.memory import MemoryStore
from schemas import keys
from schemas.rows import CampaignRow, TenantRow, campaign_row, tenant_row
from tests.support.world import Worker, an, in_cells

EVENING = "2026-03-01T20:00:00Z"
"""The next morning in Vietnam."""


def row(store: MemoryStore, campaign: str) -> CampaignRow:
    return campaign_row(store.values[keys.campaigns("default"), campaign.encode()])


def days(store: MemoryStore, view: str) -> set[str]:
    return {keys.iso(day) for _, _, found, day, _ in store.cells if found == view}


async def test_what_counts_for_a_campaign_without_a_zone_moves_with_the_tenants() -> None:
    store = MemoryStore()
    worker = await Worker.on(store)
    await worker.commit(
        an("campaign", "c-1"),
        an("task", "t-1", created_at=EVENING),
        an("message", "m-1", campaign_id="c-never-seen", verb="sent", at=EVENING),
        an("order", "r-of-nobody", purchased_at=EVENING),
    )
    assert days(store, "t") | days(store, "m") | days(store, "l") == {"2026-03-01"}

    await worker.commit(an("tenant", "default", timezone="Asia/Ho_Chi_Minh"))
    await worker.settle()

    assert days(store, "t") | days(store, "m") | days(store, "l") == {"2026-03-02"}
    assert row(store, "c-1").zone == "Asia/Ho_Chi_Minh"


async def test_a_campaign_with_its_own_zone_and_currency_keeps_them() -> None:
    store = MemoryStore()
    worker = await Worker.on(store)
    await worker.commit(an("campaign", "c-1", timezone="America/New_York", currency="USD"), an("task", "t-1", created_at=EVENING))

    await worker.commit(an("tenant", "default", timezone="Asia/Ho_Chi_Minh", currency="VND"))
    await worker.settle()

    assert days(store, "t") == {"2026-03-01"}
    assert (row(store, "c-1").zone, row(store, "c-1").currency) == ("America/New_York", "USD")


async def test_a_campaign_without_a_currency_has_the_tenants() -> None:
    store = MemoryStore()
    worker = await Worker.on(store)
    await worker.commit(an("campaign", "c-1", timezone="UTC"))

    await worker.commit(an("tenant", "default", currency="VND"))
    await worker.settle()

    assert row(store, "c-1").currency == "VND"


async def test_what_a_tenant_says_of_another_counts_for_nobody() -> None:
    store = MemoryStore()
    worker = await Worker.on(store)
    await worker.commit(an("campaign", "c-1"), an("task", "t-1", created_at=EVENING))

    await worker.commit(an("tenant", "default", tenant="acme", timezone="Asia/Ho_Chi_Minh"))
    await worker.settle()

    assert in_cells({(t, c, v, keys.iso(d), f): n for (t, c, v, d, f), n in store.cells.items()}, "t", "n") == {"c-1": 1}
    assert days(store, "t") == {"2026-03-01"}


async def test_what_readers_need_of_the_settings_is_in_the_row_with_its_defaults() -> None:
    store = MemoryStore()
    worker = await Worker.on(store)
    await worker.commit(an("campaign", "c-1"), an("tenant", "default", week_start="sunday", guide_url="https://guide"))

    settings, _ = tenant_row(store.values[keys.settings("default"), b"settings"])

    assert settings == TenantRow(week_start="sunday", guide_url="https://guide")
    assert settings == TenantRow("UTC", None, "sunday", 1, "orders", "own_and_totals", "https://guide", None)


async def test_a_setting_that_only_readers_use_decides_nothing_again() -> None:
    store = MemoryStore()
    worker = await Worker.on(store)
    await worker.commit(an("campaign", "c-1"), an("task", "t-1", created_at=EVENING))

    await worker.commit(an("tenant", "default", week_start="saturday", fiscal_year_start_month=4))

    assert not store.dirty
