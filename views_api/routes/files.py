"""The same answer as JSON, CSV or a workbook: `?format=`, or the header `Accept`. A file has all rows, so `limit` and `cursor` do not go with it.

A page of rows is read at a time, and is all that is kept in memory. `as_of` is of the first page: rows of later ones may already know more.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping
from contextlib import aclosing
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, TypeAlias, TypeVar
from urllib.parse import parse_qsl, quote, unquote

import msgspec
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from views_api.files import delimited, workbook
from views_api.files.tables import Cell, Table, heading, tables_of
from views_api.problems import Refused
from views_api.routes.answering import FILES
from views_api.routes.asking import Asking
from views_api.routes.parameters import Format, PageQuery, TableQuery
from views_api.scope import Right
from views_api.views.withheld import shown
from views_api.web.wire import give_up

View = TypeVar("View", bound=Any)
Fetch: TypeAlias = Callable[[int, str | None], Awaitable[View]]
"""A page: so many items behind a cursor."""

ROWS_AT_ONCE: Final = 2_000
_CHUNK: Final = 64 * 1024
_Q: Final = re.compile(r"[01](\.[0-9]{0,3})?")
"""How much a form is liked (RFC 9110)."""
_SEND_TIMEOUT_S: Final = 60.0
"""Who takes nothing of a file for so long is gone."""


async def answer(caller: Asking, query: TableQuery, read: Callable[[], Awaitable[Any]]) -> Response:
    """An answer in one piece. Raises `Forbidden` for a file without the right to it."""
    form = _format(caller, query)
    if form is Format.JSON:
        return await caller.stands() or caller.answer(await read())
    return await _file(caller, query, form, await read(), None)


async def pages(caller: Asking, query: PageQuery, fetch: Fetch[Any]) -> Response:
    """One page of a list; as a file all of it. Raises as `answer`."""
    form = _format(caller, query)
    if form is Format.JSON:
        return await caller.stands() or caller.answer(await fetch(query.limit, query.cursor))
    for parameter in {"limit", "cursor"} & query.model_fields_set:
        raise Refused(parameter, "a file has all rows")
    return await _file(caller, query, form, await fetch(query.limit, None), fetch)


def _format(caller: Asking, query: TableQuery) -> Format:
    form = query.format or _preferred(caller.request.headers.get("accept", ""))
    if form is not Format.JSON:
        caller.scope.needs(Right.EXPORT)
    elif query.table is not None:
        raise Refused("table", "goes with `format`: csv or xlsx")
    return form


@lru_cache(1 << 8)
def _preferred(accept: str) -> Format:
    """The form that a header likes best, of equal ones JSON: so a browser's `*/*` is none of a file."""
    liked: dict[str, float] = {}
    for part in accept.lower().split(","):
        kind, *rest = (each.strip() for each in part.split(";"))
        stated = [each.removeprefix("q=") for each in rest if each.startswith("q=")]
        liked[kind] = float(stated[0]) if stated and _Q.fullmatch(stated[0]) else 1.0

    def how_much(kind: str) -> float:
        return next((liked[each] for each in (kind, f"{kind.partition('/')[0]}/*", "*/*") if each in liked), 0.0)

    best = max(FILES, key=how_much)
    return Format(FILES[best]) if how_much(best) > how_much("application/json") else Format.JSON


async def _file(caller: Asking, query: TableQuery, form: Format, first: Any, fetch: Fetch[Any] | None) -> Response:
    kind: type[msgspec.Struct] = type(first)
    tables = tables_of(kind)
    if query.table is not None:
        if query.table not in tables:
            raise Refused("table", f"there is no table {query.table!r}", [*tables])
        tables = {query.table: tables[query.table]}
    caller.parts.metrics.files.labels(form).inc()
    resource = caller.request.scope["route"].path.rpartition("/")[2]
    said = [*_asked(caller), *heading(shown(caller.scope, first))]
    views = _views(caller, first, fetch)
    name = f"{resource}-{datetime.fromtimestamp(caller.reader.clock() / 1000, UTC):%Y-%m-%d}.{form}"
    if form is Format.CSV:
        return FileStream(name, delimited.MEDIA_TYPE, _csv(said, next(iter(tables.values())), views))
    folder = TemporaryDirectory(prefix="workbook-")
    try:
        file = Path(folder.name) / "workbook.xlsx"
        sheets = {resource if table == "items" else table: found for table, found in tables.items()}
        async with caller.parts.workbooks:
            await _write(file, sheets, said, first.stamp.timezone, views)
    except BaseException:
        folder.cleanup()
        raise
    return FileStream(name, workbook.MEDIA_TYPE, _chunks(folder, file), length=file.stat().st_size)


def _asked(caller: Asking) -> list[tuple[str, Cell]]:
    """The filters, as they were asked for."""
    request = caller.request
    query = [(name, value) for name, value in parse_qsl(request.url.query, keep_blank_values=True) if name not in ("format", "table")]
    ids = [(name, unquote(value)) for name, value in request.path_params.items()]
    return [(f"asked.{name}", value) for name, value in [*ids, *query]]


async def _views(caller: Asking, first: Any, fetch: Fetch[Any] | None) -> AsyncIterator[Any]:
    """The pages, as the caller may see them."""
    page = first
    while True:
        yield shown(caller.scope, page)
        if fetch is None or page.next_cursor is None:
            return
        page = await fetch(ROWS_AT_ONCE, page.next_cursor)


async def _csv(said: list[tuple[str, Cell]], table: Table, views: AsyncIterator[Any]) -> AsyncGenerator[bytes]:
    yield delimited.opening(said, table)
    first = True
    async for view in views:
        if first or table.paged:
            yield await asyncio.to_thread(delimited.rows, table, view)
        first = False


async def _write(file: Path, sheets: Mapping[str, Table], said: list[tuple[str, Cell]], zone: str, views: AsyncIterator[Any]) -> None:
    book = await asyncio.to_thread(workbook.Workbook, file, sheets, said, zone)
    first = True
    async for view in views:
        await asyncio.to_thread(book.add, view, first=first)
        first = False
    await asyncio.to_thread(book.close)


async def _chunks(folder: TemporaryDirectory[str], file: Path) -> AsyncGenerator[bytes]:
    with folder, file.open("rb") as read:
        while chunk := read.read(_CHUNK):
            yield chunk


class FileStream(Response):
    """Sent as fast as it is read. What breaks off is seen to: the connection ends before the answer does."""

    def __init__(self, name: str, media_type: str, chunks: AsyncGenerator[bytes], length: int | None = None) -> None:
        plain = "".join(letter if letter.isascii() and letter not in '"\\%' else "_" for letter in name)
        headers = {"content-disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"}
        super().__init__(media_type=media_type, headers=headers)
        self._chunks = chunks
        del self.headers["content-length"]
        if length is not None:
            self.headers["content-length"] = str(length)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        async with aclosing(self._chunks) as chunks:
            async for chunk in chunks:
                try:
                    async with asyncio.timeout(_SEND_TIMEOUT_S):
                        await send({"type": "http.response.body", "body": chunk, "more_body": True})
                except TimeoutError:
                    give_up(scope)
                    raise
        await send({"type": "http.response.body", "body": b""})
