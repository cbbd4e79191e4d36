"""By hour, as the API tells it, whatever happens to what was counted: from events to `GET …/series?by=hour`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.support.course import Course, Told
from tests.support.said import campaign, message, opportunity, order, settings, task

VIETNAM = campaign(timezone="Asia/Ho_Chi_Minh", currency="USD")
NEW_YORK = campaign(version=2, timezone="America/New_York", currency="USD")


def hours(measure: str, day: str, says: Mapping[str, int], *, campaign: str = "c") -> Told:
    """The hours of a local day, by their UTC start, in which a number is not zero."""
    return Told(
        f"/v1/campaigns/{campaign}/series",
        {"measure": measure, "by": "hour", "from": day, "to": day},
        lambda answer: {point["start"][11:16]: point["value"] for point in answer["points"] if point["value"]},
        says,
    )


async def test_an_hour_is_one_of_the_local_day(course: Course) -> None:
    """Seven hours before it is so late in UTC."""
    await course.comes_to(
        [VIETNAM, opportunity(created_at="2026-03-05T17:20:00Z"), opportunity("b", created_at="2026-03-06T16:59:59Z")],
        hours("opportunities", "2026-03-06", {"17:00": 1, "16:00": 1}),
        hours("opportunities", "2026-03-05", {}),
    )


async def test_an_hour_has_the_money_of_its_orders_less_their_refunds(course: Course) -> None:
    bought: dict[str, Any] = {"campaign_id": "c", "purchased_at": "2026-03-06T03:10:00Z"}
    refund = {"id": "rf", "amount_minor": 400, "refunded_at": "2026-04-01T00:00:00Z"}
    await course.changes(
        [VIETNAM, order(**bought)],
        [order(version=2, refunds=[refund], **bought), order("b", **bought)],
        before=[hours("orders", "2026-03-06", {"03:00": 1}), hours("revenue_net", "2026-03-06", {"03:00": 1000})],
        after=[hours("orders", "2026-03-06", {"03:00": 2}), hours("revenue_net", "2026-03-06", {"03:00": 1600})],
    )


async def test_what_an_opportunity_and_a_task_counted_by_hour_moves_with_them(course: Course) -> None:
    created: dict[str, Any] = {"created_at": "2026-03-06T03:10:00Z"}
    await course.changes(
        [VIETNAM, campaign("d", timezone="Asia/Kolkata"), opportunity(**created), task(**created)],
        [opportunity(version=2, campaign_id="d", **created), task(version=2, created_at="2026-03-06T04:10:00Z")],
        before=[hours("opportunities", "2026-03-06", {"03:00": 1}), hours("tasks_created", "2026-03-06", {"03:00": 1})],
        after=[
            hours("opportunities", "2026-03-06", {}),
            hours("opportunities", "2026-03-06", {"02:30": 1}, campaign="d"),
            hours("tasks_created", "2026-03-06", {"04:00": 1}),
        ],
    )


async def test_a_message_that_was_delivered_before_it_was_clicked_counts_each_stage_in_its_own_hour(course: Course) -> None:
    clicked, delivered = message("clicked", at="2026-03-06T05:10:00Z"), message("delivered", at="2026-03-06T03:50:00Z")
    await course.changes(
        [VIETNAM, message("targeted", at="2026-03-06T01:00:00Z"), clicked],
        [delivered],
        before=[hours("messages_sent", "2026-03-06", {"05:00": 1}), hours("messages_clicked", "2026-03-06", {"05:00": 1})],
        after=[
            hours("messages_sent", "2026-03-06", {"03:00": 1}),
            hours("messages_delivered", "2026-03-06", {"03:00": 1}),
            hours("messages_clicked", "2026-03-06", {"05:00": 1}),
        ],
    )


async def test_hours_move_with_the_zone_of_their_campaign(course: Course) -> None:
    """Kolkata is half an hour beside whole hours, New York has another day."""
    await course.changes(
        [
            campaign(),
            settings(timezone="Asia/Kolkata"),
            opportunity(created_at="2026-03-06T03:10:00Z"),
            message("sent", at="2026-03-06T03:40:00Z"),
        ],
        [NEW_YORK],
        before=[hours("opportunities", "2026-03-06", {"02:30": 1}), hours("messages_sent", "2026-03-06", {"03:30": 1})],
        after=[hours("opportunities", "2026-03-05", {"03:00": 1}), hours("messages_sent", "2026-03-05", {"03:00": 1})],
    )
