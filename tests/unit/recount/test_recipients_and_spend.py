"""The recount on the people whom messages reached, and on money spent (docs/definitions.md, "Message"; F53, F59, F74)."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from processor.recount import Record
from tests.support.said import campaign, cells, message, spend, tombstone


def at(day: int) -> str:
    return f"2026-03-{day:02d}T12:00:00Z"


def people(records: list[Record], *name: str) -> dict[tuple[str, str], int]:
    """(day, day before) -> people, of a stage, or of a stage, dimension and its value: the messages, set right by the cells of recipients."""
    stage, *narrowed = name
    found: Counter[tuple[str, str]] = Counter()
    for (day, *parts), value in cells(records, "m").items():
        said = dict(zip(("channel", "action", "variant"), parts[1:], strict=False))
        if parts[0] == (stage if stage != "entries" else "targeted") and (not narrowed or said[narrowed[0]] == narrowed[1] != ""):
            found[day, ""] += value
    for (day, *parts, previous), value in cells(records, "u" if narrowed else "p").items():
        if parts == [*name]:
            found[day, previous] += value
    return {key: value for key, value in found.items() if value}


def test_a_recipient_counts_once_on_each_day_and_names_the_day_before() -> None:
    records = [message("targeted", subject, at=at(day)) for subject, day in (("a", 7), ("b", 7), ("d", 9), ("e", 8))]

    assert people(records, "targeted") == {
        ("2026-03-07", ""): 1,
        ("2026-03-08", "2026-03-07"): 1,
        ("2026-03-09", "2026-03-08"): 1,
    }


def test_each_stage_has_recipients_of_its_own_implied_ones_too() -> None:
    records = [message("clicked", at=at(9)), message("sent", at=at(8))]

    assert [len(people(records, stage)) for stage in ("targeted", "sent", "delivered", "opened", "clicked", "entries", "replied")] == [
        1
    ] * 6 + [0]
    assert people(records, "sent") == people(records, "targeted") == {("2026-03-08", ""): 1}
    assert people(records, "delivered") == {("2026-03-09", ""): 1}


@pytest.mark.parametrize("verb", ["suppressed", "failed", "bounced", "unsubscribed", "complained"])
def test_the_other_stages_have_none(verb: str) -> None:
    assert verb not in {name[1] for name in cells([message(verb, "a"), message(verb, "b")], "p")}


def test_a_machine_open_reaches_nobody_beyond_delivery() -> None:
    records = [message("opened", subject, machine_open=True) for subject in ("a", "b")]

    assert [len(people(records, stage)) for stage in ("targeted", "sent", "delivered", "opened")] == [1, 1, 1, 0]
    assert {name[1] for name in cells(records, "p")} == {"targeted", "sent", "delivered", "entries"}


def test_recipients_count_by_channel_action_and_variant_where_there_is_one() -> None:
    records = [
        message("targeted", "a", action_id="a1", variant="A"),
        message("targeted", "b", action_id="a2"),
        message("targeted", "d", channel="email", recipient_id="other"),
    ]
    only = {("2026-03-07", ""): 1}

    assert people(records, "targeted") == {("2026-03-07", ""): 2}
    assert people(records, "targeted", "channel", "sms") == people(records, "targeted", "channel", "email") == only
    assert people(records, "targeted", "action", "a1") == people(records, "targeted", "action", "a2") == only
    assert people(records, "targeted", "variant", "A") == only
    assert people(records, "targeted", "action", "") == people(records, "targeted", "variant", "") == {}


def test_a_message_is_for_the_recipient_that_its_earliest_event_names_and_without_one_for_nobody() -> None:
    records = [message("sent", recipient_id="b", at=at(8)), message("targeted", recipient_id="a", at=at(9))]
    other = message("targeted", "other", recipient_id="b", at=at(8))

    assert people([*records, other], "targeted") == {("2026-03-08", ""): 1}
    assert people([message("clicked", recipient_id=None)], "clicked") == people([message("clicked", recipient_id=None)], "entries") == {}


def test_a_person_with_one_message_needs_no_cell_of_its_own() -> None:
    assert cells([message("clicked", "a"), message("sent", "b", recipient_id="other")], "p") == {}


def test_the_days_are_those_of_the_campaign() -> None:
    assert people([campaign(timezone="Asia/Ho_Chi_Minh"), message("targeted", at="2026-03-07T20:00:00Z")], "targeted") == {
        ("2026-03-08", ""): 1
    }


def test_entries_are_pairs_of_recipient_and_entry_by_the_day_they_were_targeted() -> None:
    records = [
        message("targeted", "a", entry_id="1", at=at(7)),
        message("targeted", "b", entry_id="1", at=at(8)),
        message("targeted", "d", entry_id="2", at=at(8)),
        message("targeted", "e", entry_id="1", at=at(8), recipient_id="other"),
        message("clicked", "f", at=at(9), channel="email"),
        message("targeted", "g", at=at(9)),
    ]

    assert people(records, "entries") == {
        ("2026-03-07", ""): 1,  # cu, 1
        ("2026-03-08", "2026-03-07"): 1,  # cu, 1 again
        ("2026-03-08", ""): 2,  # cu, 2; other, 1
        ("2026-03-09", ""): 1,  # cu without an entry, twice
    }


def test_free_text_does_not_break_a_field_apart() -> None:
    twice = [message("targeted", subject, variant="\x1b\x1f") for subject in ("a", "b")]

    assert [name for name in cells(twice, "u") if name[2] == "variant"] == [("2026-03-07", "targeted", "variant", "\x1b0\x1b1", "")]


# Suppressed.


def test_suppressed_messages_count_by_reason_and_by_the_empty_one_where_none_is_known() -> None:
    records = [
        message("suppressed", "a", suppressed_reason="policy"),
        message("targeted", "a", at="2026-03-09T00:00:00Z", suppressed_reason="later"),
        message("suppressed", "b"),
        message("sent", "d", suppressed_reason="but it was sent"),
    ]

    assert {name: value for name, value in cells(records, "m").items() if name[1] == "reason"} == {
        ("2026-03-07", "reason", "policy"): 1,
        ("2026-03-07", "reason", ""): 1,
    }


# What messages cost.


def test_a_message_costs_once_on_the_day_of_the_earliest_event_that_says_so() -> None:
    records = [
        message("targeted", at=at(7)),
        message("delivered", at=at(9), cost_minor=70, cost_currency="VND"),
        message("sent", at=at(8), cost_minor=50, cost_currency="USD", channel="sms"),
    ]

    assert cells(records, "e") == {("2026-03-08", "message", "sms", "USD"): 50}


def test_of_two_costs_at_one_time_the_greater_amount_holds_then_the_greater_currency() -> None:
    def cost(*said: tuple[int, str | None]) -> dict[tuple[str, ...], int]:
        return cells([message("sent", cost_minor=amount, cost_currency=currency) for amount, currency in said], "e")

    assert cost((9, "USD"), (10, "EUR")) == {("2026-03-07", "message", "sms", "EUR"): 10}
    assert cost((10, "EUR"), (10, "USD"), (10, None)) == {("2026-03-07", "message", "sms", "USD"): 10}
    assert cost((-2, "USD"), (-10, "EUR")) == {("2026-03-07", "message", "sms", "USD"): -2}


def test_what_was_free_at_first_stays_free_and_an_unknown_currency_is_empty() -> None:
    assert cells([message("sent", cost_minor=0), message("delivered", at=at(9), cost_minor=5)], "e") == {}
    assert cells([message("sent", cost_minor=5)], "e") == {("2026-03-07", "message", "sms", ""): 5}
    assert cells([message("sent", cost_currency="USD")], "e") == {}


# Spend events.


def test_money_spent_counts_on_its_day_by_what_it_was_for() -> None:
    records = [campaign(timezone="America/New_York"), spend("a", kind="ads", spent_at="2026-03-04T02:00:00Z"), spend("b", amount_minor=7)]

    assert cells(records, "e") == {("2026-03-03", "event", "ads", "USD"): 500, ("2026-03-08", "event", "", "USD"): 7}


@pytest.mark.parametrize(
    ("last", "expected"),
    [
        (spend(version=2, campaign_id="d"), {}),
        (spend(version=2, amount_minor=-5), {("2026-03-09", "event", "", "USD"): -5}),
        (spend(version=2, deleted=True), {}),
        (tombstone("campaigns", "sp", kind="spend"), {}),
        (tombstone("campaigns", "sp"), {("2026-03-09", "event", "", "USD"): 500}),
    ],
)
def test_the_newest_version_says_what_was_spent(last: Record, expected: dict[Any, int]) -> None:
    assert cells([spend(version=1), last], "e") == expected
