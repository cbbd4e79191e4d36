"""The recount by the hour, and which of its cells a store may have dropped (docs/definitions.md, "Hours")."""

from __future__ import annotations

import pytest

from processor.recount import Cell, recount
from processor.recount.comparison import differences
from processor.recount.days import DAY_MS
from processor.recount.fields import instant
from processor.recount.hours import start_of_hour
from processor.recount.scope import has_expired
from tests.support.said import campaign, cells, message, opportunity, order, settings, task

EIGHT = instant("2026-03-05T08:00:00Z") // 900_000
"""Eight o'clock in UTC, in quarter-hours."""


def at(time: str) -> str:
    return f"2026-03-05T{time}Z"


def hours(*records: object) -> dict[tuple[str, ...], int]:
    return cells(records, "h")  # type: ignore[arg-type]  # records they are


def test_an_hour_is_named_by_its_start_in_quarter_hours() -> None:
    records = [
        opportunity("a", created_at=at("08:00:00")),
        opportunity("b", created_at=at("08:59:59.999")),
        opportunity("d", created_at=at("09:00:00")),
    ]

    assert hours(*records) == {("2026-03-05", str(EIGHT), "n"): 2, ("2026-03-05", str(EIGHT + 4), "n"): 1}


@pytest.mark.parametrize(
    ("zone", "time", "start"),
    [
        ("UTC", "2026-03-05T08:45:00Z", "2026-03-05T08:00:00Z"),
        ("Asia/Kolkata", "2026-03-05T08:45:00Z", "2026-03-05T08:30:00Z"),  # 14:15 there
        ("Asia/Kolkata", "2026-03-05T08:29:59.999Z", "2026-03-05T07:30:00Z"),
        ("Asia/Kathmandu", "2026-03-05T08:10:00Z", "2026-03-05T07:15:00Z"),  # 13:55 there
        ("Australia/Lord_Howe", "2026-04-04T14:45:00Z", "2026-04-04T14:00:00Z"),  # 01:45 before half an hour is put back
        ("Australia/Lord_Howe", "2026-04-04T15:10:00Z", "2026-04-04T14:30:00Z"),  # 01:40 after it
        ("Asia/Ho_Chi_Minh", "1900-01-01T00:00:00Z", "1899-12-31T23:45:00Z"),  # 07:06:30 there, the start of which is no quarter-hour
    ],
)
def test_an_hour_begins_when_the_local_clock_shows_a_full_one(zone: str, time: str, start: str) -> None:
    assert start_of_hour(instant(time), zone) * 900_000 == instant(start)


def test_the_day_of_an_hour_is_that_of_its_start_in_utc() -> None:
    hcm = campaign(timezone="Asia/Kolkata")

    assert {day for day, *_ in hours(hcm, opportunity(created_at="2026-03-05T23:59:00Z"))} == {"2026-03-05"}
    assert {day for day, *_ in hours(hcm, opportunity(created_at="2026-03-06T00:10:00Z"))} == {"2026-03-05"}
    assert {day for day, *_ in hours(hcm, opportunity(created_at="2026-03-06T00:30:00Z"))} == {"2026-03-06"}


def test_orders_and_their_money_count_by_the_hour_of_the_purchase() -> None:
    refunds = [{"id": "rf", "amount_minor": 400, "refunded_at": "2026-04-01T00:00:00Z"}]
    records = [
        settings(revenue_includes=["tax"]),
        order("a", campaign_id="c", purchased_at=at("08:10:00"), tax_minor=50, refunds=refunds),
        order("b", campaign_id="c", purchased_at=at("08:20:00"), refunds=[{**refunds[0], "amount_minor": 1000}]),
        order("d", campaign_id="c", purchased_at=at("08:30:00"), status="draft"),
        order("e", purchased_at=at("08:30:00")),
        order("f", opportunity_id="never-seen", campaign_id="c", purchased_at=at("08:30:00")),
    ]
    eight = ("2026-03-05", str(EIGHT))

    assert hours(*records) == {(*eight, "orders"): 1, (*eight, "gross", "USD"): 2050, (*eight, "refunds", "USD"): 1400}
    assert {cell.campaign for cell in recount(records) if cell.view == "h"} == {"c"}


def test_tasks_count_by_the_hour_of_their_creation_and_messages_by_that_of_each_stage() -> None:
    records = [
        task(created_at=at("08:10:00"), assignee_id="s"),
        task("other", created_at=at("08:10:00"), status="cancelled"),
        message("sent", at=at("08:20:00"), action_id="a1"),
        message("delivered", at=at("09:20:00")),
        message("bounced", "gone", at=at("09:30:00")),
    ]

    assert hours(*records) == {
        ("2026-03-05", str(EIGHT), "t"): 2,
        ("2026-03-05", str(EIGHT), "targeted"): 1,
        ("2026-03-05", str(EIGHT), "sent"): 1,
        ("2026-03-05", str(EIGHT + 4), "delivered"): 1,
        ("2026-03-05", str(EIGHT + 4), "targeted"): 1,
        ("2026-03-05", str(EIGHT + 4), "failed"): 1,
    }


# What expires.

HOUR_CELL = Cell("default", "c", "h", "2026-03-05", f"{EIGHT}\x1fn")
END_OF_DAY = instant("2026-03-06T00:00:00Z")


@pytest.mark.parametrize(("behind", "expired"), [(-1, False), (0, True), (1, True)])
def test_hours_may_go_once_their_day_had_ended_90_days_before_the_watermark(behind: int, expired: bool) -> None:  # noqa: FBT001 - a table
    watermark = END_OF_DAY + 90 * DAY_MS + behind

    assert has_expired(HOUR_CELL, watermark) is expired
    assert differences({HOUR_CELL: 1}, {}, watermark=watermark) == ([] if expired else [HOUR_CELL])
    assert differences({}, {HOUR_CELL: -3}, watermark=watermark) == ([] if expired else [HOUR_CELL])
    assert bool(cells([opportunity(created_at=at("08:00:00"))], "h", watermark=watermark)) is not expired


def test_nothing_else_expires_and_nothing_at_all_without_a_watermark() -> None:
    assert not has_expired(HOUR_CELL, None)
    assert not has_expired(HOUR_CELL._replace(view="o"), END_OF_DAY + 1000 * DAY_MS)
