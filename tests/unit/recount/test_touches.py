"""The recount on rule 4: the last touch before a purchase takes the order (docs/definitions.md, "Order", 7)."""

from __future__ import annotations

from typing import Any

import pytest

from processor.recount import Record, contributions
from tests.support.said import campaign, cells, message, order, settings, tombstone

PURCHASE = "2026-03-20T12:00:00Z"
TEN_DAYS: dict[str, Any] = {"mode": "days", "days": 10}
BY_WINDOW: dict[str, Any] = {"mode": "days"}


def bought(**data: Any) -> Record:
    return order(**{"customer_id": "cu", "purchased_at": PURCHASE, **data})


def winner(*records: Record) -> str | None:
    """The campaign that the order went to by rule 4."""
    found = [(campaign, day) for campaign in ("c", "d") for (day, *name) in cells(records, "r", campaign=campaign) if name == ["n", "4"]]
    assert len(found) <= 1
    return found[0][0] if found else None


def touched(at: str, verb: str = "clicked", subject: str = "m", **data: Any) -> Record:
    return message(verb, subject, at=at, **{"channel": "email", **data})


def test_an_order_goes_to_the_campaign_of_the_touch_before_it() -> None:
    records = [campaign(attribution=TEN_DAYS), touched("2026-03-15T00:00:00Z"), bought()]

    assert cells(records, "r") == {("2026-03-20", "n", "4"): 1, ("2026-03-20", "gross", "4", "USD"): 1000}
    assert cells(records, "q") == {("2026-03-20", "n", "", ""): 1, ("2026-03-20", "gross", "", "", "USD"): 1000}
    assert cells(records, "l", campaign="") == {("2026-03-20", "n", "c"): 1, ("2026-03-20", "net", "c", "USD"): 1000}


def test_it_lies_on_the_day_that_the_purchase_has_there() -> None:
    records = [campaign(attribution=TEN_DAYS, timezone="Pacific/Apia"), touched("2026-03-15T00:00:00Z"), bought()]

    assert {day for day, *_ in cells(records, "r")} == {"2026-03-21"}


@pytest.mark.parametrize("attribution", [None, {"mode": "none"}, {"mode": "none", "days": 10}])
def test_a_campaign_that_does_not_ask_for_it_gets_no_order_by_touch(attribution: dict[str, Any] | None) -> None:
    assert winner(campaign(attribution=attribution), touched("2026-03-20T00:00:00Z"), bought()) is None


def test_a_campaign_that_is_unknown_deleted_or_under_a_tombstone_gets_none() -> None:
    touch = touched("2026-03-20T00:00:00Z")

    assert winner(touch, bought()) is None
    assert winner(campaign(attribution=TEN_DAYS, deleted=True), touch, bought()) is None
    assert winner(campaign(attribution=TEN_DAYS), tombstone("campaigns", "c"), touch, bought()) is None
    assert winner(campaign(attribution=TEN_DAYS), touch, bought()) == "c"


def test_the_rule_is_the_campaigns_as_it_is_now() -> None:
    touch = touched("2026-03-15T00:00:00Z")
    first, then = campaign(version=1, attribution=TEN_DAYS), campaign(version=2, attribution={"mode": "days", "days": 2})

    assert winner(first, touch, bought()) == "c"
    assert winner(first, then, touch, bought()) is None


@pytest.mark.parametrize("earlier_rule", [{"campaign_id": "x"}, {"promo_codes": ["X"]}, {"opportunity_id": "never-seen"}])
def test_rules_1_to_3_and_waiting_go_before(earlier_rule: dict[str, Any]) -> None:
    records = [campaign(attribution=TEN_DAYS), campaign("x", promo_codes=["X"]), touched("2026-03-15T00:00:00Z"), bought(**earlier_rule)]

    assert winner(*records) is None


def test_an_order_of_an_opportunity_that_is_gone_may_go_by_touch() -> None:
    records = [
        campaign(attribution=TEN_DAYS),
        tombstone("opportunities", "op"),
        touched("2026-03-15T00:00:00Z"),
        bought(opportunity_id="op"),
    ]

    assert winner(*records) == "c"


def test_a_touch_of_somebody_else_or_in_another_tenant_is_none() -> None:
    rule = campaign(attribution=TEN_DAYS)

    assert winner(rule, touched("2026-03-15T00:00:00Z", recipient_id="other"), bought()) is None
    assert winner(rule, touched("2026-03-15T00:00:00Z", recipient_id=None), bought()) is None
    assert winner(rule, touched("2026-03-15T00:00:00Z", tenant="acme"), bought()) is None


