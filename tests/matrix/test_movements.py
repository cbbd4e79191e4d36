"""The change matrix (F60), what a change leaves behind on the day on which it happened: reopened, reassigned, moved, and time on a step."""

from __future__ import annotations

from typing import Any

from processor.recount import Record
from tests.support.course import Course, of_day, person, series, totals
from tests.support.said import campaign, opportunity, order, settings

CAMPAIGN = campaign(steps=["s1", "s2", "s3"], currency="USD", participant_ids=["an", "binh"])
DAY_S = 86_400


def version(number: int, day: str, **data: Any) -> Record:
    """A version of the opportunity, said at noon of a day; it was created at midnight before the second of March."""
    return opportunity(version=number, at=f"{day}T12:00:00Z", **{"step_id": "s1", "owner_id": "an", "amount_minor": 500, **data})


async def test_a_step_that_is_left_has_lasted_from_the_creation_to_the_day_it_was_left(course: Course) -> None:
    """Six and a half days lie between five and seven: the median of one is in the middle of them."""
    await course.changes(
        [CAMPAIGN, version(1, "2026-03-03")],
        [version(2, "2026-03-08", step_id="s2")],
        before=[totals(time_in_step_median=None)],
        after=[totals(time_in_step_median=6 * DAY_S), totals(of_day("2026-03-08"), time_in_step_median=6 * DAY_S)],
    )


async def test_a_step_back_ends_one_stay_and_begins_another(course: Course) -> None:
    await course.changes(
        [CAMPAIGN, version(1, "2026-03-03"), version(2, "2026-03-08", step_id="s2")],
        [version(3, "2026-03-10", step_id="s1")],
        before=[totals(of_day("2026-03-10"), time_in_step_median=None)],
        after=[totals(of_day("2026-03-10"), time_in_step_median=1.5 * DAY_S)],
    )


async def test_a_won_one_reopened_counts_as_reopened_on_that_day(course: Course) -> None:
    await course.changes(
        [CAMPAIGN, version(1, "2026-03-03"), version(2, "2026-03-10", step_id="s3")],
        [version(3, "2026-03-15", step_id="s2")],
        before=[series("reopened", {})],
        after=[series("reopened", {"2026-03-15": 1}), totals(won=0, open=1)],
    )


async def test_a_lost_one_reopened_twice_counts_twice(course: Course) -> None:
    lost, opened = {"status": "lost", "lost_reason": "price"}, {"status": "open"}
    await course.changes(
        [CAMPAIGN, version(1, "2026-03-03", **lost), version(2, "2026-03-05", **opened)],
        [version(3, "2026-03-07", **lost), version(4, "2026-03-09", **opened)],
        before=[series("reopened", {"2026-03-05": 1})],
        after=[series("reopened", {"2026-03-05": 1, "2026-03-09": 1}), totals(lost=0)],
    )


async def test_another_owner_has_taken_over_what_the_one_before_has_handed_over(course: Course) -> None:
    await course.changes(
        [CAMPAIGN, version(1, "2026-03-03")],
        [version(2, "2026-03-15", owner_id="binh")],
        before=[totals(reassigned_in=0, reassigned_out=0)],
        after=[
            series("reassigned_in", {"2026-03-15": 1}),
            series("reassigned_out", {"2026-03-15": 1}),
            person("an", reassigned_in=0, reassigned_out=1),
            person("binh", reassigned_in=1, reassigned_out=0),
        ],
    )


async def test_what_is_given_back_to_nobody_is_handed_over_and_taken_over_by_nobody(course: Course) -> None:
    await course.changes(
        [CAMPAIGN, version(1, "2026-03-03")],
        [version(2, "2026-03-15", owner_id=None), version(3, "2026-03-16", owner_id="binh")],
        before=[totals(reassigned_out=0)],
        after=[series("reassigned_out", {"2026-03-15": 1}), totals(reassigned_in=0), person("binh", opportunities=1, reassigned_in=0)],
    )


async def test_credit_follows_the_owner_where_the_tenant_says_so(course: Course) -> None:
    sold = [version(1, "2026-03-03"), version(2, "2026-03-10", step_id="s3"), version(3, "2026-03-15", step_id="s3", owner_id="binh")]
    await course.changes(
        [CAMPAIGN, *sold, order(opportunity_id="op")],
        [settings(credit="current_owner")],
        before=[person("an", won=1, revenue_net=1000), person("binh", won=0, revenue_net=0)],
        after=[person("an", won=0, revenue_net=0), person("binh", won=1, revenue_net=1000)],
    )


async def test_one_that_moved_left_the_one_campaign_and_came_to_the_other_on_that_day(course: Course) -> None:
    await course.changes(
        [CAMPAIGN, campaign("d", steps=["d1"], currency="USD"), version(1, "2026-03-03")],
        [version(2, "2026-03-15", campaign_id="d")],
        before=[totals(moved_out=0), totals(campaign="d", moved_in=0)],
        after=[
            series("moved_out", {"2026-03-15": 1}),
            series("moved_in", {}),
            series("moved_in", {"2026-03-15": 1}, campaign="d"),
            series("moved_out", {}, campaign="d"),
        ],
    )


async def test_one_that_is_deleted_leaves_no_movement_behind(course: Course) -> None:
    moved = [version(1, "2026-03-03"), version(2, "2026-03-10", owner_id="binh"), version(3, "2026-03-12", campaign_id="d")]
    await course.changes(
        [CAMPAIGN, campaign("d", currency="USD"), *moved],
        [version(4, "2026-03-15", campaign_id="d", deleted=True)],
        before=[totals(reassigned_out=1, moved_out=1), totals(campaign="d", moved_in=1)],
        after=[totals(reassigned_out=0, moved_out=0), totals(campaign="d", moved_in=0)],
    )


async def test_a_late_middle_version_puts_a_movement_where_it_happened(course: Course) -> None:
    await course.changes(
        [CAMPAIGN, version(1, "2026-03-03"), version(5, "2026-03-20", owner_id="binh")],
        [version(3, "2026-03-10", owner_id="binh")],
        before=[series("reassigned_out", {"2026-03-20": 1})],
        after=[series("reassigned_out", {"2026-03-10": 1})],
    )


async def test_the_first_owner_claims_it_and_late_if_that_took_longer_than_the_campaign_allows(course: Course) -> None:
    await course.changes(
        [campaign(steps=["s1", "s2"], currency="USD", registration_wait_s=2 * DAY_S), version(1, "2026-03-02", owner_id=None)],
        [version(2, "2026-03-05")],
        before=[totals(late_claims=0, time_to_claim_median=None)],
        after=[series("late_claims", {"2026-03-05": 1}), totals(time_to_claim_median=4 * DAY_S)],
    )
