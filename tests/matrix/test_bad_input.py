"""What bad input gets: a defined answer, parked under its reason or counted in a defined way, in every order of arrival."""

from __future__ import annotations

from typing import Any

import pytest

from processor.recount import Record, rejection
from schemas.events import TOPICS, Rejected, parse
from tests.support.course import Course, Told, as_of, listed, money, of_day, person, series, step, totals, unconverted
from tests.support.said import campaign, event, opportunity, order, task

CAMPAIGN = campaign(steps=["s1", "s2"], currency="USD")
PARKED = {
    "an order in a currency that nobody knows": ("currency_unknown", order(currency="XYZ")),
    "an order without a currency": ("schema_invalid", order(currency=None)),
    "a probability of 140": ("schema_invalid", opportunity(probability=140)),
    "a probability below zero": ("schema_invalid", opportunity(probability=-1)),
    "a version beyond 64 bits": ("schema_invalid", opportunity(version=2**63)),
    "an id of 129 characters": ("schema_invalid", order("x" * 129)),
    "an amount beyond ten to the thirteenth": ("amount_out_of_range", order(gross_minor=10**13 + 1)),
}


@pytest.mark.parametrize("what", PARKED)
def test_this_is_parked_under_its_reason_by_the_product_and_by_the_recount(what: str) -> None:
    reason, record = PARKED[what]

    found = parse(record.value, record.key, record.headers, TOPICS[record.topic], record.timestamp_ms)

    assert isinstance(found, Rejected)
    assert found.reason == rejection(record) == reason


async def test_in_a_campaign_without_steps_only_an_explicit_status_wins(course: Course) -> None:
    await course.comes_to(
        [
            campaign(currency="USD"),
            opportunity("on-a-step", step_id="s1"),
            opportunity("on-none"),
            opportunity("won", status="won", step_id="s1", won_at="2026-03-09T00:00:00Z"),
        ],
        totals(opportunities=3, open=2, won=1),
        step("s1", current=2, position=None),
        step(None, current=1, position=None),
        series("won", {"2026-03-09": 1}, basis="closed"),
    )


async def test_an_order_in_a_currency_without_a_rate_is_in_no_total_but_in_its_own(course: Course) -> None:
    await course.comes_to(
        [CAMPAIGN, order(campaign_id="c"), order("zloty", campaign_id="c", gross_minor=77, currency="PLN")],
        totals(orders=2, revenue_net=1000),
        money("USD", revenue_net=1000),
        money("PLN", revenue_net=77),
        unconverted(says=True),
    )


async def test_a_refund_larger_than_the_order_leaves_less_than_nothing_and_no_order(course: Course) -> None:
    refund = {"id": "f", "amount_minor": 1300, "refunded_at": "2026-03-20T00:00:00Z"}
    await course.comes_to(
        [CAMPAIGN, order(campaign_id="c", refunds=[refund])],
        totals(of_day("2026-03-05"), orders=0, orders_all=1, revenue_gross=1000, refunds=1300, revenue_net=-300),
        listed(orders=0, revenue_net=-300),
    )


async def test_a_task_due_before_it_was_created_is_late_when_completed_and_lies_on_the_day_it_was_created(course: Course) -> None:
    await course.changes(
        [CAMPAIGN, task(assignee_id="an", due_at="2026-03-01T00:00:00Z")],
        [task(version=2, assignee_id="an", due_at="2026-03-01T00:00:00Z", status="completed", completed_at="2026-03-06T08:00:00Z")],
        before=[totals(of_day("2026-03-06"), tasks_created=1, tasks_completed=0)],
        after=[
            totals(of_day("2026-03-06"), tasks_created=1, tasks_completed=1, tasks_completed_late=1),
            person("an", tasks_completed_late=1),
        ],
    )


