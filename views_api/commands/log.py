"""Where commands go: a log of events, and a log of who asked for what."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, NamedTuple, Protocol, Self

from views_api.commands.claims import Told

_POSITION: Final = re.compile(r"([A-Za-z0-9._-]{1,249})-([0-9]{1,9})@([0-9]{1,18})")


class Position(NamedTuple):
    """Where a record lies. As text `<topic>-<partition>@<offset>`."""

    topic: str
    """By its full name."""
    partition: int
    offset: int

    def __str__(self) -> str:
        return f"{self.source}@{self.offset}"

    @property
    def source(self) -> str:
        """Its partition, as the store calls it."""
        return f"{self.topic}-{self.partition}"

    @classmethod
    def of(cls, text: str) -> Self:
        """Raises `ValueError` for what is none."""
        found = _POSITION.fullmatch(text)
        if not found:
            raise ValueError(text)
        return cls(found[1], int(found[2]), int(found[3]))


class Log(Protocol):
    """Raises `Unavailable` while the brokers are away: then nobody knows whether it was written."""

    async def append(self, topic: str, key: bytes, value: bytes) -> Position:
        """One record; comes back when all brokers that must have it do. `topic` without prefix."""

    async def until(self, at: Position) -> Sequence[Told]:
        """What else was written to this topic, up to a record that has just been: what was not given before; the first time, what was written shortly before."""

    async def close(self) -> None:
        """Nothing is appended any more."""
