"""HTTP/1.1 in bytes: parsed in C, with an end to how much a caller may send before anything is asked."""

from __future__ import annotations

import asyncio
import socket
import struct
from typing import Any, Final

from starlette.types import Scope
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_BYTES: Final = 64 * 1024
"""Of a request line and headers without an end. Those that have one, and are too long, are refused by `edge.py`."""

UNSENT_BYTES: Final = 64 * 1024
"""What the system takes of an answer that cannot be sent yet: else it would be megabytes before anybody noticed that a reader does not read."""
_AT_ONCE: Final = struct.pack("ii", 1, 0)
"""Nothing of what was not sent is sent any more, by the system either."""
_GIVE_UP: Final = "give up"


def give_up(scope: Scope) -> None:
    """End the connection of a request at once. To close it would wait until what was sent is read, and keep that for as long: who reads nothing never ends."""
    scope.get("extensions", {}).get(_GIVE_UP, lambda: None)()


class Wire(HttpToolsProtocol):
    """uvicorn's own would keep a head of any length, waiting for its end."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._in_head = self._began = False
        self._head = 0
        """Bytes of a head that has not ended, but for the chunk in which it began, which may be another request's for the most part."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        super().connection_made(transport)
        if (option := getattr(socket, "TCP_NOTSENT_LOWAT", None)) and not isinstance(transport.get_extra_info("sockname"), str):
            transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, option, UNSENT_BYTES)

    def on_message_begin(self) -> None:
        self._in_head = self._began = True
        self._head = 0
        super().on_message_begin()
        extensions: dict[str, Any] = {_GIVE_UP: self._give_up}
        self.scope["extensions"] = extensions

    def _give_up(self) -> None:
        self.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
        self.transport.abort()

    def on_headers_complete(self) -> None:
        self._in_head = False
        super().on_headers_complete()

    def data_received(self, data: bytes) -> None:
        self._began = False
        super().data_received(data)
        if self._in_head and not self._began:
            self._head += len(data)
            if self._head > HEAD_BYTES and not self.transport.is_closing():
                self.send_400_response("The head of this request does not end.")
