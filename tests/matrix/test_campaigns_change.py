"""The change matrix (F60), campaigns and their time: each row by its sentence, before and after, in every order of arrival, with numbers worked out by hand."""

from __future__ import annotations

from typing import Any

from processor.recount import Record
from tests.support.course import ALL, Course, Told, of_day, person, series, step, totals
from tests.support.said import campaign, message, opportunity, order, settings, task, tombstone

OPEN = opportunity("open", at="2026-03-03T00:00:00Z", step_id="s2", owner_id="an")
WON = opportunity("won", at="2026-03-04T00:00:00Z", step_id="s3", owner_id="an")


def version(number: int, *steps: str, at: str = "2026-03-10T00:00:00Z", **data: Any) -> Record:
    return campaign(version=number, at=at, steps=steps, currency="USD", **data)


FIRST = version(1, "s1", "s2", "s3", at="2026-03-01T00:00:00Z")


async def test_a_renamed_step_keeps_its_counts(course: Course) -> None:
    await course.changes(
        [FIRST, OPEN, WON],
        [version(2, "s1", "s2", "s3", names={"s2": "Offer", "s3": "Signed"})],
        before=[step("s2", name="s2", current=1), step("s3", name="s3", current=1)],
        after=[step("s2", name="Offer", current=1), step("s3", name="Signed", current=1), totals(won=1, open=1)],
    )


async def test_reordered_steps_win_nothing_by_themselves_and_reached_follows_the_positions_of_today(course: Course) -> None:
    await course.changes(
        [FIRST, OPEN, WON],
        [version(2, "s1", "s3", "s2")],
        before=[totals(won=1, open=1), step("s1", reached=2), step("s2", reached=2), step("s3", reached=1)],
        after=[
            totals(won=1, open=1),
            step("s1", reached=2),
            step("s3", reached=2, position=1),
            step("s2", reached=2, position=2, current=1),
        ],
    )


async def test_whoever_enters_the_new_last_step_from_now_on_has_won(course: Course) -> None:
    await course.changes(
        [FIRST, OPEN, version(2, "s1", "s3", "s2")],
        [opportunity("late", at="2026-03-12T00:00:00Z", step_id="s2"), opportunity("other", at="2026-03-12T00:00:00Z", step_id="s3")],
        before=[totals(won=0, open=1)],
        after=[totals(won=1, open=2)],
    )


async def test_a_deleted_step_stays_as_a_removed_one_until_its_opportunities_move(course: Course) -> None:
    await course.changes(
        [FIRST, OPEN, version(2, "s1", "s3")],
        [opportunity("open", version=2, at="2026-03-12T00:00:00Z", step_id="s1", owner_id="an")],
        before=[step("s2", current=1, position=None, name=None), step("s1", current=0, reached=0)],
        after=[step("s2"), step("s1", current=1, reached=1)],
    )


async def test_an_added_last_step_takes_no_win_back(course: Course) -> None:
    await course.changes(
        [FIRST, WON],
        [version(2, "s1", "s2", "s3", "s4")],
        before=[totals(won=1), step("s3", current=1, reached=1)],
        after=[totals(won=1), step("s3", current=1, reached=1), step("s4", current=0, reached=1)],
    )


async def test_a_campaign_that_is_suspended_and_ended_goes_on_counting(course: Course) -> None:
    ended = version(2, "s1", "s2", "s3", status="suspended", end_at="2026-03-10T00:00:00Z")
    late = [order(purchased_at="2026-03-25T00:00:00Z", campaign_id="c"), message("sent", at="2026-03-26T00:00:00Z"), OPEN]
    await course.changes(
        [FIRST, ended],
        late,
        before=[totals(opportunities=0, orders=0, messages_sent=0)],
        after=[totals(opportunities=1, orders=1, messages_sent=1), totals(of_day("2026-03-25"), orders=1)],
    )


async def test_a_participant_who_leaves_takes_no_number_along(course: Course) -> None:
    """What such a person may still see is the reader's business; a participant without figures has no row any more."""
    of_an = [OPEN, task(assignee_id="an")]
    await course.changes(
        [version(1, "s1", "s2", "s3", participant_ids=["an", "binh"]), *of_an],
        [version(2, "s1", "s2", "s3", participant_ids=[])],
        before=[person("an", opportunities=1, tasks_created=1), person("binh", opportunities=0, tasks_created=0), totals(opportunities=1)],
        after=[person("an", opportunities=1, tasks_created=1), person("binh"), totals(opportunities=1, tasks_created=1)],
    )


