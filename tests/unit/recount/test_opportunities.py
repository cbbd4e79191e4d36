"""The recount on opportunities, rule by rule of docs/definitions.md."""

from __future__ import annotations

from collections import Counter

import pytest

from processor.recount import Record
from tests.support.said import campaign, cells, opportunity, settings, tombstone

MARCH_2 = "2026-03-02"


def now(*records: Record) -> list[tuple[str, ...]]:
    """(day, status, registered, step) of each opportunity, by creation day."""
    return [(day, *rest) for day, name, *rest in cells(records, "o") if name == "n"]


def test_an_opportunity_without_owner_and_step_is_open_and_unregistered_on_its_creation_day() -> None:
    assert now(opportunity()) == [(MARCH_2, "o", "u", "")]


def test_an_owner_makes_it_registered() -> None:
    assert now(opportunity(owner_id="s")) == [(MARCH_2, "o", "r", "")]


def test_the_greatest_version_holds_whatever_its_time_and_arrival() -> None:
    newest = opportunity(version=9, step_id="b", at="2026-03-02T00:00:00Z")
    older = opportunity(version=3, step_id="a", at="2026-03-20T00:00:00Z")

    assert now(newest, older) == now(older, newest) == [(MARCH_2, "o", "u", "b")]


def test_of_two_contents_of_one_version_the_later_time_holds() -> None:
    early = opportunity(version=3, step_id="z", at="2026-03-03T00:00:00Z")
    late = opportunity(version=3, step_id="a", at="2026-03-04T00:00:00Z")

    assert now(early, late) == now(late, early) == [(MARCH_2, "o", "u", "a")]


def test_of_two_contents_of_one_version_and_time_the_greater_canonical_json_holds() -> None:
    smaller, greater = opportunity(step_id="a"), opportunity(step_id="z")

    assert now(smaller, greater) == now(greater, smaller) == [(MARCH_2, "o", "u", "z")]


def test_nulls_are_not_part_of_the_canonical_json() -> None:
    # {"approach_method":…} comes before {"campaign_id":…}; were the null of the second in its JSON, it would come first.
    with_null = opportunity(approach_method=None, step_id="a")
    with_method = opportunity(approach_method="call", step_id="z")

    assert now(with_null, with_method) == now(with_method, with_null) == [(MARCH_2, "o", "u", "a")]


# The day.


@pytest.mark.parametrize(
    ("zone", "day"),
    [
        ("Asia/Ho_Chi_Minh", "2026-03-03"),
        ("America/New_York", "2026-03-02"),
        ("Asia/Kolkata", "2026-03-02"),
        (None, "2026-03-02"),
    ],
)
def test_a_day_is_the_date_in_the_zone_of_the_campaign(zone: str | None, day: str) -> None:
    assert now(campaign(timezone=zone), opportunity(created_at="2026-03-02T17:30:00Z")) == [(day, "o", "u", "")]


def test_the_day_that_apia_left_out_has_no_opportunity() -> None:
    before = opportunity("a", created_at="2011-12-30T09:59:59.999Z")
    after = opportunity("b", created_at="2011-12-30T10:00:00Z")

    days = [day for day, *_ in now(campaign(timezone="Pacific/Apia"), before, after)]

    assert sorted(days) == ["2011-12-29", "2011-12-31"]


def test_a_campaign_without_zone_has_the_tenants() -> None:
    tenant = settings(timezone="Asia/Ho_Chi_Minh")

    assert now(tenant, campaign(), opportunity(created_at="2026-03-02T17:30:00Z")) == [("2026-03-03", "o", "u", "")]


def test_an_unknown_campaign_has_the_zone_of_the_tenant() -> None:
    assert now(settings(timezone="Asia/Ho_Chi_Minh"), opportunity(created_at="2026-03-02T17:30:00Z")) == [("2026-03-03", "o", "u", "")]


