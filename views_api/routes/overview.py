"""`/v1/campaigns/{id}/overview`: one campaign on one page."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from schemas.views import Overview
from views_api.routes import files
from views_api.routes.asking import Caller, CampaignId, Tables, answers

router = APIRouter()


@router.get("/v1/campaigns/{campaign}/overview", responses=answers(Overview, files=True))
async def overview(campaign: CampaignId, query: Tables, caller: Caller) -> Response:
    """Totals, funnel, outcomes and probabilities of one campaign."""
    asked = query.asked()
    return await files.answer(caller, query, lambda: caller.reader.overview(caller.scope, campaign, asked))
