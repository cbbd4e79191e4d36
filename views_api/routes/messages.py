"""`/v1/campaigns/{id}/messages`: what became of the messages, and the orders that came."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field
from starlette.responses import Response

from schemas.message_views import Messages
from views_api.answers import messages as of_messages
from views_api.routes import files
from views_api.routes.answering import answers
from views_api.routes.asking import Caller
from views_api.routes.parameters import CampaignId, TableQuery
from views_api.web.known import again

router = APIRouter()


class MessagesQuery(TableQuery):
    rule: Annotated[int | None, Field(ge=1, le=4)] = None
    """Orders and revenue only of those that came to the campaign so: 1 by their opportunity, 2 by naming it, 3 by a code, 4 by a message."""


@router.get("/v1/campaigns/{campaign}/messages", responses=answers(Messages, files=True))
@again
async def messages(campaign: CampaignId, query: Annotated[MessagesQuery, Query()], caller: Caller) -> Response:
    """Totals, and the messages by channel, by action, by failure; the newest orders of the period."""
    asked = query.asked()
    return await files.answer(caller, query, lambda: of_messages.messages(caller.reader, caller.scope, campaign, asked, query.rule))
