"""What a transaction speaks of: places in the store, what is there, and what a group covers of its sources. Plain values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple, TypeAlias

Ref: TypeAlias = tuple[str, bytes]
"""(hash key without prefix, field)."""
Cell: TypeAlias = tuple[str, str, str, int, str]
"""(tenant, campaign, view, day number, field)."""
Place: TypeAlias = tuple[str, str, str, int]
"""(tenant, campaign, view, day number): where cells lie together."""

Look: TypeAlias = Callable[..., list[bytes]]
"""`Tx.read`, or `Tx.peek` with a mark: the values at refs."""

ABSENT: Final = b""


class Slot(NamedTuple):
    """What a group covers of one source partition. Positions are next offsets."""

    partition: str
    epoch: int
    owner: str
    prev: int
    last: int
    as_of: int
    """All that Kafka had taken by then is counted; ms since 1970 UTC."""


class Segment(NamedTuple):
    """A stretch of an append-only list: entries `start` to `stop`, without `stop`."""

    key: str
    start: int
    stop: int


class Passed(NamedTuple):
    """What waits in `due` and has been passed by the watermark, the earliest first, at the most so many."""

    limit: int


class Note(NamedTuple):
    """An entry for a packed set that nobody reads before it is written."""

    key: str
    field: bytes
    """Whose it is, 8 bytes, and the number of a period, 4 bytes. Which periods there are is kept in the field of the 8 bytes alone, and which fields there are in a list."""
    entry: bytes
    """Begins with its own length, 2 bytes that are not counted."""
    at: int
    """The instant it is about, ms since 1970 UTC."""
