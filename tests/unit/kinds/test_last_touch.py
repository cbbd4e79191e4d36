"""D8 rule 4: an order that names nothing goes to the latest touch of its customer that attributes it. Sentence by sentence."""

from __future__ import annotations

from typing import Any

import pytest

from processor.engine import AT_MOST, commands
from processor.store.memory import MemoryStore
from processor.store.port import Applied, Conflict
from processor.transaction import Tx
from processor.values import Slot
from schemas import keys
from schemas.events import Event, Tombstone
from schemas.rows import MODEL_VERSION, OrderRow, TouchRow, order_row
from tests.support.world import Worker, an, settled

BOUGHT = "2026-03-10T12:00:00Z"
DAYS_5 = {"mode": "days", "days": 5}


def rule(campaign: str = "c-1", *, version: int = 1, **data: Any) -> Event | Tombstone:
    return an("campaign", campaign, version=version, **{"attribution": DAYS_5, **data})


def touch(message: str, at: str, *, verb: str = "clicked", **data: Any) -> Event | Tombstone:
    return an("message", message, verb=verb, at=at, **{"recipient_id": "cu-1", **data})


def bought(at: str = BOUGHT, *, order: str = "r-1", version: int = 1, **data: Any) -> Event | Tombstone:
    return an("order", order, version=version, purchased_at=at, **data)


def row(store: MemoryStore, order: str = "r-1") -> OrderRow:
    entity = keys.digest(order)
    return order_row(store.values[keys.state("order", "default", entity), entity])


def goes_to(store: MemoryStore, order: str = "r-1") -> str | None:
    """The message whose touch it went to."""
    found = row(store, order).touch
    return found and found.subject


def counted(store: MemoryStore) -> dict[tuple[str, str], int]:
    """(campaign, rule) -> orders."""
    out = {(c, f.split("\x1f")[1]): n for (_, c, view, _, f), n in store.cells.items() if view == "r" and f.startswith("n\x1f")}
    nobodys = sum(n for (_, _, view, _, f), n in store.cells.items() if view == "l" and f == "n\x1f")
    return out | ({("", "5"): nobodys} if nobodys else {})


async def test_an_order_goes_to_the_campaign_of_the_latest_touch_and_keeps_which_it_was() -> None:
    store = await settled(
        rule(), rule("c-2"), touch("m-1", "2026-03-08T00:00:00Z"), touch("m-2", "2026-03-09T00:00:00Z", campaign_id="c-2"), bought()
    )

    assert counted(store) == {("c-2", "4"): 1}
    assert row(store).touch == TouchRow("m-2", "clicked", "email", 1_773_014_400_000, MODEL_VERSION)


@pytest.mark.parametrize(
    ("touched", "found"),
    [
        ("2026-03-05T12:00:00.000Z", "m"),
        ("2026-03-05T11:59:59.999Z", None),
        ("2026-03-10T12:00:00.000Z", "m"),
        ("2026-03-10T12:00:00.001Z", None),
    ],
)
async def test_a_window_begins_at_the_touch_ends_to_the_millisecond_and_includes_both(touched: str, found: str | None) -> None:
    assert goes_to(await settled(rule(), touch("m", touched), bought())) == found


HALF_A_DAY, ONE_DAY, FIVE_DAYS = "2026-03-11T00:00:00", "2026-03-11T12:00:00", "2026-03-15T12:00:00"
"""After `BOUGHT`."""


@pytest.mark.parametrize(
    ("channel", "verb", "end"),
    [
        ("email", "clicked", FIVE_DAYS),
        ("email", "opened", FIVE_DAYS),
        ("push", "clicked", FIVE_DAYS),
        ("push", "opened", ONE_DAY),
        ("sms", "clicked", FIVE_DAYS),
        ("sms", "delivered", HALF_A_DAY),
        ("whatsapp", "clicked", FIVE_DAYS),
        ("whatsapp", "opened", FIVE_DAYS),
        ("whatsapp", "delivered", ONE_DAY),
    ],
)
async def test_without_days_each_kind_of_touch_has_the_window_of_the_contract(channel: str, verb: str, end: str) -> None:
    seen = [rule(attribution={"mode": "days"}), touch("m", BOUGHT, verb=verb, channel=channel)]

    assert goes_to(await settled(*seen, bought(f"{end}.000Z"))) == "m"
    assert goes_to(await settled(*seen, bought(f"{end}.001Z"))) is None


