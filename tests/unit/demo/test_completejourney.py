from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime
from typing import Any

import pytest

from deploy.demo import completejourney
from deploy.demo.completejourney import lines, translate
from schemas.events import Event
from tests.unit.demo.reading import Told, by_contract, images, told_by

NOW = datetime(2026, 11, 24, tzinfo=UTC)
CAMPAIGN = {"seq": 1, "ts": "2017-02-08T05:00:00Z", "type": "campaign.created", "id": "27", "campaign": "27", "segment": "Type A"}
ORDER = {"seq": 9, "ts": "2017-02-18T20:17:02Z", "type": "order.placed", "id": "77", "campaign": None, "customer": 68, "value": 77.19}


@pytest.fixture(scope="module", name="journey")
def _journey() -> list[Told]:
    return told_by(translate(lines()))


def of(*happened: dict[str, Any]) -> list[Told]:
    return told_by(translate(json.dumps(each) for each in happened))


def test_every_record_is_an_event_by_the_contract() -> None:
    read = list(by_contract(translate(lines()), NOW))

    assert [event for event in read if not isinstance(event, Event)] == []
    assert len(read) == completejourney.EVENTS


def test_nothing_of_the_6307_lines_is_lost(journey: list[Told]) -> None:
    kinds = Counter(event.kind for event in journey)

    assert kinds == {"campaign": 27, "message": 233 + 124, "order": 5923, "spend": 49}


def test_the_revenue_is_what_the_baskets_add_up_to(journey: list[Told]) -> None:
    assert sum(order["gross_minor"] for order in images(journey, "order").values()) == 150_000_21


def test_orders_by_code_are_those_of_the_households_that_redeemed_a_coupon(journey: list[Told]) -> None:
    """The right-hand side was recomputed from the raw tables by another program; an order of two campaigns is in both there."""
    orders: Counter[str] = Counter()
    cents: Counter[str] = Counter()
    for order in images(journey, "order").values():
        for code in order.get("promo_codes", []):
            orders[code] += 1
            cents[code] += order["gross_minor"]

    assert (orders["CJ13"], cents["CJ13"]) == (18, 1_529_63)
    assert (orders["CJ22"], cents["CJ22"]) == (4, 474_98)
    assert (orders["CJ27"], cents["CJ27"]) == (11, 353_34)
    assert (sum(orders.values()), sum(cents.values())) == (87, 7_484_38)


def test_each_code_of_an_order_is_claimed_by_one_campaign(journey: list[Told]) -> None:
    claims = Counter(code for campaign in images(journey, "campaign").values() for code in campaign["promo_codes"])
    used = {code for order in images(journey, "order").values() for code in order.get("promo_codes", [])}

    assert set(claims.values()) == {1}
    assert used <= set(claims)


def test_an_id_stands_for_one_event(journey: list[Told]) -> None:
    assert len({(event.source, event.id) for event in journey}) == len(journey)


def test_replayed_it_is_the_same_events_byte_for_byte() -> None:
    assert list(translate(lines())) == list(translate(lines()))


def test_a_redeemed_coupon_clicks_on_a_message_that_was_sent(journey: list[Told]) -> None:
    sent = {event.subject: event.time for event in journey if event.verb == "sent"}
    clicked = [event for event in journey if event.verb == "clicked"]

    assert len({event.subject for event in clicked}) == 38
    assert all(sent[event.subject] <= event.time for event in clicked)


def test_the_discount_of_an_order_with_two_codes_is_spent_by_the_campaign_that_started_last() -> None:
    earlier = CAMPAIGN | {"ends": "2017-03-26T04:00:00Z"}
    later = earlier | {"seq": 2, "id": "8", "campaign": "8", "ts": "2017-02-10T05:00:00Z"}
    order = ORDER | {"discount": 3.4, "campaigns": ["27", "8"]}

    *_, placed, spend = of(earlier, later, order)

    assert placed.data["promo_codes"] == ["CJ27", "CJ8"]
    assert (spend.data["campaign_id"], spend.data["amount_minor"]) == ("cj-8", 340)


def test_a_discount_without_a_campaign_is_nobodys_spending() -> None:
    [order] = of(ORDER | {"discount": 3.4})

    assert "promo_codes" not in order.data


def test_money_is_exact_where_binary_fractions_are_not() -> None:
    [order] = of(ORDER | {"value": 1.15, "discount": 0.0})

    assert order.data["gross_minor"] == 115


def test_all_campaigns_are_over(journey: list[Told]) -> None:
    campaigns = images(journey, "campaign").values()

    assert {campaign["status"] for campaign in campaigns} == {"not_active"}
    assert max(datetime.fromisoformat(campaign["end_at"]) for campaign in campaigns) < NOW


def test_a_line_of_an_unknown_type_is_named() -> None:
    with pytest.raises(ValueError, match=r"line 9: unknown type 'order\.lost'"):
        of(ORDER | {"type": "order.lost"})
