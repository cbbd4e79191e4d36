"""`/v1/settings`: what a tenant decided about its numbers."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from views_api.commands.definitions import SettingsDefinition
from views_api.routes import commanding
from views_api.routes.answering import TAKEN, answers
from views_api.routes.asking import Caller
from views_api.routes.commanding import Definition, IdempotencyKey, IfMatch, Written
from views_api.routes.parameters import NoQuery
from views_api.scope import Right

router = APIRouter()

Nothing = Annotated[NoQuery, Query()]


@router.get("/v1/settings", responses=answers(Definition))
async def settings(query: Nothing, caller: Caller) -> Response:  # noqa: ARG001
    """As they were said last; what is not named has its default. ETag `"none"` while nobody has said anything."""
    tenant, commands = caller.scope.tenant, caller.parts.commands
    found = await commands.newest("tenant", tenant, tenant)
    if found is None:
        await commands.check_known()
    return commanding.shown(caller, tenant, found)


@router.put("/v1/settings", status_code=TAKEN, responses=answers(Written, status=TAKEN))
async def change_settings(
    query: Nothing,  # noqa: ARG001
    caller: Caller,
    definition: SettingsDefinition,  # noqa: ARG001  # it is checked
    if_match: IfMatch = None,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """All settings, as they are to be. Numbers that rest on them change, old ones too."""
    scope = caller.scope
    scope.needs(Right.ADMIN)
    said = await commanding.body(caller)
    version = commanding.expected(if_match)
    return await commanding.do(caller, "tenant", "updated", scope.tenant, version, lambda _: said, idempotency_key)
