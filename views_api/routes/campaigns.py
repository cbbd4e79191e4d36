"""`/v1/campaigns`: which campaigns there are."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from schemas.views import CampaignList
from views_api.routes import files
from views_api.routes.answering import answers
from views_api.routes.asking import Caller
from views_api.routes.parameters import Day, PageQuery
from views_api.views.campaigns import Filters, Sort, begins
from views_api.web.known import again

router = APIRouter()


class CampaignsQuery(PageQuery):
    search: Annotated[str | None, Query(max_length=200)] = None
    """Part of a name or code; case and accents do not matter."""
    active: bool | None = None
    """Only active campaigns, or only the others."""
    created_from: Day | None = None
    """First day of creation, in the campaign's zone."""
    created_to: Day | None = None
    """Last day of creation, included."""
    sort: Sort = Sort.CREATED_DOWN
    """A leading `-`: largest, latest first."""

    def filters(self) -> Filters:
        return Filters(self.search, self.active, self.created_from, self.created_to)


@router.get("/v1/campaigns", responses=answers(CampaignList, files=True))
@again
async def campaigns(query: Annotated[CampaignsQuery, Query()], caller: Caller) -> Response:
    """Campaigns with their orders and revenue in the period. The totals are over all that the caller may see; filters narrow only the items."""
    asked, filters = query.asked(), query.filters()

    async def page(limit: int, cursor: str | None) -> CampaignList:
        return await caller.reader.campaigns(caller.scope, asked, filters, query.sort, limit, begins(cursor, query.sort))

    return await files.pages(caller, query, page)
