"""Thousands of random requests of many principals over one warm process; and planted leaks, each of which the same requests must find."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from starlette.requests import Request
from starlette.types import Receive, Send
from starlette.types import Scope as ASGIScope

from schemas.rows import CampaignRow, TenantRow
from tests.support.cells import Numbers
from tests.support.leaks import World
from tests.unit.views_api.conftest import NOON, Clock
from views_api import problems
from views_api.answers.looks import Look
from views_api.answers.worked_out import WorkedOut
from views_api.app import create_app
from views_api.principals.api_keys import ApiKeys
from views_api.routes import asking, files, shortcut
from views_api.routes.asking import Asking, Parts
from views_api.scope import Scope
from views_api.settings import Settings
from views_api.web.edge import Edge

REQUESTS = int(os.environ.get("KPI_LEAK_REQUESTS", "3000"))


@pytest.fixture(name="edge")
async def _edge(settings: Settings, tmp_path: Path, clock: Clock) -> AsyncIterator[Edge]:
    edge, _ = create_app(settings.model_copy(update={"keys": tmp_path / "keys.db", "rate": "1000000/minute"}), clock)
    yield edge
    await edge.store.close()
    edge.bearer.close()


def world(edge: Edge, numbers: Numbers, seed: int) -> World:
    keys = edge.bearer.keys
    assert isinstance(keys, ApiKeys)
    return World(numbers, keys, NOON, seed=seed)


async def test_no_request_shows_what_is_not_the_callers(edge: Edge, numbers: Numbers) -> None:
    found = await world(edge, numbers, 1).hunt(edge, REQUESTS)

    assert found.leaks == []
    assert found.requests == REQUESTS
    assert all(found.statuses.get(status, 0) > REQUESTS // 100 for status in (200, 304, 403, 404)), found.statuses


def everything_is_seen(_: Scope, campaign: CampaignRow) -> bool:
    return not campaign.deleted


def who_took_part_in_another_sees_it(scope: Scope, campaign: CampaignRow) -> bool:
    return scope.all_campaigns or (bool(campaign.participant_ids) and scope.staff is not None)


def everybodys_rows(_: Scope, __: CampaignRow, ___: TenantRow) -> None:
    return None


_enter = asking.enter


async def as_whoever_asked_first(request: Request, parts: Parts) -> Asking:
    """Who asks is kept with the question."""
    first: Asking = request.app.state.__dict__.setdefault("first", {}).setdefault(str(request.url), await _enter(request, parts))
    return replace(first, request=request)


def what_was_worked_out_first(self: WorkedOut, question: tuple[str, ...], look: Look, work_out: Callable[[Look], Any]) -> Any:
    """By kind and campaign alone."""
    return self.__dict__.setdefault("first", {}).setdefault(question[:3], work_out(look))


PLANTED = {
    "rights to a campaign are not asked for": (Scope, "sees", everything_is_seen),
    "any member of staff counts as a participant": (Scope, "sees", who_took_part_in_another_sees_it),
    "the rows of others are shown": (Scope, "only", everybodys_rows),
    "amounts are left in": (asking, "shown", lambda _, view: view),
    "amounts are left in files": (files, "shown", lambda _, view: view),
    "files are for everybody": (Scope, "needs", lambda *_: None),
    "amounts decide an order": (Scope, "needs_for", lambda *_: None),
    "a known question is asked as by who asked it first": (shortcut, "enter", as_whoever_asked_first),
    "what was worked out is shown to those who see less": (WorkedOut, "of", what_was_worked_out_first),
    "a tag says nothing of the caller": (Scope, "key", property(lambda scope: scope.tenant)),
}


@pytest.mark.parametrize("leak", PLANTED)
async def test_a_planted_leak_is_found(edge: Edge, numbers: Numbers, monkeypatch: pytest.MonkeyPatch, leak: str) -> None:
    owner, name, planted = PLANTED[leak]
    hunters = world(edge, numbers, 1)
    monkeypatch.setattr(owner, name, planted)

    found = await hunters.hunt(edge, REQUESTS, stop_at_first=True)

    assert found.leaks


@pytest.mark.parametrize(("one_in", "leaks"), [(3, 0), (1, 1)])
async def test_an_answer_that_the_store_was_too_busy_for_is_no_leak_unless_it_never_comes(
    edge: Edge, numbers: Numbers, one_in: int, leaks: int
) -> None:
    asked = count()

    async def busy(scope: ASGIScope, receive: Receive, send: Send) -> None:
        await (edge if next(asked) % one_in else problems.unavailable("busy"))(scope, receive, send)

    found = await world(edge, numbers, 1).hunt(busy, 100, stop_at_first=True)

    assert found.too_busy
    assert len(found.leaks) == leaks
