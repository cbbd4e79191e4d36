"""The three pages of a worker."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from processor.health import Health, serve
from processor.metrics import Metrics
from processor.stream.patience import Patience
from schemas.errors import Unavailable


async def test_alive_is_not_ready_and_the_reasons_are_named() -> None:
    metrics = Metrics()
    health = Health(metrics)
    server = await serve(health, metrics, "127.0.0.1", 0)
    address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server, httpx.AsyncClient(base_url=address, trust_env=False) as client:
        assert (await client.get("/healthz")).status_code == 200
        assert (await client.get("/readyz")).status_code == 503

        health.well("start")
        assert (await client.get("/readyz?x=1")).text == "ready\n"
        health.trouble("store", "gone")
        answer = await client.get("/readyz")
        assert (answer.status_code, answer.text) == (503, "store: gone\n")

        assert "kpi_ready 0.0" in (await client.get("/metrics")).text
        assert (await client.get("/else")).status_code == 404
        assert (await client.post("/healthz")).status_code == 405
        assert (await client.head("/healthz")).text == ""


async def test_nonsense_is_answered_or_left_and_the_next_one_is_served() -> None:
    metrics = Metrics()
    server = await serve(Health(metrics), metrics, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server:
        for nonsense in (b"\r\n\r\n", b"\xff\xfe\r\n\r\n", b"GET\r\n\r\n", b"x" * 100_000):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(nonsense)
            writer.write_eof()
            await reader.read()
            writer.close()
        async with httpx.AsyncClient(trust_env=False) as client:
            assert (await client.get(f"http://127.0.0.1:{port}/healthz")).status_code == 200


async def test_a_neighbour_that_is_away_is_asked_until_it_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    metrics = Metrics()
    health = Health(metrics)
    health.well("start")
    pauses: list[float] = []
    seen_red = []

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)
        seen_red.append(not health.ready)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    answers = iter([Unavailable("a")] * 12)

    async def call() -> str:
        for error in answers:
            raise error
        return "here"

    assert await Patience("store", health)(call) == "here"
    assert len(pauses) == 12
    assert all(seen_red)
    assert health.ready
    assert 0 < pauses[0] <= 0.05
    assert 1.0 <= pauses[-1] <= 2.0  # no spin, and no long wait after it is back


async def test_only_absence_is_waited_out() -> None:
    async def call() -> None:
        raise ValueError("a bug")

    with pytest.raises(ValueError, match="a bug"):
        await Patience("store", Health(Metrics()))(call)
