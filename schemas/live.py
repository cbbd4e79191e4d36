"""What is said on a live stream beside the answers themselves: data of its events `patch`, `heartbeat`, `stale` and `reset`."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from schemas.answers import Stamp


class Setting(msgspec.Struct, kw_only=True, tag_field="op", tag="replace"):
    """What is at the place is now this."""

    path: str
    value: Any


class Adding(msgspec.Struct, kw_only=True, tag_field="op", tag="add"):
    """A member, or a row before the one that has the place; those from there on move up."""

    path: str
    value: Any


class Removing(msgspec.Struct, kw_only=True, tag_field="op", tag="remove"):
    path: str


class Patch(msgspec.Struct, kw_only=True):
    """What leads from the view as the stream gave it last to the next: RFC 6902, operations in their order. Whoever is not at `from` asks for the view again."""

    view: str
    from_: str = msgspec.field(name="from")
    """Revision of the stamp of the last `snapshot` or `patch` of this view."""
    to: str
    """Revision of the stamp after it, and the event's id."""
    patch: list[Setting | Adding | Removing]


class Heartbeat(msgspec.Struct, kw_only=True):
    """The numbers stand, and are complete until later; as `stale`, when they are no longer live."""

    stamp: Stamp


class Reset(msgspec.Struct, kw_only=True):
    """What the stream gave before no longer leads to what is now: ask again."""

    reason: Literal["absent", "gap", "rebuilt"]
    """There is no such view for this caller any more; the `Last-Event-ID` is not known; the store was set back or is being rebuilt."""
