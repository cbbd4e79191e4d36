"""The recount on the status of opportunities: won by step or by word, when it closed, and who is credited (docs/definitions.md, rules 2, 4 to 6)."""

from __future__ import annotations

from collections import Counter
from typing import Any

from processor.recount import Record
from tests.support.said import campaign, cells, opportunity

MARCH_2 = "2026-03-02"


def now(*records: Record) -> list[tuple[str, ...]]:
    """(day, status, registered, step) of each opportunity, by creation day."""
    return [(day, *rest) for day, name, *rest in cells(records, "o") if name == "n"]


# Status (rule 2, D4).


def test_the_last_step_means_won() -> None:
    assert now(campaign(steps=("a", "b")), opportunity(step_id="b")) == [(MARCH_2, "w", "u", "b")]


def test_any_other_step_means_open() -> None:
    assert now(campaign(steps=("a", "b")), opportunity(step_id="a")) == [(MARCH_2, "o", "u", "a")]


def test_the_last_step_is_the_one_of_the_greatest_position_wherever_it_is_listed() -> None:
    last_first = campaign(positions={"b": 7, "a": 3})

    assert now(last_first, opportunity(step_id="b")) == [(MARCH_2, "w", "u", "b")]


def test_an_explicit_status_wins_over_the_step() -> None:
    assert now(campaign(steps=("a", "b")), opportunity(step_id="b", status="open")) == [(MARCH_2, "o", "u", "b")]


def test_no_step_is_not_the_last_step_of_a_campaign_without_steps() -> None:
    assert now(campaign(steps=()), opportunity()) == [(MARCH_2, "o", "u", "")]


def test_the_steps_are_those_at_the_time_of_the_version() -> None:
    campaigns = [
        campaign(version=1, at="2026-03-01T00:00:00Z", steps=("a", "b")),
        campaign(version=2, at="2026-03-10T00:00:00Z", steps=("a", "b", "c")),
    ]

    assert now(*campaigns, opportunity(step_id="b", at="2026-03-09T23:59:59.999Z")) == [(MARCH_2, "w", "u", "b")]
    assert now(*campaigns, opportunity(step_id="b", at="2026-03-10T00:00:00Z")) == [(MARCH_2, "o", "u", "b")]


def test_before_the_first_known_version_of_a_campaign_that_one_holds() -> None:
    known_late = campaign(version=5, at="2026-06-01T00:00:00Z", steps=("a", "b"))

    assert now(known_late, opportunity(step_id="b")) == [(MARCH_2, "w", "u", "b")]


def test_a_campaign_whose_clock_went_back_keeps_the_order_of_its_versions() -> None:
    campaigns = [
        campaign(version=1, at="2026-03-10T00:00:00Z", steps=("a", "b")),
        campaign(version=2, at="2026-03-05T00:00:00Z", steps=("a", "b", "c")),
    ]

    # Version 2 is in force from the 10th, not from the 5th; before the 10th the first known version holds.
    assert now(*campaigns, opportunity(step_id="b", at="2026-03-07T00:00:00Z")) == [(MARCH_2, "w", "u", "b")]
    assert now(*campaigns, opportunity(step_id="b", at="2026-03-10T00:00:00Z")) == [(MARCH_2, "o", "u", "b")]


def test_a_step_of_another_campaign_wins_nothing() -> None:
    assert now(campaign("other", steps=("b",)), campaign(steps=("a",)), opportunity(step_id="b")) == [(MARCH_2, "o", "u", "b")]


# Runs and closing (rules 4 to 6).


def closed(*records: Record) -> dict[str, Any]:
    """Closing day -> (status, credited owner), for a stream with one closed opportunity."""
    credited: Counter[tuple[str, ...]] = Counter()
    for (day, name, staff, status, *_), amount in cells(records, "z").items():
        if name in ("n", "c"):
            credited[day, status, staff] += amount
    return {day: tuple(rest) for (day, *rest), amount in credited.items() if amount}


