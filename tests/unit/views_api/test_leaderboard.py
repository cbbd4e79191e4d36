"""Who is ahead by one number (B17)."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from schemas.cells import Basis
from tests.support.cells import Numbers, a_campaign
from tests.unit.views_api.conftest import NOON
from views_api.answers import leaderboard
from views_api.answers.leaderboard import By
from views_api.answers.reader import Reader
from views_api.problems import Forbidden
from views_api.scope import Right, Scope
from views_api.stored.store import Store
from views_api.views.periods import Preset, ask


@pytest.fixture(name="filled")
def _filled(numbers: Numbers) -> Numbers:
    """Five people: an and binh won as much, chi nothing, dung only lost, and em took part in nothing; somebody's is nobody's."""
    numbers.campaign(a_campaign(participant_ids=["an", "binh", "em"]))
    numbers.staff(an="Nguyễn An", chi="Trần Chi")
    numbers.cells(
        "s",
        "2026-11-03",
        {"n|an|w|s2": 4, "n|an|l|s1": 1, "n|binh|w|s2": 4, "n|binh|l|s1": 4, "n|chi|o|s1": 3, "n|dung|l|s1": 2, "n||w|s2": 9},
    )
    numbers.cells("q", "2026-11-03", {"gross|binh|s2|VND": 900, "gross|an|s2|VND": 500, "gross|||VND": 5000})
    numbers.cells("t", "2026-11-03", {"n|c|an": 3, "n|l|an": 3, "n|c|binh": 7})
    numbers.cells("v", "2026-11-03", {"claim|an|0": 6, "claim|binh|9": 6, "claim|chi|1": 1, "late_claim|binh": 2})
    return numbers


async def board(api: httpx.AsyncClient, **query: Any) -> Any:
    answer = await api.get("/v1/campaigns/c/leaderboard", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def standings(found: Any) -> list[tuple[Any, ...]]:
    return [(row["rank"], row["staff_id"], row["value"], row["of"]) for row in found["items"]]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, [(1, "an", 4, None), (1, "binh", 4, None), (3, "chi", 0, None), (3, "dung", 0, None), (3, "em", 0, None)]),
        ({"by": "revenue_net"}, [(1, "binh", 900, None), (2, "an", 500, None), (3, "chi", 0, None), (3, "dung", 0, None), (3, "em", 0, None)]),
        ({"by": "win_rate"}, [(1, "an", 80, 5), (2, "binh", 50, 8), (None, "dung", 0, 2), (None, "chi", None, None), (None, "em", None, None)]),
        ({"by": "win_rate", "least": 0}, [(1, "an", 80, 5), (2, "binh", 50, 8), (3, "dung", 0, 2), (None, "chi", None, None), (None, "em", None, None)]),
        ({"by": "tasks_on_time_pct"}, [(1, "binh", 100, 7), (2, "an", 50, 6), (None, "chi", None, None), (None, "dung", None, None), (None, "em", None, None)]),
    ],
)  # fmt: skip
async def test_people_stand_in_order_and_who_cannot_be_ranked_stands_last(
    api: httpx.AsyncClient, filled: Numbers, query: dict[str, Any], expected: list[tuple[Any, ...]]
) -> None:
    found = await board(api, **query)

    ranked = [row for row in expected if row[0] is not None]
    assert standings(found)[: len(ranked)] == ranked
    assert {*standings(found)} == {*expected}
    assert found["people"] == 5


async def test_of_times_the_shortest_is_first(api: httpx.AsyncClient, filled: Numbers) -> None:
    found = await board(api, by="time_to_claim_median")

    assert [(row["rank"], row["staff_id"], row["of"]) for row in found["items"]][:3] == [(1, "an", 6), (2, "binh", 6), (None, "chi", 1)]
    assert found["items"][0]["value"] < found["items"][1]["value"]


async def test_a_person_has_their_own_time_to_claim_and_name_in_the_table_of_staff(api: httpx.AsyncClient, filled: Numbers) -> None:
    rows = {row["staff_id"]: row for row in (await api.get("/v1/campaigns/c/staff")).json()["items"]}
    owners = {row["staff_id"]: row["staff_name"] for row in (await api.get("/v1/campaigns/c/customers")).json()["owners"]}

    assert [rows[staff]["late_claims"] for staff in ("an", "binh")] == [0, 2]
    assert rows["an"]["time_to_claim_median"] < rows["binh"]["time_to_claim_median"]
    assert rows["em"]["time_to_claim_median"] is None
    assert [rows[staff]["staff_name"] for staff in ("an", "binh", None)] == ["Nguyễn An", None, None]
    assert (owners["chi"], owners["dung"]) == ("Trần Chi", None)
    assert (await board(api))["items"][0]["staff_name"] == "Nguyễn An"


@pytest.mark.parametrize("by", ["won", "win_rate"])
async def test_pages_follow_each_other(api: httpx.AsyncClient, filled: Numbers, by: str) -> None:
    whole, seen, cursor = standings(await board(api, by=by)), list[tuple[Any, ...]](), dict[str, str]()
    while True:
        page = await board(api, by=by, limit=2, **cursor)
        seen += standings(page)
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}

    assert seen == whole


async def test_the_page_of_one_order_does_not_go_on_in_another(api: httpx.AsyncClient, filled: Numbers) -> None:
    cursor = (await board(api, by="won", limit=2))["next_cursor"]

    answer = await api.get("/v1/campaigns/c/leaderboard", params={"by": "win_rate", "cursor": cursor})

    assert (answer.status_code, answer.json()["errors"][0]["parameter"]) == (422, "cursor")


async def test_who_sees_only_their_own_row_gets_it_with_their_rank_among_all(filled: Numbers, redis_url: str) -> None:
    store = Store(redis_url, None, "g1")
    reader, asked = Reader(store, lambda: NOON), ask(Preset.ALL, None, None, None, Basis.CREATED)
    binh = Scope("b", "default", frozenset({Right.VIEW}), "binh")

    found = await leaderboard.leaderboard(reader, binh, "c", asked, By.WIN_RATE, 1, 10, None)
    with pytest.raises(Forbidden, match="money"):
        await leaderboard.leaderboard(reader, binh, "c", asked, By.REVENUE, 1, 10, None)
    await store.close()

    assert ([(row.rank, row.staff_id) for row in found.items], found.people) == ([(2, "binh")], 5)


async def test_the_state_as_of_a_day_ranks_nobody_by_what_it_does_not_know(api: httpx.AsyncClient, filled: Numbers) -> None:
    assert {row["rank"] for row in (await board(api, by="revenue_net", basis="as_of"))["items"]} == {None}