def test_the_zone_in_use_is_always_the_newest() -> None:
    zones = [campaign(version=2, timezone="Asia/Ho_Chi_Minh"), campaign(version=1, timezone="UTC", at="2026-04-01T00:00:00Z")]

    assert now(*zones, opportunity(created_at="2026-03-02T17:30:00Z")) == [("2026-03-03", "o", "u", "")]


def test_digits_finer_than_a_millisecond_are_cut_off() -> None:
    assert now(opportunity(created_at="2026-03-02T23:59:59.999999Z")) == [(MARCH_2, "o", "u", "")]


# Existence (rule 3).


@pytest.mark.parametrize(
    "last", [opportunity(version=2, deleted=True), opportunity(version=2, is_test=True), tombstone("opportunities", "op")]
)
def test_what_is_deleted_a_test_or_under_a_tombstone_counts_nowhere(last: Record) -> None:
    won = opportunity(version=1, status="won", amount_minor=5, currency="USD", owner_id="s")

    for view in "okszfinw":
        assert cells([won, last], view) == {}


def test_a_later_version_restores_what_was_deleted() -> None:
    assert now(opportunity(version=1, deleted=True), opportunity(version=2)) == [(MARCH_2, "o", "u", "")]


def test_nothing_restores_what_is_under_a_tombstone() -> None:
    assert now(tombstone("opportunities", "op"), opportunity(version=99)) == []


def test_a_tombstone_hits_one_tenant_only() -> None:
    assert now(tombstone("opportunities", "op", tenant="acme"), opportunity()) == [(MARCH_2, "o", "u", "")]


# Dimensions and money (rule 7, B8).


def test_a_lost_one_counts_its_reason_and_industry_stated_or_not() -> None:
    lost = cells([opportunity(status="lost", lost_reason="price", at="2026-03-04T00:00:00Z")], "o")

    assert lost == {
        (MARCH_2, "n", "l", "u", ""): 1,
        (MARCH_2, "lost", "price", ""): 1,
    }


def test_reason_and_industry_of_one_that_is_not_lost_count_nowhere() -> None:
    assert cells([opportunity(lost_reason="price", industry="IT")], "o") == {(MARCH_2, "n", "o", "u", ""): 1}


def test_an_open_amount_counts_by_its_probability() -> None:
    measures = cells([opportunity(amount_minor=1000, currency="USD", probability=30)], "o")

    assert measures[MARCH_2, "open", "USD", "30", ""] == 1000
    assert measures[MARCH_2, "p", "30"] == 1


def test_an_open_amount_counts_by_the_month_of_its_expected_close() -> None:
    measures = cells([opportunity(amount_minor=1000, expected_close_on="2026-12-31"), opportunity("b", amount_minor=7)], "o")

    assert (measures[MARCH_2, "open", "", "", "2026-12"], measures[MARCH_2, "open", "", "", ""]) == (1000, 7)


def test_the_time_to_win_counts_from_creation_to_close_and_only_of_the_won() -> None:
    records = [
        opportunity("a", status="won", won_at="2026-03-04T00:00:00.001Z"),
        opportunity("b", status="lost", lost_at="2026-03-09T00:00:00Z"),
        opportunity("c"),
    ]

    assert cells(records, "o")[MARCH_2, "cycle"] == 2 * 86_400_000 + 1
    assert not [field for field in cells(records, "k") if "cycle" in field]


def test_a_probability_of_nought_is_a_probability() -> None:
    measures = cells([opportunity(amount_minor=1000, currency="USD", probability=0)], "o")

    assert measures[MARCH_2, "p", "0"] == 1
    assert measures[MARCH_2, "open", "USD", "0", ""] == 1000


def test_a_won_amount_counts_on_both_days_whatever_its_probability() -> None:
    records = [opportunity(amount_minor=1000, currency="USD", probability=30, status="won", at="2026-03-04T00:00:00Z")]

    assert cells(records, "o") == {(MARCH_2, "n", "w", "u", ""): 1, (MARCH_2, "won", "USD"): 1000, (MARCH_2, "cycle"): 2 * 86_400_000}
    assert cells(records, "k") == {("2026-03-04", "n", "w", "u", ""): 1, ("2026-03-04", "won", "USD"): 1000}


