"""`/`: the dashboard, as static files. Whatever is no file is a page of it, which the browser's script finds by its address."""

from __future__ import annotations

import gzip
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response

from schemas.errors import NotFound

DIST: Final = Path(__file__).parents[1] / "dashboard" / "dist"
_FOR_EVER: Final = {"cache-control": "public, max-age=31536000, immutable", "vary": "accept-encoding"}
"""For files whose name changes with their content."""
_SHRINKS: Final = {".css": "text/css", ".js": "text/javascript"}
"""With their types: what `mimetypes` says of them differs from machine to machine."""
_ASK_AGAIN: Final = {"cache-control": "no-cache"}
_NOT_BUILT: Final = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Campaign KPIs</title>
<h1>The dashboard was not built</h1>
<p>The API works; only the page is missing. <code>make demo</code> and <code>make up</code> build it by themselves. By hand, with Node:
<code>npm ci</code> and <code>npm run build</code> in <code>views_api/dashboard</code>. Then reload.</p></html>
"""


def _files(dist: Path) -> dict[str, Path]:
    return {file.relative_to(dist).as_posix(): file for file in dist.rglob("*") if file.is_file()}


def router(dist: Path = DIST) -> APIRouter:
    """Serves what lies in a folder now."""
    routes = APIRouter(include_in_schema=False)
    files: Mapping[str, Path] = {}

    @routes.get("/{path:path}", response_class=Response)
    async def page(request: Request, path: str) -> Response:
        nonlocal files
        if path.startswith("v1/") or path == "v1":
            raise NotFound
        if path not in files:  # built after this process was started, perhaps
            files = _files(dist)
        if path in files and path.startswith("assets/"):
            return _asset(files[path], request)
        if path in files and path != "index.html":
            return FileResponse(files[path], headers=_ASK_AGAIN)
        if path.startswith("assets/") or ("." in path and "text/html" not in request.headers.get("accept", "")):
            raise NotFound
        if "index.html" in files:
            return FileResponse(files["index.html"], headers=_ASK_AGAIN)
        return HTMLResponse(_NOT_BUILT, 503 if path else 200, headers=_ASK_AGAIN)

    return routes


def _asset(file: Path, request: Request) -> Response:
    """The script is a third as long when it is compressed, and the page shows nothing before it is there."""
    kind = _SHRINKS.get(file.suffix)
    if kind is None or "gzip" not in request.headers.get("accept-encoding", ""):
        return FileResponse(file, headers=_FOR_EVER, media_type=kind)
    return Response(_compressed(file), media_type=kind, headers=_FOR_EVER | {"content-encoding": "gzip"})


@lru_cache(64)
def _compressed(file: Path) -> bytes:
    return gzip.compress(file.read_bytes(), mtime=0)
