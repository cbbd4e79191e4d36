"""`/v1/campaigns`, `/v1/campaigns/{id}`: making, changing, copying, deleting and restoring campaigns (F70, F71)."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import APIRouter, Query
from starlette.responses import Response

from schemas.errors import NotFound
from schemas.rows import CampaignRow
from views_api.answers.looks import visible
from views_api.commands.definitions import BUDGET, CampaignDefinition, Copy, NewCampaign
from views_api.commands.images import Image
from views_api.problems import Clash, Forbidden, Refused
from views_api.routes import commanding
from views_api.routes.answering import TAKEN, answers
from views_api.routes.asking import Asking, Caller
from views_api.routes.commanding import Definition, IdempotencyKey, IfMatch, Written
from views_api.routes.parameters import CampaignId, NoQuery
from views_api.scope import Right, Scope
from views_api.views.stamps import instant

router = APIRouter()

Nothing = Annotated[NoQuery, Query()]
_PEOPLE: Final = ("manager_id", "participant_ids")
_OF_THE_ORIGINAL: Final = ("code", "promo_codes", "crm_url", "chat_url", "start_at", "end_at", "deleted")
"""A copy has none of it. A promo code that two campaigns claim would take orders from the first."""


@router.post("/v1/campaigns", status_code=TAKEN, responses=answers(Written, status=TAKEN))
async def make_campaign(query: Nothing, caller: Caller, new: NewCampaign, idempotency_key: IdempotencyKey = None) -> Response:  # noqa: ARG001
    """A new campaign. `id` may be chosen; it must be new."""
    scope = caller.scope
    scope.needs(Right.WRITE)
    said = await commanding.body(caller)
    identity = commanding.named(scope, said.pop("id", None), idempotency_key)
    _sees_it_then(scope, said)
    _may_say_amounts(scope, said)
    data = said | {"created_at": instant(caller.reader.clock())}
    return await commanding.do(caller, "campaign", "created", identity, None, lambda _: data, idempotency_key)


@router.get("/v1/campaigns/{campaign}", responses=answers(Definition))
async def campaign_definition(query: Nothing, campaign: CampaignId, caller: Caller) -> Response:  # noqa: ARG001
    """The campaign as its events state it. To change it: put it back with its ETag as If-Match."""
    await _row(caller, campaign)
    found = await caller.parts.commands.newest("campaign", caller.scope.tenant, campaign)
    if found is None:
        raise NotFound
    return commanding.shown(caller, campaign, found)


@router.put("/v1/campaigns/{campaign}", status_code=TAKEN, responses=answers(Written, status=TAKEN))
async def change_campaign(
    query: Nothing,  # noqa: ARG001
    campaign: CampaignId,
    caller: Caller,
    definition: CampaignDefinition,  # noqa: ARG001  # it is checked
    if_match: IfMatch = None,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """The campaign, whole, as it is to be. Who takes part is for its manager to say, and for those who see all campaigns."""
    scope = caller.scope
    scope.needs(Right.WRITE)
    row, said = await _row(caller, campaign), await commanding.body(caller)
    _may_say_amounts(scope, said)

    def of(now: Image | None) -> dict[str, Any]:
        before = now.data() if now else {}
        if not scope.leads(row) and any((said.get(name) or None) != (before.get(name) or None) for name in _PEOPLE):
            raise Forbidden(Right.VIEW_ALL)
        kept = {} if scope.money else {BUDGET: before.get(BUDGET)}
        return said | kept | _clock(caller, before)

    return await commanding.do(caller, "campaign", "updated", campaign, commanding.expected(if_match), of, idempotency_key)


@router.delete("/v1/campaigns/{campaign}", status_code=TAKEN, responses=answers(Written, status=TAKEN))
async def delete_campaign(
    query: Nothing,  # noqa: ARG001
    campaign: CampaignId,
    caller: Caller,
    if_match: IfMatch = None,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """The campaign is in no list and no total any more, until it is restored. What counted for it is kept."""
    caller.scope.needs(Right.WRITE)
    await _led(caller, campaign)

    def of(now: Image | None) -> dict[str, Any]:
        before = now.data() if now else {}
        return before | {"deleted": True} | _clock(caller, before)

    return await commanding.do(caller, "campaign", "deleted", campaign, commanding.expected(if_match), of, idempotency_key)


@router.post("/v1/campaigns/{campaign}/restore", status_code=TAKEN, responses=answers(Written, status=TAKEN))
async def restore_campaign(
    query: Nothing,  # noqa: ARG001
    campaign: CampaignId,
    caller: Caller,
    if_match: IfMatch = None,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """A campaign that was deleted, as it was. If-Match: the version that the deletion was answered with."""
    caller.scope.needs(Right.WRITE)
    await _led(caller, campaign)

    def of(now: Image | None) -> dict[str, Any]:
        before = now.data() if now else {}
        return {name: value for name, value in before.items() if name != "deleted"} | _clock(caller, before)

    return await commanding.do(caller, "campaign", "restored", campaign, commanding.expected(if_match), of, idempotency_key)


@router.post("/v1/campaigns/{campaign}/copy", status_code=TAKEN, responses=answers(Written, status=TAKEN))
async def copy_campaign(
    query: Nothing,  # noqa: ARG001
    campaign: CampaignId,
    caller: Caller,
    called: Copy,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """A new campaign of the same definition, not active yet, without what is the original's alone: code, promo codes, links, start and end. Nothing counts for it."""
    scope = caller.scope
    scope.needs(Right.WRITE)
    await _row(caller, campaign)
    original = await caller.parts.commands.newest("campaign", scope.tenant, campaign)
    if original is None:
        raise Clash("nothing is known of it but numbers")
    data = {name: value for name, value in original.data().items() if name not in (*_OF_THE_ORIGINAL, "updated_at")}
    if not scope.money:
        data.pop(BUDGET, None)
    data |= {"promo_codes": [], "status": "not_active", "created_at": instant(caller.reader.clock())}
    if called.name is not None:
        data["name"] = called.name
    _sees_it_then(scope, data)
    identity = commanding.named(scope, called.id, idempotency_key)
    return await commanding.do(caller, "campaign", "copied", identity, None, lambda _: data, idempotency_key)


async def _row(caller: Asking, campaign: str) -> CampaignRow:
    return visible(caller.scope, await caller.reader.store.campaign(caller.scope.tenant, campaign))


async def _led(caller: Asking, campaign: str) -> None:
    """Raises `NotFound` for what the caller would not see even if it were not deleted, `Forbidden` where it is not theirs to decide."""
    row = await caller.reader.store.campaign(caller.scope.tenant, campaign)
    shown = visible(caller.scope, row._replace(deleted=False) if row else None)
    if not caller.scope.leads(shown):
        raise Forbidden(Right.VIEW_ALL)


def _sees_it_then(scope: Scope, data: dict[str, Any]) -> None:
    people = {data.get("manager_id"), *(data.get("participant_ids") or ())}
    if not scope.all_campaigns and (scope.staff is None or scope.staff not in people):
        raise Refused("manager_id", "you see only campaigns that you manage or take part in: this one, too, must be one of these")


def _may_say_amounts(scope: Scope, said: dict[str, Any]) -> None:
    if said.get(BUDGET) is not None:
        scope.needs(Right.MONEY)


def _clock(caller: Asking, before: dict[str, Any]) -> dict[str, Any]:
    now = instant(caller.reader.clock())
    return {"created_at": before.get("created_at", now), "updated_at": now}
