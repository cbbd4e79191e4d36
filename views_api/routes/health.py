"""`/healthz`, `/readyz`, `/metrics`: for those who run this. Without a token: they tell no number of anybody."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.responses import JSONResponse, Response

from views_api.routes.asking import Parts, parts, unknown

router = APIRouter()

Whole = Annotated[Parts, Depends(parts)]


@router.get("/healthz", response_class=Response)
async def healthz() -> Response:
    """The process runs."""
    return JSONResponse({"status": "ok"})


@router.get("/readyz", response_class=Response, dependencies=[Depends(unknown)])
async def readyz(whole: Whole) -> Response:
    """The store answers, and holds numbers in the form that this version reads; else 503."""
    await whole.reader.facts()
    return JSONResponse({"status": "ok"})


@router.get("/metrics", response_class=Response, dependencies=[Depends(unknown)])
async def metrics(whole: Whole) -> Response:
    """Prometheus."""
    return Response(whole.metrics.render(), media_type=CONTENT_TYPE_LATEST)
