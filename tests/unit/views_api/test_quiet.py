"""Open opportunities of which nothing is heard (B11). Today is 24 November 2026 in Vietnam."""

from __future__ import annotations

from typing import Any

import httpx
import msgspec
import pytest

from schemas import keys
from schemas.durations import DAY
from schemas.rows import TASK_STATUSES, CustomerRow, Talk
from tests.support.cells import Numbers, a_campaign, a_task, an_opportunity
from tests.unit.views_api.conftest import NOON

COMPLETED = TASK_STATUSES.index("completed")


def days_ago(days: int) -> int:
    return NOON - days * DAY


def talked(numbers: Numbers, opportunity: str, at: int) -> None:
    """Somebody interacted with the customer of an opportunity."""
    key, field = keys.customer("default", "c", f"customer of {opportunity}")
    row = CustomerRow([], [Talk(b"i", [at // 1000])])
    numbers.redis.hset(f"g1:{{b00}}:{key}", field, msgspec.msgpack.encode(row))


@pytest.fixture(name="filled")
def _filled(numbers: Numbers) -> Numbers:
    """Nine in ten stays on the first step lasted up to ten days; nobody has left the second one yet."""
    numbers.campaign(a_campaign())
    numbers.cells("v", "2026-01-03", {"step|s1|12": 8, "step|s1|14": 2})
    rows = [
        an_opportunity("fresh", created_at=days_ago(1), step_since=days_ago(1)),
        an_opportunity("slow", created_at=days_ago(30), step_since=days_ago(5)),
        an_opportunity("stalled", created_at=days_ago(90), step_since=days_ago(40), owner_id="binh"),
        an_opportunity("spoken to", created_at=days_ago(90), step_since=days_ago(40)),
        an_opportunity("worked on", created_at=days_ago(90), step_since=days_ago(40)),
        an_opportunity("second step", created_at=days_ago(20), step_since=days_ago(20), step_id="s2", owner_id=None),
        an_opportunity("won", status="won", created_at=days_ago(90)),
    ]
    for row in rows:
        numbers.opportunity(row, "2026-11-03" if row.created_at > days_ago(25) else "2026-08-01")
    talked(numbers, "spoken to", days_ago(2))
    talked(numbers, "slow", days_ago(31))  # before it was created
    numbers.task(a_task("t", opportunity_id="worked on", status_number=COMPLETED, completed_at=days_ago(0)), of="worked on")
    numbers.task(a_task("open", opportunity_id="stalled", created_at=days_ago(0)), of="stalled")
    return numbers


async def asked(api: httpx.AsyncClient, **query: Any) -> Any:
    answer = await api.get("/v1/campaigns/c/quiet", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def ids(found: Any) -> list[str]:
    assert found["total"] >= len(found["items"])
    return [item["opportunity_id"] for item in found["items"]]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, ["stalled", "second step"]),
        ({"of": "warned"}, ["slow"]),
        ({"of": "uncontacted"}, ["stalled", "worked on", "second step", "slow"]),
        ({"of": "uncontacted", "contact_days": 1}, ["stalled", "second step", "slow", "spoken to", "fresh", "worked on"]),
        ({"days": 5}, ["stalled", "second step", "slow"]),
        ({"days": 3650}, []),
        ({"owner": "binh"}, ["stalled"]),
        ({"owner": ""}, ["second step"]),
        ({"step": "s1"}, ["stalled"]),
        ({"period": "month"}, ["second step"]),
    ],
)
async def test_those_of_which_nothing_is_heard_are_listed_the_quietest_first(
    api: httpx.AsyncClient, filled: Numbers, query: dict[str, Any], expected: list[str]
) -> None:
    found = await asked(api, **query)

    assert {*ids(found)} == {*expected}
    assert [item["quiet_since"] for item in found["items"]] == sorted(item["quiet_since"] for item in found["items"])
    assert found["total"] == len(expected)


async def test_each_step_says_how_long_is_too_long_and_how_many_there_are(api: httpx.AsyncClient, filled: Numbers) -> None:
    found = await asked(api)

    assert found["totals"] == {"open": 6, "warned": 1, "stalled": 2, "uncontacted": 4}
    first, second = found["steps"]
    assert (first["step_id"], first["open"], first["warned"], first["stalled"]) == ("s1", 5, 1, 1)
    assert (second["step_id"], second["open"], second["stalled"]) == ("s2", 1, 1)
    assert 3 <= first["warn_days"] <= 5 < first["stall_days"] <= 14
    assert (second["warn_days"], second["stall_days"]) == (first["warn_days"], first["stall_days"])


async def test_an_item_says_since_when_and_how_long(api: httpx.AsyncClient, filled: Numbers) -> None:
    (item,) = (await asked(api, of="uncontacted", contact_days=1, owner="an", step="s1", limit=200))["items"][:1]
    spoken = next(i for i in (await asked(api, of="uncontacted", contact_days=1))["items"] if i["opportunity_id"] == "spoken to")

    assert (spoken["quiet_days"], spoken["uncontacted_days"], spoken["state"]) == (2, 2, None)
    assert spoken["last_interaction_at"] == spoken["quiet_since"]
    assert item["opportunity_id"] == "slow"
    assert (item["quiet_days"], item["uncontacted_days"], item["state"]) == (5, 30, "warned")


async def test_where_nobody_left_a_step_yet_nothing_is_quiet_sooner_than_in_three_days(api: httpx.AsyncClient, numbers: Numbers) -> None:
    numbers.campaign(a_campaign())
    for days in (2, 3):
        numbers.opportunity(an_opportunity(str(days), created_at=days_ago(days)), "2026-11-20")

    found = await asked(api)

    assert ids(found) == ["3"]
    assert [(step["warn_days"], step["stall_days"]) for step in found["steps"]] == [(3, 3)]


async def test_pages_follow_each_other(api: httpx.AsyncClient, filled: Numbers) -> None:
    whole, seen, cursor = ids(await asked(api, of="uncontacted")), list[str](), dict[str, str]()
    while True:
        found = await asked(api, of="uncontacted", limit=1, **cursor)
        seen += ids(found)
        if found["next_cursor"] is None:
            break
        cursor = {"cursor": found["next_cursor"]}

    assert seen == whole


async def test_what_is_known_today_is_not_confirmed_tomorrow(api: httpx.AsyncClient, filled: Numbers, clock: Any) -> None:
    first = await api.get("/v1/campaigns/c/quiet")
    again = await api.get("/v1/campaigns/c/quiet", headers={"If-None-Match": first.headers["etag"]})
    clock.now += DAY
    filled.fresh(clock.now)
    tomorrow = await api.get("/v1/campaigns/c/quiet", headers={"If-None-Match": first.headers["etag"]})

    assert (again.status_code, tomorrow.status_code) == (304, 200)
    assert tomorrow.json()["items"][0]["quiet_days"] == first.json()["items"][0]["quiet_days"] + 1


async def test_what_is_open_has_no_other_basis(api: httpx.AsyncClient, filled: Numbers) -> None:
    answer = await api.get("/v1/campaigns/c/quiet?basis=closed")

    assert (answer.status_code, answer.json()["errors"][0]["parameter"]) == (422, "basis")
