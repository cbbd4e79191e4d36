"""What is told apart of a campaign's messages adds up to the whole, in any course of events."""

from __future__ import annotations

from urllib.parse import quote

from schemas.kpis.messages import Messages
from tests.support.course import ALL, Counted

STAGES = [name for name in Messages.measures() if name.startswith("messages_")]
PEOPLE = [name for name in Messages.measures() if name.startswith("recipients_")]


async def test_channels_actions_and_reasons_add_up_to_the_campaign(counted: Counted) -> None:
    seen = 0
    for item in (await counted.answer("/v1/campaigns"))["items"]:
        for period in (ALL, {"from": "2026-02-01", "to": "2026-04-05"}):
            answer = await counted.answer(f"/v1/campaigns/{quote(item['id'], safe='')}/messages", period)
            totals = answer["totals"]
            for name in STAGES:
                assert sum(row[name] for row in answer["channels"]) == totals[name] == sum(row[name] for row in answer["actions"]), name
            for name in PEOPLE:
                assert all(0 <= row[name] <= totals[name] for row in answer["channels"]), name
                assert sum(row[name] for row in answer["channels"]) >= totals[name] or name == "recipients_total"
            assert sum(row["messages"] for row in answer["failures"]) == totals["messages_failed"]
            assert sum(row["messages"] for row in answer["suppressions"]) == totals["messages_suppressed"]
            ids = [order["order_id"] for order in answer["recent_orders"]]
            listed = await counted.answer(f"/v1/campaigns/{quote(item['id'], safe='')}/orders", {**period, "limit": "20"})
            assert ids == [order["order_id"] for order in listed["items"]]
            seen += totals["messages_total"] or 0

    assert seen > 0
