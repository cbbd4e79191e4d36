"""The worked example of the seed document S3: "₹100 off" with a code, by WhatsApp and SMS. ₹40,000 ÷ ₹8,000 = 5.0, and ₹40,000 ÷ 80 = ₹500 per order."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import cycle
from typing import Any

import pytest

from tests.golden.counting import Counted, records_of, shuffled
from tests.support.servers import Store
from tests.support.world import envelope

CODE = "100OFF"


def told() -> Iterator[dict[str, Any]]:
    """80 orders with the code, of ₹300 and ₹700 in turn; 40 messages that cost ₹200 each; and what must not count."""
    yield envelope("campaign", "c-1", promo_codes=[CODE], currency="INR", timezone="Asia/Kolkata")
    for number, rupees in zip(range(80), cycle((300, 700)), strict=False):
        yield envelope("order", f"r-{number}", gross_minor=100 * rupees, currency="INR", promo_codes=[CODE])
    yield envelope("order", "cancelled", gross_minor=900_00, currency="INR", promo_codes=[CODE], status="cancelled")
    yield envelope("order", "without the code", gross_minor=900_00, currency="INR")
    for number, channel in zip(range(40), cycle(("whatsapp", "sms")), strict=False):
        paid: dict[str, Any] = {"channel": channel, "recipient_id": f"cu-{number}", "cost_minor": 200_00, "cost_currency": "INR"}
        yield envelope("message", f"m-{number}", verb="sent", **paid)
        yield envelope("message", f"m-{number}", verb="delivered", at="2026-03-02T12:00:07Z", **paid)


@pytest.fixture(scope="module", name="counted")
def _counted(any_store: Store) -> Iterator[Counted]:
    any_store.empty()
    counted = Counted(any_store.url, shuffled(records_of(told()), 3), ["default"])
    yield counted
    counted.close()


@pytest.mark.parametrize(
    ("name", "expected"),
    {
        "revenue_net": 40_000_00,
        "spend": 8_000_00,
        "orders": 80,
        "aov": 500_00,
        "roi": 5.0,
        "net_roi_pct": 400.0,
        "messages_sent": 40,
        "messages_delivered": 40,
    }.items(),
)
def test_the_campaign_has_the_numbers_of_the_document(counted: Counted, name: str, expected: float) -> None:
    assert counted.totals("default", "c-1")[name] == expected


def test_each_cell_equals_the_independent_recount(counted: Counted) -> None:
    assert counted.wrong_cells() == {}
