"""`/v1/campaigns/{id}/customers`: why opportunities were lost, and who works on them."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from schemas.views import Customers
from views_api.routes import files
from views_api.routes.answering import answers
from views_api.routes.asking import Caller
from views_api.routes.parameters import CampaignId, Tables
from views_api.web.known import again

router = APIRouter()


@router.get("/v1/campaigns/{campaign}/customers", responses=answers(Customers, files=True))
@again
async def customers(campaign: CampaignId, query: Tables, caller: Caller) -> Response:
    """Lost opportunities by reason and industry, all of them by owner and method."""
    asked = query.asked()
    return await files.answer(caller, query, lambda: caller.reader.customers(caller.scope, campaign, asked))