# What is a touch.


@pytest.mark.parametrize(
    ("channel", "verb", "is_touch"),
    [
        ("email", "clicked", True),
        ("email", "opened", True),
        ("email", "delivered", False),
        ("push", "clicked", True),
        ("push", "opened", True),
        ("push", "delivered", False),
        ("sms", "clicked", True),
        ("sms", "opened", False),
        ("sms", "delivered", True),
        ("whatsapp", "clicked", True),
        ("whatsapp", "opened", True),
        ("whatsapp", "delivered", True),
        ("email", "replied", False),
        ("whatsapp", "sent", False),
    ],
)
def test_clicks_openings_and_on_phones_deliveries_are_touches(channel: str, verb: str, is_touch: bool) -> None:  # noqa: FBT001 - a table
    assert winner(campaign(attribution=TEN_DAYS), touched("2026-03-20T00:00:00Z", verb, channel=channel), bought()) == (
        "c" if is_touch else None
    )


def test_a_machine_opens_no_touch_but_clicks_count_always() -> None:
    rule = campaign(attribution=TEN_DAYS)

    assert winner(rule, touched("2026-03-20T00:00:00Z", "opened", machine_open=True), bought()) is None
    assert winner(rule, touched("2026-03-20T00:00:00Z", "clicked", machine_open=True), bought()) == "c"


def test_an_implied_stage_is_no_touch() -> None:
    implied_delivered = touched("2026-03-20T00:00:00Z", "opened", channel="sms")

    assert winner(campaign(attribution=TEN_DAYS), implied_delivered, bought()) is None


def test_each_event_touches_whom_it_names_itself() -> None:
    rule = campaign(attribution=TEN_DAYS)
    first = touched("2026-03-14T00:00:00Z", "sent", recipient_id="cu")

    assert winner(rule, first, touched("2026-03-15T00:00:00Z", recipient_id=None), bought()) is None
    assert winner(rule, first, touched("2026-03-15T00:00:00Z", recipient_id="other"), bought()) is None
    assert winner(rule, first, touched("2026-03-15T00:00:00Z", recipient_id="other"), bought(customer_id="other")) == "c"


# The window.


@pytest.mark.parametrize(
    ("at", "goes"),
    [
        ("2026-03-10T11:59:59.999Z", None),
        ("2026-03-10T12:00:00Z", "c"),
        ("2026-03-20T12:00:00Z", "c"),
        ("2026-03-20T12:00:00.001Z", None),
    ],
)
def test_a_window_of_days_holds_both_of_its_ends(at: str, goes: str | None) -> None:
    assert winner(campaign(attribution=TEN_DAYS), touched(at), bought()) == goes


def test_a_window_of_no_days_holds_the_instant_of_the_purchase_alone() -> None:
    rule = campaign(attribution={"mode": "days", "days": 0})

    assert winner(rule, touched(PURCHASE), bought()) == "c"
    assert winner(rule, touched("2026-03-20T11:59:59.999Z"), bought()) is None


def test_a_second_opening_is_a_later_touch() -> None:
    opened = [touched("2026-03-01T00:00:00Z", "opened"), touched("2026-03-15T00:00:00Z", "opened")]

    assert winner(campaign(attribution=TEN_DAYS), *opened, bought()) == "c"
    assert winner(campaign(attribution=TEN_DAYS), *opened[:1], bought()) is None


@pytest.mark.parametrize(
    ("channel", "verb", "hours"),
    [
        ("email", "clicked", 120),
        ("email", "opened", 120),
        ("push", "clicked", 120),
        ("push", "opened", 24),
        ("sms", "clicked", 120),
        ("sms", "delivered", 12),
        ("whatsapp", "clicked", 120),
        ("whatsapp", "opened", 120),
        ("whatsapp", "delivered", 24),
    ],
)
def test_without_days_each_kind_of_touch_has_a_window_of_its_own(channel: str, verb: str, hours: int) -> None:
    touch = touched("2026-03-15T00:00:00Z", verb, channel=channel)
    day, hour = 15 + hours // 24, hours % 24

    assert winner(campaign(attribution=BY_WINDOW), touch, bought(purchased_at=f"2026-03-{day}T{hour:02d}:00:00Z")) == "c"
    assert winner(campaign(attribution=BY_WINDOW), touch, bought(purchased_at=f"2026-03-{day}T{hour:02d}:00:00.001Z")) is None


