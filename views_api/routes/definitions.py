"""`/v1/kpis`: what every number means."""

from __future__ import annotations

from typing import Annotated

import msgspec
from fastapi import APIRouter, Query
from starlette.responses import Response

from schemas.cells import Basis
from schemas.kpis import DEFINITION_VERSION, Totals
from schemas.measures import Kpi, Measure
from schemas.views import Definitions, DefinitionView
from views_api.figures import MEASURES, PUBLISHED, knows
from views_api.routes.asking import Caller, NoQuery, answers

router = APIRouter()


@router.get("/v1/kpis", responses=answers(Definitions))
async def kpis(query: Annotated[NoQuery, Query()], caller: Caller) -> Response:  # noqa: ARG001  # who asks must be known; there is nothing to ask
    """Name, unit and definition of every number, in English and Vietnamese."""
    found = Definitions(definition_version=DEFINITION_VERSION, items=[_definition(name, figure) for name, figure in PUBLISHED.items()])
    return Response(msgspec.json.encode(found), media_type="application/json")


def _definition(name: str, figure: Measure | Kpi) -> DefinitionView:
    uses = Totals.needs(name)
    return DefinitionView(
        name=name,
        kind="kpi" if isinstance(figure, Kpi) else "measure",
        unit=figure.unit,
        row=figure.row,
        title=figure.title._asdict(),
        definition=figure.definition._asdict(),
        bases=[basis.value for basis in Basis if knows(basis, figure) and all(basis in MEASURES[used].campaign for used in uses)],
        uses=[used for used in uses if used in PUBLISHED and used != name],
    )
