"""`/v1/session`: a browser exchanges its token for a cookie, asks who it is, and gives the cookie up."""

from __future__ import annotations

from typing import Annotated

import msgspec
from fastapi import APIRouter, Query
from starlette.responses import Response

from views_api.principals.sessions import MOST_BYTES, Sessions
from views_api.problems import Refused
from views_api.routes.answering import answers
from views_api.routes.asking import Asking, Caller
from views_api.routes.parameters import NoQuery

router = APIRouter()


class SessionView(msgspec.Struct, kw_only=True):
    """Who somebody is here, and what they may do."""

    tenant: str
    staff: str | None
    rights: list[str]


@router.post("/v1/session", status_code=201, responses=answers(SessionView, status=201))
async def log_in(query: Annotated[NoQuery, Query()], caller: Caller) -> Response:  # noqa: ARG001  # there is nothing to ask
    """From now on the browser shows by a cookie what this request showed by its token; whether that is still good is asked each time."""
    bearer = caller.parts.bearer
    token = bearer.token(caller.request)
    if len(token) > MOST_BYTES:
        raise Refused("authorization", f"a token of more than {MOST_BYTES} bytes fits into no cookie")
    return _who(caller, 201, {"set-cookie": bearer.sessions.cookie(token)})


@router.get("/v1/session", responses=answers(SessionView))
async def who_am_i(query: Annotated[NoQuery, Query()], caller: Caller) -> Response:  # noqa: ARG001
    """Who the caller is, and what they may do."""
    return _who(caller, 200, {})


@router.delete("/v1/session", status_code=204, response_class=Response, responses=answers(None, status=204), openapi_extra={"security": []})
async def log_out() -> Response:
    """The browser forgets the cookie. Anybody may, also with one that is over."""
    return Response(status_code=204, headers={"set-cookie": Sessions.no_cookie()})


def _who(caller: Asking, status: int, headers: dict[str, str]) -> Response:
    scope = caller.scope
    view = SessionView(tenant=scope.tenant, staff=scope.staff, rights=sorted(scope.rights))
    return Response(msgspec.json.encode(view), status, headers=headers, media_type="application/json")