EVENING = "2026-03-05T20:00:00Z"
"""The fifth in UTC and in New York, the sixth in Vietnam."""
OF_THE_EVENING = [
    opportunity(created_at=EVENING, at=EVENING, status="won", won_at=EVENING),
    order(purchased_at=EVENING, campaign_id="c"),
    task(created_at=EVENING),
    message("sent", at=EVENING),
]


def in_the_days_of(day: str) -> list[Told]:
    counted = [series(measure, {day: 1}) for measure in ("opportunities", "customers", "orders", "tasks_created", "messages_sent")]
    return [*counted, series("revenue_net", {day: 1000}), series("won", {day: 1}, basis="closed"), totals(ALL, opportunities=1, orders=1)]


async def test_another_time_zone_of_the_campaign_puts_every_number_into_its_days(course: Course) -> None:
    await course.changes(
        [FIRST, *OF_THE_EVENING],
        [version(2, "s1", timezone="Asia/Ho_Chi_Minh")],
        before=in_the_days_of("2026-03-05"),
        after=in_the_days_of("2026-03-06"),
    )


async def test_another_time_zone_of_the_tenant_moves_the_campaigns_that_have_none_of_their_own(course: Course) -> None:
    own = [campaign("own", timezone="America/New_York"), order("of-own", purchased_at=EVENING, campaign_id="own")]
    await course.changes(
        [FIRST, *own, *OF_THE_EVENING, settings(timezone="UTC")],
        [settings(version=2, at="2026-03-20T00:00:00Z", timezone="Asia/Ho_Chi_Minh")],
        before=[*in_the_days_of("2026-03-05"), series("orders", {"2026-03-05": 1}, campaign="own")],
        after=[*in_the_days_of("2026-03-06"), series("orders", {"2026-03-05": 1}, campaign="own")],
    )


async def test_another_start_of_the_fiscal_year_moves_the_year_and_no_day(course: Course) -> None:
    """March lies in the calendar's year 2026, and in the fiscal year that began in April 2025."""
    around = {"period": "year", "at": "2026-06-30"}
    await course.changes(
        [FIRST, order(campaign_id="c"), settings(fiscal_year_start_month=1)],
        [settings(version=2, at="2026-03-20T00:00:00Z", fiscal_year_start_month=4)],
        before=[totals(around, orders=1), totals({**around, "at": "2026-03-31"}, orders=1)],
        after=[totals(around, orders=0), totals({**around, "at": "2026-03-31"}, orders=1), series("orders", {"2026-03-05": 1})],
    )


async def test_other_counted_statuses_count_and_uncount_the_orders_of_before(course: Course) -> None:
    orders = [order("paid", campaign_id="c"), order("draft", campaign_id="c", status="draft", gross_minor=70)]
    await course.changes(
        [FIRST, *orders],
        [settings(counted_order_statuses=["draft"])],
        before=[totals(orders=1, revenue_net=1000, orders_all=2)],
        after=[totals(orders=1, revenue_net=70, orders_all=2), series("orders", {"2026-03-05": 1})],
    )


async def test_tax_and_shipping_count_where_the_tenant_says_so_from_the_first_order_on(course: Course) -> None:
    await course.changes(
        [FIRST, order(campaign_id="c", tax_minor=100, shipping_minor=30)],
        [settings(revenue_includes=["tax"])],
        before=[totals(revenue_gross=1000, revenue_net=1000)],
        after=[totals(revenue_gross=1100, revenue_net=1100)],
    )


async def test_a_campaign_under_a_tombstone_claims_no_codes_and_its_numbers_stay(course: Course) -> None:
    by_code = [
        version(1, "s1", promo_codes=["TET"]),
        campaign("d", currency="USD"),
        order(promo_codes=["TET"]),
        order("named", campaign_id="c"),
    ]
    unattributed = order("to-d", campaign_id="d")
    await course.changes(
        [*by_code, unattributed],
        [tombstone("campaigns", "c"), version(7, "s1", promo_codes=["TET"])],
        before=[totals(orders=2), totals(campaign="d", orders=1)],
        after=[totals(campaign="d", orders=1)],
    )


async def test_the_code_of_a_campaign_at_checkout_is_worth_a_promo_code_and_goes_with_it(course: Course) -> None:
    await course.changes(
        [version(1, "s1", code="TET-26"), campaign("d", currency="USD"), order(promo_codes=["TET-26"])],
        [version(2, "s1", code="TET-27"), campaign("d", version=2, currency="USD", code="TET-26", at="2026-03-09T00:00:00Z")],
        before=[totals(orders=1, revenue_net=1000), totals(campaign="d", orders=0)],
        after=[totals(orders=0, revenue_net=0), totals(campaign="d", orders=1, revenue_net=1000)],
    )
