"""What is logged of a request: enough to find it again, and nothing about people."""

from __future__ import annotations

import json
import logging
import sys
from typing import Any

import httpx
import pytest

from tests.support.cells import Numbers, a_campaign
from tests.unit.views_api.conftest import ACME, TOKEN
from views_api.answers.reader import Reader
from views_api.logs import JsonLines, request_id
from views_api.web.edge import BODY_BYTES


@pytest.fixture(name="lines")
def _lines(caplog: pytest.LogCaptureFixture) -> Any:
    """What was logged so far, as it is written."""
    caplog.set_level(logging.INFO)
    return lambda: [JsonLines().format(record) for record in caplog.records if record.name != "httpx"]


async def test_a_request_is_one_line_with_its_id_and_names_nobody(api: httpx.AsyncClient, numbers: Numbers, lines: Any) -> None:
    numbers.campaign(a_campaign("secret-campaign"))
    answer = await api.get("/v1/campaigns/secret-campaign/opportunities?owner=secret-person", headers={"X-Request-Id": "from-the-proxy.1"})
    await api.get("/v1/kpis")
    await api.get("/v1/kpis", headers={"Authorization": f"Bearer {ACME}"})

    first, second, third = map(json.loads, lines())
    assert answer.headers["x-request-id"] == "from-the-proxy.1"
    assert {name: first[name] for name in ("level", "message", "method", "route", "status")} == {
        "level": "INFO", "message": "answered", "method": "GET", "route": "/v1/campaigns/{campaign}/opportunities", "status": 200,
    }  # fmt: skip
    assert first["who"] == second["who"] != third["who"]
    assert not any("secret" in line or TOKEN in line or "default" in line for line in lines())


@pytest.mark.parametrize("given", [None, b"", b"a b", b"a\nb", b"a" * 65, "é".encode(), b'"}'])
def test_an_id_that_could_break_a_log_is_replaced(given: bytes | None) -> None:
    made = request_id(given)

    assert made.isalnum()
    assert made != request_id(given)


async def test_a_fault_tells_the_caller_nothing_and_the_log_where_but_not_what(
    api: httpx.AsyncClient, numbers: Numbers, lines: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object) -> None:
        raise KeyError("secret-campaign")

    monkeypatch.setattr(Reader, "overview", broken)
    answer = await api.get("/v1/campaigns/secret-campaign/overview")

    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert "KeyError" not in answer.text
    (line,) = (json.loads(line) for line in lines())
    assert (line["route"], line["status"]) == ("/v1/campaigns/{campaign}/overview", 500)


def test_an_error_is_logged_by_its_kind_and_place_without_its_words() -> None:
    try:
        raise ValueError("secret-person")
    except ValueError:
        record = logging.LogRecord("asyncio", logging.ERROR, "f", 1, "Task failed\nfuture: secret-person", (), sys.exc_info())

    line = JsonLines().format(record)

    assert "secret" not in line
    assert json.loads(line)["error"] == "ValueError"
    assert "test_logs.py" in json.loads(line)["frames"][0]


async def test_a_body_of_no_stated_length_is_bounded_too(api: httpx.AsyncClient) -> None:
    async def pieces() -> Any:
        for _ in range(BODY_BYTES // 1024 + 1):
            yield b" " * 1024

    answer = await api.post("/v1/keys", content=pieces(), headers={"content-type": "application/json"})

    assert (answer.status_code, answer.headers["content-type"]) == (413, "application/problem+json")
