"""Explanations over HTTP, for the API alone: `python -m processor explain --serve`. A process of its own, so that a question about a hundred thousand messages holds up no event.

It knows no rights but what a question says of them: whoever may ask here may ask about everything. So it listens on this machine only, unless there is a secret that the API shows.
"""

from __future__ import annotations

import asyncio
import hmac
import logging
from typing import Final

import msgspec
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from processor.explain import Entity, Explanation, Question, Unanswerable, explain
from processor.explain.explanation import CellPart
from processor.neighbours import store_of
from processor.settings import Settings
from processor.store.port import Readable, Refused
from schemas.cells import Basis
from schemas.errors import Unavailable
from schemas.explained import Contribution, Decided, Explained, ExplainedCell, ExplainedMeasure, Why

_log = logging.getLogger(__name__)

_AT_A_TIME: Final = 2
"""More would only share one processor, and each holds the states of its campaign."""
_LARGEST: Final = 16_384
"""Bytes of a question."""

_asked = msgspec.json.Decoder(Why).decode
_encode = msgspec.json.Encoder().encode


def serve(settings: Settings) -> None:
    """Until SIGTERM."""
    store = store_of(settings)
    config = uvicorn.Config(
        application(store, settings.explain_secret.get_secret_value() if settings.explain_secret else None),
        host=settings.explain_host,
        port=settings.explain_port,
        http="h11",  # which lets go of a head that does not end; nobody asks so often that the other one would matter
        log_config=None,
        access_log=False,
        server_header=False,
    )
    _log.info("explaining on http://%s:%d", settings.explain_host, settings.explain_port)
    uvicorn.Server(config).run()


def application(store: Readable, secret: str | None) -> Starlette:
    """`POST /explain`: 200 with an `Explained`; 400 for what is no question, 401 without the secret, 422 with a sentence where there is no such number, 503 while the store is away."""
    turn = asyncio.Semaphore(_AT_A_TIME)

    async def answer(request: Request) -> Response:
        if secret is not None and not hmac.compare_digest(request.headers.get("authorization", "").encode(), f"Bearer {secret}".encode()):
            return Response(status_code=401)
        body = await request.body()
        try:
            if len(body) > _LARGEST:
                raise ValueError("too long")
            why = _asked(body)
            question = Question(why.tenant, why.campaign, why.measure, Basis(why.basis), why.first, why.last, why.dimensions)
        except ValueError as error:
            return Response(str(error), 400, media_type="text/plain")
        try:
            async with turn:
                found = await explain(store, question, limit=why.limit, entity=why.entity, elsewhere=why.elsewhere)
        except Unanswerable as error:
            return Response(str(error), 422, media_type="text/plain")
        except (Unavailable, Refused) as error:
            _log.warning("cannot answer: %s", error)
            return Response("the store is away", 503, media_type="text/plain")
        return Response(_encode(told(found)), media_type="application/json")

    async def alive(_: Request) -> Response:
        return Response("alive\n", media_type="text/plain")

    async def ready(_: Request) -> Response:
        try:
            await store.marks(1)
        except (Unavailable, Refused):
            return Response("the store is away\n", 503, media_type="text/plain")
        return Response("ready\n", media_type="text/plain")

    return Starlette(routes=[Route("/explain", answer, methods=["POST"]), Route("/healthz", alive), Route("/readyz", ready)])


def told(found: Explanation) -> Explained:
    """An explanation as data."""
    return Explained(
        measure=found.question.measure,
        values=dict(found.numbers),
        measures=[ExplainedMeasure(name=part.name, cells=[_cell(cell) for cell in part.cells]) for part in found.measures],
        entities=[
            Decided(kind=one.kind, id=one.id, digest=one.digest.hex(), decisions=sentences) for one, sentences in found.decisions.items()
        ],
        unsettled=found.unsettled,
        moved=found.moved,
        agrees=found.agrees,
    )


def _cell(cell: CellPart) -> ExplainedCell:
    return ExplainedCell(
        view=cell.view,
        name=cell.name,
        day=cell.day,
        dimensions=cell.said,
        value=cell.stored,
        weight=cell.weight,
        currency=cell.currency or None,
        entities=cell.entities,
        explained=cell.explained,
        contributions=[_contribution(share.entity, share.amount) for share in cell.shares],
    )


def _contribution(entity: Entity, amount: int) -> Contribution:
    return Contribution(kind=entity.kind, id=entity.id, digest=entity.digest.hex(), adds=amount)
