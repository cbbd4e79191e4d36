"""The recount on orders: which count, with how much, for which campaign (docs/definitions.md, "Order")."""

from __future__ import annotations

from typing import Any

import pytest

from processor.recount import Record
from tests.support.said import campaign, cells, opportunity, order, settings, tombstone

DAY = "2026-03-05"


def of_campaign(*records: Record, campaign: str = "c") -> dict[tuple[str, ...], int]:
    """The cells of view r, on the day of the purchase."""
    return {tuple(name): amount for (day, *name), amount in cells(records, "r", campaign=campaign).items() if day == DAY}


def of_tenant(*records: Record) -> dict[tuple[str, ...], int]:
    return {tuple(name): amount for (_, *name), amount in cells(records, "l", campaign="").items()}


def test_a_paid_order_counts_with_its_gross() -> None:
    assert of_campaign(order(campaign_id="c")) == {("n", "2"): 1, ("gross", "2", "USD"): 1000}


@pytest.mark.parametrize("status", ["confirmed", "approved", "paid", "shipped", "delivered", "completed"])
def test_these_statuses_are_counted_by_default(status: str) -> None:
    assert ("n", "2") in of_campaign(order(campaign_id="c", status=status))


@pytest.mark.parametrize("status", ["draft", "pending", "pending_approval", "failed", "returned", "Paid", "packed"])
def test_any_other_word_is_not(status: str) -> None:
    assert of_campaign(order(campaign_id="c", status=status)) == {("rest", "2"): 1}


def test_the_tenant_says_which_statuses_are_counted() -> None:
    only_packed = settings(counted_order_statuses=["packed"])

    assert ("n", "2") in of_campaign(only_packed, order(campaign_id="c", status="packed"))
    assert ("n", "2") not in of_campaign(only_packed, order(campaign_id="c", status="paid"))


def test_a_tenant_that_counts_no_status_counts_none() -> None:
    assert of_campaign(settings(counted_order_statuses=[]), order(campaign_id="c")) == {("rest", "2"): 1}


def test_a_cancelled_order_counts_apart_with_its_gross() -> None:
    assert of_campaign(order(campaign_id="c", status="cancelled")) == {
        ("rest", "2"): 1,
        ("cancelled", "2"): 1,
        ("cancelled_value", "2", "USD"): 1000,
        ("cancellations", "2"): 1,
        ("cancellations_value", "2", "USD"): 1000,
    }


def test_a_partial_refund_leaves_the_order_counted_and_is_dated_on_the_purchase() -> None:
    refunded = order(campaign_id="c", refunds=[{"id": "rf", "amount_minor": 400, "refunded_at": "2026-04-01T00:00:00Z"}])

    assert cells([refunded], "r") == {
        (DAY, "n", "2"): 1,
        (DAY, "gross", "2", "USD"): 1000,
        (DAY, "refunds", "2", "USD"): 400,
        ("2026-04-01", "booked", "2", "USD"): 400,
    }


@pytest.mark.parametrize("parts", [(1000,), (600, 400), (1001,)])
def test_a_full_refund_leaves_orders_and_stays_in_gross(parts: tuple[int, ...]) -> None:
    refunds = [{"id": f"rf-{number}", "amount_minor": part, "refunded_at": "2026-04-01T00:00:00Z"} for number, part in enumerate(parts)]

    assert of_campaign(order(campaign_id="c", refunds=refunds)) == {
        ("rest", "2"): 1,
        ("gross", "2", "USD"): 1000,
        ("refunds", "2", "USD"): sum(parts),
    }


def test_an_order_for_nothing_is_not_fully_refunded() -> None:
    assert of_campaign(order(campaign_id="c", gross_minor=0)) == {("n", "2"): 1}


def test_refunds_of_an_order_that_is_not_counted_count_nowhere() -> None:
    refunds = [{"id": "rf", "amount_minor": 400, "refunded_at": "2026-04-01T00:00:00Z"}]

    assert of_campaign(order(campaign_id="c", status="returned", refunds=refunds)) == {("rest", "2"): 1}


@pytest.mark.parametrize(
    "last",
    [
        order(version=2, campaign_id="c", deleted=True),
        order(version=2, campaign_id="c", is_test=True),
        tombstone("orders", "or"),
    ],
)
def test_a_deleted_order_a_test_or_one_under_a_tombstone_counts_nowhere(last: Record) -> None:
    assert of_campaign(order(campaign_id="c"), last) == of_tenant(order(campaign_id="c"), last) == {}


