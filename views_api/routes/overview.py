"""`/v1/campaigns/{id}/overview` and `/v1/overview`: one campaign on one page, and several together."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import unquote

from fastapi import APIRouter, Query
from starlette.responses import Response

from schemas.views import Overview, OverviewOfSeveral
from views_api.answers import comparing
from views_api.problems import Refused
from views_api.routes import files
from views_api.routes.answering import answers
from views_api.routes.asking import Caller
from views_api.routes.parameters import MOST, CampaignId, Compared, CompareQuery
from views_api.web.known import again

router = APIRouter()


class SeveralQuery(CompareQuery):
    campaigns: str | None = None
    """Ids with commas between, a comma inside an id as `%2C`; without them, all campaigns that the caller may see."""

    def chosen(self) -> tuple[str, ...] | None:
        """Raises `Refused`."""
        if self.campaigns is None:
            return None
        found = tuple(sorted({unquote(identity) for identity in self.campaigns.split(",")}))
        if len(found) > MOST:
            raise Refused("campaigns", f"these are more than {MOST} campaigns: leave them out to add up all")
        return found


@router.get("/v1/campaigns/{campaign}/overview", responses=answers(Overview, files=True))
@again
async def overview(campaign: CampaignId, query: Compared, caller: Caller) -> Response:
    """Totals, funnel, outcomes and probabilities of one campaign."""
    asked, base = query.asked(), query.base()
    return await files.answer(caller, query, lambda: comparing.overview(caller.reader, caller.scope, campaign, asked, base))


@router.get("/v1/overview", responses=answers(OverviewOfSeveral, files=True))
@again
async def overview_of_several(query: Annotated[SeveralQuery, Query()], caller: Caller) -> Response:
    """The same over several campaigns, each by the days of its own zone, amounts in the tenant's currency, else in the common one."""
    asked, chosen, base = query.asked(), query.chosen(), query.base()
    return await files.answer(caller, query, lambda: caller.parts.several.overview(caller.scope, asked, chosen, base))
