"""`/v1/kpis`: what every number means."""

from __future__ import annotations

from typing import Annotated

import msgspec
from fastapi import APIRouter, Query
from starlette.responses import Response

from schemas.cells import Basis
from schemas.definitions import Definitions, DefinitionView
from schemas.kpis import DEFINITION_VERSION, Totals, totals_by
from schemas.measures import Kpi, Measure
from views_api.routes.answering import answers
from views_api.routes.asking import Caller
from views_api.routes.parameters import NoQuery
from views_api.views.figures import is_known

router = APIRouter()


@router.get("/v1/kpis", responses=answers(Definitions))
async def kpis(query: Annotated[NoQuery, Query()], caller: Caller) -> Response:  # noqa: ARG001  # there is nothing to ask
    """Name, unit and definition of every number, in English and Vietnamese, as the tenant's settings have them."""
    record = totals_by((await caller.reader.store.settings(caller.scope.tenant)).revenue_basis)
    items = [_definition(record, name, figure) for name, figure in record.published().items()]
    found = Definitions(definition_version=DEFINITION_VERSION, items=items)
    return Response(msgspec.json.encode(found), media_type="application/json")


def _definition(record: type[Totals], name: str, figure: Measure | Kpi) -> DefinitionView:
    uses, measures = record.needs(name), record.measures()
    return DefinitionView(
        name=name,
        kind="kpi" if isinstance(figure, Kpi) else "measure",
        unit=figure.unit,
        row=figure.row,
        title=figure.title._asdict(),
        definition=figure.definition._asdict(),
        bases=[basis.value for basis in Basis if is_known(record, name, basis)],
        by_hour=all(measures[used].hours for used in uses),
        uses=[used for used in uses if used in record.published() and used != name],
    )
