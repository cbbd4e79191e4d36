"""What has one reader of a live stream not been sent yet? The newest of everything, and nothing that it replaced."""

from __future__ import annotations

import asyncio
from typing import Literal, NamedTuple

import msgspec

from schemas.answers import Stamp
from schemas.live import Reset
from views_api.live.patches import patch
from views_api.stored.readings import position


def event(name: str, data: bytes, identity: str | None = None) -> bytes:
    """One event as it goes over the wire; `data` has no line breaks."""
    head = f"event: {name}\n" + (f"id: {identity}\n" if identity else "")
    return head.encode() + b"data: " + data + b"\n\n"


class Frame(NamedTuple):
    """A view as it was worked out once, for all who watch it."""

    number: int
    """Of those of its feed: they are told apart by this, because at one revision a view can read differently (it is midnight, the store was set back)."""
    document: bytes
    stamp: Stamp
    patch: bytes
    """The event that leads here from the frame before; empty: there is none, or the snapshot is no longer than that."""

    @classmethod
    def after(cls, before: Frame | None, view: str, document: bytes, stamp: Stamp) -> Frame:
        """The next frame. Only its patch is kept of what was before."""
        frame = cls(before.number + 1 if before else 1, document, stamp, b"")
        if before is None:
            return frame
        named, first, last = map(msgspec.json.encode, (view, before.stamp.revision, stamp.revision))
        told = b'{"view":%b,"from":%b,"to":%b,"patch":%b}' % (named, first, last, patch(before.document, document))
        return frame._replace(patch=event("patch", told, stamp.revision)) if len(told) < len(document) else frame

    def snapshot(self) -> bytes:
        return event("snapshot", self.document, self.stamp.revision)


class Mailbox:
    """What one reader has not been sent yet: the newest frame of each view, a reset, and the newest stamp."""

    def __init__(self) -> None:
        self.stamp: Stamp | None = None
        """Of the newest frame."""
        self._known: dict[str, tuple[int, int]] = {}
        self._reset = self._heartbeat = b""
        self._frames: dict[str, Frame] = {}
        self._sent: dict[str, int] = {}
        """View -> number of the frame that the reader was sent last."""
        self._closed = False
        self._filled = asyncio.Event()

    def knows(self, view: str, revision: str) -> None:
        """The reader has this view as of a revision: the first frame is left out if it is no newer."""
        self._known[view] = position(revision)

    def put(self, view: str, frame: Frame) -> None:
        """A newer frame takes the place of one that was not sent."""
        self.stamp = frame.stamp
        if position(frame.stamp.revision) > self._known.pop(view, (-1, 0)):
            self._frames[view] = frame
            self._filled.set()

    def beat(self, text: bytes) -> None:
        self._heartbeat = text
        self._filled.set()

    def reset(self, reason: Literal["absent", "gap", "rebuilt"]) -> None:
        """What the reader was sent is no longer good for anything."""
        self._reset = event("reset", msgspec.json.encode(Reset(reason=reason)))
        self._sent.clear()
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
        views = [self._told(view, frame) for view, frame in self._frames.items()]
        found = b"".join((self._reset, *views, self._heartbeat))
        self._reset = self._heartbeat = b""
        self._frames.clear()
        return found

    def _told(self, view: str, frame: Frame) -> bytes:
        """A patch leads to a frame from the one before it; whoever has not got that is sent all of it. Which one somebody has who resumes is not known."""
        has, self._sent[view] = self._sent.get(view), frame.number
        return frame.patch if frame.patch and has == frame.number - 1 else frame.snapshot()