async def test_the_tenants_window_stands_for_the_contracts_where_the_campaign_names_no_days() -> None:
    tenant = an("tenant", "default", attribution_windows={"email.clicked": 60, "sms.clicked": 1})
    seen = [tenant, rule(attribution={"mode": "days"}), touch("m", BOUGHT)]

    assert goes_to(await settled(*seen, bought("2026-03-10T12:01:00.000Z"))) == "m"
    assert goes_to(await settled(*seen, bought("2026-03-10T12:01:00.001Z"))) is None


@pytest.mark.parametrize(
    ("channel", "verb", "other"),
    [
        ("email", "opened", {"machine_open": True}),
        ("sms", "opened", {}),
        ("email", "delivered", {}),
        ("push", "delivered", {}),
        ("email", "sent", {}),
        ("email", "replied", {}),
        ("email", "clicked", {"recipient_id": None}),
        ("email", "clicked", {"recipient_id": "cu-2"}),
    ],
)
async def test_what_is_no_touch_of_the_customer_attributes_nothing(channel: str, verb: str, other: dict[str, Any]) -> None:
    store = await settled(rule(), touch("m", "2026-03-10T11:59:00Z", verb=verb, channel=channel, **other), bought())

    assert counted(store) == {("", "5"): 1}


async def test_a_second_open_of_one_message_is_a_later_touch() -> None:
    store = await settled(
        rule(), touch("m-1", "2026-03-01T00:00:00Z", verb="opened"), touch("m-1", "2026-03-09T00:00:00Z", verb="opened"), bought()
    )

    assert goes_to(store) == "m-1"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"campaign_id": "c-2"}, {"campaign_id": "c-1"}),
        ({"message": "m-2"}, {"message": "m-1"}),
        ({"verb": "opened"}, {"verb": "clicked"}),
        ({"channel": "whatsapp"}, {"channel": "sms"}),
    ],
)
async def test_of_two_touches_at_one_instant_the_larger_campaign_then_message_then_verb_then_channel_holds(
    one: dict[str, Any], other: dict[str, Any]
) -> None:
    at = "2026-03-09T00:00:00Z"
    for pair in ((one, other), (other, one)):
        touches = [touch(said.get("message", "m"), at, **{k: v for k, v in said.items() if k != "message"}) for said in pair]
        store = await settled(rule(), rule("c-2"), *touches, bought())
        found = row(store).touch
        assert found is not None
        assert counted(store) == {(one.get("campaign_id", "c-1"), "4"): 1}
        assert (found.subject, found.verb, found.channel) == (
            one.get("message", "m"), one.get("verb", "clicked"), one.get("channel", "email"),
        )  # fmt: skip


@pytest.mark.parametrize(
    ("at", "found"),
    [("2026-03-09T17:00:00Z", "m"), ("2026-03-09T16:59:59.999Z", None), ("2026-03-11T16:59:59.999Z", "m"), ("2026-03-11T17:00:00Z", None)],
)
async def test_a_range_of_dates_holds_what_was_bought_on_its_days_in_the_campaigns_zone(at: str, found: str | None) -> None:
    stated = {"mode": "date_range", "from": "2026-03-10", "to": "2026-03-11"}

    store = await settled(rule(attribution=stated, timezone="Asia/Ho_Chi_Minh"), touch("m", "2026-03-01T00:00:00Z"), bought(at))

    assert goes_to(store) == found


@pytest.mark.parametrize(("first", "touched"), [("2026-03-10", "2025-12-08T00:00:00Z"), (None, "2025-12-11T00:00:00Z")])
async def test_a_range_looks_back_92_days_before_its_first_day_or_before_the_day_of_purchase(first: str | None, touched: str) -> None:
    """The purchase lies three days behind `from`."""
    stated = {"mode": "date_range", "from": first}
    before = "2025-12-07T23:59:59.999Z" if first else "2025-12-10T23:59:59.999Z"

    assert goes_to(await settled(rule(attribution=stated), touch("m", touched), bought("2026-03-13T00:00:00Z"))) == "m"
    assert goes_to(await settled(rule(attribution=stated), touch("m", before), bought("2026-03-13T00:00:00Z"))) is None


async def test_a_range_of_a_campaign_without_a_zone_moves_with_the_tenants() -> None:
    stated = {"mode": "date_range", "from": "2026-03-11"}
    seen = [rule(attribution=stated), touch("m", "2026-03-10T00:00:00Z"), bought("2026-03-10T20:00:00Z")]
    assert goes_to(await settled(*seen)) is None

    assert goes_to(await settled(*seen, an("tenant", "default", timezone="Asia/Ho_Chi_Minh"))) == "m"


