"""Customers and recipients are counted once, whatever range of days is asked for."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.support.cells import Numbers, a_campaign


async def totals(api: httpx.AsyncClient, first: str, last: str, path: str = "overview", **query: Any) -> Any:
    answer = await api.get(f"/v1/campaigns/c/{path}", params={"from": first, "to": last, **query})
    assert answer.status_code == 200, answer.text
    return answer.json()["totals" if path != "staff" else "items"]


@pytest.fixture(name="filled")
def _filled(numbers: Numbers) -> Numbers:
    """Of three customers in charge one was spoken with on the 6th, and again, for a younger opportunity, on the 9th; one on the 8th."""
    numbers.campaign(a_campaign(audience_total=900, budget_minor=4000))
    for view, owner in (("n", ""), ("w", "an|")):
        name = "owner|an|" if owner else "g|"
        numbers.cells(view, "2026-11-03", {name: 2, f"x|{owner}2026-11-06": 1, f"x|{owner}2026-11-08": 1, f"x|{owner}2026-11-09": -1})
        numbers.cells(view, "2026-11-05", {name: 1, f"{name}2026-11-03": 1, f"x|{owner}2026-11-09": 1})
    return numbers


@pytest.mark.parametrize(
    ("first", "last", "in_charge", "interacted"),
    [
        ("2026-11-01", "2026-11-30", 3, 2),
        ("2026-11-01", "2026-11-05", 3, 0),  # nobody has spoken with anybody yet
        ("2026-11-01", "2026-11-06", 3, 1),
        ("2026-11-01", "2026-11-08", 3, 2),
        ("2026-11-04", "2026-11-08", 2, 0),  # the younger opportunity alone: its customer was spoken with on the 9th
        ("2026-11-04", "2026-11-09", 2, 1),
    ],
)
async def test_customers_are_in_charge_and_spoken_with_once_in_any_range(
    api: httpx.AsyncClient, filled: Numbers, first: str, last: str, in_charge: int, interacted: int
) -> None:
    whole = await totals(api, first, last)
    an = (await totals(api, first, last, "staff"))[0]

    for found in (whole, an):
        assert [found[f"customers_{name}"] for name in ("in_charge", "interacted", "not_interacted")] == [
            in_charge,
            interacted,
            in_charge - interacted,
        ]


async def test_all_days_have_no_end_to_speak_after(api: httpx.AsyncClient, filled: Numbers) -> None:
    found = (await api.get("/v1/campaigns/c/overview?period=all")).json()["totals"]

    assert (found["customers_in_charge"], found["customers_interacted"]) == (3, 2)


async def test_whether_a_customer_was_spoken_with_is_known_of_created_opportunities_alone(api: httpx.AsyncClient, filled: Numbers) -> None:
    found = await totals(api, "2026-11-01", "2026-11-30", basis="closed")

    assert [found[f"customers_{name}"] for name in ("in_charge", "interacted", "not_interacted")] == [None, None, None]


async def test_points_of_a_series_count_their_own_days(api: httpx.AsyncClient, filled: Numbers) -> None:
    answer = await api.get("/v1/campaigns/c/series?measure=customers_interacted&by=week&from=2026-11-02&to=2026-11-15")

    assert [point["value"] for point in answer.json()["points"]] == [2, 0]


async def test_a_recipient_counts_once_for_each_stage_and_an_entry_once_for_each_recipient(api: httpx.AsyncClient, filled: Numbers) -> None:
    filled.cells("p", "2026-11-03", {"targeted|": 3, "delivered|": 2, "entries|": 4})
    filled.cells("p", "2026-11-04", {"targeted|2026-11-03": 3, "targeted|": 1, "delivered|2026-11-03": 2})

    month, fourth = await totals(api, "2026-11-01", "2026-11-30"), await totals(api, "2026-11-04", "2026-11-04")

    assert [month[name] for name in ("recipients_total", "recipients_delivered", "entries")] == [4, 2, 4]
    assert [fourth[name] for name in ("recipients_total", "recipients_delivered", "entries")] == [4, 2, 0]


async def test_where_no_recipient_is_known_all_days_have_the_audience_that_the_campaign_states(
    api: httpx.AsyncClient, filled: Numbers
) -> None:
    all_days = (await api.get("/v1/campaigns/c/overview?period=all")).json()["totals"]
    month = await totals(api, "2026-11-01", "2026-11-30")
    filled.cells("p", "2026-11-03", {"targeted|": 3})
    filled.changed()
    known = (await api.get("/v1/campaigns/c/overview?period=all")).json()["totals"]

    assert (all_days["recipients_total"], month["recipients_total"], known["recipients_total"]) == (900, 0, 3)


async def test_the_budget_is_the_campaigns_and_what_is_spent_of_it_the_periods(api: httpx.AsyncClient, filled: Numbers) -> None:
    filled.cells("e", "2026-11-03", {"message|sms|VND": 600, "event|ads|VND": 400})
    filled.cells("e", "2026-12-01", {"message|sms|VND": 1000})
    filled.cells("m", "2026-11-03", {"targeted|sms||": 10, "sent|sms||": 8, "delivered|sms||": 4, "clicked|sms||": 1})

    november, december = await totals(api, "2026-11-01", "2026-11-30"), await totals(api, "2026-12-01", "2026-12-31")

    assert [november[name] for name in ("budget", "spend", "budget_used_pct", "cost_per_delivered")] == [4000, 1000, 25, 250]
    assert (december["budget"], december["budget_used_pct"], december["roi"]) == (4000, 25, 0)
    assert [november[name] for name in ("sent_pct", "delivered_pct", "clicked_pct", "opened_pct")] == [80, 50, 25, 0]
    assert (november["messages_in_flight"], december["delivered_pct"]) == (6, None)


async def test_a_campaign_without_a_budget_has_used_no_part_of_it(api: httpx.AsyncClient, numbers: Numbers) -> None:
    numbers.campaign(a_campaign())
    numbers.cells("e", "2026-11-03", {"message|sms|VND": 600})

    found = await totals(api, "2026-11-01", "2026-11-30")

    assert (found["budget"], found["budget_used_pct"], found["spend"]) == (None, None, 600)
