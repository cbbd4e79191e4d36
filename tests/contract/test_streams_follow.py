"""What a live stream has said of a view, snapshot and patches together, is what its route answers, whatever was counted, and however often the reader came back."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import httpx
import jsonpatch
import pytest
from pydantic import SecretStr
from pydantic_core import Url

from processor.kinds import listed
from schemas.events import Event
from tests.support.losing import Chances, Losing
from tests.support.serving import serving
from tests.support.streams import Event as Said
from tests.support.streams import listening
from tests.support.values import NOW
from tests.unit.views_api.conftest import TOKEN
from views_api.live import mailbox, patches
from views_api.live import streams as live
from views_api.live.patches import patch
from views_api.settings import Settings

SEEDS: Final = 3
CAMPAIGNS: Final = 3
OF_ONE: Final = ("overview", "staff", "customers", "messages", "targets", "orders", "leaderboard")
OF_ALL: Final = ("campaigns", "overview")
AT_REST_S: Final = 3.0
"""Within so long a stream at rest says what its route answers."""


class Reader:
    """Follows one stream; comes back with what it had now and then."""

    def __init__(self, address: str, path: str, views: dict[str, str]) -> None:
        """`views`: name -> path of its route."""
        self.views: dict[str, Any] = {}
        self.routes, self.kinds = views, Counter[str]()
        self._address, self._path, self._last = address, path, ""
        self._following: asyncio.Task[None] | None = None

    async def begin(self) -> None:
        headers = {"Last-Event-ID": self._last} if self._last else {}
        self._following = asyncio.create_task(self._follow(headers))

    async def end(self) -> None:
        if self._following:
            self._following.cancel()
            await asyncio.gather(self._following, return_exceptions=True)

    async def _follow(self, headers: dict[str, str]) -> None:
        with suppress(httpx.HTTPStatusError):  # the campaign is deleted
            async with listening(self._address, self._path, **headers) as stream:
                async for said in stream:
                    self._hear(said)

    def _hear(self, said: Said) -> None:
        self.kinds[said.name] += 1
        self._last = said.id or self._last
        if said.name == "reset":
            self.views.clear()
        elif said.view:
            self.views[said.view["view"]] = said.view

    @property
    def broke(self) -> bool:
        """It has ended by itself, as it does where a campaign is deleted. Raises what was wrong in it."""
        if not self._following or not self._following.done():
            return False
        if not self._following.cancelled() and (error := self._following.exception()):
            raise error
        return True

    async def differs(self, client: httpx.AsyncClient) -> str:
        """The views that are not what their routes answer, and which events came; empty: none."""
        found = {name: await client.get(path) for name, path in self.routes.items()}
        if {answer.status_code for answer in found.values()} == {404}:
            return "" if self.broke else f"{self._path} goes on, and is gone"
        if self.broke:
            await self.begin()
        answers = {name: answer.raise_for_status().json() for name, answer in found.items()}
        names = [name for name, answer in answers.items() if _plain(self.views.get(name)) != _plain({"view": name, **answer})]
        return f"{names} of {self._path} after {self.kinds}" if names else ""


def _plain(view: Any) -> Any:
    """Without its stamp: what changes nothing here is no reason to say it again."""
    return view and {name: value for name, value in view.items() if name != "stamp"}


async def follows(url: str, keys: Path, seed: int) -> Counter[str]:
    """How often what was said. Raises `AssertionError` where a stream is not what its routes answer, or a patch does not fit."""
    written = Losing(url, seed, Chances(0, 0, 0, 0), groups=(1, 5, 30), as_of=NOW)
    settings = Settings(redis=Url(url), token=SecretStr(TOKEN), keys=keys, rate="1000000/second", rate_unknown="1000000/second")
    said = Counter[str]()
    async with AsyncExitStack() as stack:
        stack.push_async_callback(written.close)
        await written.claim()
        address = await stack.enter_async_context(serving(settings, lambda: NOW))
        client = await stack.enter_async_context(
            httpx.AsyncClient(base_url=address, headers={"Authorization": f"Bearer {TOKEN}"}, timeout=20)
        )
        while not (readers := await _readers(client, address, written)):
            await written.write()
        for reader in readers:
            stack.push_async_callback(reader.end)
            await reader.begin()
        while not written.done:
            for _ in range(written.rng.randrange(1, 6)):
                await written.write()
                if written.rng.random() < 0.3:
                    await asyncio.sleep(0.05)
            await written.settle()
            for reader in readers:
                await _at_rest(reader, client)
            returning = written.rng.choice(readers)
            if written.rng.random() < 0.3:
                await returning.end()
                await written.write()
                await returning.begin()
        for reader in readers:
            said += reader.kinds
    return said


async def _readers(client: httpx.AsyncClient, address: str, written: Losing) -> list[Reader]:
    events = [each for each in written.events if isinstance(each, Event) and each.tenant == "default"]
    counted = Counter[str](getattr(each.data, "campaign_id", None) or "" for each in events)
    there = {item["id"] for item in (await client.get("/v1/campaigns")).json()["items"]}
    ones = [f"/v1/campaigns/{quote(name, safe='')}" for name, _ in counted.most_common() if name in there][:CAMPAIGNS]
    if not ones:
        return []
    period = "period=all"
    found = [
        Reader(
            address,
            f"{one}/stream?views={','.join(OF_ONE)}&{period}",
            {name: f"{one}/{name}?{'' if name == 'targets' else period}" for name in OF_ONE},
        )
        for one in ones
    ]
    routes = {"campaigns": f"/v1/campaigns?sort=-created_at&{period}", "overview": f"/v1/overview?{period}"}
    return [*found, Reader(address, f"/v1/stream?views={','.join(OF_ALL)}&{period}", routes)]


async def _at_rest(reader: Reader, client: httpx.AsyncClient) -> None:
    now = asyncio.get_running_loop().time
    deadline = now() + AT_REST_S
    while differences := await reader.differs(client):
        assert now() < deadline, differences
        await asyncio.sleep(0.02)


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "EVERY_S", 0.02)
    monkeypatch.setattr(live, "GATHER_S", 0)


@pytest.mark.parametrize("seed", range(SEEDS))
async def test_a_stream_says_what_its_routes_answer_in_any_course_of_events(redis_url: str, tmp_path: Path, seed: int) -> None:
    said = await follows(redis_url, tmp_path / "keys.db", seed)

    assert said["patch"] > said["snapshot"] > 0, said


class Lagging:
    """Takes for what was there before, of the same view, what was there before that."""

    def __init__(self) -> None:
        self._older: dict[bytes, bytes] = {}

    def __call__(self, before: bytes, after: bytes) -> bytes:
        return patch(self._older.pop(before, before), after) if self._older.setdefault(after, before) else b""


FAULTS: Final[dict[str, tuple[Any, str, Any]]] = {
    "a patch forgets what is gone": (patches, "_removing", lambda path: patches._replacing(path, b"null")),
    "a patch leads from the frame before the last": (mailbox, "patch", Lagging()),
    "nobody is told of a name that is another": (listed, "_tell", lambda tx, event, before: tx.touch(event.tenant, "")),
}


@pytest.mark.parametrize("fault", FAULTS)
async def test_this_fault_would_be_noticed(redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: str) -> None:
    monkeypatch.setattr(*FAULTS[fault])

    async def noticed(seed: int) -> bool:
        try:
            await follows(redis_url, tmp_path / f"{seed}.db", seed)
        except (AssertionError, KeyError, jsonpatch.JsonPatchException, jsonpatch.JsonPointerException):
            return True
        return False

    assert await noticed(0) or await noticed(1) or await noticed(2)
