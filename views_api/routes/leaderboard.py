"""`/v1/campaigns/{id}/leaderboard`: who is ahead."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field
from starlette.responses import Response

from schemas.people import Leaderboard
from views_api.answers import leaderboard as of_people
from views_api.answers.leaderboard import LEAST, By, Place
from views_api.routes import files
from views_api.routes.answering import answers
from views_api.routes.asking import Caller
from views_api.routes.parameters import CampaignId, PageQuery
from views_api.views.pages import decode
from views_api.web.known import again

router = APIRouter()


class LeaderboardQuery(PageQuery):
    by: By = By.WON
    """The most first; of a time, the least."""
    least: Annotated[int, Field(ge=0, le=1_000_000)] = LEAST
    """Of how many a rate or a median must be to be ranked."""


@router.get("/v1/campaigns/{campaign}/leaderboard", responses=answers(Leaderboard, files=True))
@again
async def leaderboard(campaign: CampaignId, query: Annotated[LeaderboardQuery, Query()], caller: Caller) -> Response:
    """The people of a campaign in order of one number; who cannot be ranked stands last."""
    asked = query.asked()

    async def page(limit: int, cursor: str | None) -> Leaderboard:
        after: Place | None = decode(cursor, Place)
        return await of_people.leaderboard(caller.reader, caller.scope, campaign, asked, query.by, query.least, limit, after)

    return await files.pages(caller, query, page)
