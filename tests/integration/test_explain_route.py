"""`/v1/campaigns/{id}/explain` against the whole product: what the API says about a number is what the processor knows of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from processor.recount.__main__ import EQUAL, arguments, compare
from tests.support.said import campaign, opportunity, order, spend
from tests.support.sending import send
from tests.support.servers import TOKEN, Broker, Product

EVENTS = [
    campaign(steps=["s1", "s2"], currency="USD"),
    opportunity(step_id="s2", owner_id="an"),
    opportunity("other", step_id="s1"),
    order(opportunity_id="op"),
    spend("ads"),
]


@pytest.fixture(name="running")
def _running(product: Callable[..., Product], broker: Broker, redis_url: str, topic_prefix: str) -> Product:
    running = product(KPI_PARTITIONS="2", KPI_EXPLAIN_SECRET="a-secret-between-the-two")
    running.start_worker()
    asyncio.run(send(broker.address, topic_prefix, EVENTS))
    where = ["--kafka", broker.address, "--redis", redis_url, "--topic-prefix", topic_prefix]
    assert asyncio.run(compare(arguments([*where, "--once-settled"]))) == EQUAL
    return running


def test_a_number_is_explained_with_its_entities_and_their_decisions(running: Product) -> None:
    explainer = running.start_explainer()
    api = running.start_api()

    def ask(**query: Any) -> httpx.Response:
        return httpx.get(f"{api}/v1/campaigns/c/explain", params={"period": "all", **query}, headers={"Authorization": f"Bearer {TOKEN}"})

    won = ask(measure="won").json()
    (cell,) = won["measures"][0]["cells"]
    assert (won["values"], won["agrees"], cell["value"], cell["explained"]) == ({"": 1}, True, 1, 1)
    assert [(each["kind"], each["id"], each["adds"]) for each in cell["contributions"]] == [("opportunity", "op", 1)]
    assert any("it is won because step s2 was the last step of c" in sentence for sentence in won["entities"][0]["decisions"])
    assert won["stamp"]["state"] == "live"

    spent = ask(measure="spend").json()
    assert {each["kind"] for each in spent["entities"]} == {"spend"}

    mine, nobody = ask(measure="opportunities", staff="an").json(), ask(measure="opportunities", staff="").json()
    assert [each["values"][""] for each in (mine, nobody)] == [1, 1]

    wrong = ask(measure="won", channel="sms")
    assert wrong.status_code == 422
    assert "no dimension channel" in wrong.json()["errors"][0]["detail"]

    assert httpx.post(f"{explainer}/explain", json={}).status_code == 401  # the secret is asked for

    running.kill("explainer")
    away = ask(measure="won")
    assert (away.status_code, "retry-after" in away.headers) == (503, True)
