"""`/v1/campaigns/{id}/customers`: why opportunities were lost, and who works on them."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from schemas.views import Customers
from views_api.routes.asking import Caller, CampaignId, Period, answers

router = APIRouter()


@router.get("/v1/campaigns/{campaign}/customers", responses=answers(Customers))
async def customers(campaign: CampaignId, query: Period, caller: Caller) -> Response:
    """Lost opportunities by reason and industry, all of them by owner and method."""
    return caller.answer(await caller.reader.customers(caller.scope, campaign, query.asked()))