async def test_a_clock_that_goes_back_turns_no_history_around(course: Course) -> None:
    """The third version is said to be older than the second: what it says of owner and step holds from the second on. What it won was won when it says."""
    await course.comes_to(
        [
            CAMPAIGN,
            opportunity(version=1, at="2026-03-03T00:00:00Z", step_id="s1", owner_id="an"),
            opportunity(version=2, at="2026-03-10T00:00:00Z", step_id="s1", owner_id="binh"),
            opportunity(version=3, at="2026-03-04T00:00:00Z", step_id="s2", owner_id="binh"),
        ],
        series("won", {"2026-03-04": 1}, basis="closed"),
        person("an", as_of("2026-03-09"), opportunities=1, open=0),
        person("binh", as_of("2026-03-10"), opportunities=1),
        totals(as_of("2026-03-03"), open=1, won=0),
        totals(as_of("2026-03-04"), open=0, won=1),
    )


async def test_a_clock_before_the_creation_closes_nothing_before_it(course: Course) -> None:
    await course.comes_to(
        [CAMPAIGN, opportunity(at="2026-02-01T00:00:00Z", status="lost")],
        series("lost", {"2026-03-02": 1}, basis="closed"),
        totals(as_of("2026-03-01"), opportunities=0),
    )


async def test_a_step_that_is_listed_twice_is_one_row_at_its_later_position(course: Course) -> None:
    image = {
        "version": 1, "name": "c", "status": "active", "participant_ids": [], "promo_codes": [], "created_at": "2026-03-01T00:00:00Z",
        "steps": [{"id": step, "name": name, "position": at} for step, name, at in (("s2", "last", 3), ("s1", "first", 1), ("s2", "early", 0))],
    }  # fmt: skip
    await course.comes_to(
        [
            event("campaigns", "campaign.updated", "c", "2026-03-01T00:00:00Z", image),
            opportunity("one", step_id="s1"),
            opportunity("two", step_id="s2"),
        ],
        totals(opportunities=2, won=1),
        Told(
            "/v1/campaigns/c/overview",
            {"period": "all"},
            lambda answer: [(row["step_id"], row["name"], row["current"], row["reached"]) for row in answer["funnel"]],
            [("s1", "first", 1, 2), ("s2", "last", 1, 1)],
        ),
    )


async def test_ids_of_128_characters_with_every_sign_that_something_is_made_of_are_ids_like_others(course: Course) -> None:
    nasty = "a:b|c=d{e}/f?g#h%2F*[i]\\j\"k'l " + "é" * 98
    assert len(nasty) == 128
    await course.comes_to(
        [
            campaign(nasty, steps=[nasty], currency="USD", promo_codes=[nasty]),
            opportunity(nasty, campaign_id=nasty, customer_id=nasty, owner_id=nasty, step_id=nasty),
            order(nasty, customer_id=nasty, opportunity_id=nasty),
            order("by code", promo_codes=[nasty]),
            task(nasty, campaign_id=nasty, assignee_id=nasty),
        ],
        totals(campaign=nasty, opportunities=1, won=1, customers=1, orders=2, tasks_created=1),
        person(nasty, campaign=nasty, won=1, orders=1, tasks_created=1),
        step(nasty, campaign=nasty, current=1),
    )


def saying(at: str, **data: Any) -> Record:
    """Version 1 of the order, as somebody says it."""
    return order(at=at, campaign_id="c", **data)


async def test_of_one_version_that_says_two_things_the_later_holds(course: Course) -> None:
    await course.comes_to(
        [CAMPAIGN, saying("2026-03-09T00:00:00Z", gross_minor=500), saying("2026-03-08T00:00:00Z", gross_minor=9000)],
        totals(orders=1, revenue_net=500),
    )


async def test_of_one_version_that_says_two_things_at_once_the_greater_text_holds(course: Course) -> None:
    """Text, not number: 9 is greater than 10. The same goes for opportunities, tasks and campaigns."""
    at = "2026-03-08T00:00:00Z"
    await course.comes_to(
        [
            campaign(steps=["s1"], currency="USD"),
            campaign(steps=["s1"], currency="EUR"),
            saying(at, gross_minor=10),
            saying(at, gross_minor=9),
            opportunity(at=at, owner_id="an"),
            opportunity(at=at, owner_id="binh"),
            task(at=at, assignee_id="an"),
            task(at=at, assignee_id="binh"),
        ],
        totals(orders=1, revenue_net=9, opportunities=1),
        person("binh", opportunities=1, tasks_created=1),
        person("an"),
    )
