"""Whose is the next version of a thing, when two processes are asked for it at the same moment? Whoever is first in the topic `audit`. Pure.

Each command is in that topic before its event is written, and the topic has one partition: so all processes read the same order, and who finds an earlier command for the
same version before its own gives way. A claim ends by itself, because its process may have ended before it wrote the event; by then, else, the event has been counted.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

import msgspec

from schemas.updates import Audit

HELD_MS: Final = 30_000
"""So long a claim keeps others out."""
_MOST: Final = 10_000
"""Claims of the last half minute are needed, not more."""
_audit: Final = msgspec.json.Decoder(Audit).decode


class Version(NamedTuple):
    """Of a thing."""

    tenant: str
    kind: str
    subject: str
    number: int


class Told(NamedTuple):
    """A record of the topic."""

    at: int
    """By the broker's clock, ms since 1970 UTC."""
    audit: bytes


class Claims:
    def __init__(self) -> None:
        self._held: dict[Version, tuple[str, int]] = {}
        """By which event, and since when; the oldest first."""
        self._given_up: set[str] = set()

    def hear(self, told: Iterable[Told]) -> None:
        """Records in their order; once more is harmless while the first of them counts."""
        for at, text in told:
            audit = _audit(text)
            version = Version(audit.tenant, audit.action.partition(".")[0], audit.subject, audit.version)
            holder, since = self._held.get(version, ("", 0))
            if not holder or holder in self._given_up or at - since > HELD_MS:
                self._held.pop(version, None)
                self._held[version] = audit.event, at
        while len(self._held) > _MOST:
            del self._held[next(iter(self._held))]

    def holds(self, version: Version, event: str) -> bool:
        """Whether the version is for this event."""
        return self._held.get(version, (event, 0))[0] == event

    def give_up(self, event: str) -> None:
        """This process does not know whether it wrote it, and says so: who asks it again is let in."""
        self._given_up.add(event)
        if len(self._given_up) > _MOST:
            self._given_up.clear()
