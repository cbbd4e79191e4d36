"""A question that was asked before goes a short way, on which nothing may be otherwise: who may ask is found out anew, and each answer is the one that the long way gives."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.cells import Numbers, a_campaign
from tests.unit.views_api.conftest import ACME, TOKEN
from views_api.settings import Settings
from views_api.web import known
from views_api.web.known import Question

OVERVIEW = "/v1/campaigns/c/overview?period=all"
OURS = {"x-request-id", "server-timing"}
"""Headers that are never the same."""


@pytest.fixture(name="settings")
def _settings(settings: Settings, tmp_path: Path) -> Settings:
    return settings.model_copy(update={"keys": tmp_path / "keys.db"})


@pytest.fixture(name="taken")
def _taken(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The paths that went the short way."""
    found: list[str] = []
    of = known.Known.of

    def looked_up(self: known.Known, scope: Any) -> Question | None:
        if question := of(self, scope):
            found.append(scope["raw_path"].decode())
        return question

    monkeypatch.setattr(known.Known, "of", looked_up)
    return found


@pytest.fixture(name="client")
def _client(api: httpx.AsyncClient, numbers: Numbers) -> httpx.AsyncClient:
    numbers.campaign(a_campaign(participant_ids=["an"], currency="VND"))
    numbers.cells("o", "2026-11-03", {"n|o|r|s1": 2})
    numbers.cells("r", "2026-11-03", {"n|1": 1, "gross|1|VND": 500})
    numbers.changed()
    return api


async def key(client: httpx.AsyncClient, **body: Any) -> tuple[str, dict[str, str]]:
    made = (await client.post("/v1/keys", json={"name": "a", "rights": ["view"], "staff": "an", **body})).json()
    return made["id"], {"Authorization": f"Bearer {made['token']}"}


@pytest.mark.parametrize(
    "path",
    [
        OVERVIEW,
        "/v1/overview?period=all",
        "/v1/campaigns?period=all",
        "/v1/campaigns/c/staff?period=all",
        "/v1/campaigns/c/customers?period=all",
        "/v1/campaigns/c/messages?period=all",
        "/v1/campaigns/c/orders?period=all",
        "/v1/campaigns/c/opportunities?period=all",
        "/v1/campaigns/c/quiet?period=all",
        "/v1/campaigns/c/leaderboard?period=all",
        "/v1/campaigns/c/series?measure=opportunities&by=day&from=2026-11-01&to=2026-11-05",
        "/v1/campaigns/c/overview?period=all&format=csv",
        "/v1/campaigns/absent/overview?period=all",
        "/v1/campaigns/c/overview?from=2026-11-05&to=2026-11-01",
    ],
)
async def test_the_second_answer_is_the_first(client: httpx.AsyncClient, taken: list[str], path: str) -> None:
    first, second = await client.get(path), await client.get(path)

    assert taken == [path.partition("?")[0]]
    assert (second.status_code, second.content) == (first.status_code, first.content)
    assert {name: value for name, value in second.headers.items() if name not in OURS} == {
        name: value for name, value in first.headers.items() if name not in OURS
    }


async def test_who_is_no_longer_let_in_is_refused_at_once(client: httpx.AsyncClient, taken: list[str]) -> None:
    identity, theirs = await key(client)
    assert [(await client.get(OVERVIEW, headers=theirs)).status_code for _ in range(2)] == [200, 200]

    await client.delete(f"/v1/keys/{identity}")

    assert (await client.get(OVERVIEW, headers=theirs)).status_code == 401
    assert len(taken) == 2


async def test_who_no_longer_takes_part_finds_nothing(client: httpx.AsyncClient, numbers: Numbers, taken: list[str]) -> None:
    _, theirs = await key(client)
    assert [(await client.get(OVERVIEW, headers=theirs)).status_code for _ in range(2)] == [200, 200]

    numbers.campaign(a_campaign(participant_ids=["binh"], currency="VND"))
    numbers.changed()

    assert (await client.get(OVERVIEW, headers=theirs)).json() == (await client.get("/v1/campaigns/absent/overview")).json()
    assert len(taken) == 2


async def test_what_one_has_asked_is_no_quicker_for_another(client: httpx.AsyncClient, taken: list[str]) -> None:
    await client.get(OVERVIEW)

    answers = [await client.get(OVERVIEW, headers={"Authorization": f"Bearer {token}"}) for token in (ACME, "nobody's")]

    assert ([answer.status_code for answer in answers], taken) == ([404, 401], [])


async def test_numbers_that_moved_are_seen(client: httpx.AsyncClient, numbers: Numbers, taken: list[str]) -> None:
    for _ in range(2):
        await client.get(OVERVIEW)
    numbers.cells("o", "2026-11-03", {"n|o|r|s1": 5})
    numbers.changed("c", "o|2026-11-03")

    assert (await client.get(OVERVIEW)).json()["totals"]["opportunities"] == 7
    assert len(taken) == 2


async def test_a_header_that_is_a_parameter_is_heeded(client: httpx.AsyncClient, taken: list[str]) -> None:
    for _ in range(2):
        await client.get(OVERVIEW)

    assert (await client.get(OVERVIEW, headers={"Min-Revision": "never"})).status_code == 422
    assert (await client.get(OVERVIEW, headers={"Accept": "text/csv"})).headers["content-type"].startswith("text/csv")
    assert (await client.get(OVERVIEW, headers={"Authorization": f"Bearer {TOKEN}", "If-None-Match": "*"})).status_code == 200
    assert len(taken) == 3


async def test_a_fault_on_the_short_way_is_told_as_on_the_long_one(
    client: httpx.AsyncClient, taken: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    await client.get(OVERVIEW)

    def broken(*_: Any) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr("views_api.answers.comparing.overview", broken)
    answer = await client.get(OVERVIEW)

    assert (answer.status_code, answer.headers["content-type"], len(taken)) == (500, "application/problem+json", 1)
