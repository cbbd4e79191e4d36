"""The recount on what happened to opportunities (docs/definitions.md, rules 13 to 17). Days are in UTC unless a test says otherwise."""

from __future__ import annotations

from typing import Any

import pytest

from processor.recount import Record
from processor.recount.movements import BOUNDS_MS, bucket
from tests.support.said import campaign, cells, opportunity, tombstone

MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000


def entry(version: int, day: int, **data: Any) -> Record:
    """A version at noon of a day in March. All are created on the 2nd at noon."""
    return opportunity(version=version, at=f"2026-03-{day:02d}T12:00:00Z", **{"created_at": "2026-03-02T12:00:00Z", **data})


def happened(*records: Record, name: str, of: str = "c") -> dict[tuple[str, ...], int]:
    """(day of March, parts of the field after the name …) -> value."""
    return {
        (day.removeprefix("2026-03-"), *parts): value
        for (day, first, *parts), value in cells(records, "v", campaign=of).items()
        if first == name
    }


# Reopened.


def test_an_open_one_after_a_closed_one_is_reopened_and_says_what_it_was() -> None:
    history = [entry(1, 2), entry(2, 3, status="won"), entry(3, 5), entry(4, 6, status="lost"), entry(5, 9), entry(6, 10)]

    assert happened(*history, name="reopened") == {("05", "w"): 1, ("09", "l"): 1}


def test_from_won_to_lost_nothing_is_reopened_nor_by_opening_at_first() -> None:
    assert happened(entry(1, 2), entry(2, 3, status="won"), entry(3, 5, status="lost"), name="reopened") == {}


def test_it_is_not_reopened_before_it_was_closed() -> None:
    stated = [entry(1, 3, status="won", won_at="2026-03-20T00:00:00Z"), entry(2, 5)]

    assert happened(*stated, name="reopened") == {("20", "w"): 1}


def test_it_is_reopened_in_the_campaign_of_the_entry_that_opened_it() -> None:
    history = [entry(1, 3, status="lost"), entry(2, 5, campaign_id="d"), entry(3, 7)]

    assert happened(*history, name="reopened") == {}
    assert happened(*history, name="reopened", of="d") == {("05", "l"): 1}


# Moved.


def test_a_move_leaves_one_campaign_and_enters_the_other() -> None:
    history = [entry(1, 2), entry(2, 5, campaign_id="d")]

    assert happened(*history, name="moved_out") == happened(*history, name="moved_in", of="d") == {("05",): 1}
    assert happened(*history, name="moved_in") == happened(*history, name="moved_out", of="d") == {}


def test_each_campaign_sees_the_move_on_its_own_day() -> None:
    zones = [campaign("c", timezone="Asia/Ho_Chi_Minh"), campaign("d", timezone="America/New_York")]
    history = [entry(1, 2), opportunity(version=2, campaign_id="d", at="2026-03-05T20:00:00Z", created_at="2026-03-02T12:00:00Z")]

    assert happened(*zones, *history, name="moved_out") == {("06",): 1}
    assert happened(*zones, *history, name="moved_in", of="d") == {("05",): 1}


def test_being_there_from_the_start_is_no_move() -> None:
    assert cells([entry(1, 2)], "v") == {}


def test_what_comes_back_after_it_was_deleted_has_moved_only_if_it_comes_back_elsewhere() -> None:
    gone = [entry(1, 2), entry(2, 5, deleted=True)]

    assert happened(*gone, entry(3, 7), name="moved_in") == {}
    assert happened(*gone, entry(3, 7, campaign_id="d"), name="moved_out") == {("07",): 1}
    assert happened(*gone, entry(3, 7, campaign_id="d"), name="moved_in", of="d") == {("07",): 1}


def test_a_campaign_that_only_a_test_or_deleted_entry_names_was_never_entered() -> None:
    history = [entry(1, 2), entry(2, 5, campaign_id="d", is_test=True), entry(3, 7)]

    assert cells(history, "v", campaign="d") == {}
    assert happened(*history, name="moved_out") == {}


