"""The recount on tasks and messages (docs/definitions.md, "Task", "Message")."""

from __future__ import annotations

from typing import Any

import pytest

from processor.recount import Record
from tests.support.said import campaign, cells, message, task, tombstone

DUE = "2026-03-10T00:00:00Z"


def state(*records: Record, watermark: int | None = None) -> list[tuple[str, ...]]:
    return list(cells(records, "t", watermark=watermark))


def test_a_task_counts_on_the_day_of_its_creation_for_its_assignee() -> None:
    assert state(task(assignee_id="s")) == [("2026-03-06", "n", "p", "s")]
    assert state(campaign(timezone="Asia/Ho_Chi_Minh"), task(created_at="2026-03-06T17:00:00Z")) == [("2026-03-07", "n", "p", "")]


def test_a_task_without_a_campaign_counts_nowhere() -> None:
    assert state(task(campaign_id=None, opportunity_id="op")) == []


@pytest.mark.parametrize(
    ("data", "letter"),
    [
        ({"status": "open"}, "p"),
        ({"status": "in_progress"}, "p"),
        ({"status": "cancelled", "due_at": DUE}, "x"),
        ({"status": "completed"}, "c"),
        ({"status": "completed", "due_at": DUE}, "c"),
        ({"status": "completed", "completed_at": DUE}, "c"),
        ({"status": "completed", "due_at": DUE, "completed_at": DUE}, "c"),
        ({"status": "completed", "due_at": DUE, "completed_at": "2026-03-10T00:00:00.001Z"}, "l"),
    ],
)
def test_a_task_has_exactly_one_state(data: dict[str, Any], letter: str) -> None:
    assert state(task(**data)) == [("2026-03-06", "n", letter, "")]


@pytest.mark.parametrize(("milliseconds_later", "letter"), [(-1, "p"), (0, "p"), (1, "d")])
def test_an_open_task_is_overdue_once_the_watermark_has_passed_its_due_time(milliseconds_later: int, letter: str) -> None:
    watermark = 1_773_100_800_000 + milliseconds_later  # 2026-03-10T00:00:00Z

    assert state(task(due_at=DUE), watermark=watermark) == [("2026-03-06", "n", letter, "")]


def test_only_an_open_task_becomes_overdue() -> None:
    long_after = 4_000_000_000_000

    assert state(task(due_at=DUE, status="cancelled"), watermark=long_after) == [("2026-03-06", "n", "x", "")]
    assert state(task(), watermark=long_after) == [("2026-03-06", "n", "p", "")]


def test_a_deleted_task_counts_nowhere() -> None:
    assert state(task(version=1), task(version=2, deleted=True)) == state(task(), tombstone("tasks", "t")) == []


# Messages.


def stages(*records: Record) -> dict[str, str]:
    """Stage -> day."""
    return {stage: day for day, stage, *_ in cells(records, "m") if stage not in ("code", "reason")}


@pytest.mark.parametrize(
    ("stage", "implied"),
    [
        ("targeted", set()),
        ("suppressed", {"targeted"}),
        ("sent", {"targeted"}),
        ("delivered", {"sent", "targeted"}),
        ("opened", {"delivered", "sent", "targeted"}),
        ("clicked", {"opened", "delivered", "sent", "targeted"}),
        ("replied", {"opened", "delivered", "sent", "targeted"}),
        ("unsubscribed", {"delivered", "sent", "targeted"}),
        ("complained", {"delivered", "sent", "targeted"}),
        ("failed", {"targeted"}),
    ],
)
def test_a_stage_implies_those_before_it_at_its_own_time(stage: str, implied: set[str]) -> None:
    assert stages(message(stage)) == dict.fromkeys({stage, *implied}, "2026-03-07")


def test_an_implied_stage_keeps_an_earlier_time_of_its_own() -> None:
    assert stages(message("opened", at="2026-03-09T00:00:00Z"), message("sent", at="2026-03-08T00:00:00Z")) == {
        "opened": "2026-03-09",
        "delivered": "2026-03-09",
        "sent": "2026-03-08",
        "targeted": "2026-03-08",
    }


def test_an_implied_time_is_earlier_than_a_later_one_of_its_own() -> None:
    assert (
        stages(message("clicked", at="2026-03-08T00:00:00Z"), message("delivered", at="2026-03-09T00:00:00Z"))["delivered"] == "2026-03-08"
    )


def test_each_stage_counts_once_however_often_it_is_seen() -> None:
    seen = [
        message("opened", at="2026-03-09T00:00:00Z"),
        message("opened", at="2026-03-08T00:00:00Z"),
        message("opened", at="2026-03-08T00:00:00Z"),
    ]

    assert {name: amount for name, amount in cells(seen, "m").items() if name[1] == "opened"} == {
        ("2026-03-08", "opened", "sms", "", ""): 1
    }


def test_a_machine_open_implies_delivered_not_opened() -> None:
    assert set(stages(message("opened", machine_open=True))) == {"machine_opened", "delivered", "sent", "targeted"}


def test_a_machine_opens_only_what_is_opened() -> None:
    assert set(stages(message("clicked", machine_open=True))) == {"clicked", "opened", "delivered", "sent", "targeted"}


def test_failed_or_bounced_counts_once_at_the_earlier_of_the_two() -> None:
    assert stages(message("failed", at="2026-03-09T00:00:00Z"), message("bounced", at="2026-03-08T00:00:00Z")) == {
        "failed": "2026-03-08",
        "targeted": "2026-03-08",
    }


@pytest.mark.parametrize("arrived", [message("delivered"), message("complained"), message("opened", machine_open=True)])
def test_what_was_delivered_in_any_way_never_failed(arrived: Record) -> None:
    both = [message("bounced", failure_code="550"), arrived]

    assert "failed" not in stages(*both)
    assert not [name for name in cells(both, "m") if name[1] == "code"]


def test_a_failure_counts_by_its_code_and_by_the_empty_one_where_none_is_known() -> None:
    records = [message("failed", "a", failure_code="550"), message("failed", "b")]

    assert {name: amount for name, amount in cells(records, "m").items() if name[1] == "code"} == {
        ("2026-03-07", "code", "550"): 1,
        ("2026-03-07", "code", ""): 1,
    }


def test_the_earliest_event_that_carries_an_action_or_variant_gives_it() -> None:
    records = [
        message("targeted", at="2026-03-07T00:00:00Z"),
        message("sent", at="2026-03-08T00:00:00Z", action_id="a1"),
        message("delivered", at="2026-03-09T00:00:00Z", action_id="a2", variant="B"),
    ]

    assert {tuple(dimensions) for _, _, *dimensions in cells(records, "m")} == {("sms", "a1", "B")}


def test_of_two_at_the_same_time_the_greater_value_holds() -> None:
    records = [message("sent", action_id="b"), message("delivered", action_id="a")]

    assert {action for _, _, _, action, _ in cells(records, "m")} == {"b"}


def test_campaign_channel_and_subject_together_are_a_message() -> None:
    records = [message("sent"), message("sent", channel="email"), message("sent", campaign_id="d"), message("sent", "other")]

    assert cells(records, "m") == {
        ("2026-03-07", "sent", "sms", "", ""): 2,
        ("2026-03-07", "targeted", "sms", "", ""): 2,
        ("2026-03-07", "sent", "email", "", ""): 1,
        ("2026-03-07", "targeted", "email", "", ""): 1,
    }


def test_the_day_of_a_stage_is_that_of_the_campaign() -> None:
    assert stages(campaign(timezone="America/New_York"), message("targeted", at="2026-03-07T02:00:00Z")) == {"targeted": "2026-03-06"}
