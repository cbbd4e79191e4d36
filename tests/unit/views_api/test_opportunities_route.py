from __future__ import annotations

from datetime import date
from typing import Any

import httpx
import pytest

from schemas.events.instants import EARLIEST
from schemas.rows import DELETED, STATUSES
from tests.support.cells import Numbers, a_campaign, a_task, an_opportunity, an_order
from views_api.views.periods import today_in

DAY = 86_400_000
NOV_3 = 20_760 * DAY  # 2026-11-03T00:00Z


@pytest.fixture(name="filled")
def _filled(numbers: Numbers) -> Numbers:
    """Seven opportunities on two days, with the cells that go with them."""
    numbers.campaign(a_campaign())
    rows = [
        ("2026-11-03", an_opportunity("1")),
        ("2026-11-03", an_opportunity("2", owner_id=None, step_id=None)),
        ("2026-11-03", an_opportunity("3", status="won", step_id="s2", closed_at=NOV_3 + 6 * DAY)),
        ("2026-11-04", an_opportunity("4", status="lost", lost_reason="price", industry="retail", closed_at=NOV_3 + 7 * DAY)),
        ("2026-11-04", an_opportunity("5", status="lost", owner_id="binh", closed_at=NOV_3 + 40 * DAY)),
        ("2026-11-04", an_opportunity("6", status="lost", lost_reason="price", owner_id="binh", closed_at=NOV_3 + 9 * DAY)),
        ("2026-10-04", an_opportunity("7", status="won", closed_at=NOV_3 + 2 * DAY)),
    ]
    for day, row in rows:
        numbers.opportunity(row, day)
        letter, owner, step = row.status[0], row.owner_id or "", row.step_id or ""
        closed = [] if row.closed_at is None else [("k", "z", f"2026-11-{3 + (row.closed_at - NOV_3) // DAY:02}")]
        for head, staff, at in [("o", "s", day), *closed]:
            if at > "2026-11-31":
                continue
            numbers.cells(head, at, {f"n|{letter}|{'r' if owner else 'u'}|{step}": 1})
            numbers.cells(staff, at, {f"n|{owner}|{letter}|{step}": 1})
            if letter == "l":
                numbers.cells(head, at, {f"lost|{row.lost_reason or ''}|{row.industry or ''}": 1})
    return numbers


async def listed(api: httpx.AsyncClient, **query: Any) -> Any:
    answer = await api.get("/v1/campaigns/c/opportunities", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ({}, "456123"),
        ({"status": "lost"}, "456"),
        ({"status": "open"}, "12"),
        ({"registered": "false"}, "2"),
        ({"registered": "true", "status": "open"}, "1"),
        ({"step": "s2"}, "3"),
        ({"step": ""}, "2"),
        ({"owner": "binh"}, "56"),
        ({"owner": ""}, "2"),
        ({"owner": "", "registered": "true"}, ""),
        ({"owner": "binh", "registered": "false"}, ""),
        ({"owner": "binh", "registered": "true", "step": "s1"}, "56"),
        ({"reason": "price"}, "46"),
        ({"reason": ""}, "5"),
        ({"industry": "retail"}, "4"),
        ({"reason": "price", "owner": "binh"}, "6"),
        ({"reason": "price", "industry": ""}, "6"),
        ({"reason": "price", "status": "won"}, ""),
        ({"period": "all"}, "4561237"),
        ({"basis": "closed"}, "4637"),
        ({"basis": "closed", "status": "won"}, "37"),
        ({"basis": "closed", "owner": "binh"}, "6"),
        ({"basis": "closed", "reason": "price", "owner": "an"}, "4"),
        ({"basis": "closed", "status": "open"}, ""),
        ({"basis": "closed", "from": "2026-11-05", "to": "2026-11-05"}, "7"),
        ({"method": "Call"}, "4561"),
        ({"method": ""}, "2"),
        ({"method": "visit"}, ""),
        ({"credited": "an", "status": "won"}, "3"),
        ({"interacted": "true", "registered": "false"}, ""),
        ({"interacted": "true", "owner": ""}, ""),
        ({"interacted": "false", "owner": "binh"}, "56"),
    ],
)
async def test_the_rows_behind_a_number_are_as_many_as_the_number(
    api: httpx.AsyncClient, filled: Numbers, query: dict[str, str], ids: str
) -> None:
    whole = await listed(api, **query)
    seen, cursor = [], dict[str, str]()
    while True:
        page = await listed(api, limit=1, **query, **cursor)
        assert page["total"] == len(ids)
        seen += [item["opportunity_id"] for item in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}

    assert [item["opportunity_id"] for item in whole["items"]] == list(ids)
    assert seen == list(ids)
    assert whole["total"] == len(ids)


