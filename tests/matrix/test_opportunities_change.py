"""The change matrix (F60), opportunities: each row by its sentence, before and after, in every order of arrival, with numbers worked out by hand."""

from __future__ import annotations

from typing import Any

from processor.recount import Record
from tests.support.course import Course, Told, as_of, industries, of_day, person, reasons, series, step, totals
from tests.support.said import campaign, opportunity, order, task, tombstone

CREATED = "2026-03-02"
CAMPAIGN = campaign(steps=["s1", "s2", "s3"], currency="USD", participant_ids=["an", "binh"])


def version(number: int, day: str, **data: Any) -> Record:
    """A version of the opportunity, said at noon of a day."""
    return opportunity(version=number, at=f"{day}T12:00:00Z", **{"step_id": "s1", "owner_id": "an", "amount_minor": 500, **data})


def funnel(**current: int) -> list[Told]:
    return [step(name, current=number) for name, number in current.items()]


def reached(**numbers: int) -> list[Told]:
    return [step(name, reached=number) for name, number in numbers.items()]


async def test_a_step_forward_moves_the_funnel_and_what_was_reached_grows(course: Course) -> None:
    await course.changes(
        [CAMPAIGN, version(1, "2026-03-03")],
        [version(2, "2026-03-08", step_id="s2")],
        before=[*funnel(s1=1, s2=0, s3=0), *reached(s1=1, s2=0, s3=0)],
        after=[*funnel(s1=0, s2=1, s3=0), *reached(s1=1, s2=1, s3=0), step("s1", as_of("2026-03-07"), current=1)],
    )


async def test_a_step_back_moves_the_funnel_and_what_was_reached_stays(course: Course) -> None:
    await course.changes(
        [CAMPAIGN, version(1, "2026-03-03"), version(2, "2026-03-08", step_id="s2")],
        [version(3, "2026-03-10", step_id="s1")],
        before=[*funnel(s1=0, s2=1, s3=0), *reached(s1=1, s2=1, s3=0)],
        after=[*funnel(s1=1, s2=0, s3=0), *reached(s1=1, s2=1, s3=0), step("s2", as_of("2026-03-09"), current=1)],
    )


async def test_a_won_one_reopened_is_taken_from_the_day_it_was_won_and_its_revenue_stays(course: Course) -> None:
    won = version(2, "2026-03-10", step_id="s3")
    bought = order(opportunity_id="op")
    await course.changes(
        [CAMPAIGN, version(1, "2026-03-03"), won, bought],
        [version(3, "2026-03-15", step_id="s2")],
        before=[
            totals(won=1, open=0, value_won=500, revenue_net=1000, customers_won=1),
            totals(of_day("2026-03-10", "closed"), won=1, opportunities=1),
            person("an", won=1),
        ],
        after=[
            totals(won=0, open=1, value_won=0, value_open=500, revenue_net=1000, customers_won=0),
            totals(of_day("2026-03-10", "closed"), won=0, opportunities=0),
            totals(as_of("2026-03-12"), won=1, open=0),
            totals(as_of("2026-03-15"), won=0, open=1),
            person("an", won=0, revenue_net=1000),
        ],
    )


async def test_a_second_win_counts_on_its_own_day(course: Course) -> None:
    before = [CAMPAIGN, version(1, "2026-03-03"), version(2, "2026-03-10", step_id="s3"), version(3, "2026-03-15", step_id="s2")]
    await course.changes(
        before,
        [version(4, "2026-03-20", step_id="s3")],
        before=[series("won", {}, basis="closed")],
        after=[series("won", {"2026-03-20": 1}, basis="closed"), totals(won=1)],
    )


async def test_a_win_from_before_the_first_version_counts_from_its_own_day_on_both_bases(course: Course) -> None:
    """As when deals are taken over from elsewhere, and one of them turns out to have been won before that."""
    await course.changes(
        [CAMPAIGN, version(1, "2026-03-10")],
        [version(2, "2026-03-11", status="won", won_at="2026-03-05T12:00:00Z")],
        before=[totals(as_of("2026-03-05"), won=0, open=1)],
        after=[
            series("won", {"2026-03-05": 1}, basis="closed"),
            totals(as_of("2026-03-04"), won=0, open=1, value_open=500),
            totals(as_of("2026-03-05"), won=1, open=0, value_won=500),
            totals(as_of("2026-03-10"), won=1, open=0),
        ],
    )


async def test_a_won_one_edited_without_saying_when_was_won_at_the_time_of_the_first_version_that_says_so(course: Course) -> None:
    won = version(2, "2026-03-10", status="won", won_at="2026-03-06T12:00:00Z")
    await course.changes(
        [CAMPAIGN, version(1, "2026-03-03"), won],
        [version(3, "2026-03-15", status="won", amount_minor=700)],
        before=[series("won", {"2026-03-06": 1}, basis="closed")],
        after=[series("won", {"2026-03-10": 1}, basis="closed"), totals(as_of("2026-03-09"), won=0), totals(as_of("2026-03-10"), won=1)],
    )


