"""The change matrix (F60), orders: each row by its sentence, before and after, in every order of arrival, with numbers worked out by hand."""

from __future__ import annotations

from typing import Any

from processor.recount import Record
from tests.support.course import Course, listed, money, of_day, person, series, step, totals, unconverted
from tests.support.said import campaign, event, opportunity, order, tombstone

PURCHASE, LATER = "2026-03-05", "2026-03-20"
CAMPAIGN = campaign(steps=["s1", "s2", "s3"], currency="USD")
OPPORTUNITY = opportunity(step_id="s2", owner_id="an")
REFUND = {"id": "f-1", "amount_minor": 300, "refunded_at": f"{LATER}T10:00:00Z"}


def rate(base: str, quote: str, day: str, value: str) -> Record:
    """What one unit of the base is worth in the quote, from a day on."""
    return event(
        "settings",
        "rate.updated",
        f"{base}/{quote}/{day}",
        f"{day}T00:00:00Z",
        {"version": 1, "base": base, "quote": quote, "day": day, "rate": value},
    )


def of_an(version: int = 1, **data: Any) -> Record:
    """A version of the order that came of An's opportunity, said on a day of its own."""
    return order(version=version, at=f"2026-03-{10 + version}T00:00:00Z", opportunity_id="op", **data)


def revenue(net: int, *, orders: int = 1, gross: int | None = None, refunds: int = 0) -> list[Any]:
    """What campaign, person and day of purchase say alike."""
    figures: dict[str, Any] = {
        "orders": orders,
        "revenue_gross": net + refunds if gross is None else gross,
        "refunds": refunds,
        "revenue_net": net,
    }
    return [totals(**figures), totals(of_day(PURCHASE), **figures), totals(of_day(LATER), orders=0, revenue_net=0), person("an", **figures)]


async def test_an_order_cancelled_is_taken_back_in_full_where_and_when_it_was_bought(course: Course) -> None:
    await course.changes(
        [CAMPAIGN, OPPORTUNITY, of_an()],
        [of_an(2, status="cancelled", cancelled_at=f"{LATER}T10:00:00Z")],
        before=[*revenue(1000), totals(orders_cancelled=0, cancelled_value=0, orders_all=1)],
        after=[
            *revenue(0, orders=0),
            totals(of_day(PURCHASE), orders_cancelled=1, cancelled_value=1000, orders_all=1),
            totals(of_day(LATER), orders_cancelled=0, cancelled_value=0, orders_all=0),
            series("orders_cancelled", {PURCHASE: 1}),
            series("cancellations", {LATER: 1}),
            series("cancellations_value", {LATER: 1000}),
        ],
    )


async def test_an_order_deleted_is_taken_back_and_leaves_nothing(course: Course) -> None:
    await course.changes(
        [CAMPAIGN, OPPORTUNITY, of_an()],
        [of_an(2, deleted=True)],
        before=revenue(1000),
        after=[
            *revenue(0, orders=0),
            totals(orders_all=0, orders_cancelled=0),
            series("cancellations", {}),
            person("an", orders=0, opportunities=1),
        ],
    )


async def test_an_order_restored_is_applied_again_with_its_current_image(course: Course) -> None:
    await course.changes(
        [CAMPAIGN, OPPORTUNITY, of_an(), of_an(2, deleted=True)],
        [of_an(3, gross_minor=1500)],
        before=revenue(0, orders=0),
        after=revenue(1500),
    )


async def test_a_cancelled_order_that_is_paid_after_all_is_no_longer_cancelled(course: Course) -> None:
    await course.changes(
        [CAMPAIGN, OPPORTUNITY, of_an(), of_an(2, status="cancelled", cancelled_at=f"{LATER}T10:00:00Z")],
        [of_an(3)],
        before=[*revenue(0, orders=0), totals(orders_cancelled=1)],
        after=[*revenue(1000), totals(orders_cancelled=0, cancelled_value=0), series("cancellations", {})],
    )


async def test_a_partial_refund_lowers_the_revenue_of_the_day_of_purchase_and_the_order_still_counts(course: Course) -> None:
    await course.changes(
        [CAMPAIGN, OPPORTUNITY, of_an()],
        [of_an(2, refunds=[REFUND])],
        before=revenue(1000),
        after=[
            *revenue(700, refunds=300),
            series("revenue_net", {PURCHASE: 700}),
            series("refunds", {PURCHASE: 300}),
            series("refunds_booked", {LATER: 300}),
        ],
    )


async def test_a_full_refund_takes_the_order_out_of_the_count_but_not_out_of_gross(course: Course) -> None:
    rest = {"id": "f-2", "amount_minor": 700, "refunded_at": f"{LATER}T11:00:00Z"}
    await course.changes(
        [CAMPAIGN, OPPORTUNITY, of_an(), of_an(2, refunds=[REFUND])],
        [of_an(3, refunds=[REFUND, rest])],
        before=revenue(700, refunds=300),
        after=[
            *revenue(0, orders=0, gross=1000, refunds=1000),
            totals(orders_all=1, orders_cancelled=0, aov=None),
            series("refunds_booked", {LATER: 1000}),
        ],
    )


