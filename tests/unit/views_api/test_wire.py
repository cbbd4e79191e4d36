"""A head without an end is not kept; what has an end is served, however it was cut on its way."""

from __future__ import annotations

import asyncio
from urllib.parse import urlsplit

from tests.unit.views_api.conftest import TOKEN
from views_api.web.edge import BODY_BYTES
from views_api.web.wire import HEAD_BYTES

REFUSED = b"HTTP/1.1 400 "
MOST_ON_ITS_WAY = 16 * 2**20
"""Bytes that the two ends of a connection hold, at most."""
ASKED = f"GET /v1/kpis HTTP/1.1\r\nHost: api\r\nAuthorization: Bearer {TOKEN}\r\n".encode()


async def test_a_head_that_does_not_end_is_cut_off(address: str) -> None:
    reader, writer = await _connected(address)
    writer.write(ASKED + b"X: ")
    sent = 0
    try:
        while not writer.is_closing() and not reader.at_eof():
            writer.write(b"a" * 16_384)
            await writer.drain()
            sent += 16_384
            await asyncio.sleep(0)  # drain may come back at once, for ever
        answer = await reader.read()
    except ConnectionError:  # the answer is lost where more was sent than was read
        answer = REFUSED

    assert answer.startswith(REFUSED)
    assert sent < HEAD_BYTES + MOST_ON_ITS_WAY
    writer.close()


async def test_requests_one_after_another_are_each_answered_however_long_their_bodies_are(address: str) -> None:
    reader, writer = await _connected(address)
    body = f"POST /v1/kpis HTTP/1.1\r\nHost: api\r\nContent-Length: {BODY_BYTES}\r\n\r\n".encode() + b" " * BODY_BYTES

    for _ in range(3):
        writer.write(body + ASKED[:40])
        await writer.drain()
        assert await _status(reader) == 405
        writer.write(ASKED[40:] + b"\r\n")
        assert await _status(reader) == 200
    writer.close()


async def test_a_request_that_comes_byte_by_byte_is_answered(address: str) -> None:
    reader, writer = await _connected(address)
    for byte in ASKED + b"\r\n":
        writer.write(bytes([byte]))
        await writer.drain()

    assert await _status(reader) == 200
    writer.close()


async def _connected(address: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    parts = urlsplit(address)
    return await asyncio.open_connection(parts.hostname, parts.port, limit=2**20)


async def _status(reader: asyncio.StreamReader) -> int:
    head = await reader.readuntil(b"\r\n\r\n")
    length = next(line for line in head.lower().splitlines() if line.startswith(b"content-length:"))
    await reader.readexactly(int(length.partition(b":")[2]))
    return int(head[9:12])
