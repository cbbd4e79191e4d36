"""`/v1/campaigns/{id}/staff`: who did what."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from schemas.views import StaffList
from views_api.routes import files
from views_api.routes.answering import answers
from views_api.routes.asking import Caller
from views_api.routes.parameters import CampaignId, Page
from views_api.views.pages import decode
from views_api.web.known import again

router = APIRouter()


@router.get("/v1/campaigns/{campaign}/staff", responses=answers(StaffList, files=True))
@again
async def staff(campaign: CampaignId, query: Page, caller: Caller) -> Response:
    """One row per participant, also with zeros, and per other person with a number, by id; what is unassigned is the last row, with `staff_id` null."""
    asked = query.asked()

    async def page(limit: int, cursor: str | None) -> StaffList:
        after: tuple[bool, str] | None = decode(cursor, tuple[bool, str])
        return await caller.reader.staff(caller.scope, campaign, asked, limit, after)

    return await files.pages(caller, query, page)
