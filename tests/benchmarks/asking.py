"""A client that costs little: HTTP/1.1 on kept connections, and live streams of which only what is looked for is read. It must not be what is measured."""

from __future__ import annotations

import asyncio
import re
import socket
import time
from collections.abc import Callable
from typing import Final, NamedTuple

from deploy.local.ports import HOST

_LENGTH: Final = re.compile(rb"content-length: (\d+)", re.IGNORECASE)
_TAG: Final = re.compile(rb"etag: ([^\r]+)", re.IGNORECASE)
_SERVER: Final = re.compile(rb"dur=([0-9.]+)")
_END: Final = b"\r\n\r\n"


class Answer(NamedTuple):
    status: int
    tag: bytes | None
    server_ms: float
    whole_ms: float


class Connection(asyncio.Protocol):
    """One question after another. It is woken once for each answer."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._transport: asyncio.Transport | None = None
        self._come = b""
        self._answer: asyncio.Future[bytes] | None = None
        """The head of the one that is waited for."""

    def data_received(self, data: bytes) -> None:
        self._come += data
        head, end, body = self._come.partition(_END)
        if end and self._answer and len(body) >= int(found[1] if (found := _LENGTH.search(head)) else 0):
            self._come = b""
            self._answer.set_result(head)

    def connection_lost(self, error: Exception | None) -> None:
        if self._answer and not self._answer.done():
            self._answer.set_exception(error or ConnectionResetError("the server has hung up"))

    async def ask(self, path: str, token: str, tag: bytes | None = None) -> Answer:
        loop = asyncio.get_running_loop()
        if self._transport is None:
            self._transport, _ = await loop.create_connection(lambda: self, HOST, self._port)
        self._answer = loop.create_future()
        began = time.perf_counter()
        self._transport.write(_request(path, token, b"" if tag is None else b"If-None-Match: " + tag + b"\r\n"))
        head = await self._answer
        took = (time.perf_counter() - began) * 1000
        named, server = _TAG.search(head), _SERVER.search(head)
        return Answer(int(head[9:12]), named[1] if named else None, float(server[1]) if server else 0.0, took)

    def close(self) -> None:
        if self._transport:
            self._transport.close()


class Stream:
    """Reads one live stream, or opens it and never reads it."""

    def __init__(self, port: int, path: str, token: str) -> None:
        self._port, self._path, self._token = port, path, token
        self.task: asyncio.Task[None] | None = None
        self.status = 0

    async def open(self, found: re.Pattern[bytes] | None, told: Callable[[int, float], None]) -> None:
        """`told`: is given each number that the pattern finds in what comes, and when that came (seconds since 1970 UTC). Comes back when the stream has begun."""
        reader, writer = await asyncio.open_connection(HOST, self._port, limit=2**20)
        writer.write(_request(self._path, self._token, b"Accept: text/event-stream\r\n"))
        self.status = int((await reader.readuntil(_END))[9:12])
        self.task = asyncio.create_task(self._read(reader, writer, found, told))

    @staticmethod
    async def _read(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter, found: re.Pattern[bytes] | None, told: Callable[[int, float], None]
    ) -> None:
        try:
            rest = b""
            while chunk := await reader.read(2**16):
                if found is None:
                    continue
                rest += chunk
                for number in found.findall(rest):
                    told(int(number), time.time())
                rest = rest[-200:] if not found.search(rest) else rest[rest.rfind(b"\n") + 1 :]
        finally:
            writer.close()


async def unread(port: int, path: str, token: str) -> asyncio.StreamWriter:
    """A stream that is opened and of which nothing is ever read, with so little room that the server notices."""
    small = socket.socket()
    small.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    small.connect((HOST, port))
    reader, writer = await asyncio.open_connection(sock=small, limit=1)
    writer.write(_request(path, token, b"Accept: text/event-stream\r\n"))
    await writer.drain()
    transport: asyncio.ReadTransport = reader._transport  # type: ignore[attr-defined]  # no public way not to read
    transport.pause_reading()
    return writer


def _request(path: str, token: str, more: bytes) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: {HOST}\r\nAuthorization: Bearer {token}\r\n".encode() + more + b"\r\n"
