"""The processor that explains is a neighbour: whatever is wrong with it, it is away."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest

from schemas.errors import Unavailable
from schemas.explained import Why
from views_api.answers.explaining import Explaining

WHY = Why(tenant="t", campaign="c", measure="orders", basis="created", first=None, last=None, dimensions={}, limit=1, entity=None)


def unreachable(_: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("nobody listens")


@pytest.mark.parametrize(
    "answer",
    [
        unreachable,
        lambda _: httpx.Response(500),
        lambda _: httpx.Response(401),
        lambda _: httpx.Response(200, content=b'{"measure": "orders"}'),  # of a version that says less
        lambda _: httpx.Response(200, content=b"<html>"),
        lambda _: httpx.Response(200, content=b"\xff"),
    ],
)
async def test_what_is_no_explanation_is_no_fault_of_ours(answer: Callable[[httpx.Request], httpx.Response]) -> None:
    explaining = Explaining("http://explainer", None)
    await explaining.close()
    explaining._client = httpx.AsyncClient(base_url="http://explainer", transport=httpx.MockTransport(answer))

    with pytest.raises(Unavailable):
        await explaining._ask(WHY)

    await explaining.close()
