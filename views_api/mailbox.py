"""What has one reader of a live stream not been sent yet? The newest of everything, and nothing that it replaced."""

from __future__ import annotations

import asyncio
from typing import NamedTuple

import msgspec

from schemas.answers import Stamp
from views_api.readings import position


class Frame(NamedTuple):
    text: bytes
    stamp: Stamp


def event(name: str, data: bytes, identity: str | None = None) -> bytes:
    """One event as it goes over the wire; `data` has no line breaks."""
    head = f"event: {name}\n" + (f"id: {identity}\n" if identity else "")
    return head.encode() + b"data: " + data + b"\n\n"


class Mailbox:
    """What one reader has not been sent yet: the newest frame of each view, a reset, and the newest stamp."""

    def __init__(self) -> None:
        self.stamp: Stamp | None = None
        """Of the newest frame."""
        self._known: dict[str, tuple[int, int]] = {}
        self._reset = self._heartbeat = b""
        self._frames: dict[str, bytes] = {}
        self._closed = False
        self._filled = asyncio.Event()

    def knows(self, view: str, revision: str) -> None:
        """The reader has this view as of a revision: the first frame is left out if it is no newer."""
        self._known[view] = position(revision)

    def put(self, view: str, frame: Frame) -> None:
        """A newer frame takes the place of one that was not sent."""
        self.stamp = frame.stamp
        if position(frame.stamp.revision) > self._known.pop(view, (-1, 0)):
            self._frames[view] = frame.text
            self._filled.set()

    def beat(self, text: bytes) -> None:
        self._heartbeat = text
        self._filled.set()

    def reset(self, reason: str) -> None:
        self._reset = event("reset", msgspec.json.encode({"reason": reason}))
        self._filled.set()

    def close(self) -> None:
        """What is there is still sent, then the stream ends."""
        self._closed = True
        self._filled.set()

    async def next(self) -> bytes:
        """All that is there, as soon as something is; nothing when there will be no more."""
        await self._filled.wait()
        if not self._closed:
            self._filled.clear()
        found = b"".join((self._reset, *self._frames.values(), self._heartbeat))
        self._reset = self._heartbeat = b""
        self._frames.clear()
        return found
