"""`/v1/campaigns/{id}/staff`: who did what."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from schemas.views import StaffList
from views_api.pages import decode
from views_api.routes.asking import Caller, CampaignId, Page, answers

router = APIRouter()


@router.get("/v1/campaigns/{campaign}/staff", responses=answers(StaffList))
async def staff(campaign: CampaignId, query: Page, caller: Caller) -> Response:
    """One row per participant, also with zeros, and per other person with a number, by id; what is unassigned is the last row, with `staff_id` null."""
    after: tuple[bool, str] | None = decode(query.cursor, tuple[bool, str])
    return caller.answer(await caller.reader.staff(caller.scope, campaign, query.asked(), query.limit, after))
