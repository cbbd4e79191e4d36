"""Which events told something about an entity, and where do they lie in Kafka? All of it is read, whatever the events are keyed by."""

from __future__ import annotations

from collections.abc import AsyncIterable, Mapping
from typing import NamedTuple

from processor.explain.evidence import digests
from processor.explain.question import Question, wanted
from processor.kinds import EXPLAIN
from processor.stream.scan import Found
from schemas.events import Event, Rejected, Tombstone, parse


class Telling(NamedTuple):
    """One event, and its place."""

    topic: str
    partition: int
    offset: int
    event: Event | Tombstone


async def events_of(records: AsyncIterable[Found], kinds: Mapping[str, tuple[str, ...]], question: Question, entity: str) -> list[Telling]:
    """Those about the entities with an id, of the kinds that the number is made of. `kinds`: that a topic carries."""
    views = {part.view for measure in wanted(question) for part in measure.cells.parts}
    asked = [(account, {*digests(account, question.campaign, entity)}) for account in EXPLAIN.values() if views & {*account.views}]
    found = []
    async for record in records:
        event = parse(record.value, record.key, record.headers, kinds[record.topic], record.timestamp)
        if isinstance(event, Rejected) or event.tenant != question.tenant:
            continue
        if any(digest in named for account, named in asked for digest in account.told_by(question.campaign, event)):
            found.append(Telling(record.topic, record.partition, record.offset, event))
    return found