async def test_an_order_whose_amount_is_edited_changes_by_the_difference_on_its_day_of_purchase(course: Course) -> None:
    await course.changes(
        [CAMPAIGN, OPPORTUNITY, of_an(), order("other", campaign_id="c", gross_minor=50)],
        [of_an(2, gross_minor=1200)],
        before=[totals(of_day(PURCHASE), orders=2, revenue_net=1050), person("an", revenue_net=1000)],
        after=[totals(of_day(PURCHASE), orders=2, revenue_net=1250, aov=625), person("an", revenue_net=1200)],
    )


async def test_an_order_whose_currency_is_edited_moves_from_one_currency_to_the_other(course: Course) -> None:
    await course.changes(
        [CAMPAIGN, OPPORTUNITY, of_an(gross_minor=1000)],
        [of_an(2, gross_minor=25_000, currency="VND")],
        before=[*revenue(1000), money("USD", revenue_net=1000), money("VND", revenue_net=0)],
        after=[totals(orders=1, revenue_net=0), money("USD", revenue_net=0), money("VND", of_day(PURCHASE), revenue_net=25_000)],
    )


async def test_an_order_whose_amount_is_edited_keeps_the_rate_of_its_day_of_purchase(course: Course) -> None:
    """25,000 dong at 0.00004 are one dollar; what the rate was on the day of the edit does not matter."""
    rates = [rate("VND", "USD", PURCHASE, "0.00004"), rate("VND", "USD", LATER, "0.00008")]
    await course.changes(
        [CAMPAIGN, *rates, of_an(gross_minor=25_000, currency="VND")],
        [OPPORTUNITY, of_an(2, gross_minor=50_000, currency="VND")],
        before=[totals(revenue_net=0)],
        after=[totals(of_day(PURCHASE), revenue_net=200), money("VND", revenue_net=50_000), unconverted(says=False)],
    )


async def test_an_order_whose_day_of_purchase_is_edited_moves_from_the_one_day_to_the_other(course: Course) -> None:
    await course.changes(
        [CAMPAIGN, OPPORTUNITY, of_an(refunds=[REFUND])],
        [of_an(2, refunds=[REFUND], purchased_at="2026-02-27T00:00:00Z")],
        before=[series("orders", {PURCHASE: 1}), series("revenue_net", {PURCHASE: 700}), series("refunds", {PURCHASE: 300})],
        after=[series("orders", {"2026-02-27": 1}), series("revenue_net", {"2026-02-27": 700}), series("refunds", {"2026-02-27": 300})],
    )


async def test_an_order_linked_to_another_opportunity_leaves_campaign_and_owner_for_the_others(course: Course) -> None:
    figures: dict[str, Any] = {"orders": 1, "revenue_net": 1000}
    nothing: dict[str, Any] = {"orders": 0, "revenue_net": 0}
    await course.changes(
        [CAMPAIGN, campaign("d", currency="USD"), OPPORTUNITY, opportunity("op-2", campaign_id="d", owner_id="binh"), of_an()],
        [order(version=2, at="2026-03-12T00:00:00Z", opportunity_id="op-2")],
        before=[totals(**figures), person("an", **figures), totals(campaign="d", **nothing), person("binh", campaign="d", **nothing)],
        after=[totals(**nothing), person("an", **nothing), totals(campaign="d", **figures), person("binh", campaign="d", **figures)],
    )


async def test_an_order_linked_to_a_campaign_by_itself_counts_there_and_for_nobody(course: Course) -> None:
    figures: dict[str, Any] = {"orders": 1, "revenue_net": 1000}
    nothing: dict[str, Any] = {"orders": 0, "revenue_net": 0}
    await course.changes(
        [CAMPAIGN, campaign("d", currency="USD"), OPPORTUNITY, of_an()],
        [order(version=2, at="2026-03-12T00:00:00Z", campaign_id="d")],
        before=[totals(**figures), person("an", **figures), totals(campaign="d", **nothing)],
        after=[totals(**nothing), person("an", **nothing), totals(campaign="d", **figures), person(None, campaign="d", **figures)],
    )


async def test_an_order_before_its_opportunity_waits_visibly_and_is_attributed_when_that_arrives(course: Course) -> None:
    figures: dict[str, Any] = {"orders": 1, "revenue_gross": 1000, "revenue_net": 1000}
    waiting = order(opportunity_id="op", campaign_id="c")
    await course.changes(
        [CAMPAIGN, waiting],
        [OPPORTUNITY],
        before=[
            totals(of_day(PURCHASE), orders=0, orders_all=0, revenue_gross=0, pending_attribution=1),
            listed(orders=0, pending_attribution=1),
        ],
        after=[
            totals(of_day(PURCHASE), orders_all=1, pending_attribution=0, **figures),
            person("an", **figures),
            listed(orders=1, pending_attribution=0),
        ],
    )


async def test_an_order_under_a_tombstone_is_gone_whatever_arrives_later(course: Course) -> None:
    await course.changes(
        [CAMPAIGN, OPPORTUNITY, of_an()],
        [tombstone("orders", "or"), of_an(9, gross_minor=9999)],
        before=revenue(1000),
        after=[*revenue(0, orders=0), totals(orders_all=0), step("s2", current=1)],
    )