def test_currencies_are_never_added() -> None:
    assert of_campaign(order("a", campaign_id="c"), order("b", campaign_id="c", currency="VND", gross_minor=7)) == {
        ("n", "2"): 2,
        ("gross", "2", "USD"): 1000,
        ("gross", "2", "VND"): 7,
    }


# The route (D8).


def test_rule_1_an_order_follows_its_opportunity_with_credited_owner_and_step() -> None:
    records = [
        opportunity(version=1, status="won", owner_id="winner", step_id="b"),
        opportunity(version=2, status="won", owner_id="now", step_id="b", at="2026-03-03T00:00:00Z"),
        order(opportunity_id="op", campaign_id="other", refunds=[{"id": "rf", "amount_minor": 1, "refunded_at": "2026-03-09T00:00:00Z"}]),
    ]

    assert of_campaign(*records) == {("n", "1"): 1, ("gross", "1", "USD"): 1000, ("refunds", "1", "USD"): 1}
    assert cells(records, "q") == {
        (DAY, "n", "winner", "b"): 1,
        (DAY, "gross", "winner", "b", "USD"): 1000,
        (DAY, "refunds", "winner", "b", "USD"): 1,
    }
    assert of_campaign(*records, campaign="other") == {}


def test_of_an_open_opportunity_the_owner_now_is_credited() -> None:
    records = [opportunity(version=1, owner_id="a"), opportunity(version=2, owner_id="b"), order(opportunity_id="op")]

    assert cells(records, "q")[DAY, "n", "b", ""] == 1


def test_an_order_moves_with_its_opportunity() -> None:
    records = [opportunity(version=1), order(opportunity_id="op"), opportunity(version=2, campaign_id="d")]

    assert of_campaign(*records) == {}
    assert ("n", "1") in of_campaign(*records, campaign="d")


def test_an_order_of_an_opportunity_never_seen_is_pending_and_counted_nowhere_else() -> None:
    waiting = order(opportunity_id="op", campaign_id="c", promo_codes=["X"])

    assert of_campaign(waiting) == of_tenant(waiting) == {("pending",): 1}


def test_a_pending_order_that_names_no_campaign_is_pending_for_the_tenant_alone() -> None:
    assert of_tenant(order(opportunity_id="op")) == {("pending",): 1}


def test_an_order_does_not_wait_for_the_opportunity_of_another_tenant() -> None:
    assert of_tenant(opportunity(tenant="acme"), order(opportunity_id="op")) == {("pending",): 1}


@pytest.mark.parametrize(
    "last", [opportunity(version=2, deleted=True), opportunity(version=2, is_test=True), tombstone("opportunities", "op")]
)
def test_without_its_opportunity_an_order_falls_to_the_campaign_it_names(last: Record) -> None:
    assert ("n", "2") in of_campaign(opportunity(version=1), last, order(opportunity_id="op", campaign_id="c"))


def test_an_opportunity_of_which_only_the_tombstone_is_known_is_deleted_not_unknown() -> None:
    assert ("n", "2") in of_campaign(tombstone("opportunities", "op"), order(opportunity_id="op", campaign_id="c"))


def test_rule_2_needs_no_known_campaign() -> None:
    assert ("n", "2") in of_campaign(order(campaign_id="never-seen"), campaign="never-seen")


def test_rule_3_the_code_of_a_campaign_is_claimed_like_its_promo_codes() -> None:
    assert ("n", "3") in of_campaign(campaign(code="X"), order(promo_codes=["X"]))
    assert ("n", "3") in of_campaign(campaign(code="X", promo_codes=["X"]), order(promo_codes=["X"]))
    assert ("n", "3") not in of_campaign(campaign(code=""), order(promo_codes=["X"]))


def test_rule_3_a_promo_code_goes_to_the_campaign_that_claims_it() -> None:
    assert ("n", "3") in of_campaign(campaign(promo_codes=["X"]), order(promo_codes=["Y", "X"]))


def test_codes_are_compared_exactly() -> None:
    assert of_tenant(campaign(promo_codes=["X"]), order(promo_codes=["x"])) == {("n", ""): 1, ("net", "", "USD"): 1000}


