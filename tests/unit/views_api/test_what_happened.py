"""Movements of opportunities, how long they stayed where they were, and what they are expected to bring."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from schemas.durations import DAY, HOUR, bucket_of
from tests.support.cells import Numbers, a_campaign


async def get(api: httpx.AsyncClient, path: str = "overview", **query: Any) -> Any:
    answer = await api.get(f"/v1/campaigns/c/{path}", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.fixture(name="filled")
def _filled(numbers: Numbers) -> Numbers:
    numbers.campaign(a_campaign())
    short, long = bucket_of(2 * HOUR), bucket_of(3 * DAY)
    numbers.cells(
        "v",
        "2026-11-10",
        {
            "reopened|w": 2,
            "reopened|l": 1,
            "in|an": 3,
            "out|an": 1,
            "out|binh": 4,
            "moved_in": 5,
            "moved_out": 6,
            f"step|s1|{short}": 1,
            f"step|s2|{long}": 3,
            f"claim|an|{short}": 9,
            f"claim|an|{long}": 1,
            "late_claim|an": 1,
        },
    )
    return numbers


@pytest.mark.parametrize("basis", ["created", "closed"])
async def test_what_happened_counts_on_its_day_whatever_the_basis(api: httpx.AsyncClient, filled: Numbers, basis: str) -> None:
    totals = (await get(api, basis=basis))["totals"]
    before = (await get(api, basis=basis, **{"from": "2026-11-01", "to": "2026-11-09"}))["totals"]

    names = ("reopened", "reassigned_in", "reassigned_out", "moved_in", "moved_out", "late_claims")
    assert [totals[name] for name in names] == [3, 3, 5, 5, 6, 1]
    assert [before[name] for name in names] == [0] * 6


async def test_a_person_took_over_and_gave_away(api: httpx.AsyncClient, filled: Numbers) -> None:
    an, binh, _ = (await get(api, "staff"))["items"]

    assert [(row["reassigned_in"], row["reassigned_out"]) for row in (an, binh)] == [(3, 1), (0, 4)]
    assert (an["reopened"], an["late_claims"], an["time_to_claim_median"]) == (None, 1, 5600)


async def test_lengths_are_read_out_of_their_buckets_in_seconds(api: httpx.AsyncClient, filled: Numbers) -> None:
    """Nine claims took between one and two hours: the median is the fifth, five ninths between them."""
    totals = (await get(api))["totals"]

    assert totals["time_to_claim_median"] == pytest.approx(3600 + 3600 * 5 / 9)
    assert totals["time_to_claim_p90"] == 2 * 3600
    assert totals["time_in_step_median"] == pytest.approx(86_400 * (2 + 1 / 3))


async def test_before_anything_was_claimed_there_is_no_time_to_claim(api: httpx.AsyncClient, filled: Numbers) -> None:
    totals = (await get(api, **{"from": "2026-11-01", "to": "2026-11-09"}))["totals"]

    assert (totals["time_to_claim_median"], totals["time_in_step_p90"]) == (None, None)


async def test_each_step_has_the_stays_that_ended_on_it_and_its_part_of_all(api: httpx.AsyncClient, filled: Numbers) -> None:
    filled.cells("o", "2026-11-10", {"n|o|r|s1": 5, "n|l|r|s1": 1, "n|w|r|s2": 2, "reached|s2": 1, "reached|s1": -1})

    first, last = (await get(api))["funnel"]

    assert (first["share"], first["reached"], first["reached_of_first"], first["reached_of_previous"]) == (75, 8, 100, None)
    assert (last["share"], last["reached"], last["reached_of_first"], last["reached_of_previous"]) == (25, 3, 37.5, 37.5)
    assert (first["time_in_step_median"], last["time_in_step_p90"]) == (3600 * 1.5, pytest.approx(86_400 * 2.9))


async def test_of_the_closed_ones_no_conversion_is_known(api: httpx.AsyncClient, filled: Numbers) -> None:
    filled.cells("k", "2026-11-10", {"n|w|r|s2": 1})

    first, last = (await get(api, basis="closed"))["funnel"]

    assert (first["share"], last["share"], last["reached_of_first"], first["time_in_step_median"]) == (0, 100, None, 3600 * 1.5)


async def test_a_forecast_is_by_the_month_of_the_expected_close_and_last_what_has_none(api: httpx.AsyncClient, filled: Numbers) -> None:
    filled.cells(
        "o",
        "2026-11-10",
        {"n|o|r|s1": 4, "open|VND|50|2027-01": 101, "open|VND||2027-01": 900, "open|VND|10|2026-12": 50, "open|VND|100|": 7},
    )

    answer = await get(api)

    assert answer["forecast"] == [
        {"month": "2026-12", "value_open": 50, "value_weighted": 5},
        {"month": "2027-01", "value_open": 1001, "value_weighted": 50},
        {"month": None, "value_open": 7, "value_weighted": 7},
    ]
    assert (answer["totals"]["value_open"], answer["totals"]["value_weighted"]) == (1058, 62)
    assert (await get(api, basis="closed"))["forecast"] is None


async def test_sales_velocity_is_money_a_day(api: httpx.AsyncClient, filled: Numbers) -> None:
    filled.cells("o", "2026-11-10", {"n|o|r|s1": 20, "n|w|r|s2": 3, "n|l|r|s1": 1, "won|VND": 900, "cycle": 3 * 10 * DAY})

    assert (await get(api))["totals"]["sales_velocity"] == 450  # 20 × 300 × 75 % ÷ 10 days
    assert (await get(api, basis="closed"))["totals"]["sales_velocity"] is None


async def test_refunds_and_cancellations_have_a_day_of_their_own(api: httpx.AsyncClient, filled: Numbers) -> None:
    filled.cells("r", "2026-11-10", {"booked|1|VND": 30, "cancellations|1": 2, "cancellations_value|1|VND": 500})

    totals = (await get(api))["totals"]

    assert [totals[name] for name in ("refunds_booked", "cancellations", "cancellations_value")] == [30, 2, 500]
    assert [totals[name] for name in ("refunds", "orders_cancelled", "cancelled_value")] == [0, 0, 0]


async def test_overdue_tasks_are_open_ones_of_their_own(api: httpx.AsyncClient, filled: Numbers) -> None:
    filled.cells("t", "2026-11-10", {"n|d|an": 2, "n|p|an": 1, "n|c|an": 3, "n|l|an": 1})

    an = (await get(api, "staff"))["items"][0]

    assert [an[f"tasks_{name}"] for name in ("created", "overdue", "in_progress", "completed", "on_time_pct")] == [7, 2, 1, 4, 75]
