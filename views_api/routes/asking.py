"""What every route needs: who asks, with which parameters, and how the answer is sent."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import lru_cache
from hashlib import blake2b
from typing import Annotated, Any, Final, NamedTuple
from urllib.parse import parse_qsl, unquote

import msgspec
from fastapi import Depends, Header, Path, Query, Request
from fastapi.routing import APIRoute
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from starlette.responses import Response

from schemas.cells import Basis
from schemas.errors import NotFound
from views_api import waiting
from views_api.commands.commands import Commands
from views_api.compared import Base, To, base
from views_api.explaining import Explaining
from views_api.files import delimited, workbook
from views_api.known import Known
from views_api.live import Live
from views_api.metrics import Metrics
from views_api.periods import DAY, Asked, Preset, ask
from views_api.principals.bearer import Bearer
from views_api.problems import MEDIA_TYPE, Refused, Unauthorized
from views_api.rates import Rates, network
from views_api.reader import Reader
from views_api.scope import Right, Scope
from views_api.several import Several
from views_api.standing import Question, Standing
from views_api.withheld import shown

MOST: Final = 200
"""Items on one page."""
TAKEN: Final = 202
"""How a command is answered: it is written, and will be counted."""
FILES: Final = {delimited.MEDIA_TYPE: "csv", workbook.MEDIA_TYPE: "xlsx"}


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


class NoQuery(BaseModel):
    """No parameters."""


class PeriodQuery(BaseModel):
    """Which days: a preset around a day, or two days; and what of the opportunities lies in them."""

    model_config = ConfigDict(use_attribute_docstrings=True, populate_by_name=False)

    period: Preset | None = None
    """The calendar's or the last days; without any period parameter the current month."""
    from_: Annotated[str | None, Field(alias="from", json_schema_extra={"format": "date"})] = None
    """First day, in the campaign's zone."""
    to: Annotated[str | None, Field(json_schema_extra={"format": "date"})] = None
    """Last day, included."""
    at: Annotated[str | None, Field(json_schema_extra={"format": "date"})] = None
    """A day inside the period; now, if absent."""
    basis: Basis = Basis.CREATED
    """Opportunities created or closed in these days, or the state at the end of the last one. Orders, tasks and messages have days of their own."""

    def asked(self) -> Asked:
        """The period; raises `Refused`."""
        return ask(self.period, self.from_, self.to, self.at, self.basis)


class Format(StrEnum):
    JSON = "json"
    CSV = "csv"
    XLSX = "xlsx"


class TableQuery(PeriodQuery):
    """What can be had as a file too (right `export`)."""

    format: Format | None = None
    """As a file, with all rows: CSV has one table, a workbook all of them. Or by the header `Accept`."""
    table: Annotated[str | None, Field(max_length=100)] = None
    """Which table of the answer; of CSV else the first."""


class CompareQuery(TableQuery):
    """And with which other days these are compared."""

    compare: To | None = None
    """The days before, as many; the year before; or `custom` ones. While a period runs, as much of them as has passed of it."""
    compare_from: Annotated[str | None, Field(json_schema_extra={"format": "date"})] = None
    """First of the custom days."""
    compare_to: Annotated[str | None, Field(json_schema_extra={"format": "date"})] = None
    """Last of the custom days, included."""
    compare_weekdays: bool | None = None
    """Whether each day is compared with one of the same weekday (yes, if absent): days before are moved by whole weeks, a year by 52 of them."""

    def base(self) -> Base | None:
        """With what is compared; raises `Refused`."""
        return base(self.compare, self.compare_from, self.compare_to, weekdays=self.compare_weekdays)


class PageQuery(TableQuery):
    limit: Annotated[int, Field(ge=1, le=MOST)] = MOST
    """Items on a page."""
    cursor: str | None = None
    """`next_cursor` of the page before."""


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
        return {known.strip() for known in self.request.headers.get("if-none-match", "").split(",")}

    def _question(self) -> Question:
        return self.scope.key, self.request.scope["raw_path"], self.request.scope["query_string"]

    def _tag(self, view: Any) -> str:
        """Of whose numbers, which question, which definitions, which revision and how trustworthy; not of the clock in the stamp, and so weak."""
        stamp = view.stamp
        question = (self.scope.key, self.request.scope["path"], _sorted(self.request.scope["query_string"]))
        state = (view.period, getattr(view, "today", None), stamp.revision, stamp.definition_version, stamp.state, stamp.settled)
        return f'W/"{blake2b(msgspec.json.encode((question, state)), digest_size=12).hexdigest()}"'


@lru_cache(1 << 12)
def _sorted(query: bytes) -> list[tuple[str, str]]:
    """Its parameters in one order, however they were written."""
    return sorted(parse_qsl(query.decode("latin-1"), keep_blank_values=True))


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


def _as_day(text: str) -> str:
    """Pydantic would take a number for seconds."""
    if not DAY.fullmatch(text):
        raise ValueError("a day is written YYYY-MM-DD")
    return text


def decoded(raw: str) -> str:
    try:
        return unquote(raw, errors="strict")
    except UnicodeDecodeError as error:
        raise NotFound from error


Day = Annotated[date, BeforeValidator(_as_day)]
CampaignId = Annotated[
    str, Path(description="Id of the campaign, percent-encoded; `/` is `%2F`.", examples=["c-17"]), AfterValidator(decoded)
]
Caller = Annotated[Asking, Depends(authorized)]
Period = Annotated[PeriodQuery, Query()]
Compared = Annotated[CompareQuery, Query()]
Tables = Annotated[TableQuery, Query()]
Page = Annotated[PageQuery, Query()]


def answers(view: type | None, status: int = 200, *, files: bool = False) -> dict[int | str, dict[str, Any]]:
    """What a route may answer, for OpenAPI: a view (None: nothing, which is all that was asked for), as a file too, or a problem document."""
    found: dict[int | str, dict[str, Any]] = {status: {"description": "The answer."} if view is None else _answer(view)}
    if files:
        found[status]["content"] |= {media_type: {"schema": {"type": "string", "format": "binary"}} for media_type in FILES}
    for refusal, text in (_PROBLEMS | (_OF_COMMANDS if status == TAKEN else {})).items():
        found[refusal] = {"description": text, "content": _content("Problem", MEDIA_TYPE)}
    return found


def _answer(view: type) -> dict[str, Any]:
    return {"description": "The answer.", "content": _content(view.__name__, "application/json")}


_PROBLEMS: Final = {
    401: "No token, or an unknown one.",
    403: "A right is missing; it is named.",
    404: "Absent, or not for this caller.",
    429: "More requests, or streams, than one caller may have; see Retry-After.",
    422: "A parameter is wrong; it is named.",
    503: "The store is away; see Retry-After.",
}


_OF_COMMANDS: Final = {
    409: "There is one of this id already, or it was deleted for good.",
    413: "A body may have 64 KiB.",
    412: "It has been changed since; the ETag is that of its version now.",
    428: "If-Match is missing.",
    503: "Kafka or the store is away; the command may have been taken, and may be sent again.",
}


def _content(name: str, media_type: str) -> dict[str, Any]:
    return {media_type: {"schema": {"$ref": f"#/components/schemas/{name}"}}}
