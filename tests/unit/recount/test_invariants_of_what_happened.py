"""More that must hold of any recount: of what happened, of people reached, of money by other days."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import pytest

from tests.support.recounted import Recounted, Sums
from tests.support.said import SEPARATOR


def test_refunds_and_cancellations_are_the_same_by_the_day_they_were_made(seen: Recounted) -> None:
    def rule(_: str, parts: list[str]) -> tuple[str, ...]:
        return tuple(parts)

    assert seen.sums("r", "booked", rule) == seen.sums("r", "refunds", rule)
    assert seen.sums("r", "cancellations", rule) == seen.sums("r", "cancelled", rule)
    assert seen.sums("r", "cancellations_value", rule) == seen.sums("r", "cancelled_value", rule)


@pytest.mark.parametrize(("closed", "by_staff"), [("o", "s"), ("k", "z")])
def test_the_value_of_what_was_won_is_that_of_its_credited_owners(seen: Recounted, closed: str, by_staff: str) -> None:
    def currency(day: str, parts: list[str]) -> tuple[str, ...]:
        return day, parts[-1]

    assert seen.sums(by_staff, "won", currency) == seen.sums(closed, "won", currency)


@pytest.mark.parametrize(
    ("name", "view", "of"),
    [
        ("n", "o", "n"),
        ("t", "t", "n"),
        ("orders", "r", "n"),
        ("gross", "r", "gross"),
        ("refunds", "r", "refunds"),
        *((stage, "m", stage) for stage in ("targeted", "suppressed", "delivered", "machine_opened", "failed")),
    ],
)
def test_hours_that_are_kept_add_up_to_their_days(seen: Recounted, name: str, view: str, of: str) -> None:
    """Of the rest nothing is left. (No event lies near the turn of the year, so that it does not matter whose days these are.)"""

    def hour(day: str, parts: list[str]) -> tuple[str, ...]:
        return day[:4], *parts[1:]

    def day_of_2026(day: str, parts: list[str]) -> tuple[str, ...]:
        return day[:4], name, *(parts[-1:] if name in ("gross", "refunds") else ())

    by_hour = {key: value for key, value in seen.sums("h", None, hour).items() if key[3] == name}

    assert by_hour == {key: value for key, value in seen.sums(view, of, day_of_2026).items() if key[2] == "2026"}


def test_what_leaves_a_campaign_enters_another(seen: Recounted) -> None:
    def of_tenants(name: str) -> Counter[str]:
        sums: Counter[str] = Counter()
        for (tenant, _), value in seen.sums("v", name, lambda _, __: ()).items():
            sums[tenant] += value
        return sums

    assert of_tenants("moved_in") == of_tenants("moved_out")


def test_nobody_takes_over_from_nobody(seen: Recounted) -> None:
    taken, given = seen.sums("v", "in", lambda day, _: (day,)), seen.sums("v", "out", lambda day, _: (day,))

    assert all(value <= given.get(key, 0) for key, value in taken.items())
    assert not [cell for cell in seen.cells if cell.view == "v" and cell.field in (f"in{SEPARATOR}", f"out{SEPARATOR}")]


def test_what_has_an_owner_was_claimed_and_no_more_was_late_than_was_claimed(seen: Recounted) -> None:
    claimed, late = seen.sums("v", "claim", lambda day, _: (day,)), seen.sums("v", "late_claim", lambda day, _: (day,))
    registered: Counter[str] = Counter()
    for (tenant, _, letter), value in seen.sums("o", "n", lambda _, parts: (parts[1],)).items():
        registered[tenant] += value * (letter == "r")

    assert all(value <= claimed[key] for key, value in late.items())
    for tenant, value in registered.items():
        assert value <= sum(amount for key, amount in claimed.items() if key[0] == tenant)


def test_delivered_and_failed_messages_are_among_the_targeted_and_reasons_add_up_to_the_suppressed(seen: Recounted) -> None:
    every = {stage: seen.sums("m", stage, lambda _, parts: tuple(parts)) for stage in ("targeted", "delivered", "failed", "suppressed")}

    for key, targeted in every["targeted"].items():
        assert every["delivered"].get(key, 0) + every["failed"].get(key, 0) <= targeted
        assert every["suppressed"].get(key, 0) <= targeted
    assert seen.sums("m", "reason", lambda day, _: (day,)) == seen.sums("m", "suppressed", lambda day, _: (day,))


def in_range(seen: Recounted, view: str, first: str, last: str, *name: str) -> Sums:
    """Pair cells of a name (and dimensions), added up over a range of days, by tenant and campaign."""
    sums: Counter[tuple[str, ...]] = Counter()
    for cell, value in seen.cells.items():
        *parts, previous = cell.field.split(SEPARATOR)
        if cell.view == view and parts == [*name] and first <= cell.day <= last and previous < first:
            sums[cell.tenant, cell.campaign] += value
    return {key: value for key, value in sums.items() if value}


def reached(seen: Recounted, first: str, last: str, stage: str, channel: str | None = None, *, corrected_by: str | None = None) -> Sums:
    """People whom the messages of a stage reached: these, and what sets them right."""
    people: Counter[tuple[str, ...]] = Counter()
    for (tenant, campaign, day, of), value in seen.sums("m", stage, lambda day, parts: (day, parts[0])).items():
        people[tenant, campaign] += value * (first <= day <= last and channel in (None, of))
    corrections = (
        in_range(seen, "u", first, last, stage, "channel", channel) if channel else in_range(seen, "p", first, last, corrected_by or stage)
    )
    people.update(corrections)
    return dict(people)


RANGES = [("0000", "9999"), ("2026-03-01", "2026-03-31"), ("2026-03-10", "2026-03-12"), ("2026-04-01", "9999")]


@pytest.mark.parametrize(("first", "last"), RANGES)
def test_recipients_of_a_stage_are_among_those_of_the_one_before_over_all_days_and_no_more_than_its_messages(
    seen: Recounted, first: str, last: str
) -> None:
    for stage in ("targeted", "sent", "delivered", "opened", "clicked", "replied"):
        whole = reached(seen, first, last, stage)
        messages: Counter[tuple[str, ...]] = Counter()
        for (*campaign, day), value in seen.sums("m", stage, lambda day, _: (day,)).items():
            messages[*campaign] += value * (first <= day <= last)
        assert all(value <= messages[key] for key, value in whole.items())
        for channel in ("sms", "email", "whatsapp", "push"):
            assert all(0 <= value <= whole[key] for key, value in reached(seen, first, last, stage, channel).items())


def test_over_all_days_each_stage_reached_no_more_people_than_the_one_before(seen: Recounted) -> None:
    stages = ("targeted", "sent", "delivered", "opened", "clicked")
    people = [reached(seen, "0000", "9999", stage) for stage in stages]

    for earlier, later in pairwise(people):
        assert all(value <= earlier[key] for key, value in later.items())
    entries = reached(seen, "0000", "9999", "targeted", corrected_by="entries")
    assert all(value >= people[0].get(key, 0) for key, value in entries.items())


@pytest.mark.parametrize(("first", "last"), RANGES)
def test_interacted_customers_are_among_those_in_charge_and_these_among_all(seen: Recounted, first: str, last: str) -> None:
    def interacted(view: str) -> Sums:
        sums: Counter[tuple[str, ...]] = Counter()
        for cell, value in seen.cells.items():
            parts = cell.field.split(SEPARATOR)
            if cell.view == view and parts[0] == "x" and first <= cell.day and parts[-1] <= last:
                sums[cell.tenant, cell.campaign, *parts[1:-1]] += value
        return {key: value for key, value in sums.items() if value}

    in_charge, everyone = in_range(seen, "n", first, last, "g"), in_range(seen, "n", first, last, "a")
    by_person: Counter[tuple[str, ...]] = Counter()
    for (tenant, campaign, owner), value in interacted("w").items():
        assert 0 < value <= in_range(seen, "w", first, last, "owner", owner)[tenant, campaign]
        by_person[tenant, campaign] += value

    assert all(value <= everyone[key] for key, value in in_charge.items())
    for key, value in interacted("n").items():
        assert 0 < value <= min(in_charge[key], by_person[key])
