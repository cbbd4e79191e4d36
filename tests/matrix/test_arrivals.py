"""The change matrix (F60), how things arrive: late, twice, older, out of order, on any partition; and what readers are told of it."""

from __future__ import annotations

from typing import Any

from tests.support.course import ALL, Course, as_of, of_day, person, series, step, totals
from tests.support.said import campaign, message, opportunity, order, task

CAMPAIGN = campaign(steps=["s1", "s2", "s3"], currency="USD")


async def test_the_same_event_again_changes_nothing(course: Course) -> None:
    everything = [
        CAMPAIGN,
        opportunity(step_id="s2", owner_id="an", amount_minor=500),
        order(opportunity_id="op", refunds=[{"id": "f", "amount_minor": 300, "refunded_at": "2026-03-09T00:00:00Z"}]),
        task(assignee_id="an"),
        message("clicked"),
    ]
    said = [
        totals(opportunities=1, value_open=500, orders=1, revenue_net=700, tasks_created=1, messages_clicked=1, messages_total=1),
        person("an", opportunities=1, orders=1, tasks_created=1),
    ]
    await course.changes(everything, everything, before=said, after=said)


async def test_an_older_version_changes_nothing_where_only_the_newest_counts(course: Course) -> None:
    newest = [order(version=3, campaign_id="c", gross_minor=700), task(version=3, status="completed"), CAMPAIGN]
    older = [order(version=2, campaign_id="d", gross_minor=9), task(version=1, assignee_id="an"), campaign(version=0, currency="EUR")]
    said = [totals(orders=1, revenue_net=700, tasks_created=1, tasks_completed=1), totals(of_day("2026-03-05"), orders=1)]
    await course.changes(newest, older, before=said, after=said)


async def test_an_older_version_of_an_opportunity_joins_its_history(course: Course) -> None:
    """It had come as far as the last but one step, and Binh had it when it was won."""
    known = [
        opportunity(version=1, step_id="s1", owner_id="an"),
        opportunity(version=5, at="2026-03-20T00:00:00Z", status="won", step_id="s1", owner_id="an"),
    ]
    older = [
        opportunity(version=2, at="2026-03-10T00:00:00Z", status="open", step_id="s2", owner_id="an"),
        opportunity(version=4, at="2026-03-15T00:00:00Z", status="won", step_id="s1", owner_id="binh"),
    ]
    await course.changes(
        [CAMPAIGN, *known],
        older,
        before=[series("won", {"2026-03-20": 1}, basis="closed"), person("an", won=1), step("s2", as_of("2026-03-12"), current=0)],
        after=[
            series("won", {"2026-03-15": 1}, basis="closed"),
            person("an", won=0, opportunities=1),
            person("binh", won=1, opportunities=0),
            step("s2", as_of("2026-03-12"), current=1),
        ],
    )


async def test_a_late_event_counts_in_the_day_in_which_it_happened(course: Course) -> None:
    now = [CAMPAIGN, opportunity("new", created_at="2026-06-29T00:00:00Z", at="2026-06-29T00:00:00Z")]
    late = [
        opportunity("old", created_at="2026-01-10T00:00:00Z", at="2026-01-10T00:00:00Z"),
        order(purchased_at="2026-01-11T00:00:00Z", at="2026-01-11T00:00:00Z", campaign_id="c"),
        message("sent", at="2026-01-12T00:00:00Z"),
        task(created_at="2026-01-13T00:00:00Z", at="2026-01-13T00:00:00Z"),
    ]
    await course.changes(
        now,
        late,
        before=[series("opportunities", {"2026-06-29": 1}), totals(of_day("2026-01-11"), orders=0)],
        after=[
            series("opportunities", {"2026-01-10": 1, "2026-06-29": 1}),
            series("orders", {"2026-01-11": 1}),
            series("messages_sent", {"2026-01-12": 1}),
            series("tasks_created", {"2026-01-13": 1}),
            totals(as_of("2026-02-01"), opportunities=1),
        ],
    )


async def test_a_late_event_is_told_to_readers_as_a_new_revision(course: Course) -> None:
    late = order(purchased_at="2026-01-11T00:00:00Z", at="2026-01-11T00:00:00Z", campaign_id="c")
    async with course.counted() as counted:
        await counted.take([[(0, CAMPAIGN)]])
        before = (await counted.answer("/v1/campaigns/c/overview"))["stamp"]
        await counted.take([[(0, late)]])
        after = (await counted.answer("/v1/campaigns/c/overview"))["stamp"]

    assert before["revision"] != after["revision"]
    assert after["settled"]


async def test_a_message_seen_earlier_after_all_moves_its_stages_to_the_earlier_day(course: Course) -> None:
    await course.changes(
        [CAMPAIGN, message("clicked", at="2026-03-09T00:00:00Z"), message("bounced", "m-2", at="2026-03-09T00:00:00Z")],
        [message("sent", at="2026-03-07T00:00:00Z"), message("delivered", "m-2", at="2026-03-12T00:00:00Z")],
        before=[
            totals(ALL, messages_clicked=1, messages_delivered=1, messages_failed=1),
            series("messages_sent", {"2026-03-09": 1}),
            series("messages_total", {"2026-03-09": 2}),
        ],
        after=[
            totals(ALL, messages_clicked=1, messages_delivered=2, messages_failed=0),
            series("messages_sent", {"2026-03-07": 1, "2026-03-12": 1}),
            series("messages_total", {"2026-03-07": 1, "2026-03-09": 1}),
            series("messages_clicked", {"2026-03-09": 1}),
        ],
    )


async def test_a_task_that_is_deleted_and_restored_is_counted_once(course: Course) -> None:
    gone: list[Any] = [task(assignee_id="an"), task(version=2, assignee_id="an", deleted=True)]
    await course.changes(
        [CAMPAIGN, *gone],
        [task(version=3, assignee_id="binh")],
        before=[totals(tasks_created=0)],
        after=[totals(tasks_created=1), person("binh", tasks_created=1), person("an")],
    )
