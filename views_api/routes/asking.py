"""What every route needs: who asks, with which parameters, and how the answer is sent."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from typing import Annotated, Any, NamedTuple
from urllib.parse import parse_qsl

import msgspec
from fastapi import Depends, Header, Request
from fastapi.routing import APIRoute
from pydantic import BaseModel
from starlette.responses import Response

from views_api.answers import waiting
from views_api.answers.explaining import Explaining
from views_api.answers.reader import Reader
from views_api.answers.several import Several
from views_api.answers.standing import LONG, Question, Standing
from views_api.commands.commands import Commands
from views_api.live.streams import Live
from views_api.metrics import Metrics
from views_api.principals.bearer import Bearer
from views_api.problems import Refused, Unauthorized
from views_api.scope import Right, Scope
from views_api.views.withheld import shown
from views_api.web.known import Known
from views_api.web.limits import Rates, network


class Parts(NamedTuple):
    """What the application is put together of."""

    reader: Reader
    several: Several
    live: Live
    bearer: Bearer
    rates: Rates
    unknown: Rates
    """Of those who have not shown who they are, by their address."""
    metrics: Metrics
    workbooks: asyncio.Semaphore
    """One for each workbook that is being written."""
    explaining: Explaining
    commands: Commands
    known: Known
    standing: Standing


@dataclass(frozen=True, slots=True)
class Asking:
    """One request."""

    request: Request
    parts: Parts
    scope: Scope
    at: int
    """When it came; ms since 1970 UTC."""

    @property
    def reader(self) -> Reader:
        return self.parts.reader

    async def stands(self) -> Response | None:
        """304 when the caller has the answer, as far as that can be told without working it out."""
        standing, reader, question = self.parts.standing, self.reader, self._question()
        tag = standing.may(question, self._tags(), reader.store.newest)
        if tag is None or not standing.does(question, tag, await reader.facts(), reader.clock()):
            return None
        return Response(status_code=304, headers=_headers(tag))

    def answer(self, view: Any) -> Response:
        """The answer as JSON; 304 when the caller has it."""
        tag = self._tag(view)
        self.parts.standing.given(self._question(), tag, view.stamp, self.at)
        if tag in self._tags():
            return Response(status_code=304, headers=_headers(tag))
        return Response(encoded(self.scope, view), headers=_headers(tag), media_type="application/json")

    def _tags(self) -> set[str]:
        """What the caller has, as weak tags: so they are to be compared (RFC 9110), and a proxy may have made a strong one of ours."""
        given = ",".join(self.request.headers.getlist("if-none-match")).split(",")
        return {f"W/{tag.strip().removeprefix('W/')}" for tag in given}

    def _question(self) -> Question:
        return self.scope.key, self.request.scope["raw_path"], self.request.scope["query_string"]

    def _tag(self, view: Any) -> str:
        """Of whose numbers, which question, which definitions, which revision and how trustworthy; of the clock what the numbers show, not the stamp, and so weak."""
        stamp = view.stamp
        query = self.request.scope["query_string"]
        question = (self.scope.key, self.request.scope["path"], (_sorted_before if len(query) <= LONG else _sorted)(query))
        state = (view.period, *_by_the_clock(view), stamp.revision, stamp.definition_version, stamp.state, stamp.settled)
        return f'W/"{blake2b(msgspec.json.encode((question, state)), digest_size=12).hexdigest()}"'


def _by_the_clock(view: Any) -> tuple[Any, ...]:
    """What reads differently as time goes by, although nothing new is counted: today, what is compared until which hour, and how many points are over."""
    complete = sum(point.complete for point in getattr(view, "points", ()))
    return getattr(view, "today", None), getattr(view, "comparison", None), complete


def _sorted(query: bytes) -> list[tuple[str, str]]:
    """Its parameters in one order, however they were written."""
    return sorted(parse_qsl(query.decode("latin-1"), keep_blank_values=True))


_sorted_before = lru_cache(1 << 12)(_sorted)


def _headers(tag: str) -> dict[str, str]:
    return {"etag": tag, "vary": "authorization, cookie, accept"}


def encoded(scope: Scope, view: Any) -> bytes:
    """A view as JSON, without what may not be seen. The only way in which a view leaves the process."""
    return msgspec.json.encode(shown(scope, view))


async def parts(request: Request) -> Parts:
    found: Parts = request.app.state.parts
    return found


MinRevision = Annotated[
    str | None,
    Header(
        description="Answer once this is counted: a `revision` of a stamp, or the `position` that a command was answered with. At most 5 s, then 503."
    ),
]


async def unknown(request: Request, parts: Annotated[Parts, Depends(parts)]) -> None:
    """One more request of somebody who did not show who they are. Raises `Exceeded`."""
    host = request.client.host if request.client else ""
    await parts.unknown.count(network(host))


async def enter(request: Request, parts: Parts) -> Asking:
    """Who asks; before anything else is looked at. Raises `Unauthorized`, `Exceeded`, `Forbidden`."""
    try:
        asking = Asking(request, parts, await parts.bearer.scope(request), parts.reader.clock())
    except Unauthorized:
        await unknown(request, parts)
        raise
    request.state.principal = asking.scope.principal
    await parts.rates.count(asking.scope.principal)
    asking.scope.needs(Right.VIEW)
    return asking


async def authorized(request: Request, parts: Annotated[Parts, Depends(parts)], min_revision: MinRevision = None) -> Asking:
    """Who asks, and whether they may ask so. Raises as `enter`, and `Refused` for parameters that the route does not have or has twice."""
    asking = await enter(request, parts)
    known = _parameters(request.scope["route"])
    seen: set[str] = set()
    for name in [name for name, _ in parse_qsl(request.url.query, keep_blank_values=True)]:
        if name not in known:
            raise Refused(name, "there is no such parameter", known)
        if name in seen:
            raise Refused(name, "given more than once")
        seen.add(name)
    if min_revision is not None:
        await waiting.counted(parts.reader.store, min_revision)
    return asking


def _parameters(route: APIRoute) -> list[str]:
    """The query parameters of a route, which are the fields of its one model."""
    names: list[str] = []
    for parameter in route.dependant.query_params:
        model = parameter.field_info.annotation
        if isinstance(model, type) and issubclass(model, BaseModel):
            names += [field.alias or name for name, field in model.model_fields.items()]
    return names


Caller = Annotated[Asking, Depends(authorized)]