async def test_a_row_says_all_that_is_known_with_its_tasks_and_orders_newest_first(api: httpx.AsyncClient, filled: Numbers) -> None:
    filled.task(a_task("t1", opportunity_id="4", title="Call", created_at=1000, due_at=2000), of="4")
    filled.task(a_task("moved on", opportunity_id="1"), of="4")
    filled.task(a_task("deleted", opportunity_id="4", hidden=DELETED), of="4")
    filled.order(an_order("r1", opportunity_id="4", gross_minor=500, refunds=[("back", 100, 9)], purchased_at=5), of="4")
    filled.order(an_order("r2", opportunity_id="4", status_number=STATUSES.index("cancelled"), counted=False, purchased_at=6), of="4")

    (item,) = (await listed(api, reason="price", owner="an"))["items"]

    assert {name: item[name] for name in ("customer_id", "status", "lost_reason", "industry", "won_at", "lost_at", "created_at")} == {
        "customer_id": "customer of 4", "status": "lost", "lost_reason": "price", "industry": "retail",
        "won_at": None, "lost_at": "2026-11-10T00:00:00Z", "created_at": "1970-01-01T00:00:00Z",
    }  # fmt: skip
    assert [(task["task_id"], task["title"], task["due_at"]) for task in item["related_tasks"]] == [("t1", "Call", "1970-01-01T00:00:02Z")]
    assert (item["tasks"], item["orders"]) == (1, 1)
    assert [(order["order_id"], order["net"], order["counted"]) for order in item["related_orders"]] == [
        ("r2", 1000, False),
        ("r1", 400, True),
    ]


async def test_who_interacted_is_not_known_by_the_day_of_closing(api: httpx.AsyncClient, filled: Numbers) -> None:
    answer = await api.get("/v1/campaigns/c/opportunities?basis=closed&interacted=true")

    assert answer.status_code == 422
    assert (answer.json()["errors"][0]["parameter"], answer.json()["errors"][0]["allowed"]) == ("interacted", ["created"])


async def test_the_state_as_of_a_day_cannot_be_listed(api: httpx.AsyncClient, filled: Numbers) -> None:
    answer = await api.get("/v1/campaigns/c/opportunities?basis=as_of")

    assert answer.status_code == 422
    assert answer.json()["errors"] == [
        {
            "parameter": "basis",
            "detail": "lists show opportunities as they are now: by the day they were created or closed",
            "allowed": ["created", "closed"],
        }
    ]


@pytest.mark.parametrize("limit", [1, 2, 5])
async def test_pages_end_with_the_first_of_all_days(api: httpx.AsyncClient, numbers: Numbers, limit: int) -> None:
    """Programs write 0001-01-01T00:00:00Z for a date that nobody set: west of Greenwich it lies on the day before which there is none."""
    numbers.campaign(a_campaign(zone="America/New_York"))
    for n in range(5):
        numbers.opportunity(an_opportunity(f"o{n}", created_at=EARLIEST), "0001-01-01")
    numbers.cells("o", "0001-01-01", {"n|o|r|s1": 5})
    seen, cursor = [], dict[str, str]()

    for _ in range(5):
        page = await listed(api, period="all", limit=limit, **cursor)
        seen += [item["opportunity_id"] for item in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}

    assert page["next_cursor"] is None
    assert seen == ["o0", "o1", "o2", "o3", "o4"]
    assert today_in("America/New_York", EARLIEST) == date.min
