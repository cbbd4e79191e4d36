"""Several campaigns together: what adds up, in which currency, and over which of them."""

from __future__ import annotations

from random import Random
from typing import Any

import httpx
import pytest

from schemas.cells import Basis
from schemas.kpis import Totals
from schemas.measures import Measure
from tests.support.cells import Numbers, a_campaign
from tests.unit.views_api.conftest import NOON
from views_api.answers.reader import Reader
from views_api.answers.several import Several
from views_api.scope import Right, Scope
from views_api.stored.store import Store
from views_api.views.periods import Preset, ask

PEOPLE = {"customers", "customers_open", "customers_won", "customers_lost", "customers_in_charge", "customers_interacted"} | {
    f"recipients_{stage}" for stage in ("total", "sent", "delivered", "opened", "clicked", "replied")
}
ADDITIVE = [name for name, figure in Totals.published().items() if isinstance(figure, Measure) and name not in PEOPLE | {"budget"}]


async def together(api: httpx.AsyncClient, **query: Any) -> Any:
    answer = await api.get("/v1/overview", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def one(api: httpx.AsyncClient, campaign: str, **query: Any) -> Any:
    return (await api.get(f"/v1/campaigns/{campaign}/overview", params=query)).json()


@pytest.fixture(name="filled")
def _filled(numbers: Numbers) -> Numbers:
    """Three campaigns with a little of everything on some days."""
    rng = Random(1)
    for campaign in "abc":
        numbers.campaign(a_campaign(campaign, budget_minor=1000))
        for day in ("2026-10-30", "2026-11-02", "2026-11-03"):
            amount = rng.randrange(1, 10**6)
            fields = {
                "o": {"n|o|r|s1": rng.randrange(1, 9), "n|w|u|": 1, "p|30": 1, "p|70": 2, "open|VND|30|2026-12": amount, "open|||": 7, "won|VND": 5, "cycle": 9},
                "r": {"n|1": 2, "rest|3": 1, "gross|1|VND": amount, "refunds|1|VND": amount // 3, "pending": 1, "booked|1|VND": 3},
                "t": {"n|c|an": 2, "n|d|": 1},
                "m": {"sent|email||": rng.randrange(1, 99), "delivered|email||": 3},
                "n": {"a|": 3, "o|": 2, "g|": 1},
                "p": {"targeted|": 4, "entries|": 5},  # beside no message that is targeted

                "e": {"message|email|VND": 20, "event|print|VND": 10},
                "v": {"reopened|w": 1, "claim|an|3": 2, "in|an": 1},
            }  # fmt: skip
            for view, found in fields.items():
                numbers.cells(view, day, found, campaign)
            numbers.cells("l", day, {f"n|{campaign}": 2, f"net|{campaign}|VND": amount - amount // 3, "pending": 2}, "")
    return numbers


@pytest.mark.parametrize("query", [{}, {"period": "all"}, {"from": "2026-11-03", "to": "2026-11-03"}, {"basis": "closed"}])
async def test_what_adds_up_is_the_sum_of_the_campaigns(api: httpx.AsyncClient, filled: Numbers, query: dict[str, str]) -> None:
    found = await together(api, **query)
    parts = [await one(api, campaign, **query) for campaign in "abc"]

    for name in ADDITIVE:
        values = [part["totals"][name] for part in parts]
        if name != "pending_attribution":
            assert found["totals"][name] == (None if None in values else sum(values)), name
    assert (
        found["by_currency"]["VND"]["revenue_net"] == found["totals"]["revenue_net"] == sum(part["totals"]["revenue_net"] for part in parts)
    )
    assert found["campaigns"] == 3
    assert (found["campaign"], found["funnel"]) == (None, None)


async def test_rates_and_shares_are_of_the_sums(api: httpx.AsyncClient, filled: Numbers) -> None:
    found = await together(api)
    totals = found["totals"]

    assert totals["roi"] == totals["revenue_net"] / totals["spend"]
    assert totals["aov"] == round(totals["revenue_net"] / totals["orders"])
    assert [row["opportunities"] for row in found["outcomes"]] == [totals["open"], totals["won"], totals["lost"]]
    assert [row["share"] for row in found["outcomes"]] == [totals["open_share"], totals["won_share"], totals["lost_share"]]
    assert [(row["from"], row["opportunities"]) for row in found["probability"]][:2] == [(30, 6), (70, 12)]
    assert [(row["month"], row["value_open"]) for row in found["forecast"]] == [("2026-12", totals["value_open"] - 42), (None, 42)]
    assert totals["time_to_claim_median"] == (await one(api, "a"))["totals"]["time_to_claim_median"]


async def test_people_are_counted_in_one_campaign_and_unknown_over_two(api: httpx.AsyncClient, filled: Numbers) -> None:
    single, both = await together(api, campaigns="a"), await together(api, campaigns="a,b")
    alone = await one(api, "a")

    assert single["totals"] == alone["totals"]
    assert {
        both["totals"][name] for name in PEOPLE | {"budget", "budget_used_pct", "customers_not_interacted", "revenue_per_recipient"}
    } == {None}
    assert both["totals"]["entries"] == 20
    assert {row["customers"] for row in both["outcomes"]} == {None}


async def test_orders_that_wait_are_the_whole_tenants_for_who_sees_it_all(api: httpx.AsyncClient, filled: Numbers) -> None:
    header = (await api.get("/v1/campaigns")).json()["totals"]

    totals = (await together(api))["totals"]

    assert (totals["pending_attribution"], (await together(api, campaigns="a,b"))["totals"]["pending_attribution"]) == (12, 4)
    assert {name: totals[name] for name in ("orders", "revenue_net", "pending_attribution")} == {
        name: header[name] for name in ("orders", "revenue_net", "pending_attribution")
    }


async def test_the_state_as_of_a_day_adds_up_too(api: httpx.AsyncClient, filled: Numbers) -> None:
    for campaign in "abc":
        filled.cells("f", "2026-11-01", {"n|o|an|s1": 2, "open|": 5}, campaign)

    found = await together(api, basis="as_of", to="2026-11-03")

    assert [found["totals"][name] for name in ("opportunities", "open", "value_open", "orders", "pending_attribution")] == [
        6,
        6,
        15,
        None,
        None,
    ]
    assert (found["probability"], found["forecast"]) == (None, None)


async def test_each_amount_is_converted_into_the_tenants_currency_and_none_is_added_as_it_is(
    api: httpx.AsyncClient, numbers: Numbers
) -> None:
    numbers.campaign(a_campaign("v"))
    numbers.campaign(a_campaign("u", currency="USD"))
    numbers.cells("r", "2026-11-03", {"n|1": 1, "gross|1|VND": 10_000}, "v")
    numbers.cells("r", "2026-11-03", {"n|1": 1, "gross|1|USD": 200}, "u")
    numbers.cells("o", "2026-11-03", {"open|||": 300, "n|o|r|": 1}, "u")  # without a currency: in that of its campaign

    apart = await together(api)
    numbers.settings(currency="VND", zone="UTC")
    without = await together(api)
    numbers.rates("USD", "VND", {"2026-11-01": "25000"})
    numbers.changed("u")
    converted = await together(api)

    names = ("orders", "revenue_gross", "value_open")
    assert [apart["totals"][name] for name in names] == [2, None, None]
    assert ({*apart["by_currency"]}, apart["by_currency"]["USD"]["value_open"], apart["stamp"]["currency"]) == ({"USD", "VND"}, 300, None)
    assert [without["totals"][name] for name in names] == [2, 10_000, 0]
    assert (without["unconverted"], without["stamp"]["currency"]) == (True, "VND")
    assert [converted["totals"][name] for name in names] == [2, 60_000, 75_000]
    assert (converted["unconverted"], converted["rate_day"]) == (False, "2026-11-01")
    assert converted["forecast"] == [{"month": None, "value_open": 75_000, "value_weighted": 0}]


async def test_numbers_that_change_are_read_again_whichever_campaign_they_are_of(api: httpx.AsyncClient, filled: Numbers) -> None:
    before = (await together(api))["totals"]["opportunities"]
    for campaign in "ac":
        filled.cells("o", "2026-11-03", {"n|l|r|s1": 10}, campaign)
        filled.changed(campaign, "o|2026-11-03")
    filled.campaign(a_campaign("new"))
    filled.cells("o", "2026-11-03", {"n|o|r|s1": 100}, "new")
    filled.changed("new")

    after = await together(api)

    assert (after["totals"]["opportunities"] - before, after["campaigns"]) == (120, 4)


async def test_an_id_with_a_comma_can_be_chosen(api: httpx.AsyncClient, filled: Numbers) -> None:
    filled.campaign(a_campaign("x,y"))

    assert (await together(api, campaigns="a,x%2Cy"))["campaigns"] == 2
    assert (await api.get("/v1/overview?campaigns=x,y")).status_code == 404


async def test_over_nothing_there_is_nothing(api: httpx.AsyncClient, numbers: Numbers) -> None:
    found = await together(api)

    assert (found["campaigns"], found["totals"]["opportunities"], found["totals"]["roi"], found["by_currency"]) == (0, 0, None, {})


async def test_more_campaigns_than_can_be_named_are_refused(api: httpx.AsyncClient, filled: Numbers) -> None:
    answer = await api.get("/v1/overview", params={"campaigns": ",".join(map(str, range(201)))})

    assert (answer.status_code, answer.json()["errors"][0]["parameter"]) == (422, "campaigns")


async def test_totals_are_over_what_the_caller_sees_and_what_is_foreign_is_absent(
    api: httpx.AsyncClient, filled: Numbers, redis_url: str
) -> None:
    filled.campaign(a_campaign("b", participant_ids=["an"]))
    filled.campaign(a_campaign("c", participant_ids=["binh"], manager_id="binh"))
    filled.campaign(a_campaign("a", deleted=True))
    store = Store(redis_url, None, "g1")
    several, asked = Several(Reader(store, lambda: NOON)), ask(Preset.ALL, None, None, None, Basis.CREATED)
    participant = Scope("p", "default", frozenset({Right.VIEW}), "an")

    found = await several.overview(participant, asked, None)
    everything = await several.overview(Scope.of_all("default"), asked, None)
    statuses = [(await api.get(f"/v1/overview?campaigns={names}")).status_code for names in ("b", "a", "nope", "b,nope")]
    await store.close()

    b: Any = found.totals
    assert (found.campaigns, b.opportunities, b.pending_attribution) == (
        1,
        (await one(api, "b", period="all"))["totals"]["opportunities"],
        None,
    )
    assert (everything.campaigns, everything.totals.pending_attribution) == (2, 18)  # type: ignore[attr-defined]
    assert statuses == [200, 404, 404, 404]