def test_a_lost_amount_counts_nowhere() -> None:
    assert not [
        field for field in cells([opportunity(amount_minor=1000, currency="USD", status="lost")], "o") if field[1] in ("open", "won")
    ]


def test_an_amount_without_currency_is_kept_under_the_empty_one() -> None:
    assert cells([opportunity(amount_minor=1000)], "o")[MARCH_2, "open", "", "", ""] == 1000


def test_an_approach_method_that_is_given_counts_by_owner_beside_the_step_that_it_stands_for() -> None:
    records = [opportunity("a", owner_id="s", approach_method="call", step_id="x"), opportunity("b", owner_id="s", step_id="x")]

    assert {field: value for field, value in cells(records, "s").items() if field[1] == "m"} == {
        (MARCH_2, "m", "s", "call", "x"): 1,
    }


def test_free_text_cannot_break_a_field_apart() -> None:
    lost = cells([opportunity(status="lost", lost_reason="a\x1fb\x1b")], "o")

    assert (MARCH_2, "lost", "a\x1b1b\x1b0", "") in lost


def test_the_list_holds_each_opportunity_by_its_creation_day() -> None:
    records = [campaign(steps=("a", "b")), opportunity("x/y", owner_id="s", step_id="b")]

    assert cells(records, "i") == {(MARCH_2, "w", "r", "b", "s", "x/y"): 1}


# Furthest step (rule 8).


def furthest(*records: Record) -> list[str]:
    """The furthest steps of all that are not won, as a reader adds them up."""
    steps: Counter[str] = Counter()
    for (_, name, *rest), amount in cells(records, "o").items():
        if name == "reached" or (name == "n" and rest[0] != "w"):
            steps[rest[-1]] += amount
    return [step for step, number in steps.items() if number]


STEPS = campaign(steps=("a", "b", "c"), at="2026-01-01T00:00:00Z")


def test_going_back_does_not_unreach_a_step() -> None:
    assert furthest(STEPS, opportunity(version=1, step_id="b"), opportunity(version=2, step_id="a")) == ["b"]


def test_a_won_one_has_no_furthest_step_it_reached_all() -> None:
    assert furthest(STEPS, opportunity(step_id="c")) == []


def test_steps_that_the_campaign_does_not_have_any_more_do_not_take_part() -> None:
    without_b = campaign(version=2, steps=("a", "c"), at="2026-01-02T00:00:00Z")

    assert furthest(STEPS, without_b, opportunity(version=1, step_id="b"), opportunity(version=2, step_id="a")) == ["a"]
    assert [name for _, name, *_ in cells([STEPS, without_b, opportunity(step_id="b")], "o")] == ["n"]


def test_the_order_of_the_steps_is_todays() -> None:
    turned = campaign(version=2, steps=("b", "a", "c"), at="2026-04-02T00:00:00Z")

    assert furthest(STEPS, turned, opportunity(version=1, step_id="a"), opportunity(version=2, step_id="b")) == ["a"]


def test_one_that_is_where_it_was_furthest_needs_no_correction() -> None:
    records = [STEPS, opportunity(version=1, step_id="a"), opportunity(version=2, step_id="b")]

    assert [name for _, name, *_ in cells(records, "o")] == ["n"]


def test_what_was_reached_in_another_campaign_or_while_deleted_does_not_take_part() -> None:
    elsewhere = opportunity(version=1, campaign_id="other", step_id="b")
    deleted = opportunity(version=2, step_id="b", deleted=True)

    assert furthest(STEPS, elsewhere, deleted, opportunity(version=3, step_id="a")) == ["a"]


# Tenants.


def test_tenants_share_nothing() -> None:
    records = [campaign(tenant="acme", steps=("a",)), opportunity(step_id="a")]

    assert cells(records, "o", tenant="acme") == {}
    assert now(*records) == [(MARCH_2, "o", "u", "a")]
