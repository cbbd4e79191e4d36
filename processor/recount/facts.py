"""Everything that was said, kept whole: all versions of every entity, all facts about every message. Nothing is folded away."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from processor.recount.contract import Data
from processor.recount.fields import RefusedError
from processor.recount.records import Fact, Record, Tombstone, understand
from processor.recount.retention import Retention
from processor.recount.scope import heard


class EntityId(NamedTuple):
    kind: str
    tenant: str
    subject: str


class MessageId(NamedTuple):
    tenant: str
    campaign: str
    channel: str
    subject: str


@dataclass(frozen=True)
class Version:
    """One entry of a timeline. `effective` is the greatest time among this entry and all before it."""

    number: int
    time: int
    effective: int
    data: Data

    @property
    def is_hidden(self) -> bool:
        """It says: deleted, or a test."""
        return bool(self.data.get("deleted") or self.data.get("is_test"))


@dataclass(frozen=True)
class Entity:
    """All versions of one entity, one per version number, in order. There may be none but a tombstone."""

    id: EntityId
    versions: list[Version]
    is_tombstoned: bool
    events: Sequence[Fact]
    """All that was said, also of versions that are told otherwise."""

    @property
    def newest(self) -> Version | None:
        return self.versions[-1] if self.versions else None

    @property
    def exists(self) -> bool:
        """Neither deleted, nor a test, nor under a tombstone, as the newest version has it."""
        return self.newest is not None and not self.is_tombstoned and not self.newest.is_hidden


class Facts:
    """What the accepted records say, by entity and by message; `without`: see scope."""

    def __init__(self, records: Iterable[Record], without: Collection[str] = ()) -> None:
        events: dict[EntityId, list[Fact]] = defaultdict(list)
        tombstones: list[EntityId] = []
        messages: dict[MessageId, list[Fact]] = defaultdict(list)
        settings: list[Fact] = []
        for record in records:
            try:
                fact = understand(record)
            except RefusedError:
                continue
            if isinstance(fact, Tombstone):
                tombstones.append(EntityId(fact.kind, fact.tenant, fact.subject))
                continue
            if without:
                fact = replace(fact, data=heard(fact.kind, fact.data, without))
            if fact.kind == "message":
                messages[MessageId(fact.tenant, fact.data["campaign_id"], fact.data["channel"], fact.subject)].append(fact)
            else:
                events[EntityId(fact.kind, fact.tenant, fact.subject)].append(fact)
            if fact.kind == "tenant":
                settings.append(fact)
        self.retention = retention = Retention(settings)
        in_time = ((message, retention.in_time(message.tenant, facts)) for message, facts in messages.items())
        self.heard: dict[MessageId, list[Fact]] = {message: facts for message, facts in in_time if facts}
        """What came in time about messages."""
        self.messages = {message: retention.of_message(message.tenant, facts) for message, facts in self.heard.items()}
        """Of that, what happened while they were kept."""
        gone = set(tombstones)
        self._entities = {
            entity: Entity(entity, timeline(events[entity]), entity in gone, events[entity]) for entity in [*events, *tombstones]
        }

    def get(self, kind: str, tenant: str, subject: str) -> Entity | None:
        """The entity, if anything was ever said about it."""
        return self._entities.get(EntityId(kind, tenant, subject))

    def all(self, kind: str) -> Iterator[Entity]:
        return (entity for entity in self._entities.values() if entity.id.kind == kind)


def timeline(events: Iterable[Fact]) -> list[Version]:
    """The events in the order (version, time, canonical JSON), the greatest of each version number, with effective times."""
    by_number = {}
    for event in sorted(events, key=lambda event: (event.data["version"], event.time, event.canonical)):
        by_number[event.data["version"]] = event
    versions: list[Version] = []
    for number, event in by_number.items():
        effective = max([event.time, *(version.effective for version in versions)])
        versions.append(Version(number, event.time, effective, event.data))
    return versions
