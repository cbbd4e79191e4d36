"""The recount on states as of a day (rule 9 of docs/definitions.md): flows whose prefix sums are the state at the end of each day."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from processor.recount import Record, recount
from processor.recount.campaigns import Campaigns
from processor.recount.days import day_of, end_of, milliseconds
from processor.recount.facts import Facts
from processor.recount.opportunities import Opportunity
from processor.recount.pipeline import _counted_at_end_of
from tests.support.generator import PROFILES, generate
from tests.support.said import campaign, cells, opportunity

OPEN = ("n", "o", "", "")


def at_end_of(day: str, *records: Record, campaign: str = "c") -> dict[tuple[str, ...], int]:
    """The state as of a day, as a reader adds it up."""
    state: Counter[tuple[str, ...]] = Counter()
    for (changed, *name), amount in cells(records, "f", campaign=campaign).items():
        if changed <= day:
            state[tuple(name)] += amount
    return {name: amount for name, amount in state.items() if amount}


def test_it_is_there_from_the_day_of_its_creation() -> None:
    created = opportunity()

    assert at_end_of("2026-03-01", created) == {}
    assert at_end_of("2026-03-02", created) == {OPEN: 1}


def test_before_its_first_version_it_has_the_step_and_owner_of_the_first_version() -> None:
    late_news = opportunity(at="2026-03-20T00:00:00Z", step_id="b", owner_id="s")

    assert at_end_of("2026-03-05", late_news) == {("n", "o", "s", "b"): 1}


@pytest.mark.parametrize(
    ("created_at", "zone", "day"),
    [
        ("9999-12-31T23:59:59Z", "Pacific/Kiritimati", "9999-12-31"),
        ("9999-12-31T23:59:59Z", "America/New_York", "9999-12-30"),
        ("0001-01-01T00:00:00Z", "America/New_York", "0001-01-01"),
        ("0001-01-01T00:00:00Z", "Asia/Tokyo", "0001-01-02"),
    ],
)
def test_at_the_ends_of_the_calendar_it_is_there_too(created_at: str, zone: str, day: str) -> None:
    """Such instants stand for "never" and "always" somewhere; what is recounted must not end with them."""
    created = opportunity(created_at=created_at)

    assert cells([campaign(timezone=zone), created], "f") == {(day, *OPEN): 1}


def test_a_step_changes_on_the_day_of_its_version() -> None:
    records = [opportunity(version=1, step_id="a"), opportunity(version=2, step_id="b", at="2026-03-05T10:00:00Z")]

    assert at_end_of("2026-03-04", *records) == {("n", "o", "", "a"): 1}
    assert at_end_of("2026-03-05", *records) == {("n", "o", "", "b"): 1}


def test_what_changes_within_a_day_does_not_show() -> None:
    records = [
        opportunity(version=1, step_id="a"),
        opportunity(version=2, step_id="b", at="2026-03-05T10:00:00Z"),
        opportunity(version=3, step_id="a", at="2026-03-05T20:00:00Z"),
    ]

    assert {day for day, *_ in cells(records, "f")} == {"2026-03-02"}


def test_it_is_won_from_its_close_instant_even_if_the_news_came_later() -> None:
    records = [
        opportunity(version=1, amount_minor=10, currency="USD"),
        opportunity(version=2, amount_minor=10, currency="USD", status="won", won_at="2026-03-04T00:00:00Z", at="2026-03-09T00:00:00Z"),
    ]

    assert at_end_of("2026-03-03", *records) == {OPEN: 1, ("open", "USD"): 10}
    assert at_end_of("2026-03-04", *records) == {("n", "w", "", ""): 1, ("won", "USD"): 10}


def test_a_win_stated_for_before_the_first_version_is_not_put_off_to_that_version() -> None:
    records = [
        opportunity(version=1, at="2026-03-10T00:00:00Z"),
        opportunity(version=2, status="won", won_at="2026-03-05T00:00:00Z", at="2026-03-11T00:00:00Z"),
    ]

    assert at_end_of("2026-03-04", *records) == {OPEN: 1}
    assert at_end_of("2026-03-05", *records) == {("n", "w", "", ""): 1}


def test_before_a_first_run_that_is_closed_it_was_open() -> None:
    only_known_as_lost = opportunity(status="lost", lost_at="2026-03-08T00:00:00Z", at="2026-03-08T00:00:00Z")

    assert at_end_of("2026-03-07", only_known_as_lost) == {OPEN: 1}
    assert at_end_of("2026-03-08", only_known_as_lost) == {("n", "l", "", ""): 1}


def test_a_run_does_not_begin_before_the_creation_nor_before_the_run_before() -> None:
    records = [
        opportunity(version=1, status="won", won_at="2026-02-01T00:00:00Z", at="2026-03-03T00:00:00Z"),
        opportunity(version=2, status="lost", lost_at="2026-01-01T00:00:00Z", at="2026-03-04T00:00:00Z"),
    ]

    assert at_end_of("2026-03-01", *records) == {}
    assert at_end_of("2026-03-02", *records) == {("n", "l", "", ""): 1}


def test_a_reopened_one_is_open_from_the_first_version_that_says_so() -> None:
    records = [
        opportunity(version=1, status="won", at="2026-03-03T00:00:00Z"),
        opportunity(version=2, status="open", at="2026-03-05T00:00:00Z"),
    ]

    assert at_end_of("2026-03-04", *records) == {("n", "w", "", ""): 1}
    assert at_end_of("2026-03-05", *records) == {OPEN: 1}


@pytest.mark.parametrize("hidden", [{"deleted": True}, {"is_test": True}])
def test_it_is_nothing_while_its_entry_in_force_is_deleted_or_a_test(hidden: dict[str, Any]) -> None:
    records = [
        opportunity(version=1),
        opportunity(version=2, at="2026-03-05T00:00:00Z", **hidden),
        opportunity(version=3, at="2026-03-08T00:00:00Z"),
    ]

    assert [at_end_of(day, *records) for day in ("2026-03-04", "2026-03-05", "2026-03-08")] == [{OPEN: 1}, {}, {OPEN: 1}]


def test_it_counts_by_the_owner_of_the_entry_in_force() -> None:
    records = [opportunity(version=1, owner_id="a"), opportunity(version=2, owner_id="b", at="2026-03-05T00:00:00Z")]

    assert cells(records, "f") == {
        ("2026-03-02", "n", "o", "a", ""): 1,
        ("2026-03-05", "n", "o", "a", ""): -1,
        ("2026-03-05", "n", "o", "b", ""): 1,
    }


def test_a_move_leaves_and_enters_on_the_day_that_each_campaign_has() -> None:
    records = [
        campaign("c", timezone="America/New_York"),
        campaign("d", timezone="Asia/Ho_Chi_Minh"),
        opportunity(version=1, campaign_id="c", created_at="2026-03-02T12:00:00Z"),
        opportunity(version=2, campaign_id="d", created_at="2026-03-02T12:00:00Z", at="2026-03-05T20:00:00Z"),
    ]

    assert cells(records, "f", campaign="c") == {("2026-03-02", *OPEN): 1, ("2026-03-05", *OPEN): -1}
    assert cells(records, "f", campaign="d") == {("2026-03-06", *OPEN): 1}


def test_moved_there_and_back_leaves_only_the_days_in_between() -> None:
    records = [
        opportunity(version=1),
        opportunity(version=2, campaign_id="d", at="2026-03-05T00:00:00Z"),
        opportunity(version=3, at="2026-03-06T00:00:00Z"),
    ]

    assert [at_end_of(day, *records) for day in ("2026-03-04", "2026-03-05", "2026-03-06")] == [{OPEN: 1}, {}, {OPEN: 1}]
    assert at_end_of("2026-03-06", *records, campaign="d") == {}


def test_the_status_as_of_a_day_follows_the_runs_not_the_campaign_it_was_in() -> None:
    records = [
        opportunity(version=1, campaign_id="d"),
        opportunity(version=2, status="won", at="2026-03-05T00:00:00Z"),
    ]

    assert at_end_of("2026-03-04", *records, campaign="d") == {OPEN: 1}
    assert at_end_of("2026-03-05", *records) == {("n", "w", "", ""): 1}


# The recount looks only at days on which something can change; here it looks at every day.


@pytest.mark.parametrize("profile", PROFILES)
def test_looking_at_every_single_day_gives_the_same_flows(profile: str) -> None:
    records = [record for record in generate(7, profile=profile) if record.topic in ("campaigns", "opportunities")]
    facts = Facts(records)
    campaigns = Campaigns(facts)
    flows: Counter[tuple[str, str, str, str]] = Counter()
    for entity in facts.all("opportunity"):
        if not entity.exists:
            continue
        seen = Opportunity(entity, campaigns)
        for name in {entry.data["campaign_id"] for entry in seen.entries}:
            zone = campaigns.zone(seen.tenant, name)
            # What happened in 2011, when Apia left a day out, is apart from the rest by years of days without any change.
            for first, last in (
                (date(1969, 12, 30), date(1970, 1, 2)),
                (date(2011, 12, 28), date(2012, 1, 2)),
                (date(2026, 2, 1), date(2026, 5, 1)),
            ):
                day, before = first, _counted_at_end_of(seen, name, first - timedelta(days=1), zone)
                while day <= last:
                    now = _counted_at_end_of(seen, name, day, zone)
                    for measure in {*now, *before}:
                        flows[seen.tenant, name, day.isoformat(), measure] += now.get(measure, 0) - before.get(measure, 0)
                    day, before = day + timedelta(days=1), now

    counted = {(cell.tenant, cell.campaign, cell.day, cell.field): value for cell, value in recount(records).items() if cell.view == "f"}

    assert counted == {name: value for name, value in flows.items() if value}


def instant(text: str) -> int:
    return milliseconds(datetime.fromisoformat(text).astimezone(UTC))


@pytest.mark.parametrize(
    ("zone", "day", "last"),
    [
        ("UTC", date(2026, 3, 2), "2026-03-02T23:59:59.999+00:00"),
        ("America/New_York", date(2026, 3, 8), "2026-03-08T23:59:59.999-04:00"),
        ("Australia/Lord_Howe", date(2026, 4, 5), "2026-04-05T23:59:59.999+10:30"),
        ("Pacific/Apia", date(2011, 12, 29), "2011-12-29T23:59:59.999-10:00"),
        ("Pacific/Apia", date(2011, 12, 30), "2011-12-29T23:59:59.999-10:00"),
        ("Pacific/Apia", date(2011, 12, 31), "2011-12-31T23:59:59.999+14:00"),
        ("Pacific/Kiritimati", date(2026, 3, 2), "2026-03-02T23:59:59.999+14:00"),
        ("Pacific/Pago_Pago", date(2026, 3, 2), "2026-03-02T23:59:59.999-11:00"),
        # Its clocks went back at 00:01 until 2011: the day before had another 59 minutes after the first minute of the next.
        ("America/St_Johns", date(2010, 11, 6), "2010-11-06T23:59:59.999-03:30"),
    ],
)
def test_the_end_of_a_day_is_its_last_millisecond(zone: str, day: date, last: str) -> None:
    assert end_of(day, zone) == instant(last)
    assert day_of(end_of(day, zone) + 1, zone) > day
