"""`/v1/keys`: API keys of the tenant, for those with the right `admin`. Nobody can give a key what they may not do themselves."""

from __future__ import annotations

import logging
from typing import Annotated, Any, Final

import msgspec
from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from schemas.durations import DAY
from schemas.errors import NotFound
from schemas.events.fields import Id
from views_api import logs
from views_api.principals.api_keys import ApiKeys, Author, Key
from views_api.problems import Refused, not_found
from views_api.routes.answering import answers
from views_api.routes.asking import Asking, Caller
from views_api.routes.parameters import NoQuery
from views_api.scope import Right
from views_api.views.stamps import instant, maybe_instant

router = APIRouter()
log = logging.getLogger(__name__)

MOST_DAYS: Final = 3650


class NewKey(BaseModel):
    """What a key is for and what it may do."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)

    name: Annotated[str, Field(min_length=1, max_length=200)]
    """What it is for; shown in the list."""
    rights: Annotated[list[Right], Field(min_length=1)]
    staff: Id | None = None
    """Staff id whose campaigns it sees without the right to all."""
    days: Annotated[int, Field(ge=1, le=MOST_DAYS)] = 90
    """For so long it is valid."""


class KeyView(msgspec.Struct, kw_only=True):
    id: str
    name: str
    rights: list[str]
    staff: str | None
    created_at: str
    expires_at: str
    revoked_at: str | None
    used_at: str | None
    """To the minute."""


class MadeKey(KeyView, kw_only=True):
    token: str
    """Shown this once: only its hash is kept."""


class KeyList(msgspec.Struct, kw_only=True):
    items: list[KeyView]


@router.post("/v1/keys", status_code=201, responses=answers(MadeKey, status=201))
async def make_key(query: Annotated[NoQuery, Query()], caller: Caller, new: NewKey) -> Response:  # noqa: ARG001  # there is nothing to ask
    """A new key of the caller's tenant."""
    keys, scope = _keys(caller), caller.scope
    beyond = sorted({*new.rights} - scope.rights)
    if beyond:
        raise Refused("rights", f"you do not have `{beyond[0]}` yourself", sorted(scope.rights))
    if new.staff not in (None, scope.staff) and not scope.all_campaigns:
        raise Refused("staff", "you see no campaigns but your own")
    until = caller.reader.clock() + new.days * DAY
    key, token = keys.make(scope.tenant, new.name, new.rights, new.staff, until, _author(caller))
    log.info("API key %s was made", key.id)
    return _json(MadeKey(**_shown(key), token=token), 201)


@router.get("/v1/keys", responses=answers(KeyList))
async def list_keys(query: Annotated[NoQuery, Query()], caller: Caller) -> Response:  # noqa: ARG001
    """All keys of the tenant, oldest first, those that are over too."""
    return _json(KeyList(items=[KeyView(**_shown(key)) for key in _keys(caller).of(caller.scope.tenant)]))


@router.delete("/v1/keys/{key}", status_code=204, response_class=Response, responses=answers(None, status=204))
async def revoke_key(key: Annotated[str, Path()], query: Annotated[NoQuery, Query()], caller: Caller) -> Response:  # noqa: ARG001
    """The key opens nothing any more, streams end within seconds. Once more is harmless."""
    try:
        _keys(caller).revoke(caller.scope.tenant, key, _author(caller))
    except NotFound:
        return not_found()  # keys are known whatever is counted
    log.info("API key %s was revoked", key)
    return Response(status_code=204)


def _keys(caller: Asking) -> ApiKeys:
    caller.scope.needs(Right.ADMIN)
    keys = caller.parts.bearer.keys
    if keys is None:
        raise NotFound
    return keys


def _author(caller: Asking) -> Author:
    return Author(caller.scope.principal, caller.scope.staff, logs.REQUEST.get() or "")


def _shown(key: Key) -> dict[str, Any]:
    return {
        "id": key.id,
        "name": key.name,
        "rights": sorted(key.rights),
        "staff": key.staff,
        "created_at": instant(key.created_at),
        "expires_at": instant(key.expires_at),
        "revoked_at": maybe_instant(key.revoked_at),
        "used_at": maybe_instant(key.used_at),
    }


def _json(view: msgspec.Struct, status: int = 200) -> Response:
    return Response(msgspec.json.encode(view), status, media_type="application/json")
