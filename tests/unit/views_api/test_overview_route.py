from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.support.cells import Numbers, a_campaign

CREATED = {
    "n|o|r|s1": 3,
    "n|o|u|": 1,
    "n|w|r|s2": 2,
    "n|l|r|s1": 1,
    "n|l|r|gone": 1,
    "reached|s2": 1,
    "reached|s1": -1,
    "reached|gone": -1,
    "p|30": 2,
    "p|50": 1,
    "open|VND|30|": 395,
    "open|VND|50|": 10,
    "open|VND||": 295,
    "won|VND": 900,
    "won|": 100,
    "lost|price|retail": 1,
    "lost||retail": 1,
}


async def overview(api: httpx.AsyncClient, **query: Any) -> Any:
    answer = await api.get("/v1/campaigns/c/overview", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.fixture(name="filled")
def _filled(numbers: Numbers) -> Numbers:
    numbers.campaign(a_campaign(name="Tết", code="T26"))
    numbers.cells("o", "2026-11-03", CREATED)
    return numbers


async def test_the_totals_are_the_sums_of_the_cells_of_the_month(api: httpx.AsyncClient, filled: Numbers) -> None:
    filled.cells("o", "2026-10-31", {"n|o|r|s1": 100})

    totals = (await overview(api))["totals"]

    assert [totals[name] for name in ("opportunities", "registered", "unregistered", "open", "won", "lost")] == [8, 7, 1, 4, 2, 2]
    assert (totals["won_share"], totals["lost_share"], totals["open_share"], totals["win_rate"]) == (25, 25, 50, 50)
    assert (totals["expected_wins"], totals["predicted_success_pct"]) == (1.1, 110 / 3)
    assert (totals["value_open"], totals["value_won"], totals["value_weighted"]) == (700, 1000, 124)


async def test_a_campaign_is_in_the_crm_where_it_says_else_where_its_tenant_does(api: httpx.AsyncClient, numbers: Numbers) -> None:
    async def place(identity: str) -> Any:
        return (await api.get(f"/v1/campaigns/{identity}/overview")).json()["campaign"]["crm_url"]

    numbers.campaign(a_campaign("own", crm_url="https://crm.example/own"))
    numbers.campaign(a_campaign("a/b"))
    assert [await place(identity) for identity in ("own", "a%2Fb")] == ["https://crm.example/own", None]

    numbers.settings(crm_url_template="https://crm.example/campaigns/{id}?from=kpis")
    assert [await place(identity) for identity in ("own", "a%2Fb")] == [
        "https://crm.example/own",
        "https://crm.example/campaigns/a%2Fb?from=kpis",
    ]


async def test_who_reads_the_numbers_is_told_where_the_tenant_explains_them(api: httpx.AsyncClient, numbers: Numbers) -> None:
    async def place() -> Any:
        return (await api.get("/v1/campaigns/c/overview")).json()["campaign"]["guide_url"]

    numbers.campaign(a_campaign("c"))
    before = await place()
    numbers.settings(guide_url="https://wiki.example/campaigns")

    assert (before, await place()) == (None, "https://wiki.example/campaigns")


async def test_the_funnel_has_all_steps_then_removed_ones_then_those_without_one(api: httpx.AsyncClient, filled: Numbers) -> None:
    funnel = (await overview(api))["funnel"]

    assert [(row["step_id"], row["name"], row["position"], row["current"], row["lost"], row["reached"]) for row in funnel] == [
        ("s1", "Call", 1, 3, 1, 6),
        ("s2", "Signed", 2, 2, 0, 3),
        ("gone", None, None, 0, 1, None),
        (None, None, None, 1, 0, None),
    ]
    assert [(row["registered"], row["unregistered"]) for row in funnel] == [(4, 0), (2, 0), (1, 0), (0, 1)]


async def test_outcomes_carry_distinct_customers(api: httpx.AsyncClient, filled: Numbers) -> None:
    filled.cells("n", "2026-11-03", {"o|": 4, "w|": 1, "l|2026-11-02": 1, "l|2026-10-02": 1, "a|": 5})

    answer = await overview(api)

    assert [(row["status"], row["opportunities"], row["customers"], row["share"]) for row in answer["outcomes"]] == [
        ("open", 4, 4, 50.0),
        ("won", 2, 1, 25.0),
        ("lost", 2, 1, 25.0),
    ]
    assert answer["totals"]["customers"] == 5


async def test_probabilities_are_shown_as_entered_and_the_unassessed_apart(api: httpx.AsyncClient, filled: Numbers) -> None:
    assert (await overview(api))["probability"] == [
        {"from": 30, "to": 30, "opportunities": 2, "share": 50.0},
        {"from": 50, "to": 50, "opportunities": 1, "share": 25.0},
        {"from": None, "to": None, "opportunities": 1, "share": 25.0},
    ]


async def test_more_than_eleven_probabilities_are_put_into_tens(api: httpx.AsyncClient, numbers: Numbers) -> None:
    numbers.campaign(a_campaign())
    values = [0, 1, 9, 10, 19, 25, 33, 47, 52, 68, 99, 100]
    numbers.cells("o", "2026-11-03", {f"p|{value}": 1 for value in values} | {"n|o|r|s1": 12})

    rows = (await overview(api))["probability"]

    assert [(row["from"], row["to"], row["opportunities"]) for row in rows] == [
        (0, 9, 3), (10, 19, 2), (20, 29, 1), (30, 39, 1), (40, 49, 1), (50, 59, 1), (60, 69, 1), (70, 79, 0), (80, 89, 0), (90, 99, 1), (100, 100, 1),
    ]  # fmt: skip
    assert sum(row["share"] for row in rows) == pytest.approx(100)


async def test_orders_tasks_and_messages_count_on_their_own_days_whatever_the_basis(api: httpx.AsyncClient, filled: Numbers) -> None:
    filled.cells("r", "2026-11-05", {"n|1": 2, "n|3": 1, "rest|1": 1, "cancelled|1": 1, "cancelled_value|1|VND": 50, "pending": 1})
    filled.cells("r", "2026-11-06", {"gross|1|VND": 1000, "gross|3|VND": 200, "refunds|1|VND": 200})
    filled.cells("t", "2026-11-06", {"n|c|an": 2, "n|l|an": 1, "n|x|": 1, "n|p|binh": 3})
    filled.cells("m", "2026-11-06", {"targeted|sms|a|": 5, "sent|sms|a|": 4, "failed|email||": 1, "code|550": 1})

    for basis in ("created", "closed"):
        totals = (await overview(api, basis=basis))["totals"]
        assert [totals[name] for name in ("orders", "orders_all", "orders_cancelled", "cancelled_value", "pending_attribution")] == [
            3,
            4,
            1,
            50,
            1,
        ]
        assert [totals[name] for name in ("revenue_gross", "refunds", "revenue_net", "aov")] == [1200, 200, 1000, 333]
        tasks = ("tasks_created", "tasks_completed", "tasks_completed_late", "tasks_cancelled", "tasks_in_progress")
        assert [totals[name] for name in tasks] == [7, 3, 1, 1, 3]
        assert [totals[name] for name in ("messages_total", "messages_sent", "messages_failed", "messages_opened")] == [5, 4, 1, 0]


async def test_basis_closed_counts_by_closing_day_and_knows_no_open_ones(api: httpx.AsyncClient, filled: Numbers) -> None:
    filled.cells("k", "2026-11-20", {"n|w|r|s2": 2, "n|l|r|s1": 6, "won|VND": 40})
    filled.cells("n", "2026-11-20", {"kw|": 2, "kl|2026-11-01": 5, "kl|": 1})

    answer = await overview(api, basis="closed", period="week")
    totals = answer["totals"]

    assert [totals[name] for name in ("opportunities", "won", "lost", "win_rate", "value_won")] == [0, 0, 0, None, 0]
    answer = await overview(api, basis="closed")
    totals = answer["totals"]
    assert [totals[name] for name in ("opportunities", "registered", "won", "lost", "win_rate", "value_won")] == [8, 8, 2, 6, 25, 40]
    assert [totals[name] for name in ("customers_won", "customers_lost")] == [2, 1]
    unknown = (
        "open",
        "open_share",
        "customers",
        "customers_open",
        "value_open",
        "value_weighted",
        "expected_wins",
        "predicted_success_pct",
    )
    assert {totals[name] for name in unknown} == {None}
    assert answer["probability"] is None
    assert [row["reached"] for row in answer["funnel"]] == [None, None]
    assert answer["outcomes"][0] == {"status": "open", "opportunities": None, "customers": None, "share": None}


async def test_as_of_a_day_is_the_sum_of_all_flows_until_then_and_everything_else_is_null(api: httpx.AsyncClient, filled: Numbers) -> None:
    filled.cells("f", "2025-01-01", {"n|o||": 2, "open|VND": 500})
    filled.cells("f", "2026-11-10", {"n|o||": -1, "n|w|an|s2": 1, "open|VND": -250, "won|VND": 250})
    filled.cells("f", "2026-11-11", {"n|o||": -1, "open|VND": -250})

    answer = await overview(api, basis="as_of", to="2026-11-10")

    known = {"opportunities": 2, "registered": 1, "unregistered": 1, "open": 1, "won": 1, "lost": 0, "value_open": 250, "value_won": 250}
    assert {name: value for name, value in answer["totals"].items() if value is not None} == known
    assert answer["by_currency"] == {"VND": {"value_open": 250, "value_won": 250}}
    assert answer["period"] == {"preset": None, "from": None, "to": "2026-11-10", "basis": "as_of"}
    assert answer["probability"] is None
    assert [(row["step_id"], row["current"], row["lost"], row["reached"]) for row in answer["funnel"]] == [
        ("s1", 0, 0, None),
        ("s2", 1, 0, None),
        (None, 1, 0, None),
    ]


async def test_the_whole_life_includes_days_before_the_start_and_after_the_end(api: httpx.AsyncClient, filled: Numbers) -> None:
    filled.cells("o", "1999-01-01", {"n|o|r|s1": 1})
    filled.cells("o", "2031-12-31", {"n|o|r|s1": 1})
    filled.cells("n", "1999-01-01", {"a|": 1})
    filled.cells("n", "2031-12-31", {"a|1999-01-01": 1})

    answer = await overview(api, period="all")

    assert answer["totals"]["opportunities"] == 10
    assert answer["totals"]["customers"] == 1
    assert answer["period"] == {"preset": "all", "from": None, "to": None, "basis": "created"}


async def test_a_long_range_is_the_sum_of_its_days_as_a_short_one(api: httpx.AsyncClient, filled: Numbers) -> None:
    filled.cells("o", "1980-02-29", {"n|o|r|s1": 1})

    answer = await overview(api, **{"from": "0001-01-01", "to": "9999-12-31"})

    assert answer["totals"]["opportunities"] == 9
    assert (await overview(api, **{"from": "1980-03-01", "to": "9999-12-31"}))["totals"]["opportunities"] == 8


async def test_numbers_beyond_what_a_double_holds_are_exact(api: httpx.AsyncClient, filled: Numbers) -> None:
    large = 9_007_199_254_740_993
    filled.cells("o", "2026-11-04", {"open|VND||": large})
    filled.cells("o", "2026-11-05", {"open|VND||": large})

    assert (await overview(api))["totals"]["value_open"] == 2 * large + 700
