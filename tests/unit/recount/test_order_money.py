"""The recount on what the tenant calls revenue, and on refunds and cancellations by the day they were made (docs/definitions.md, "Order", 5 and 6)."""

from __future__ import annotations

from typing import Any

import pytest

from processor.recount import Record
from tests.support.said import campaign, cells, message, opportunity, order, settings

DAY = "2026-03-05"
PARTS: dict[str, Any] = {"gross_minor": 1000, "tax_minor": 100, "shipping_minor": 30}


def money(*records: Record, name: str = "gross") -> dict[str, int]:
    """Day -> amount in dollars by rule 2."""
    return {day: amount for (day, *parts), amount in cells(records, "r").items() if parts == [name, "2", "USD"]}


@pytest.mark.parametrize(
    ("includes", "gross"),
    [(None, 1000), ([], 1000), (["tax"], 1100), (["shipping"], 1030), (["tax", "shipping"], 1130), (["tax", "tax"], 1100)],
)
def test_tax_and_shipping_are_in_gross_where_the_tenant_says_so(includes: list[str] | None, gross: int) -> None:
    records = [settings(revenue_includes=includes), order(campaign_id="c", **PARTS)]

    assert money(*records) == {DAY: gross}
    assert cells(records, "q")[DAY, "gross", "", "", "USD"] == gross
    assert cells(records, "l", campaign="")[DAY, "net", "c", "USD"] == gross


def test_an_order_that_names_no_tax_has_none() -> None:
    assert money(settings(revenue_includes=["tax", "shipping"]), order(campaign_id="c")) == {DAY: 1000}


def test_what_another_tenant_includes_does_not_matter() -> None:
    assert money(settings(revenue_includes=["tax"], tenant="acme"), order(campaign_id="c", **PARTS)) == {DAY: 1000}


@pytest.mark.parametrize(("includes", "orders"), [([], 0), (["tax"], 1)])
def test_an_order_is_fully_refunded_when_the_refunds_reach_the_gross_that_counts(includes: list[str], orders: int) -> None:
    refunded = order(campaign_id="c", refunds=[{"id": "rf", "amount_minor": 1000, "refunded_at": "2026-03-09T00:00:00Z"}], **PARTS)

    assert cells([settings(revenue_includes=includes), refunded], "r").get((DAY, "n", "2"), 0) == orders


def test_the_value_of_a_cancelled_order_is_the_gross_that_counts() -> None:
    records = [settings(revenue_includes=["shipping"]), order(campaign_id="c", status="cancelled", **PARTS)]

    assert money(*records, name="cancelled_value") == money(*records, name="cancellations_value") == {DAY: 1030}


def test_each_refund_is_booked_on_the_day_it_was_made_in_the_zone_of_the_campaign() -> None:
    refunds = [
        {"id": "a", "amount_minor": 100, "refunded_at": "2026-03-09T16:59:59.999Z"},
        {"id": "b", "amount_minor": 20, "refunded_at": "2026-03-09T17:00:00Z"},
        {"id": "c", "amount_minor": 3, "refunded_at": "2026-03-10T16:00:00Z"},
    ]
    hcm = campaign(timezone="Asia/Ho_Chi_Minh")

    assert money(hcm, order(campaign_id="c", refunds=refunds), name="booked") == {"2026-03-09": 100, "2026-03-10": 23}


@pytest.mark.parametrize("data", [{"status": "returned"}, {"campaign_id": None}, {"opportunity_id": "never-seen"}])
def test_what_is_not_counted_pending_or_unattributed_books_no_refund(data: dict[str, Any]) -> None:
    refunds = [{"id": "a", "amount_minor": 100, "refunded_at": "2026-03-09T00:00:00Z"}]

    assert money(order(**{"campaign_id": "c", "refunds": refunds, **data}), name="booked") == {}


@pytest.mark.parametrize(
    ("stated", "day"),
    [({"cancelled_at": "2026-03-20T12:00:00Z"}, "2026-03-20"), ({}, "2026-03-12"), ({"cancelled_at": None}, "2026-03-12")],
)
def test_a_cancellation_counts_on_its_day_else_on_that_of_the_newest_version(stated: dict[str, Any], day: str) -> None:
    records = [
        order(version=1, campaign_id="c", at="2026-03-06T00:00:00Z"),
        order(version=2, campaign_id="c", status="cancelled", at="2026-03-12T00:00:00Z", **stated),
    ]

    assert {name: value for name, value in cells(records, "r").items() if name[1].startswith("cancel")} == {
        (DAY, "cancelled", "2"): 1,
        (DAY, "cancelled_value", "2", "USD"): 1000,
        (day, "cancellations", "2"): 1,
        (day, "cancellations_value", "2", "USD"): 1000,
    }


