from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from starlette.responses import Response

from schemas.errors import NotFound
from views_api.routes import dashboard

PAGE = {"accept": "text/html,*/*;q=0.8"}


@pytest.fixture(name="dist")
def _dist(tmp_path: Path) -> Path:
    return tmp_path / "dist"


@pytest.fixture(name="page")
async def _page(dist: Path) -> AsyncIterator[httpx.AsyncClient]:
    app = FastAPI()
    app.include_router(dashboard.router(dist))

    @app.exception_handler(NotFound)
    async def absent(*_: object) -> Response:
        return Response(status_code=404)

    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://page") as client:
        yield client


def build(dist: Path) -> None:
    (dist / "assets").mkdir(parents=True)
    (dist / "index.html").write_text("the page")
    (dist / "assets" / "index-3f2a.js").write_text("script")
    (dist / "icon.svg").write_text("<svg/>")
    (dist.parent / "secret").write_text("not yours")


async def test_before_it_is_built_the_page_says_what_to_do_and_then_is_there(page: httpx.AsyncClient, dist: Path) -> None:
    before = await page.get("/")
    build(dist)
    after = await page.get("/")

    assert "make up" in before.text
    assert after.text == "the page"


async def test_every_address_of_the_page_is_the_page(page: httpx.AsyncClient, dist: Path) -> None:
    build(dist)

    for path in ("/", "/campaigns/v1.2/x", "/campaigns", "/campaigns/a%2Fb?tab=staff", "/index.html"):
        answer = await page.get(path, headers=PAGE)
        assert (answer.status_code, answer.text, answer.headers["cache-control"]) == (200, "the page", "no-cache")


async def test_files_with_hashed_names_are_kept_for_ever_and_others_asked_for_again(page: httpx.AsyncClient, dist: Path) -> None:
    build(dist)

    assert (await page.get("/assets/index-3f2a.js")).headers["cache-control"] == "public, max-age=31536000, immutable"
    icon = await page.get("/icon.svg")
    assert (icon.headers["content-type"], icon.headers["cache-control"]) == ("image/svg+xml", "no-cache")


async def test_a_script_is_sent_compressed_to_whoever_takes_it_so(page: httpx.AsyncClient, dist: Path) -> None:
    build(dist)
    (dist / "assets" / "index-3f2a.js").write_text("script " * 1000)

    for accepts, size in (("gzip, br", 100), ("identity", 7000)):
        async with page.stream("GET", "/assets/index-3f2a.js", headers={"accept-encoding": accepts}) as answer:
            raw = b"".join([part async for part in answer.aiter_raw()])
        assert len(raw) <= size
        assert ("gzip" in answer.headers.get("content-encoding", ""), len(raw) == 7000) == (accepts != "identity", accepts == "identity")
        assert (answer.headers["content-type"].partition(";")[0], answer.headers["vary"]) == ("text/javascript", "accept-encoding")
    assert (await page.get("/assets/index-3f2a.js")).text == "script " * 1000


@pytest.mark.parametrize(
    "path",
    [
        "/assets/index-old.js",
        "/v1/nothing",
        "/v1",
        "/missing.svg",
        "/%2e%2e/secret",
        "/campaigns/icon.png",
    ],
)
async def test_what_is_no_file_of_the_page_is_absent(page: httpx.AsyncClient, dist: Path, path: str) -> None:
    build(dist)

    answer = await page.get(httpx.URL("http://page", raw_path=path.encode()), headers={"accept": "image/*"})

    assert answer.status_code == 404
