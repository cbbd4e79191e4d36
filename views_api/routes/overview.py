"""`/v1/campaigns/{id}/overview`: one campaign on one page."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from schemas.views import Overview
from views_api.routes.asking import Caller, CampaignId, Period, answers

router = APIRouter()


@router.get("/v1/campaigns/{campaign}/overview", responses=answers(Overview))
async def overview(campaign: CampaignId, query: Period, caller: Caller) -> Response:
    """Totals, funnel, outcomes and probabilities of one campaign."""
    return caller.answer(await caller.reader.overview(caller.scope, campaign, query.asked()))