async def test_a_lost_one_reopened_is_taken_back_with_its_reason_and_its_industry(course: Course) -> None:
    lost = version(2, "2026-03-10", status="lost", lost_reason="price", industry="retail")
    await course.changes(
        [CAMPAIGN, version(1, "2026-03-03"), lost],
        [version(3, "2026-03-15", status="open", lost_reason="price", industry="retail")],
        before=[totals(lost=1, customers_lost=1), reasons({"price": 1}), industries({"retail": 1}), step("s1", lost=1, current=0)],
        after=[totals(lost=0, customers_lost=0, open=1), reasons({}), industries({}), step("s1", lost=0, current=1)],
    )


async def test_another_reason_takes_the_place_of_the_one_before_on_the_same_day(course: Course) -> None:
    lost = version(2, "2026-03-10", status="lost", lost_reason="price")
    await course.changes(
        [CAMPAIGN, version(1, "2026-03-03"), lost],
        [version(3, "2026-03-18", status="lost", lost_reason="no budget")],
        before=[reasons({"price": 1}), reasons({"price": 1}, of_day("2026-03-10", "closed"))],
        after=[
            reasons({"no budget": 1}),
            reasons({"no budget": 1}, of_day("2026-03-10", "closed")),
            series("lost", {"2026-03-10": 1}, basis="closed"),
        ],
    )


async def test_a_lost_one_stays_with_the_industry_that_it_had_when_it_was_lost(course: Course) -> None:
    lost = version(2, "2026-03-10", status="lost", industry="retail")
    await course.changes(
        [CAMPAIGN, version(1, "2026-03-03", industry="trade"), lost],
        [version(3, "2026-03-18", status="lost", industry="banking")],
        before=[industries({"retail": 1}), industries({"retail": 1}, of_day("2026-03-10", "closed"))],
        after=[
            industries({"retail": 1}),
            industries({"retail": 1}, of_day("2026-03-10", "closed")),
            _found(industry="retail"),
            _found(industry="banking", of=0),
        ],
    )


async def test_one_that_is_lost_again_has_the_industry_of_then(course: Course) -> None:
    lost = [version(2, "2026-03-10", status="lost", industry="retail"), version(3, "2026-03-12", status="lost", industry="banking")]
    await course.changes(
        [CAMPAIGN, version(1, "2026-03-03"), *lost, version(4, "2026-03-14", status="open", industry="banking")],
        [version(5, "2026-03-18", status="lost", industry="farming"), version(6, "2026-03-19", status="lost")],
        before=[industries({})],
        after=[industries({"farming": 1})],
    )


def _found(*, industry: str, of: int = 1) -> Told:
    """How many lost ones the list has for an industry: as many as its row says, and each says so itself."""
    return Told(
        "/v1/campaigns/c/opportunities",
        {"period": "all", "industry": industry},
        lambda answer: (answer["total"], [item["industry"] for item in answer["items"]]),
        (of, [industry] * of),
    )


async def test_another_owner_takes_over_all_counts_but_win_and_revenue_stay_with_whoever_had_it_then(course: Course) -> None:
    won = [
        version(1, "2026-03-03"),
        version(2, "2026-03-10", step_id="s3"),
        order(opportunity_id="op"),
        task(assignee_id="an", opportunity_id="op"),
    ]
    await course.changes(
        [CAMPAIGN, *won],
        [version(3, "2026-03-15", step_id="s3", owner_id="binh")],
        before=[
            person("an", opportunities=1, registered=1, won=1, revenue_net=1000, tasks_created=1, customers=1),
            person("binh", opportunities=0, registered=0, won=0, revenue_net=0, tasks_created=0, customers=0),
        ],
        after=[
            person("an", opportunities=0, registered=0, won=1, revenue_net=1000, tasks_created=1, customers=0, customers_won=1),
            person("binh", opportunities=1, registered=1, won=0, revenue_net=0, tasks_created=0, customers=1, customers_won=0),
            person("an", as_of("2026-03-14"), opportunities=1),
            person("binh", as_of("2026-03-15"), opportunities=1),
            totals(opportunities=1, won=1, revenue_net=1000),
        ],
    )


async def test_what_is_open_follows_its_new_owner_with_its_revenue(course: Course) -> None:
    await course.changes(
        [CAMPAIGN, version(1, "2026-03-03"), order(opportunity_id="op")],
        [version(2, "2026-03-15", owner_id="binh")],
        before=[person("an", opportunities=1, revenue_net=1000), person("binh", opportunities=0, revenue_net=0)],
        after=[person("an", opportunities=0, revenue_net=0), person("binh", opportunities=1, revenue_net=1000)],
    )


