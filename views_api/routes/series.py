"""`/v1/campaigns/{id}/series`: one number over time."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field
from starlette.responses import Response

from schemas.views import Series
from views_api.answers import comparing
from views_api.routes import files
from views_api.routes.answering import answers
from views_api.routes.asking import Caller
from views_api.routes.parameters import CampaignId, CompareQuery
from views_api.views import series as series_of
from views_api.views.figures import PUBLISHED
from views_api.views.periods import By
from views_api.web.known import again

router = APIRouter()


class SeriesQuery(CompareQuery):
    measure: Annotated[str, Field(json_schema_extra={"enum": [*PUBLISHED]})]
    """A name from the totals."""
    by: Annotated[str, Field(json_schema_extra={"enum": [*By]})] = By.DAY
    """Length of a bucket; at most 4,000 buckets."""


@router.get("/v1/campaigns/{campaign}/series", responses=answers(Series, files=True))
@again
async def series(campaign: CampaignId, query: Annotated[SeriesQuery, Query()], caller: Caller) -> Response:
    """One value for each day, week … of the period; zero where nothing was."""
    measure, by = series_of.measure(query.measure), series_of.by(query.by)
    asked, base = query.asked(), query.base()
    return await files.answer(caller, query, lambda: comparing.series(caller.reader, caller.scope, campaign, asked, measure, by, base))
