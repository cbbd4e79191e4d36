"""Reads a live stream as a client would: what each event says, and what its view is after it. Patches are applied by a library that shares nothing with what makes them."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final, NamedTuple

import httpx
import jsonpatch

from tests.unit.views_api.conftest import TOKEN

PATIENCE_S: Final = 20


class Event(NamedTuple):
    name: str
    id: str | None
    data: Any
    at: float
    view: Any
    """Of a snapshot or a patch: all of the view after it."""


@asynccontextmanager
async def listening(address: str, path: str = "/v1/campaigns/c/stream", **headers: str) -> AsyncIterator[AsyncIterator[Event]]:
    async with (
        httpx.AsyncClient(base_url=address, timeout=PATIENCE_S) as client,
        client.stream("GET", path, headers={"Authorization": f"Bearer {TOKEN}", **headers}) as answer,
    ):
        answer.raise_for_status()
        assert answer.headers["content-type"].startswith("text/event-stream")
        yield events(answer)


async def events(answer: httpx.Response) -> AsyncIterator[Event]:
    fields: dict[str, str] = {}
    views: dict[str, Any] = {}
    async for line in answer.aiter_lines():
        if line:
            name, _, value = line.partition(": ")
            fields[name] = value
        else:
            name, data = fields["event"], json.loads(fields["data"])
            view = _after(views, name, data) if name in ("snapshot", "patch") else None
            yield Event(name, fields.get("id"), data, time.monotonic(), view)
            fields = {}


def _after(views: dict[str, Any], name: str, data: Any) -> Any:
    """The view after an event. A patch fits what was there, or the stream is wrong."""
    if name == "snapshot":
        views[data["view"]] = data
        return data
    before = views[data["view"]]
    assert before["stamp"]["revision"] == data["from"]
    found = views[data["view"]] = jsonpatch.apply_patch(before, data["patch"])
    assert found["stamp"]["revision"] == data["to"]
    return found


async def first(stream: AsyncIterator[Event], *names: str) -> Event:
    """The next event of one of these names."""
    async with asyncio.timeout(PATIENCE_S):
        async for event in stream:
            if event.name in names:
                return event
    raise AssertionError(f"the stream ended without {names}")


async def shown(stream: AsyncIterator[Event]) -> Event:
    """The next event that says how a view reads."""
    return await first(stream, "snapshot", "patch")