def test_an_open_one_has_no_closing_day() -> None:
    assert cells([opportunity()], "k") == {}


def test_it_was_won_when_its_unbroken_run_of_won_versions_began() -> None:
    records = [
        opportunity(version=1, status="won", at="2026-03-03T00:00:00Z"),
        opportunity(version=2, status="open", at="2026-03-04T00:00:00Z"),
        opportunity(version=3, status="won", at="2026-03-05T00:00:00Z"),
        opportunity(version=4, status="won", at="2026-03-06T00:00:00Z"),
    ]

    assert closed(*records) == {"2026-03-05": ("w", "")}


def test_a_late_version_in_the_middle_breaks_a_run() -> None:
    first, last = (
        opportunity(version=1, status="won", at="2026-03-03T00:00:00Z"),
        opportunity(version=3, status="won", at="2026-03-05T00:00:00Z"),
    )

    assert closed(first, last) == {"2026-03-03": ("w", "")}
    assert closed(first, last, opportunity(version=2, at="2026-03-04T00:00:00Z")) == {"2026-03-05": ("w", "")}


def test_it_was_won_when_the_newest_version_of_the_run_says() -> None:
    stated = [
        opportunity(version=1, status="won", won_at="2026-03-10T00:00:00Z", at="2026-03-11T00:00:00Z"),
        opportunity(version=2, status="won", won_at="2026-03-08T00:00:00Z", at="2026-03-12T00:00:00Z"),
    ]

    assert closed(*stated) == {"2026-03-08": ("w", "")}
    # An after-image that leaves it out says that it is not known.
    assert closed(*stated, opportunity(version=3, status="won", at="2026-03-13T00:00:00Z")) == {"2026-03-11": ("w", "")}


def test_an_instant_stated_in_an_earlier_run_does_not_count() -> None:
    records = [
        opportunity(version=1, status="won", won_at="2026-03-03T00:00:00Z", at="2026-03-03T00:00:00Z"),
        opportunity(version=2, status="lost", lost_at="2026-03-05T00:00:00Z", at="2026-03-05T00:00:00Z"),
        opportunity(version=3, status="won", lost_at="2026-03-06T00:00:00Z", at="2026-03-07T00:00:00Z"),
    ]

    assert closed(*records) == {"2026-03-07": ("w", "")}


def test_without_a_stated_instant_it_is_never_closed_before_it_was_created() -> None:
    assert closed(opportunity(status="lost", at="2026-02-01T00:00:00Z")) == {MARCH_2: ("l", "")}


def test_it_was_won_at_the_time_that_its_first_won_version_says_though_clocks_went_back() -> None:
    records = [
        opportunity(version=1, at="2026-03-09T00:00:00Z"),
        opportunity(version=2, status="won", at="2026-03-04T00:00:00Z"),
    ]

    assert closed(*records) == {"2026-03-04": ("w", "")}


def test_the_owner_at_the_win_is_credited_and_the_owner_now_has_the_opportunity() -> None:
    records = [
        opportunity(version=1, owner_id="before", at="2026-03-03T00:00:00Z"),
        opportunity(version=2, owner_id="winner", status="won", at="2026-03-04T00:00:00Z"),
        opportunity(version=3, owner_id="now", status="won", at="2026-03-05T00:00:00Z"),
    ]

    assert cells(records, "s") == {(MARCH_2, "n", "now", "w", ""): 1, (MARCH_2, "c", "winner", "w"): 1, (MARCH_2, "c", "now", "w"): -1}
    assert closed(*records) == {"2026-03-04": ("w", "winner")}


def test_who_won_it_and_still_owns_it_needs_no_correction() -> None:
    records = [
        opportunity(version=1, owner_id="before"),
        opportunity(version=2, owner_id="winner", status="won", at="2026-03-04T00:00:00Z"),
    ]

    assert cells(records, "s") == {(MARCH_2, "n", "winner", "w", ""): 1}