@pytest.mark.parametrize(
    ("one", "other", "winner"),
    [
        ({"start_at": "2026-03-02T00:00:00Z"}, {"start_at": "2026-03-01T00:00:00Z"}, "one"),
        ({"start_at": "2026-03-01T00:00:00Z"}, {"created_at": "2026-03-02T00:00:00Z"}, "other"),
        ({}, {}, "other"),  # the greater id
        ({}, {"deleted": True}, "one"),
        ({}, {"start_at": "2026-03-03T00:00:00Z", "promo_codes": ["elsewhere"]}, "one"),
    ],
)
def test_a_shared_code_goes_to_the_claim_with_the_latest_start(one: dict[str, Any], other: dict[str, Any], winner: str) -> None:
    records = [
        campaign("one", **{"promo_codes": ["X"], **one}),
        campaign("other", **{"promo_codes": ["X"], **other}),
        order(promo_codes=["X"]),
    ]

    assert ("n", "3") in of_campaign(*records, campaign=winner)


def test_a_campaign_under_a_tombstone_claims_nothing() -> None:
    assert of_tenant(campaign(promo_codes=["X"]), tombstone("campaigns", "c"), order(promo_codes=["X"])) == {
        ("n", ""): 1,
        ("net", "", "USD"): 1000,
    }


def test_the_greatest_claim_of_all_codes_of_the_order_wins() -> None:
    records = [
        campaign("early", promo_codes=["X"], start_at="2026-03-01T00:00:00Z"),
        campaign("late", promo_codes=["Y"], start_at="2026-03-02T00:00:00Z"),
        order(promo_codes=["X", "Y"]),
    ]

    assert ("n", "3") in of_campaign(*records, campaign="late")


def test_rule_5_an_order_without_a_route_counts_for_the_tenant_as_unattributed() -> None:
    assert of_tenant(order()) == {("n", ""): 1, ("net", "", "USD"): 1000}


def test_the_tenant_has_each_campaigns_orders_too() -> None:
    assert of_tenant(order(campaign_id="c")) == {("n", "c"): 1, ("net", "c", "USD"): 1000}


# The day.


def test_the_day_is_that_of_the_campaign_it_counts_for() -> None:
    purchase = "2026-03-05T18:00:00Z"
    hcm = campaign(timezone="Asia/Ho_Chi_Minh", promo_codes=["X"])

    assert {day for day, *_ in cells([hcm, order(promo_codes=["X"], purchased_at=purchase)], "r")} == {"2026-03-06"}
    assert {day for day, *_ in cells([hcm, order(promo_codes=["X"], purchased_at=purchase)], "l", campaign="")} == {"2026-03-06"}


def test_the_day_of_a_pending_order_is_that_of_the_campaign_it_names_else_the_tenants() -> None:
    purchase = "2026-03-05T18:00:00Z"
    hcm = campaign(timezone="Asia/Ho_Chi_Minh")
    named, nameless = (
        order("a", opportunity_id="op", campaign_id="c", purchased_at=purchase),
        order("b", opportunity_id="op", purchased_at=purchase),
    )

    assert cells([hcm, named], "l", campaign="") == {("2026-03-06", "pending"): 1}
    assert cells([hcm, nameless], "l", campaign="") == {("2026-03-05", "pending"): 1}


def listed(*records: Record, campaign: str = "c") -> set[tuple[str, ...]]:
    """The list of orders, without its days and instants."""
    return {(state, *where, identity) for (_, state, *where, _, identity) in cells(records, "j", campaign=campaign)}


def test_the_list_of_orders_says_of_each_how_it_counts_and_where() -> None:
    all_back = [{"id": "rf", "amount_minor": 1000, "refunded_at": "2026-04-01T00:00:00Z"}]
    known = opportunity("op", campaign_id="c", owner_id="an", step_id="s")

    assert listed(known, order(opportunity_id="op")) == {("n", "1", "an", "s", "or")}
    assert listed(order(campaign_id="c", refunds=all_back)) == {("b", "2", "", "", "or")}
    assert listed(order(campaign_id="c", status="cancelled", refunds=all_back)) == {("r", "2", "", "", "or")}
    assert listed(order(campaign_id="c", opportunity_id="never seen")) == {("p", "0", "", "", "or")}
    assert listed(order()) == set()
