"""`/v1/campaigns/{id}/quiet`: open opportunities of which nothing is heard."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field
from starlette.responses import Response

from schemas.cells import Basis
from schemas.lists import QuietList
from views_api.answers import quiet as of_quiet
from views_api.answers.quiet import Asked, Of, Place
from views_api.problems import Refused
from views_api.routes import files
from views_api.routes.answering import answers
from views_api.routes.asking import Caller
from views_api.routes.parameters import CampaignId, PageQuery
from views_api.views.pages import decode
from views_api.views.periods import Asked as Period
from views_api.views.periods import Preset, ask
from views_api.web.known import again

router = APIRouter()


class QuietQuery(PageQuery):
    """Of all open opportunities, or those created in a period."""

    of: Of = Of.STALLED
    """Stalled on their step, nearly so, or their customer not contacted."""
    days: Annotated[int | None, Field(ge=1, le=3650)] = None
    """Quiet for so long is stalled. Without it: for longer than nine in ten stays on its step were."""
    contact_days: Annotated[int, Field(ge=1, le=3650)] = 7
    """Without an interaction for so long is not contacted."""
    owner: str | None = None
    """Staff id; empty: those that nobody owns."""
    step: str | None = None
    """Empty: those without a step."""

    def asked(self) -> Period:
        """Without a period, all days; raises `Refused`."""
        if self.basis is not Basis.CREATED:
            raise Refused("basis", "what is open is listed by the day on which it was created", [Basis.CREATED])
        if {"period", "from_", "to", "at"} & self.model_fields_set:
            return super().asked()
        return ask(Preset.ALL, None, None, None, Basis.CREATED)


@router.get("/v1/campaigns/{campaign}/quiet", responses=answers(QuietList, files=True))
@again
async def quiet(campaign: CampaignId, query: Annotated[QuietQuery, Query()], caller: Caller) -> Response:
    """Open opportunities without a step forward, an interaction or a completed task, the quietest first."""
    days, asked = query.asked(), Asked(query.of, query.days, query.contact_days, query.owner, query.step)

    async def page(limit: int, cursor: str | None) -> QuietList:
        after: Place | None = decode(cursor, Place)
        return await of_quiet.quiet(caller.reader, caller.scope, campaign, days, asked, limit, after)

    return await files.pages(caller, query, page)
