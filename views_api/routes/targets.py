"""`/v1/targets`, `/v1/campaigns/{id}/targets`: what should be reached, and how far it is (B7)."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from pydantic import AfterValidator
from starlette.responses import Response

from schemas.errors import NotFound
from schemas.rows import TargetRow
from schemas.targets import TargetList
from views_api.answers.targets import Targets
from views_api.commands.definitions import NewTarget, TargetDefinition
from views_api.commands.images import Image
from views_api.problems import Forbidden
from views_api.routes import commanding
from views_api.routes.answering import TAKEN, answers
from views_api.routes.asking import Asking, Caller, encoded
from views_api.routes.commanding import Definition, IdempotencyKey, IfMatch, Written
from views_api.routes.parameters import CampaignId, NoQuery, decoded
from views_api.scope import Right
from views_api.views import series

router = APIRouter()

Nothing = Annotated[NoQuery, Query()]
TargetId = Annotated[str, Path(description="Id of the target, percent-encoded."), AfterValidator(decoded)]


@router.get("/v1/campaigns/{campaign}/targets", responses=answers(TargetList))
async def targets(query: Nothing, campaign: CampaignId, caller: Caller) -> Response:  # noqa: ARG001
    """The targets of a campaign and its staff, each with what is reached, what should be by now, and where it leads. Of amounts: for those who see amounts."""
    return _untagged(caller, await _targets(caller).of_campaign(caller.scope, campaign))


@router.get("/v1/targets", responses=answers(TargetList))
async def targets_of_all(query: Nothing, caller: Caller) -> Response:  # noqa: ARG001
    """The targets over all campaigns, for those who see all. Those of a person have no number: none is kept by person over campaigns."""
    return _untagged(caller, await _targets(caller).of_all(caller.scope))


@router.post("/v1/targets", status_code=TAKEN, responses=answers(Written, status=TAKEN))
async def make_target(query: Nothing, caller: Caller, new: NewTarget, idempotency_key: IdempotencyKey = None) -> Response:  # noqa: ARG001
    """A new target. `id` may be chosen; it must be new."""
    said = await commanding.body(caller)
    identity = commanding.named(caller.scope, said.pop("id", None), idempotency_key)
    await _may_decide(caller, said)
    return await commanding.do(caller, "target", "created", identity, None, lambda _: said, idempotency_key)


@router.get("/v1/targets/{target}", responses=answers(Definition))
async def target_definition(query: Nothing, target: TargetId, caller: Caller) -> Response:  # noqa: ARG001
    """A target as its events state it. To change it: put it back with its ETag as If-Match."""
    return commanding.shown(caller, target, await _seen(caller, target))


@router.put("/v1/targets/{target}", status_code=TAKEN, responses=answers(Written, status=TAKEN))
async def change_target(
    query: Nothing,  # noqa: ARG001
    target: TargetId,
    caller: Caller,
    definition: TargetDefinition,  # noqa: ARG001  # it is checked
    if_match: IfMatch = None,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """The target, whole, as it is to be."""
    caller.scope.needs(Right.WRITE)
    said, now = await commanding.body(caller), await _seen(caller, target, deleted=True)
    await _may_decide(caller, now.content)
    await _may_decide(caller, said)
    return await commanding.do(caller, "target", "updated", target, commanding.expected(if_match), lambda _: said, idempotency_key)


@router.delete("/v1/targets/{target}", status_code=TAKEN, responses=answers(Written, status=TAKEN))
async def delete_target(
    query: Nothing,  # noqa: ARG001
    target: TargetId,
    caller: Caller,
    if_match: IfMatch = None,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """There is no such target any more, until it is put back."""
    caller.scope.needs(Right.WRITE)
    await _may_decide(caller, (await _seen(caller, target, deleted=True)).content)

    def of(now: Image | None) -> dict[str, Any]:
        return (now.data() if now else {}) | {"deleted": True}

    return await commanding.do(caller, "target", "deleted", target, commanding.expected(if_match), of, idempotency_key)


async def _seen(caller: Asking, target: str, *, deleted: bool = False) -> Image:
    """Raises `NotFound` for what is absent and for what the caller may not see."""
    found = await caller.parts.commands.newest("target", caller.scope.tenant, target)
    if found is None or (found.deleted and not deleted) or not await _targets(caller).sees(caller.scope, _row(found.content)):
        raise NotFound
    return found


async def _may_decide(caller: Asking, said: Any) -> None:
    """Raises `NotFound` for a campaign that the caller does not see, `Forbidden` for what is not theirs to decide, `Refused` for a measure that is none."""
    scope = caller.scope
    scope.needs(Right.WRITE)
    scope.needs_for(series.measure(said["measure"]))
    campaign = said.get("campaign_id")
    if campaign is None:
        scope.needs(Right.VIEW_ALL)
    elif (only := await caller.reader.only(scope, campaign)) is not None and said.get("staff_id") != only:
        raise Forbidden(Right.VIEW_ALL)


def _targets(caller: Asking) -> Targets:
    return Targets(caller.reader, caller.parts.several)


def _untagged(caller: Asking, view: TargetList) -> Response:
    """Without a tag: what should be reached by now is another number each time."""
    return Response(encoded(caller.scope, view), headers={"vary": "authorization"}, media_type="application/json")


def _row(content: Any) -> TargetRow:
    return TargetRow(
        content["measure"],
        content.get("campaign_id"),
        content.get("staff_id"),
        content["from"],
        content["to"],
        content["value"],
        bool(content.get("deleted")),
    )
