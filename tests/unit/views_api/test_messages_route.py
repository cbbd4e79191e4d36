from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.support.cells import Numbers, a_campaign, an_order

DAY = 86_400_000
NOV_3 = 20_760 * DAY


@pytest.fixture(name="filled")
def _filled(numbers: Numbers) -> Numbers:
    """Mails of two actions and of none, text messages, what they cost, whom they reached, and orders by two rules."""
    numbers.campaign(
        a_campaign(
            segment=("seg", "Regulars"), message_text="Chào bạn", actions=[("hello", "Hello", "email"), ("again", "Again", "sms"), ("never", "Never", "email")]
        )
    )  # fmt: skip
    numbers.cells(
        "m",
        "2026-11-03",
        {
            "targeted|email|hello|": 10, "targeted|email||": 2, "sent|email|hello|": 8, "delivered|email|hello|": 5, "opened|email|hello|": 2,
            "targeted|sms|again|": 4, "sent|sms|again|": 4, "delivered|sms|again|": 4, "failed|email|hello|": 3, "suppressed|email|hello|": 2,
            "code|bounced": 2, "code|": 1, "reason|unsubscribed": 2,
        },
    )  # fmt: skip
    # Recipients only correct the messages: nine in all instead of sixteen.
    numbers.cells("p", "2026-11-03", {"targeted|": -7, "delivered|": -3, "entries|": -7})
    numbers.cells(
        "u",
        "2026-11-03",
        {"targeted|channel|email|": -4, "targeted|action|hello|": -3, "delivered|channel|email|": -5},
    )
    numbers.cells("u", "2026-11-04", {"targeted|channel|sms|2026-11-03": 1})
    numbers.cells("e", "2026-11-03", {"message|email|VND": 300, "message|sms|VND": 100, "event|print|VND": 50})
    numbers.listed_order(an_order("1", purchased_at=NOV_3), "2026-11-03", rule=4)
    numbers.listed_order(an_order("2", purchased_at=NOV_3 + 1, gross_minor=500), "2026-11-03", rule=3)
    numbers.listed_order(an_order("3", purchased_at=NOV_3 + DAY, counted=False, status_number=9), "2026-11-04", rule=3)
    return numbers


async def asked(api: httpx.AsyncClient, **query: Any) -> Any:
    answer = await api.get("/v1/campaigns/c/messages", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def some(row: Any, *names: str) -> list[Any]:
    return [row[name] for name in names]


async def test_each_channel_has_its_own_messages_people_and_costs(api: httpx.AsyncClient, filled: Numbers) -> None:
    email, sms = (await asked(api))["channels"]

    names = ("channel", "messages_total", "messages_delivered", "recipients_total", "recipients_delivered", "spend", "cost_per_delivered")
    assert some(email, *names) == ["email", 12, 5, 8, 0, 300, 60]
    assert some(sms, *names) == ["sms", 4, 4, 4, 4, 100, 25]
    assert some(email, "delivered_pct", "messages_in_flight") == [62.5, 2]
    assert some(email, "orders", "revenue_net", "roi", "entries", "customers") == [None] * 5


async def test_each_action_has_a_row_and_messages_of_none_have_the_last(api: httpx.AsyncClient, filled: Numbers) -> None:
    rows = (await asked(api))["actions"]

    assert [some(row, "action_id", "name", "channel", "messages_total", "recipients_total", "spend") for row in rows] == [
        ["hello", "Hello", "email", 10, 7, None],
        ["again", "Again", "sms", 4, 4, None],
        ["never", "Never", "email", 0, 0, None],
        [None, None, None, 2, None, None],
    ]


async def test_what_went_wrong_is_told_by_code_and_reason_and_what_is_said_is_shown(api: httpx.AsyncClient, filled: Numbers) -> None:
    answer = await asked(api)

    assert answer["failures"] == [
        {"code": "bounced", "messages": 2, "share": pytest.approx(200 / 3)},
        {"code": None, "messages": 1, "share": pytest.approx(100 / 3)},
    ]
    assert answer["suppressions"] == [{"reason": "unsubscribed", "messages": 2, "share": 100.0}]
    assert (answer["segment"], answer["message_text"]) == ({"id": "seg", "name": "Regulars"}, "Chào bạn")


@pytest.mark.parametrize(
    ("query", "figures", "recent"),
    [
        ({}, [2, 1500, 450, 16, 9], ["3", "2", "1"]),
        ({"rule": "3"}, [1, 500, 450, 16, 9], ["3", "2"]),
        ({"rule": "4"}, [1, 1000, 450, 16, 9], ["1"]),
        ({"rule": "1"}, [0, 0, 450, 16, 9], []),
        ({"from": "2026-11-03", "to": "2026-11-03"}, [2, 1500, 450, 16, 9], ["2", "1"]),
    ],
)
async def test_a_rule_narrows_orders_and_revenue_and_nothing_else(
    api: httpx.AsyncClient, filled: Numbers, query: dict[str, str], figures: list[int], recent: list[str]
) -> None:
    answer = await asked(api, **query)

    assert some(answer["totals"], "orders", "revenue_net", "spend", "messages_total", "recipients_total") == figures
    assert answer["by_currency"]["VND"]["revenue_net"] == figures[1]
    assert [order["order_id"] for order in answer["recent_orders"]] == recent


async def test_the_state_as_of_a_day_knows_no_messages(api: httpx.AsyncClient, filled: Numbers) -> None:
    answer = await asked(api, basis="as_of")

    assert {answer[name] for name in ("channels", "actions", "failures", "suppressions", "recent_orders")} == {None}
    assert answer["totals"]["messages_total"] is None


async def test_no_more_orders_are_recent_than_fit_on_a_page(api: httpx.AsyncClient, filled: Numbers) -> None:
    for n in range(30):
        filled.listed_order(an_order(f"more {n}", purchased_at=NOV_3 + 2 * DAY + n), "2026-11-05", rule=2)

    recent = (await asked(api))["recent_orders"]

    assert [order["order_id"] for order in recent] == [f"more {n}" for n in range(29, 9, -1)]