def test_only_the_status_makes_a_cancellation() -> None:
    stated = order(campaign_id="c", cancelled_at="2026-03-20T00:00:00Z")

    assert not [name for name in cells([stated], "r") if name[1].startswith("cancel")]


def test_a_tenant_may_count_cancelled_orders() -> None:
    records = [settings(counted_order_statuses=["cancelled"]), order(campaign_id="c", status="cancelled")]

    assert {name[1] for name in cells(records, "r")} == {
        "n",
        "gross",
        "cancelled",
        "cancelled_value",
        "cancellations",
        "cancellations_value",
    }


def test_where_the_tenant_credits_the_owner_now_orders_and_closed_opportunities_do() -> None:
    records = [
        settings(credit="current_owner"),
        opportunity(version=1, status="won", owner_id="winner", step_id="b"),
        opportunity(version=2, status="won", owner_id="now", step_id="b", at="2026-03-03T00:00:00Z"),
        order(opportunity_id="op"),
    ]

    assert cells(records, "q")[DAY, "n", "now", "b"] == 1
    assert cells(records, "q") == {
        (DAY, "n", "now", "b"): 1,
        (DAY, "gross", "now", "b", "USD"): 1000,
    }
    assert not [name for view in "sznw" for name in cells(records, view) if "winner" in name]
    assert [name for view in "szw" for name in cells(records[1:], view) if "winner" in name]


def test_the_value_of_what_was_won_is_its_credited_owners_by_creation_and_by_closing_day() -> None:
    won: dict[str, Any] = {"status": "won", "step_id": "b", "amount_minor": 700, "currency": "VND"}
    records = [
        opportunity(version=1, owner_id="winner", at="2026-03-04T00:00:00Z", **won),
        opportunity(version=2, owner_id="now", at="2026-03-06T00:00:00Z", **won),
        opportunity("open", amount_minor=5, owner_id="now"),
        opportunity("lost", status="lost", amount_minor=5, owner_id="now"),
        opportunity("priceless", status="won", owner_id="now"),
        opportunity("nobody's", **won),
    ]

    def value(view: str, *first: Record) -> dict[tuple[str, ...], int]:
        return {(day, *parts): amount for (day, name, *parts), amount in cells([*first, *records], view).items() if name == "won"}

    assert value("s") == {("2026-03-02", "winner", "b", "VND"): 700, ("2026-03-02", "", "b", "VND"): 700}
    assert value("z") == {("2026-03-04", "winner", "b", "VND"): 700, ("2026-03-02", "", "b", "VND"): 700}
    assert value("z", settings(credit="current_owner")) == {("2026-03-04", "now", "b", "VND"): 700, ("2026-03-02", "", "b", "VND"): 700}


def test_an_empty_list_is_part_of_what_a_version_of_the_settings_says() -> None:
    """Of one version and time the greater canonical JSON holds, and `"counted…":[]` comes before `"currency"…`."""
    none, usual = settings(counted_order_statuses=[], currency="USD"), settings(currency="EUR")

    assert money(none, usual, order(campaign_id="c")) == money(usual, none, order(campaign_id="c")) == {DAY: 1000}


def test_an_unsaid_setting_is_as_if_never_said() -> None:
    records = [settings(revenue_includes=["tax"], counted_order_statuses=["x"]), order(campaign_id="c", **PARTS)]

    unsaid = ("tenant.revenue_includes", "tenant.counted_order_statuses")
    assert cells(records, "r", without=unsaid) == cells(records[1:], "r")
    assert cells(records, "r") == {(DAY, "rest", "2"): 1}


def test_families_that_are_left_out_are_not_there() -> None:
    records = [order(campaign_id="c"), message("sent")]

    assert cells(records, "r", without=("r.n", "m", "campaign.attribution")) == {(DAY, "gross", "2", "USD"): 1000}
    assert cells(records, "m", without=("r.n", "m")) == {}