@pytest.mark.parametrize("last", [entry(9, 20, deleted=True), entry(9, 20, is_test=True), tombstone("opportunities", "op")])
def test_nothing_happened_to_one_that_does_not_exist(last: Record) -> None:
    history = [entry(1, 2, owner_id="an"), entry(2, 5, campaign_id="d"), entry(3, 6, status="lost"), entry(4, 8), last]

    assert cells(history, "v") == cells(history, "v", campaign="d") == {}


def test_a_clock_that_goes_back_moves_at_the_time_of_the_version_before() -> None:
    assert happened(entry(1, 9), entry(2, 5, campaign_id="d"), name="moved_in", of="d") == {("09",): 1}
    assert happened(entry(1, 4), entry(2, 9), entry(3, 5, campaign_id="d"), name="moved_in", of="d") == {("09",): 1}


# Reassigned.


def test_a_new_owner_takes_over_from_the_one_before() -> None:
    history = [entry(1, 2, owner_id="an"), entry(2, 5, owner_id="binh"), entry(3, 8, owner_id="an"), entry(4, 9, owner_id="an")]

    assert happened(*history, name="out") == {("05", "an"): 1, ("08", "binh"): 1}
    assert happened(*history, name="in") == {("05", "binh"): 1, ("08", "an"): 1}


def test_a_first_owner_is_no_reassignment_and_giving_up_is_out_alone() -> None:
    history = [entry(1, 2), entry(2, 5, owner_id="an"), entry(3, 8)]

    assert happened(*history, name="in") == {}
    assert happened(*history, name="out") == {("08", "an"): 1}


def test_between_campaigns_or_over_a_gap_nobody_takes_over() -> None:
    moved = [entry(1, 2, owner_id="an"), entry(2, 5, owner_id="binh", campaign_id="d")]
    restored = [entry(1, 2, owner_id="an"), entry(2, 5, deleted=True), entry(3, 8, owner_id="binh")]

    for history in (moved, restored):
        assert happened(*history, name="out") == happened(*history, name="in", of="d") == happened(*history, name="in") == {}


def test_a_closed_one_may_be_reassigned() -> None:
    assert happened(entry(1, 3, status="won", owner_id="an"), entry(2, 5, status="won", owner_id="binh"), name="in") == {("05", "binh"): 1}


# Time in a step.


def test_time_in_a_step_is_counted_when_it_ends() -> None:
    history = [entry(1, 2, step_id="a"), entry(2, 4, step_id="b"), entry(3, 9, step_id="b"), entry(4, 14, step_id="a")]

    # 2 days in a, 10 days in b; the second time in a goes on.
    assert happened(*history, name="step") == {("04", "a", str(bucket(2 * DAY))): 1, ("14", "b", str(bucket(10 * DAY))): 1}


def test_a_new_owner_does_not_end_it_but_closing_moving_or_deleting_does() -> None:
    start, later = entry(1, 2, step_id="a", owner_id="an"), entry(2, 3, step_id="a", owner_id="binh")
    ends = [
        entry(3, 5, step_id="a", status="lost"),
        entry(3, 5, step_id="a", campaign_id="d"),
        entry(3, 5),
    ]
    lasted = {("05", "a", str(bucket(3 * DAY))): 1}

    assert happened(start, later, name="step") == {}
    assert [happened(start, later, end, name="step") for end in ends] == [lasted] * 3
    assert happened(start, later, entry(3, 5, step_id="a", deleted=True), entry(4, 8, step_id="a"), name="step") == lasted


def test_no_step_is_a_step_too_and_a_closed_one_is_in_none() -> None:
    history = [entry(1, 2), entry(2, 3, step_id="a", status="won"), entry(3, 9, step_id="b", status="won"), entry(4, 12, step_id="b")]

    assert happened(*history, name="step") == {("03", "", str(bucket(DAY))): 1}


@pytest.mark.parametrize(("left", "number"), [("2026-03-04T12:00:00Z", 10), ("2026-03-04T12:00:00.001Z", 11)])
def test_a_time_is_measured_to_the_millisecond(left: str, number: int) -> None:
    later = opportunity(version=2, at=left, created_at="2026-03-02T12:00:00Z", step_id="b", owner_id="an")
    history = [entry(1, 2, step_id="a"), later]

    assert happened(*history, name="step") == {("04", "a", str(number)): 1}
    assert happened(*history, name="claim") == {("04", "an", str(number)): 1}


