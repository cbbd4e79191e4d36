"""How much one caller may have at a time, and how soon a stream ends whose reader may no longer see it. From a real server over a real store."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.cells import Numbers, a_campaign
from tests.support.streams import Event, first, listening
from tests.unit.views_api.conftest import ACME, TOKEN
from views_api.problems import Exceeded
from views_api.settings import Settings
from views_api.web.limits import Rates

REVOKED_WITHIN_S = 5


@pytest.fixture(name="settings")
def _settings(settings: Settings, tmp_path: Path) -> Settings:
    return settings.model_copy(update={"keys": tmp_path / "keys.db", "streams": 100, "streams_each": 2})


@pytest.fixture(name="client")
async def _client(address: str, numbers: Numbers) -> AsyncIterator[httpx.AsyncClient]:
    numbers.campaign(a_campaign(participant_ids=["an", "binh"], currency="VND"))
    numbers.cells("s", "2026-11-03", {"n|an|o|s1": 1, "n|binh|o|s1": 1})
    numbers.cells("r", "2026-11-03", {"n|1": 1, "gross|1|VND": 500})
    numbers.changed()
    async with httpx.AsyncClient(base_url=address, headers={"Authorization": f"Bearer {TOKEN}"}, timeout=20) as client:
        yield client


async def key(client: httpx.AsyncClient, **body: Any) -> tuple[str, dict[str, str]]:
    made = (await client.post("/v1/keys", json={"name": "a", "rights": ["view"], "staff": "an", **body})).json()
    return made["id"], {"Authorization": f"Bearer {made['token']}"}


async def ending(stream: AsyncIterator[Event]) -> tuple[list[Any], float]:
    """What is still said until the stream ends, and when that was."""
    async with asyncio.timeout(20):
        said = [event.data async for event in stream if event.name == "reset"]
    return said, time.monotonic()


async def test_one_caller_has_so_many_streams_and_others_have_theirs(client: httpx.AsyncClient, address: str, numbers: Numbers) -> None:
    numbers.campaign(a_campaign(), tenant="acme")
    async with AsyncExitStack() as open_streams:
        for _ in range(2):
            await open_streams.enter_async_context(listening(address))
        refused = await client.get("/v1/campaigns/c/stream")
        other = await open_streams.enter_async_context(listening(address, Authorization=f"Bearer {ACME}"))
        assert (await first(other, "snapshot")).data["totals"]["opportunities"] == 0

    assert (refused.status_code, refused.headers["retry-after"]) == (429, "5")
    assert refused.headers["content-type"] == "application/problem+json"
    async with listening(address) as again:
        await first(again, "snapshot")


@pytest.mark.parametrize("views", ["/v1/campaigns/c/stream", "/v1/stream"])
async def test_the_stream_of_a_key_that_is_revoked_ends(client: httpx.AsyncClient, address: str, views: str) -> None:
    identity, header = await key(client)
    async with listening(address, views, **header) as stream:
        await first(stream, "snapshot")
        await client.delete(f"/v1/keys/{identity}")
        revoked = time.monotonic()
        said, ended = await ending(stream)

    assert said == [{"reason": "absent"}]
    assert ended - revoked < REVOKED_WITHIN_S


async def test_the_stream_of_somebody_who_is_taken_out_of_the_campaign_ends(
    client: httpx.AsyncClient, address: str, numbers: Numbers
) -> None:
    _, header = await key(client)
    async with listening(address, **header) as stream, listening(address) as of_another:
        await first(stream, "snapshot")
        await first(of_another, "snapshot")
        numbers.campaign(a_campaign(participant_ids=["binh"]))
        numbers.changed()
        taken = time.monotonic()
        said, ended = await ending(stream)
        assert (await first(of_another, "snapshot", "heartbeat")).data

    assert said == [{"reason": "absent"}]
    assert ended - taken < REVOKED_WITHIN_S


async def test_a_manager_who_becomes_a_participant_is_not_shown_the_rows_of_others_any_longer(
    client: httpx.AsyncClient, address: str, numbers: Numbers
) -> None:
    numbers.campaign(a_campaign(participant_ids=["an", "binh"], manager_id="an"))
    numbers.changed()
    _, header = await key(client)
    path = "/v1/campaigns/c/stream?views=staff"
    async with listening(address, path, **header) as stream:
        before = (await first(stream, "snapshot")).data["items"]
        numbers.campaign(a_campaign(participant_ids=["an", "binh"]))
        numbers.changed()
        said, _ = await ending(stream)
    async with listening(address, path, **header) as stream:
        after = (await first(stream, "snapshot")).data["items"]

    assert [row["staff_id"] for row in before] == ["an", "binh", None]
    assert said == [{"reason": "absent"}]
    assert [row["staff_id"] for row in after] == ["an"]


async def test_those_who_watch_the_same_campaign_are_each_shown_only_what_is_theirs(client: httpx.AsyncClient, address: str) -> None:
    path = "/v1/campaigns/c/stream?views=staff,overview"
    _, an = await key(client)
    _, binh = await key(client, staff="binh", rights=["view", "money"])
    async with listening(address, path) as all_of_it, listening(address, path, **an) as ans, listening(address, path, **binh) as binhs:
        seen = []
        for stream in (all_of_it, ans, binhs):
            found = {event.data["view"]: event.data for event in [await first(stream, "snapshot"), await first(stream, "snapshot")]}
            seen.append(([row["staff_id"] for row in found["staff"]["items"]], found["overview"]["totals"]["revenue_net"]))

    assert seen == [(["an", "binh", None], 500), (["an"], None), (["binh"], 500)]


async def test_who_asks_too_often_is_told_when_to_come_back() -> None:
    rates = Rates("3/minute")
    for _ in range(3):
        await rates.count("an")

    with pytest.raises(Exceeded) as caught:
        await rates.count("an")
    await rates.count("binh")

    assert 1 <= caught.value.again_s <= 60


class TestOverHttp:
    @pytest.fixture(name="settings")
    def _settings(self, settings: Settings) -> Settings:
        return settings.model_copy(update={"rate": "2/hour"})

    @pytest.mark.usefixtures("numbers")  # so that the store is a built one
    async def test_the_third_of_two_requests_is_refused_whatever_it_asks(self, api: httpx.AsyncClient) -> None:
        answers = [await api.get(path) for path in ("/v1/kpis", "/v1/campaigns/nope/overview", "/v1/kpis")]
        other = await api.get("/v1/kpis", headers={"Authorization": f"Bearer {ACME}"})

        assert [answer.status_code for answer in answers] == [200, 404, 429]
        assert 1 <= int(answers[2].headers["retry-after"]) <= 3600
        assert (await api.get("/healthz")).status_code == other.status_code == 200
