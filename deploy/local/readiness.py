"""Asks a program over HTTP whether it is ready, without any proxy in between."""

from __future__ import annotations

import http.client
import json
from typing import Any

from deploy.local.ports import HOST


def get(port: int, path: str, token: str | None = None) -> tuple[int, bytes]:
    """Status and body; status 0 when nobody answers."""
    connection = http.client.HTTPConnection(HOST, port, timeout=2)
    try:
        connection.request("GET", path, headers={"Authorization": f"Bearer {token}"} if token else {})
        answer = connection.getresponse()
        return answer.status, answer.read()
    except (OSError, http.client.HTTPException):
        return 0, b""
    finally:
        connection.close()


def is_ready(port: int) -> bool:
    """Whether `/readyz` says so."""
    return get(port, "/readyz")[0] == 200


def shows_numbers(port: int, token: str) -> bool:
    """Whether the list of campaigns has one: the first number is on the page."""
    status, body = get(port, "/v1/campaigns?period=all&limit=1", token)
    if status != 200:
        return False
    answer: dict[str, Any] = json.loads(body)
    return bool(answer["items"])
