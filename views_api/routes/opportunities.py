"""`/v1/campaigns/{id}/opportunities`: the rows behind a number."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from starlette.responses import Response

from schemas.lists import OpportunityList
from views_api.answers import drilldown
from views_api.routes import files
from views_api.routes.answering import answers
from views_api.routes.asking import Caller
from views_api.routes.parameters import CampaignId, PageQuery
from views_api.views.opportunities import Filters
from views_api.web.known import again

router = APIRouter()


class ListQuery(PageQuery):
    """An empty value asks for those that do not state it: no step, no owner, no reason, no industry."""

    status: Literal["open", "won", "lost"] | None = None
    registered: bool | None = None
    """Whether it has an owner."""
    step: str | None = None
    owner: str | None = None
    """Staff id of the owner now."""
    reason: str | None = None
    """Of lost ones."""
    industry: str | None = None
    """Of lost ones."""
    interacted: bool | None = None
    """Of those with an owner: whether the customer is counted as interacted, or as not; with `owner`, of that person. Basis created."""
    method: str | None = None
    """As `/customers` calls it: the approach method, else the name of the step."""
    credited: str | None = None
    """Staff id of the one to whom what is won or lost is credited; while open, the owner."""

    def filters(self) -> Filters:
        return Filters(
            self.status, self.registered, self.step, self.owner, self.reason, self.industry, self.interacted, self.method, self.credited
        )


@router.get("/v1/campaigns/{campaign}/opportunities", responses=answers(OpportunityList, files=True))
@again
async def opportunities(campaign: CampaignId, query: Annotated[ListQuery, Query()], caller: Caller) -> Response:
    """Opportunities as they are now, newest day of creation first; `total` equals the number that was clicked. Bases created and closed."""
    asked, filters = query.asked(), query.filters()
    total: int | None = None

    async def page(limit: int, cursor: str | None) -> OpportunityList:
        nonlocal total
        after = drilldown.place(cursor)
        found = await drilldown.opportunities(caller.reader, caller.scope, campaign, asked, filters, limit, after, total)
        total = found.total
        return found

    return await files.pages(caller, query, page)
