"""`/v1/campaigns/{id}/orders`: the orders behind a number, those that do not count too."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field
from starlette.responses import Response

from schemas.lists import OrderList
from views_api.answers import order_list
from views_api.routes import files
from views_api.routes.answering import answers
from views_api.routes.asking import Caller
from views_api.routes.parameters import CampaignId, PageQuery
from views_api.views.orders import Filters
from views_api.web.known import again

router = APIRouter()


class OrdersQuery(PageQuery):
    """An empty value asks for those that have none: no credited owner, no step."""

    counted: bool | None = None
    """Whether it counts: in a counted status and not fully refunded."""
    pending: bool = False
    """Those that wait for their opportunity, and no others: they count nowhere yet."""
    status: str | None = None
    rule: Annotated[int | None, Field(ge=1, le=4)] = None
    """By what it came to the campaign: 1 its opportunity, 2 the campaign it names, 3 a code, 4 a message."""
    owner: str | None = None
    """Staff id of the one to whom it is credited."""
    step: str | None = None
    """Step of its opportunity."""

    def filters(self) -> Filters:
        return Filters(self.counted, self.pending, self.status, self.rule, self.owner, self.step)


@router.get("/v1/campaigns/{campaign}/orders", responses=answers(OrderList, files=True))
@again
async def orders(campaign: CampaignId, query: Annotated[OrdersQuery, Query()], caller: Caller) -> Response:
    """Orders as they are now, newest purchase first; `totals` and `total` are of all that pass."""
    asked, filters = query.asked(), query.filters()
    begun: OrderList | None = None

    async def page(limit: int, cursor: str | None) -> OrderList:
        nonlocal begun
        found = await order_list.orders(caller.reader, caller.scope, campaign, asked, filters, limit, order_list.place(cursor), begun)
        begun = begun or found
        return found

    return await files.pages(caller, query, page)