def test_it_begins_when_the_opportunity_is_created_even_if_nothing_was_said_yet() -> None:
    history = [entry(1, 9, step_id="a"), entry(2, 12, step_id="b")]

    assert happened(*history, name="step") == {("12", "a", str(bucket(10 * DAY))): 1}


# Time to claim.


def test_time_to_claim_goes_from_creation_to_the_first_owner() -> None:
    history = [entry(1, 2), entry(2, 4, owner_id="an"), entry(3, 6), entry(4, 7, owner_id="binh")]

    assert happened(*history, name="claim") == {("04", "an", str(bucket(2 * DAY))): 1}


def test_who_is_there_from_the_start_claims_at_once() -> None:
    assert happened(entry(1, 9, owner_id="an"), name="claim") == {("02", "an", "0"): 1}


def test_the_wait_for_an_owner_begins_at_the_creation_even_if_nothing_was_said_yet() -> None:
    assert happened(entry(1, 9), entry(2, 12, owner_id="an"), name="claim") == {("12", "an", str(bucket(10 * DAY))): 1}


def test_what_nobody_ever_owned_is_not_claimed() -> None:
    assert happened(entry(1, 2), entry(2, 4, owner_id="an", deleted=True), entry(3, 6), name="claim") == {}


def test_it_is_claimed_in_the_campaign_where_it_was_then() -> None:
    history = [entry(1, 2), entry(2, 4, owner_id="an", campaign_id="d"), entry(3, 6, owner_id="an")]

    waits = [campaign("c", registration_wait_s=9_999_999), campaign("d", registration_wait_s=5)]

    assert happened(*history, name="claim") == {}
    assert happened(*history, name="claim", of="d") == {("04", "an", str(bucket(2 * DAY))): 1}
    assert happened(*waits, *history, entry(4, 9, owner_id="an"), name="late_claim", of="d") == {("04", "an"): 1}


@pytest.mark.parametrize(("wait", "is_late"), [(None, False), (2 * 86_400, False), (2 * 86_400 - 1, True), (0, True), (3 * 86_400, False)])
def test_it_is_late_when_longer_than_the_campaign_waits(wait: int | None, is_late: bool) -> None:  # noqa: FBT001 - a table
    history = [campaign(registration_wait_s=wait), entry(1, 2), entry(2, 4, owner_id="an")]

    assert happened(*history, name="late_claim") == ({("04", "an"): 1} if is_late else {})


def test_the_wait_is_that_of_the_campaign_now_even_if_it_is_deleted() -> None:
    history = [entry(1, 2), entry(2, 4, owner_id="an")]
    waits = [campaign(version=1, registration_wait_s=5), campaign(version=2, registration_wait_s=9_999_999)]

    assert happened(*waits, *history, name="late_claim") == {}
    assert happened(*waits, campaign(version=3, registration_wait_s=5, deleted=True), *history, name="late_claim") == {("04", "an"): 1}


# Lengths.


def test_there_are_24_bounds_and_25_buckets() -> None:
    assert [BOUNDS_MS[0], BOUNDS_MS[3], BOUNDS_MS[4], BOUNDS_MS[8], BOUNDS_MS[9], BOUNDS_MS[23]] == [
        MINUTE,
        30 * MINUTE,
        HOUR,
        12 * HOUR,
        DAY,
        365 * DAY,
    ]
    assert len(BOUNDS_MS) == 24
    assert sorted(BOUNDS_MS) == BOUNDS_MS


@pytest.mark.parametrize(
    ("length", "number"),
    [
        (0, 0),
        (MINUTE, 0),
        (MINUTE + 1, 1),
        (HOUR, 4),
        (HOUR + 1, 5),
        (2 * DAY, 10),
        (365 * DAY, 23),
        (365 * DAY + 1, 24),
        (9_999 * DAY, 24),
    ],
)
def test_a_length_that_equals_a_bound_lies_below_it(length: int, number: int) -> None:
    assert bucket(length) == number