async def test_what_nobody_owns_any_more_is_unregistered(course: Course) -> None:
    await course.changes(
        [CAMPAIGN, version(1, "2026-03-03")],
        [version(2, "2026-03-15", owner_id=None)],
        before=[totals(registered=1, unregistered=0), person("an", opportunities=1)],
        after=[totals(registered=0, unregistered=1), person("an", opportunities=0), person(None, opportunities=1)],
    )


async def test_an_owner_removed_from_the_campaign_keeps_a_row_while_it_has_figures(course: Course) -> None:
    """The row goes when events give the opportunities to somebody else and nothing else is left in it; statuses stay."""
    removed = campaign(version=2, at="2026-03-14T00:00:00Z", steps=["s1", "s2", "s3"], currency="USD", participant_ids=["binh"])
    await course.changes(
        [CAMPAIGN, version(1, "2026-03-03"), removed],
        [version(2, "2026-03-15", owner_id="binh")],
        before=[person("an", opportunities=1, open=1), person("binh", opportunities=0)],
        after=[person("an"), person("binh", opportunities=1, open=1), totals(open=1)],
    )


async def test_one_that_moves_to_another_campaign_takes_everything_along_its_orders_too(course: Course) -> None:
    figures: dict[str, Any] = {"opportunities": 1, "customers": 1, "value_open": 500, "orders": 1, "revenue_net": 1000}
    nothing: dict[str, Any] = dict.fromkeys(figures, 0)
    await course.changes(
        [CAMPAIGN, campaign("d", steps=["d1"], currency="USD"), version(1, "2026-03-03", step_id="s2"), order(opportunity_id="op")],
        [version(2, "2026-03-15", step_id="s2", campaign_id="d")],
        before=[totals(**figures), person("an", orders=1), *funnel(s2=1), totals(campaign="d", **nothing)],
        after=[
            totals(**nothing),
            totals(campaign="d", **figures),
            person("an", campaign="d", orders=1),
            step("s2", current=0),
            step("s2", campaign="d", current=1, position=None),  # a step that d does not have is a removed one there
            step("d1", campaign="d", current=0, reached=0),
            totals(as_of("2026-03-14"), opportunities=1),
            totals(as_of("2026-03-15"), opportunities=0),
            totals(as_of("2026-03-14"), campaign="d", opportunities=0),
            totals(as_of("2026-03-15"), campaign="d", opportunities=1),
        ],
    )


async def test_one_that_is_deleted_is_taken_back_from_all_and_its_orders_fall_to_the_next_rule(course: Course) -> None:
    by_code, by_campaign, by_nothing = (
        order("by-code", opportunity_id="op", promo_codes=["TET"]),
        order("by-campaign", opportunity_id="op", campaign_id="d", promo_codes=["TET"]),
        order("by-nothing", opportunity_id="op"),
    )
    others = [campaign("d", currency="USD"), campaign("e", currency="USD", promo_codes=["TET"])]
    await course.changes(
        [CAMPAIGN, *others, version(1, "2026-03-03"), by_code, by_campaign, by_nothing],
        [version(2, "2026-03-15", deleted=True)],
        before=[
            totals(opportunities=1, orders=3),
            totals(campaign="d", orders=0),
            totals(campaign="e", orders=0),
            totals(as_of("2026-03-10"), opportunities=1),
        ],
        after=[
            totals(opportunities=0, customers=0, value_open=0, orders=0),
            totals(as_of("2026-03-10"), opportunities=0),
            totals(campaign="d", orders=1),
            totals(campaign="e", orders=1),
        ],
    )


async def test_one_that_is_restored_comes_back_with_its_orders(course: Course) -> None:
    await course.changes(
        [CAMPAIGN, version(1, "2026-03-03"), order(opportunity_id="op", campaign_id="c"), version(2, "2026-03-15", deleted=True)],
        [version(3, "2026-03-16", step_id="s2")],
        before=[totals(opportunities=0, orders=1), person("an", orders=0), person(None, orders=1)],
        after=[totals(opportunities=1, orders=1), person("an", orders=1), person(None, orders=0), *funnel(s1=0, s2=1)],
    )


async def test_one_under_a_tombstone_is_gone_whatever_arrives_later(course: Course) -> None:
    await course.changes(
        [CAMPAIGN, version(1, "2026-03-03"), order(opportunity_id="op", campaign_id="c")],
        [tombstone("opportunities", "op"), version(2, "2026-03-16")],
        before=[totals(opportunities=1), person("an", orders=1)],
        after=[totals(opportunities=0, orders=1), person(None, orders=1), totals(as_of("2026-03-10"), opportunities=0)],
    )