async def test_a_range_that_ends_before_it_begins_holds_nothing() -> None:
    stated = {"mode": "date_range", "from": "2026-03-11", "to": "2026-03-09"}

    assert goes_to(await settled(rule(attribution=stated), touch("m", "2026-03-09T00:00:00Z"), bought())) is None


@pytest.mark.parametrize("stated", [None, {"mode": "none"}, {"mode": "none", "days": 5}], ids=str)
async def test_a_campaign_that_attributes_nothing_is_passed_over_for_an_earlier_touch(stated: dict[str, Any] | None) -> None:
    silent = an("campaign", "c-2", attribution=stated)
    seen = [touch("m-1", "2026-03-08T00:00:00Z"), touch("m-2", "2026-03-09T00:00:00Z", campaign_id="c-2")]

    assert goes_to(await settled(rule(), silent, *seen, bought())) == "m-1"


async def test_an_order_follows_a_changed_rule_both_ways() -> None:
    seen = [rule(), touch("m", "2026-03-08T00:00:00Z"), bought()]
    assert counted(await settled(*seen, rule(version=2, attribution={"mode": "days", "days": 1}))) == {("", "5"): 1}

    wider = rule(version=3, attribution={"mode": "days", "days": 2, "from": None}), rule(version=4, attribution={"mode": "days", "days": 3})
    assert counted(await settled(*seen, rule(version=2, attribution={"mode": "days", "days": 1}), *wider)) == {("c-1", "4"): 1}


async def test_an_order_follows_a_changed_window_of_the_tenant() -> None:
    seen = [rule(attribution={"mode": "days"}), touch("m", "2026-03-08T00:00:00Z"), bought()]

    assert counted(await settled(*seen, an("tenant", "default", attribution_windows={"email.clicked": 60}))) == {("", "5"): 1}


@pytest.mark.parametrize("gone", [rule(version=2, deleted=True), Tombstone("campaign", "default", "c-1")], ids=["deleted", "tombstone"])
async def test_a_campaign_that_is_deleted_attributes_nothing_any_more(gone: Event | Tombstone) -> None:
    assert counted(await settled(rule(), touch("m", "2026-03-08T00:00:00Z"), bought(), gone)) == {("", "5"): 1}


async def test_a_late_touch_takes_the_order_over() -> None:
    seen = [rule(), rule("c-2"), touch("m-1", "2026-03-08T00:00:00Z"), bought()]

    store = await settled(*seen, touch("m-2", "2026-03-09T00:00:00Z", campaign_id="c-2"))

    assert (counted(store), goes_to(store)) == ({("c-2", "4"): 1}, "m-2")


async def test_a_late_touch_reaches_an_order_that_was_bought_when_no_rule_covered_it() -> None:
    store = await settled(bought(), rule(), touch("m", "2026-03-08T00:00:00Z"))

    assert counted(store) == {("c-1", "4"): 1}


async def test_a_touch_after_the_newest_purchase_decides_nothing_again() -> None:
    store = MemoryStore()
    worker = await Worker.on(store)
    await worker.commit(rule(), bought(), bought("2026-03-09T00:00:00Z", order="r-2"))
    await worker.settle()

    await worker.commit(touch("m-1", "2026-03-10T12:00:00.001Z"), touch("m-2", "2026-03-08T00:00:00Z", recipient_id="cu-2"))
    assert not store.dirty

    await worker.commit(touch("m-1", "2026-03-10T12:00:00Z"))
    assert store.dirty


async def test_the_same_touch_again_decides_nothing_again() -> None:
    store = MemoryStore()
    worker = await Worker.on(store)
    seen = touch("m", "2026-03-08T00:00:00Z")
    await worker.commit(rule(), bought(), seen)
    await worker.settle()

    await worker.commit(seen)

    assert not store.dirty


async def test_a_touch_lies_months_back_if_the_window_is_that_long() -> None:
    long = rule(attribution={"mode": "days", "days": 400})

    assert goes_to(await settled(long, touch("m", "2025-02-10T00:00:00Z"), bought())) == "m"


async def test_a_window_longer_than_time_itself_is_borne() -> None:
    tenant = an("tenant", "default", attribution_windows={"email.clicked": 2**53 - 1})

    assert goes_to(await settled(tenant, rule(attribution={"mode": "days"}), touch("m", "1969-12-31T00:00:00Z"), bought())) == "m"