def test_the_tenant_may_set_windows_in_seconds_for_campaigns_that_name_no_days() -> None:
    windows = settings(attribution_windows={"email.clicked": 60, "email.opened": 0})
    clicked, opened = touched("2026-03-20T11:59:00Z"), touched(PURCHASE, "opened")

    assert winner(windows, campaign(attribution=BY_WINDOW), clicked, bought()) == "c"
    assert winner(windows, campaign(attribution=BY_WINDOW), clicked, bought(purchased_at="2026-03-20T12:00:00.001Z")) is None
    assert winner(windows, campaign(attribution=TEN_DAYS), clicked, bought(purchased_at="2026-03-20T12:00:00.001Z")) == "c"
    assert winner(windows, campaign(attribution=BY_WINDOW), opened, bought()) == "c"
    assert winner(windows, campaign(attribution=BY_WINDOW), opened, bought(purchased_at="2026-03-20T12:00:00.001Z")) is None
    assert winner(windows, campaign(attribution=BY_WINDOW), touched("2026-03-15T12:00:00Z", channel="sms"), bought()) == "c"


# Ranges of days.


@pytest.mark.parametrize(
    ("purchased_at", "goes"),
    [
        ("2026-03-14T16:59:59.999Z", None),
        ("2026-03-14T17:00:00Z", "c"),  # midnight in Ho Chi Minh City
        ("2026-03-20T16:59:59.999Z", "c"),
        ("2026-03-20T17:00:00Z", None),
    ],
)
def test_a_range_holds_purchases_of_its_days_in_the_zone_of_the_campaign(purchased_at: str, goes: str | None) -> None:
    rule = campaign(timezone="Asia/Ho_Chi_Minh", attribution={"mode": "date_range", "from": "2026-03-15", "to": "2026-03-20"})

    assert winner(rule, touched("2026-03-01T00:00:00Z"), bought(purchased_at=purchased_at)) == goes


@pytest.mark.parametrize(("end", "goes"), [({"from": "2026-03-20"}, "c"), ({"from": "2026-03-21"}, None), ({"to": "2026-03-20"}, "c"), ({"to": "2026-03-19"}, None), ({}, "c")])  # fmt: skip
def test_an_absent_end_of_a_range_is_open(end: dict[str, str], goes: str | None) -> None:
    assert winner(campaign(attribution={"mode": "date_range", **end}), touched("2026-03-20T00:00:00Z"), bought()) == goes


@pytest.mark.parametrize(
    ("start", "at", "goes"),
    [
        ({"from": "2026-03-15"}, "2025-12-13T00:00:00Z", "c"),  # 92 days before 2026-03-15
        ({"from": "2026-03-15"}, "2025-12-12T23:59:59.999Z", None),
        ({}, "2025-12-18T00:00:00Z", "c"),  # 92 days before the purchase
        ({}, "2025-12-17T23:59:59.999Z", None),
        ({"from": "0001-01-01"}, "2020-01-01T00:00:00Z", "c"),
    ],
)
def test_a_touch_may_lie_92_days_before_a_range(start: dict[str, str], at: str, goes: str | None) -> None:
    assert winner(campaign(attribution={"mode": "date_range", "to": "2026-03-31", **start}), touched(at), bought()) == goes


def test_a_touch_after_the_purchase_is_too_late_for_a_range_too() -> None:
    assert winner(campaign(attribution={"mode": "date_range"}), touched("2026-03-20T12:00:00.001Z"), bought()) is None


# Of several.


def test_the_latest_touch_that_attributes_wins() -> None:
    rules = [campaign(attribution=TEN_DAYS), campaign("d", attribution={"mode": "days", "days": 1}), campaign("e")]
    touches = [
        touched("2026-03-15T00:00:00Z"),
        touched("2026-03-20T11:00:00Z", campaign_id="e"),
        touched("2026-03-21T00:00:00Z", campaign_id="d"),
    ]

    assert winner(*rules, *touches, bought()) == "c"
    assert winner(*rules, *touches, touched("2026-03-20T00:00:00Z", campaign_id="d"), bought()) == "d"


def test_at_one_instant_the_larger_campaign_wins_then_the_larger_subject() -> None:
    rules = [campaign(attribution=TEN_DAYS), campaign("d", attribution=TEN_DAYS)]
    at = "2026-03-20T00:00:00Z"
    touches = [touched(at, subject="z"), touched(at, subject="a", campaign_id="d"), touched(at, "opened", subject="b", campaign_id="d")]

    assert winner(*rules, *touches, bought()) == "d"
    assert {contribution.why for contribution in contributions([*rules, *touches, bought()]) if contribution.entity == "order or"} == {
        "rule 4, email.opened of message b at 2026-03-20T00:00:00.000Z"
    }
