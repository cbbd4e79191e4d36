"""What every kind can say about its numbers, whoever asks. Pure."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping

from processor.values import Cell, Ref
from schemas import keys
from schemas.events import Event, Tombstone


class Account(ABC):
    """One kind of entity. A campaign's are found in a list of its own (`index.py`), or through what another kind says of them."""

    kind: str
    views: tuple[str, ...]
    """That its cells lie in."""
    listed: str = ""
    """The letter of the list."""
    behind: str = ""
    """The kind whose states say which of these there are; its list is read instead."""

    def ref(self, tenant: str, entity: bytes) -> Ref:
        """Where the state of an entity is."""
        return keys.state(self.kind, tenant, entity), entity

    @abstractmethod
    def contributions(self, tenant: str, campaign: str, raw: bytes, /) -> Mapping[Cell, int]:
        """All that a stored state counts for. `campaign`: in whose list it was found."""

    @abstractmethod
    def words(self, campaign: str, raw: bytes, /) -> list[str]:
        """What was decided and from what, a sentence each."""

    def name(self, _: bytes, /) -> str | None:
        """The id that a state keeps, if it keeps one."""
        return None

    def named(self, _campaign: str, identity: str, /) -> Iterable[bytes]:
        """The digests that an entity with this id may have."""
        return (keys.digest(identity),)

    def told_by(self, _campaign: str, event: Event | Tombstone, /) -> Iterable[bytes]:
        """The digests of the entities that an event says something about."""
        return (keys.digest(event.subject),) if event.kind == self.kind else ()

    def said(self, campaign: str, raw: bytes, /) -> Iterable[tuple[str, bytes]]:
        """By a state of the kind behind: id and digest of each of these."""
        raise NotImplementedError