async def test_what_the_order_says_itself_goes_before_any_touch() -> None:
    seen = [rule(), an("campaign", "c-9", promo_codes=["TET"]), touch("m", "2026-03-09T00:00:00Z")]

    assert counted(await settled(*seen, bought(campaign_id="c-2"))) == {("c-2", "2"): 1}
    assert counted(await settled(*seen, bought(promo_codes=["TET"]))) == {("c-9", "3"): 1}
    assert counted(await settled(*seen, an("opportunity", "o-1", campaign_id="c-3"), bought(opportunity_id="o-1"))) == {("c-3", "1"): 1}


async def test_an_order_whose_opportunity_is_deleted_falls_to_the_last_touch_and_comes_back() -> None:
    seen = [rule(), touch("m", "2026-03-09T00:00:00Z"), an("opportunity", "o-1", campaign_id="c-3"), bought(opportunity_id="o-1")]
    deleted = an("opportunity", "o-1", version=2, campaign_id="c-3", deleted=True)

    assert counted(await settled(*seen, deleted)) == {("c-1", "4"): 1}
    store = await settled(*seen, deleted, an("opportunity", "o-1", version=3, campaign_id="c-3"))
    assert (counted(store), goes_to(store)) == ({("c-3", "1"): 1}, None)


async def test_an_order_that_turns_out_to_be_another_customers_follows_that_ones_touches() -> None:
    seen = [rule(), bought(), bought(version=2, customer_id="cu-2")]

    assert counted(await settled(*seen, touch("m", "2026-03-09T00:00:00Z"))) == {("", "5"): 1}
    assert counted(await settled(*seen, touch("m", "2026-03-09T00:00:00Z", recipient_id="cu-2"))) == {("c-1", "4"): 1}


async def test_an_order_whose_purchase_is_put_later_is_reached_by_touches_in_between() -> None:
    seen = [rule(), bought(), bought("2026-03-12T12:00:00Z", version=2)]

    assert counted(await settled(*seen, touch("m", "2026-03-11T00:00:00Z"))) == {("c-1", "4"): 1}


async def test_a_late_touch_reaches_all_orders_of_a_customer_with_many() -> None:
    """More than one settling call takes: each gets a mark of its own."""
    store = MemoryStore()
    worker = await Worker.on(store)
    await worker.commit(rule(), *(bought(order=f"r-{n}") for n in range(120)))
    await worker.settle()

    await worker.commit(touch("m", "2026-03-09T00:00:00Z"))
    await worker.settle()

    assert counted(store) == {("c-1", "4"): 120}


async def test_late_touches_of_customers_with_many_orders_each_are_decided_in_calls_that_ask_no_more_of_the_store_than_they_may() -> None:
    asked: list[int] = []

    class Watched(MemoryStore):
        async def apply(self, slots: list[Slot], tx: Tx) -> Applied | Conflict:
            if not slots:
                asked.append(commands(tx))
            return await super().apply(slots, tx)

    store = Watched()
    worker = await Worker.on(store)
    await worker.commit(rule(), *(bought(order=f"r-{who}-{n}", customer_id=f"k-{who}") for who in range(8) for n in range(45)))
    await worker.settle()
    asked.clear()

    await worker.commit(*(touch(f"m-{who}", "2026-03-09T00:00:00Z", recipient_id=f"k-{who}") for who in range(8)))
    await worker.settle()

    assert counted(store) == {("c-1", "4"): 8 * 45}
    assert sum(asked) > AT_MOST
    assert max(asked) <= AT_MOST


async def test_the_days_and_the_money_of_an_order_lie_in_the_zone_of_the_campaign_that_touched() -> None:
    store = await settled(rule(timezone="Asia/Ho_Chi_Minh"), bought("2026-03-10T20:00:00Z"), touch("m", "2026-03-10T19:00:00Z"))

    assert {keys.iso(day) for _, _, view, day, _ in store.cells if view in ("r", "q", "l")} == {"2026-03-11"}


async def test_the_engine_says_that_very_many_are_decided_again_until_the_last_of_them_is() -> None:
    worker = await Worker.on(MemoryStore())
    await worker.commit(rule(), *(bought(order=f"r-{n}") for n in range(120)))
    await worker.settle()
    assert not worker.engine.sweeping

    await worker.commit(rule(version=2, attribution={"mode": "days", "days": 1}))
    said = []
    while await worker.engine.settle():
        said.append(worker.engine.sweeping)

    assert said == [True, True]
    assert not worker.engine.sweeping
