"""`/v1/campaigns/{id}/explain`: why a number is what it is."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Query
from pydantic import Field
from starlette.responses import Response

from schemas.explained import Explanation
from views_api.routes.answering import answers
from views_api.routes.asking import Caller
from views_api.routes.parameters import CampaignId, PeriodQuery
from views_api.views import series as series_of
from views_api.views.figures import PUBLISHED

router = APIRouter()

MOST: Final = 200
"""Entities named per cell."""


class ExplainQuery(PeriodQuery):
    """Which number, and narrowed to what: an empty value asks for what states none."""

    measure: Annotated[str, Field(json_schema_extra={"enum": [*PUBLISHED]})]
    """A name from the totals."""
    limit: Annotated[int, Field(ge=1, le=MOST)] = 20
    """Entities named of each cell, the largest; all are added up."""
    entity: Annotated[str | None, Field(max_length=256)] = None
    """An id, or `#` and a digest, as an explanation names it: what was decided about it is told too."""


class Narrowed(ExplainQuery):
    """By the dimensions of its cells."""

    status: str | None = None
    """open, won or lost"""
    registered: str | None = None
    """yes or no"""
    step: str | None = None
    staff: str | None = None
    """Staff id: the owner, the credited one or the assignee, as the number has it."""
    method: str | None = None
    reason: str | None = None
    industry: str | None = None
    probability: str | None = None
    month: str | None = None
    """YYYY-MM: of the expected close."""
    currency: str | None = None
    rule: str | None = None
    """1 to 4: how orders came to the campaign."""
    state: str | None = None
    """Of tasks: completed, completed_late, cancelled, in_progress or overdue."""
    channel: str | None = None
    action: str | None = None
    variant: str | None = None
    code: str | None = None
    """Of failed messages."""
    suppressed_reason: str | None = None
    kind: str | None = None
    """Of spend."""

    def dimensions(self) -> dict[str, str]:
        names = Narrowed.model_fields.keys() - ExplainQuery.model_fields.keys()
        return {name: value for name in sorted(names) if (value := getattr(self, name)) is not None}


@router.get("/v1/campaigns/{campaign}/explain", responses=answers(Explanation))
async def explain(campaign: CampaignId, query: Annotated[Narrowed, Query()], caller: Caller) -> Response:
    """The cells that a number is worked out from, the entities in them, and what was decided about these. For those who see everybody's rows."""
    measure = series_of.measure(query.measure)
    explaining = caller.parts.explaining
    found = await explaining.of(
        caller.reader, caller.scope, campaign, query.asked(), measure, query.dimensions(), query.limit, query.entity
    )
    return caller.answer(found)
