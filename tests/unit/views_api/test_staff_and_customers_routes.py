from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.support.cells import Numbers, a_campaign


@pytest.fixture(name="filled")
def _filled(numbers: Numbers) -> Numbers:
    numbers.campaign(a_campaign(participant_ids=["an", "chi"]))
    numbers.cells("s", "2026-11-03", {"n|binh|o|s1": 3, "n|binh|w|s2": 1, "n|an|l|gone": 1, "n||o|": 2, "m|binh|Visit|s1": 1})
    numbers.cells("s", "2026-11-03", {"c|an|w": 1, "c|binh|w": -1, "c|an|l": -1, "c|binh|l": 1})
    numbers.cells("w", "2026-11-03", {"owner|binh|": 3, "owner|binh|2026-11-01": 1, "cw|an|": 1, "cl|binh|": 1, "owner||": 2})
    numbers.cells("q", "2026-11-04", {"n|an|s2": 1, "gross|an|s2|VND": 500, "refunds|an|s2|VND": 100, "n||": 1, "gross|||VND": 70})
    numbers.cells("t", "2026-11-04", {"n|c|binh": 2, "n|p|": 1})
    return numbers


async def staff(api: httpx.AsyncClient, **query: Any) -> Any:
    answer = await api.get("/v1/campaigns/c/staff", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def customers(api: httpx.AsyncClient, **query: Any) -> Any:
    answer = await api.get("/v1/campaigns/c/customers", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_participants_come_with_zeros_others_with_numbers_and_nobody_last(api: httpx.AsyncClient, filled: Numbers) -> None:
    items = (await staff(api))["items"]

    assert [item["staff_id"] for item in items] == ["an", "binh", "chi", None]
    names = ("opportunities", "registered", "unregistered", "open", "won", "lost", "customers_in_charge", "customers_won", "customers_lost")
    assert [[item[name] for name in names] for item in items] == [
        [1, 1, 0, 0, 1, 0, 0, 1, 0],
        [4, 4, 0, 3, 0, 1, 3, 0, 1],
        [0, 0, 0, 0, 0, 0, 0, 0, 0],
        [2, 0, 2, 2, 0, 0, 2, 0, 0],
    ]
    assert [[item[name] for name in ("orders", "revenue_net", "aov", "tasks_created")] for item in items] == [
        [1, 400, 400, 0],
        [0, 0, None, 2],
        [0, 0, None, 0],
        [1, 70, 70, 1],
    ]
    assert items[1]["messages_sent"] is None


async def test_a_persons_steps_have_counts_revenue_and_shares_of_their_own_opportunities(api: httpx.AsyncClient, filled: Numbers) -> None:
    an, binh, _, nobody = (await staff(api))["items"]

    assert binh["steps"] == [
        {"step_id": "s1", "opportunities": 3, "revenue_net": 0, "share": 75.0},
        {"step_id": "s2", "opportunities": 1, "revenue_net": 0, "share": 25.0},
    ]
    assert [(step["step_id"], step["opportunities"], step["revenue_net"]) for step in an["steps"]] == [
        ("s1", 0, 0),
        ("s2", 0, 400),
        ("gone", 1, 0),
    ]
    assert nobody["steps"][-1] == {"step_id": None, "opportunities": 2, "revenue_net": 70, "share": 100.0}


@pytest.mark.parametrize(("basis", "view", "in_progress"), [("created", "s", 1), ("closed", "z", None)])
async def test_shares_of_a_person_are_of_the_results_of_this_person_whoever_owns_them_now(
    api: httpx.AsyncClient, numbers: Numbers, basis: str, view: str, in_progress: int | None
) -> None:
    numbers.campaign(a_campaign(participant_ids=["an", "binh"]))
    numbers.cells(view, "2026-11-03", {"n|binh|w|s2": 3, "c|an|w": 3, "c|binh|w": -3, **({"n|an|o|s1": 1} if in_progress else {})})

    an, binh, _ = (await staff(api, basis=basis))["items"]

    assert (an["opportunities"], an["open"], an["won"]) == (in_progress or 0, in_progress, 3)
    assert (an["won_share"], an["open_share"], an["lost_share"]) == ((75.0, 25.0, 0.0) if in_progress else (100.0, None, 0.0))
    assert (binh["opportunities"], binh["won"], binh["won_share"]) == (3, 0, None)


async def test_staff_is_paged_by_id_with_nobody_on_the_last_page(api: httpx.AsyncClient, filled: Numbers) -> None:
    seen, cursor = [], dict[str, str]()
    for _ in range(4):
        page = await staff(api, limit=1, **cursor)
        seen += [item["staff_id"] for item in page["items"]]
        cursor = {"cursor": page["next_cursor"]}

    assert seen == ["an", "binh", "chi", None]
    assert page["next_cursor"] is None


async def test_as_of_a_day_staff_is_known_by_owner_alone(api: httpx.AsyncClient, filled: Numbers) -> None:
    filled.cells("f", "2026-10-03", {"n|o|binh|s1": 1, "n|l|binh|": 1, "n|o||": 1})
    filled.cells("f", "2026-11-03", {"n|o||": -1, "n|o|an|": 1})

    items = (await staff(api, basis="as_of", to="2026-11-30"))["items"]

    assert [(item["staff_id"], item["opportunities"], item["open"], item["won"], item["steps"]) for item in items] == [
        ("an", 1, 1, None, None),
        ("binh", 2, 1, None, None),
        ("chi", 0, 0, None, None),
        (None, 0, 0, None, None),
    ]


async def test_lost_reasons_and_industries_are_shares_of_the_lost_with_not_stated_last(api: httpx.AsyncClient, filled: Numbers) -> None:
    fields = {"n|l|r|s1": 4, "lost|price|retail": 1, "lost|price|": 1, "lost||": 1, "lost|a\x1b1b|": 1}
    filled.cells("o", "2026-11-03", fields)

    answer = await customers(api)

    assert [(row["reason"], row["opportunities"], row["share"]) for row in answer["lost_reasons"]] == [
        ("price", 2, 50.0),
        ("a\x1fb", 1, 25.0),
        (None, 1, 25.0),
    ]
    assert [(row["industry"], row["opportunities"], row["share"]) for row in answer["lost_industries"]] == [
        ("retail", 1, 25.0),
        (None, 3, 75.0),
    ]
    assert answer["totals"]["lost"] == 4


async def test_an_owners_methods_fall_back_to_the_name_of_the_step(api: httpx.AsyncClient, filled: Numbers) -> None:
    owners = (await customers(api))["owners"]

    assert [(row["staff_id"], row["opportunities"]) for row in owners] == [("binh", 4), ("an", 1), (None, 2)]
    assert [[(m["method"], m["opportunities"]) for m in row["methods"]] for row in owners] == [
        [("Call", 2), ("Signed", 1), ("Visit", 1)],
        [("gone", 1)],
        [(None, 2)],
    ]


async def test_by_closing_day_the_reasons_are_those_of_the_closed(api: httpx.AsyncClient, filled: Numbers) -> None:
    filled.cells("k", "2026-11-09", {"n|l|r|s1": 1, "lost|price|": 1})
    filled.cells("z", "2026-11-09", {"n|an|l|s1": 1})

    answer = await customers(api, basis="closed")

    assert [row["reason"] for row in answer["lost_reasons"]] == ["price"]
    assert [(row["staff_id"], row["opportunities"], row["methods"]) for row in answer["owners"]] == [
        ("an", 1, [{"method": "Call", "opportunities": 1}])
    ]


async def test_as_of_a_day_there_are_owners_but_no_reasons_and_no_methods(api: httpx.AsyncClient, filled: Numbers) -> None:
    filled.cells("f", "2026-10-03", {"n|o|binh|s1": 1, "n|w|binh|s2": 1, "n|o|an|s1": 1})
    filled.cells("f", "2026-10-04", {"n|o|an|s1": -1})

    answer = await customers(api, basis="as_of")

    assert (answer["lost_reasons"], answer["lost_industries"]) == (None, None)
    assert answer["owners"] == [{"staff_id": "binh", "staff_name": None, "opportunities": 2, "methods": None}]
