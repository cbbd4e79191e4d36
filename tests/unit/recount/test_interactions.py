"""The recount on customers in charge and interacted (docs/definitions.md, "Interactions"; F33, F34)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from random import Random
from typing import Any

import pytest

from processor.recount import Record
from processor.recount.interactions import Interval, narrowest
from tests.support.said import campaign, cells, interaction, message, opportunity, settings, task, tombstone

STRICT = settings(interaction_definition="getfly_strict")


Found = Mapping[tuple[str, ...], int]


def added_up(found: Found, first: int, last: int, *name: str) -> int:
    """Interacted customers from one day of March to another, as a reader adds them up."""
    start, stop = f"2026-03-{first:02d}", f"2026-03-{last:02d}"
    return sum(amount for (day, *parts, end), amount in found.items() if parts == [*name] and start <= day and end <= stop)


def in_range(records: list[Record], first: int, last: int, owner: str | None = None) -> int:
    if owner is None:
        return added_up(cells(records, "n"), first, last, "x")
    return added_up(cells(records, "w"), first, last, "x", owner)


def in_charge(found: Found, first: int, last: int) -> int:
    start, stop = f"2026-03-{first:02d}", f"2026-03-{last:02d}"
    return sum(amount for (day, name, *rest), amount in found.items() if name == "g" and start <= day <= stop and rest[0] < start)


def deal(subject: str = "op", day: int = 2, **data: Any) -> Record:
    """An opportunity of An with the customer, created at noon of a day of March."""
    return opportunity(subject, **{"owner_id": "an", "created_at": f"2026-03-{day:02d}T12:00:00Z", **data})


def interacted(*records: Record) -> bool:
    """Whether the customer of one opportunity, created on the 2nd, was interacted with by the end of March."""
    return bool(in_range([deal(), *records], 1, 31))


def test_a_customer_counts_in_a_range_that_holds_both_the_creation_and_an_interaction() -> None:
    records = [deal(day=2), interaction("call", at="2026-03-08T00:00:00Z"), interaction("call", "later", at="2026-03-20T00:00:00Z")]

    assert cells(records, "n") == {
        ("2026-03-02", "a", ""): 1,
        ("2026-03-02", "o", ""): 1,
        ("2026-03-02", "g", ""): 1,
        ("2026-03-02", "x", "2026-03-08"): 1,
    }
    assert cells(records, "w") == {("2026-03-02", "owner", "an", ""): 1, ("2026-03-02", "x", "an", "2026-03-08"): 1}
    assert [in_range(records, *days) for days in ((2, 8), (1, 31), (2, 7), (3, 31))] == [1, 1, 0, 0]


def test_the_days_are_those_of_the_campaign() -> None:
    records = [
        campaign(timezone="Asia/Ho_Chi_Minh"),
        deal(created_at="2026-03-02T20:00:00Z"),
        interaction("call", at="2026-03-08T20:00:00Z"),
    ]

    assert ("2026-03-03", "x", "2026-03-09") in cells(records, "n")


@pytest.mark.parametrize(("at", "counts"), [("2026-03-02T12:00:00Z", True), ("2026-03-02T11:59:59.999Z", False)])
def test_an_interaction_counts_from_the_creation_on(at: str, counts: bool) -> None:  # noqa: FBT001 - a table
    assert interacted(interaction("call", at=at)) is counts


def test_of_an_unowned_opportunity_nobody_is_in_charge_or_interacts() -> None:
    records = [deal(owner_id=None), interaction("call")]

    assert {name[1] for name in cells(records, "n")} == {"a", "o"}
    assert {name[1] for name in cells(records, "w")} == {"owner"}


def test_a_person_answers_for_the_opportunities_owned_now() -> None:
    records = [deal(version=1), deal(version=2, owner_id="binh"), interaction("call", actor_id="somebody else")]

    assert (in_range(records, 1, 31, "binh"), in_range(records, 1, 31, "an"), in_range(records, 1, 31)) == (1, 0, 1)


def test_a_customer_with_several_opportunities_counts_once_in_any_range() -> None:
    records = [
        deal("a", 2),
        deal("b", 5),
        deal("d", 9, owner_id="binh"),
        interaction("call", "1", at="2026-03-04T00:00:00Z"),
        interaction("call", "2", at="2026-03-12T00:00:00Z"),
    ]

    # By the campaign: a from 2 to 4, b from 5 to 12 (which holds d's), d from 9 to 12.
    assert {name: value for name, value in cells(records, "n").items() if name[1] == "x"} == {
        ("2026-03-02", "x", "2026-03-04"): 1,
        ("2026-03-02", "x", "2026-03-12"): -1,
        ("2026-03-09", "x", "2026-03-12"): 1,
    }
    assert [in_range(records, *days) for days in ((1, 31), (2, 4), (5, 12), (9, 12), (3, 8), (10, 31))] == [1, 1, 1, 1, 0, 0]
    assert [in_range(records, *days, "an") for days in ((1, 31), (2, 4), (5, 12), (6, 31))] == [1, 1, 1, 0]
    assert [in_range(records, *days, "binh") for days in ((1, 31), (9, 12), (1, 11))] == [1, 1, 0]


@pytest.mark.parametrize("seed", range(5))
def test_any_range_holds_exactly_the_customers_that_its_opportunities_and_interactions_make(seed: int) -> None:
    rng = Random(seed)
    deals = [(f"op-{number}", f"cu-{rng.randrange(3)}", rng.randrange(1, 25)) for number in range(12)]
    calls = [(f"in-{number}", f"cu-{rng.randrange(3)}", rng.randrange(1, 28)) for number in range(5)]
    records = [deal(subject, day, customer_id=customer) for subject, customer, day in deals]
    records += [interaction("call", subject, customer_id=customer, at=f"2026-03-{day:02d}T12:00:00Z") for subject, customer, day in calls]

    of_campaign, by_person = cells(records, "n"), cells(records, "w")

    for first in range(1, 29):
        for last in range(first, 29):
            made = {
                customer
                for _, customer, day in deals
                if first <= day <= last and any(who == customer and day <= called <= last for _, who, called in calls)
            }
            assert added_up(of_campaign, first, last, "x") == added_up(by_person, first, last, "x", "an") == len(made)
            assert in_charge(of_campaign, first, last) == len({customer for _, customer, day in deals if first <= day <= last})


def test_intervals_that_hold_another_are_left_out() -> None:
    def interval(start: int, end: int) -> Interval:
        return Interval(date(2026, 3, 1) + timedelta(start), date(2026, 3, 1) + timedelta(end))

    some = [interval(0, 9), interval(2, 4), interval(2, 4), interval(2, 5), interval(1, 4), interval(3, 8), interval(5, 8), interval(6, 9)]

    assert narrowest(some) == [interval(2, 4), interval(5, 8), interval(6, 9)]


# Where it counts.


def test_it_counts_in_the_campaign_that_it_names_and_in_that_of_its_opportunity_each_once() -> None:
    named, there = deal("named", campaign_id="c"), deal("there", campaign_id="d")
    call = interaction("call", campaign_id="c", opportunity_id="there")

    assert ("2026-03-02", "x", "2026-03-08") in cells([named, there, call], "n")
    assert ("2026-03-02", "x", "2026-03-08") in cells([named, there, call], "n", campaign="d")
    both = [named, interaction("call", campaign_id="c", opportunity_id="named")]
    assert cells(both, "n")["2026-03-02", "x", "2026-03-08"] == 1


def test_it_follows_its_opportunity_while_that_exists() -> None:
    here, call = deal("mine", campaign_id="d"), interaction("call", campaign_id=None, opportunity_id="op")
    first, then, gone = opportunity(version=1), opportunity(version=2, campaign_id="d"), opportunity(version=3, deleted=True)

    def counts(*records: Record) -> bool:
        return any(name[1] == "x" for name in cells([here, call, *records], "n", campaign="d"))

    assert [counts(first), counts(first, then), counts(first, then, gone)] == [False, True, False]


def test_it_is_with_the_customer_that_it_names_itself() -> None:
    assert not interacted(interaction("call", customer_id="other", opportunity_id="op"))
    assert in_range([deal(customer_id="other"), interaction("call", customer_id="other", campaign_id=None, opportunity_id="op")], 1, 31)


def test_it_counts_in_no_other_tenant() -> None:
    assert not interacted(interaction("call", tenant="acme"))


# What is taken back.


def test_its_newest_version_says_when_and_what_it_was() -> None:
    moved = [interaction("call", version=1, at="2026-03-08T00:00:00Z"), interaction("call", version=2, at="2026-03-01T00:00:00Z")]

    assert not interacted(*moved)
    assert not interacted(interaction("call", version=1), interaction("visit", version=2))


@pytest.mark.parametrize(
    "end",
    [lambda kind: interaction(kind, version=2, deleted=True), lambda _: tombstone("opportunities", "in", kind="interaction")],
    ids=["deleted", "tombstone"],
)
def test_a_deleted_call_is_taken_back_a_deleted_comment_is_not(end: Any) -> None:
    assert not interacted(interaction("call"), end("call"))
    assert interacted(interaction("comment"), end("comment"))


def test_a_tombstone_of_an_opportunity_with_the_same_id_takes_no_interaction_back() -> None:
    assert interacted(interaction("call"), tombstone("opportunities", "in"))
    assert not interacted(tombstone("opportunities", "in", kind="interaction"))


# What qualifies.


@pytest.mark.parametrize(
    ("kind", "said", "by_default", "strictly"),
    [
        ("call", {}, True, False),
        ("call", {"direction": "outbound"}, True, False),
        ("call", {"direction": "outbound", "outcome": "answered"}, True, True),
        ("call", {"direction": "outbound", "outcome": "successful"}, True, True),
        ("call", {"direction": "outbound", "outcome": "busy"}, False, False),
        ("call", {"direction": "inbound", "outcome": "answered"}, False, False),
        ("call", {"outcome": "successful"}, True, False),
        ("call", {"direction": "Inbound"}, True, False),
        ("Call", {}, False, False),
        ("meeting", {}, True, False),
        ("comment", {}, True, True),
        ("reply", {"direction": "inbound"}, True, True),
        ("email_read", {}, False, True),
        ("link_click", {}, False, True),
        ("sms_delivered", {}, False, True),
        ("zns_delivered", {}, False, True),
        ("whatsapp_delivered", {}, False, True),
        ("visit", {}, False, False),
    ],
)
def test_what_qualifies_is_what_staff_did_or_by_the_strict_definition_another_list(
    kind: str,
    said: dict[str, Any],
    by_default: bool,  # noqa: FBT001 - a table
    strictly: bool,  # noqa: FBT001 - a table
) -> None:
    assert interacted(interaction(kind, **said)) is by_default
    assert interacted(settings(interaction_definition="staff_initiated"), interaction(kind, **said)) is by_default
    assert interacted(STRICT, interaction(kind, **said)) is strictly


DONE: dict[str, Any] = {"customer_id": "cu", "status": "completed"}


@pytest.mark.parametrize(
    ("said", "by_default", "strictly"),
    [
        ({**DONE, "completed_at": "2026-03-10T00:00:00Z"}, "2026-03-10", "2026-03-06"),
        ({**DONE}, "2026-03-09", "2026-03-06"),
        ({**DONE, "customer_id": None}, None, None),
        ({**DONE, "campaign_id": None, "opportunity_id": "op"}, None, None),
        ({**DONE, "deleted": True}, None, None),
        ({"customer_id": "cu", "status": "open"}, None, "2026-03-06"),
        ({"customer_id": "cu", "status": "in_progress", "completed_at": "2026-03-10T00:00:00Z"}, None, "2026-03-06"),
        ({"customer_id": "cu", "status": "cancelled"}, None, None),
    ],
)
def test_a_task_is_an_interaction_when_completed_or_strictly_when_not_cancelled(
    said: dict[str, Any], by_default: str | None, strictly: str | None
) -> None:
    def day(*records: Record) -> str | None:
        found = [name[2] for name in cells([deal(), *records], "n") if name[1] == "x"]
        return found[0] if found else None

    said_on_the_9th = task(at="2026-03-09T00:00:00Z", **said)

    assert day(said_on_the_9th) == by_default
    assert day(STRICT, said_on_the_9th) == strictly


@pytest.mark.parametrize(
    ("channel", "verb", "by_default", "strictly"),
    [
        ("email", "replied", True, True),
        ("sms", "replied", True, True),
        ("email", "clicked", False, True),
        ("push", "clicked", False, True),
        ("email", "opened", False, True),
        ("push", "opened", False, False),
        ("whatsapp", "opened", False, True),  # delivered with it
        ("email", "delivered", False, False),
        ("sms", "delivered", False, True),
        ("whatsapp", "delivered", False, True),
        ("push", "delivered", False, False),
        ("sms", "unsubscribed", False, True),  # delivered with it
        ("sms", "sent", False, False),
    ],
)
def test_a_reply_to_a_message_is_an_interaction_strictly_also_what_was_seen_of_it(
    channel: str,
    verb: str,
    by_default: bool,  # noqa: FBT001 - a table
    strictly: bool,  # noqa: FBT001 - a table
) -> None:
    seen = message(verb, channel=channel)

    assert interacted(seen) is by_default
    assert interacted(STRICT, seen) is strictly


def test_a_machine_opens_no_interaction() -> None:
    assert not interacted(STRICT, message("opened", channel="email", machine_open=True))


def test_a_message_is_with_the_recipient_that_its_earliest_event_names() -> None:
    seen = [
        message("sent", recipient_id="cu", at="2026-03-07T00:00:00Z"),
        message("replied", recipient_id="other", at="2026-03-08T00:00:00Z"),
    ]

    assert interacted(*seen)
    assert in_range([deal(customer_id="other"), *seen], 1, 31) == 0
    assert not interacted(message("replied", recipient_id=None))
