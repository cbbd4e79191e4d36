"""Which events are too late for their message, and when is its state removed? See `retention_days` in the settings, and docs/decisions/0008.

A message is kept until some time after its first event; what happens to it later counts for nothing. An event that Kafka had only after what happened then was
no longer kept counts for nothing either. (A touch is what happened to a customer: for it only the second matters, not how old the message was.) So, whenever a state is removed after both have gone by, the numbers are the same: nothing that still counts can come.
Of a removed message six bytes are remembered, because an event does not say how old its message is.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from processor.kinds import index, recipient, touch
from processor.kinds import tenant as settings
from processor.kinds.message_people import Group, share
from processor.kinds.message_state import KIND, RECIPIENT, State, decode, started
from processor.kinds.retention import DAY, STEP, Period, end
from processor.transaction import NotOneSnapshot, Tx
from processor.values import Ref, Segment
from schemas import keys
from schemas.events import Event

_BEGINS: Final = 2
"""Bytes of a digest that name the set it is in."""


def punctual(tx: Tx, group: Group) -> Group:
    """Without the events that are too late, which are set aside."""
    kept = {tenant: settings.retention_of(tx, tenant) for tenant in dict.fromkeys(tenant for tenant, _ in group)}
    if not any(kept.values()):
        return group
    states = _states(tx, [ref for (tenant, _), messages in group.items() if kept[tenant] for ref in messages])
    absent = [keys.removed(tenant, ref[1]) for (tenant, _), messages in group.items() for ref in messages if states.get(ref, b"-") is None]
    tx.need(*absent)
    out: Group = {}
    for (tenant, campaign), messages in group.items():
        if not kept[tenant]:
            out[tenant, campaign] = messages
            continue
        on_time = {ref: _on_time(tx, tenant, ref[1], states[ref], kept[tenant], events) for ref, events in messages.items()}
        if counted := {ref: events for ref, events in on_time.items() if events}:
            out[tenant, campaign] = counted
        touches = touch.seen(event for events in messages.values() for event in events if not _came_too_late(kept[tenant], event))
        tx.notes.update(touches.get(tenant, {}))
    return out


def last_second(kept: Sequence[Period], state: State) -> int | None:
    """What happens to a message later than this does not count; None: everything does."""
    last = end(kept, started(state) * 1000)
    return None if last is None else last // 1000


def remove(tx: Tx, tenant: str, campaign: str) -> int:
    """Remove the states of the first messages of a campaign's list, as far as nothing that counts can come for them. How many; `STEP`: there may be more."""
    rests = index.list_of(tenant, index.MESSAGES, campaign)
    kept, entities = settings.retention_of(tx, tenant), tx.entries(Segment(rests, 0, STEP))
    (watermark,) = tx.read((keys.META, keys.WATERMARK))
    refs = [(keys.state(KIND, tenant, entity), entity) for entity in entities]
    raws = tx.read(*refs)
    if not all(raws):
        raise NotOneSnapshot
    states = []
    for raw in raws:
        state = decode(raw)
        if not watermark or not _is_over(kept, state, int(watermark)):
            break
        states.append(state)
    people = dict.fromkeys(recipient.ref(tenant, campaign, state[RECIPIENT]) for state in states if state[RECIPIENT] is not None)
    of_message = {ref[1]: state for ref, state in zip(refs, states, strict=False)}
    known = tx.read(*people)
    if not all(known) or any((alone := recipient.only(raw)) and alone not in of_message for raw in known):
        raise NotOneSnapshot  # the store moved between the trips: each of these messages is in its recipient's record
    records = recipient.Records(tx, people, known, lambda _, message: share(message, of_message[message]))
    for ref, state in zip(refs, states, strict=False):
        if state[RECIPIENT] is not None:
            records.keep(tenant, recipient.ref(tenant, campaign, state[RECIPIENT]), ref[1])
        tx.write(ref, b"")
        tx.union(keys.removed(tenant, ref[1]), ref[1][_BEGINS:])
    for person, old, new in zip(*records.columns(), strict=True):
        if new != old:
            tx.write(person, new)
    if states:
        tx.trim(rests, len(states))
    return len(states)


def _is_over(kept: Sequence[Period], state: State, watermark: int) -> bool:
    """Whether all that could still count for a message has been counted: what happened until its end, and came to Kafka while that was kept."""
    last = end(kept, started(state) * 1000)
    until = None if last is None else end(kept, last + 999)
    return until is not None and watermark > until + DAY


def _states(tx: Tx, refs: list[Ref]) -> dict[Ref, State | None]:
    return {ref: decode(raw) if raw else None for ref, raw in zip(refs, tx.read(*refs), strict=True)}


def _on_time(tx: Tx, tenant: str, entity: bytes, state: State | None, kept: Sequence[Period], events: Iterable[Event]) -> list[Event]:
    """Those of a message that count; the others are set aside."""
    was_removed = state is None and _holds(tx.read(keys.removed(tenant, entity))[0], entity[_BEGINS:])
    accepted = [] if was_removed else [event for event in events if not _came_too_late(kept, event)]
    if accepted:
        first = min([event.time // 1000 for event in accepted] + ([started(state)] if state else []))
        last = end(kept, first * 1000)
        if last is not None:
            accepted = [event for event in accepted if event.time // 1000 <= last // 1000]
    counted = {id(event) for event in accepted}
    for event in events:
        if id(event) not in counted:
            tx.set_aside(event)
    return accepted


def _came_too_late(kept: Sequence[Period], event: Event) -> bool:
    """Kafka had it only when what happened then was no longer kept."""
    last = end(kept, event.time)
    return last is not None and event.taken > last


def _holds(packed: bytes, entry: bytes) -> bool:
    return any(packed[at : at + len(entry)] == entry for at in range(0, len(packed), len(entry)))
