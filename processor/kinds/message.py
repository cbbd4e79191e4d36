"""What does a message count for? Each stage once, at the earliest time it was seen (F59). Stages arrive in any order; they merge by minimum, so no version is needed.

Four of five events are messages: this is the hot path, and the one file where speed was preferred to brevity. A group of events is taken as a whole. A new fact
touches the stages that it implies and nothing else; only when what names the cells has changed (zone, action, variant, failure code), or where it is about a failure,
everything is taken back and counted again.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from itertools import islice
from operator import itemgetter
from typing import Any, Final, NamedTuple, TypeAlias

import msgspec

from processor.buckets import QUARTER, ZONE_NUMBERS, ZONES, day, day_of_quarter
from processor.kinds import customer, index, recipient
from processor.kinds import tenant as settings
from processor.kinds.campaign import frame_of, frame_ref
from processor.transaction import Cell, NotOneSnapshot, Ref, Tx
from schemas import keys
from schemas.events import Event
from schemas.keys import SEP, View, label

KIND: Final = "message"
STAGES: Final = (
    "targeted", "sent", "delivered", "opened", "clicked", "replied", "unsubscribed", "complained", "machine_opened", "failed", "suppressed",
)  # fmt: skip
"""A stage's number is its place here. The usual ones come first, because what follows the last that was reached is not stored."""
CHANNELS: Final = ("sms", "whatsapp", "email", "push")


class Group(NamedTuple):
    """What a group of events is about."""

    messages: dict[tuple[str, str], dict[Ref, list[Event]]]
    """(tenant, campaign) -> message -> what is said about it."""
    people: dict[Ref, None]
    """Records of the recipients that are named."""


State: TypeAlias = list[Any]
"""Packed small and flat: there are more messages than anything else, and each is unpacked and packed again for each of its events. By place:

terms and channel: zone's place in `ZONES` × 8, + 4 if interactions qualify by the strict definition, + place in `CHANNELS`. base: time of the event that came first, ms since 1970 UTC. Then what is *carried*: the value
of the earliest event that says one, None if none did. carried at: for each of those, ms after `base`; None if all are 0. From `_STAGES` on times: per stage,
in seconds after the second of `base`, None if not reached (*failed* also where it was delivered all the same); up to the last that was.
"""
_PLACE, _BASE, _ACTION, _VARIANT, _COST, _CURRENCY, _RECIPIENT, _ENTRY, _FAILURE_CODE, _SUPPRESSED_REASON, _CARRIED_AT, _STAGES = range(12)
_CARRIED: Final = slice(_ACTION, _CARRIED_AT)
_VALUES: Final = (
    slice(_ACTION, _ACTION + 1), slice(_VARIANT, _VARIANT + 1), slice(_COST, _CURRENCY + 1), slice(_RECIPIENT, _RECIPIENT + 1), slice(_ENTRY, _ENTRY + 1),
    slice(_FAILURE_CODE, _FAILURE_CODE + 1), slice(_SUPPRESSED_REASON, _SUPPRESSED_REASON + 1),
)  # fmt: skip
"""Of the carried. A cost and its currency are one value."""
_DELIVERED, _FAILED, _SUPPRESSED = (_STAGES + STAGES.index(stage) for stage in ("delivered", "failed", "suppressed"))
_OF_PEOPLE: Final = slice(_STAGES, _STAGES + len(recipient.STAGES))
"""The stages of which distinct people are counted: the first ones."""
_IMPLIES: Final = {
    verb: tuple(sorted(_STAGES + STAGES.index(stage) for stage in stages))
    for verb, stages in {
        "targeted": ("targeted",),
        "suppressed": ("suppressed", "targeted"),
        "sent": ("sent", "targeted"),
        "delivered": ("delivered", "sent", "targeted"),
        "opened": ("opened", "delivered", "sent", "targeted"),
        "machine_opened": ("machine_opened", "delivered", "sent", "targeted"),
        "clicked": ("clicked", "opened", "delivered", "sent", "targeted"),
        "replied": ("replied", "opened", "delivered", "sent", "targeted"),
        "failed": ("failed", "targeted"),
        "bounced": ("failed", "targeted"),
        "unsubscribed": ("unsubscribed", "delivered", "sent", "targeted"),
        "complained": ("complained", "delivered", "sent", "targeted"),
    }.items()
}
"""Verb -> the stages, by their place in a state, that it says were reached, by its own time at the latest. A stage's time is the least of all that imply it, so it
merges by minimum."""

_TALKING: Final = tuple(
    tuple(_STAGES + STAGES.index(stage) for stage in stages)
    for stages in (
        *(("replied",) for _ in CHANNELS),
        ("delivered", "clicked", "replied"), ("delivered", "clicked", "replied"), ("opened", "clicked", "replied"), ("clicked", "replied"),
    )
)  # fmt: skip
"""The stages that are an interaction (D9): per channel as staff initiated, then per channel by the strict definition."""
_TALKING_VERBS: Final = tuple(frozenset(verb for verb, stages in _IMPLIES.items() if {*stages} & {*talking}) for talking in _TALKING)
"""Verbs that may say so."""
_QUARTER: Final = QUARTER // 1000

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(list[Any]).decode


def entity_of(campaign: str, channel: str, subject: str) -> bytes:
    """The digest that stands for a message."""
    return keys.digest(f"{campaign}{SEP}{channel}{SEP}{subject}")


class Seen(NamedTuple):
    """What a stored state says of a message."""

    channel: str
    zone: str
    recipient: str | None
    stages: list[tuple[int, str]]
    """With their instants, ms since 1970 UTC, by the second; the earliest first."""


def seen(raw: bytes) -> Seen:
    state = _decode(raw)
    start, times = state[_BASE] // 1000, zip(state[_STAGES:], STAGES, strict=False)
    stages = [((start + time) * 1000, stage) for time, stage in times if time is not None]
    return Seen(CHANNELS[state[_PLACE] % 4], ZONES[state[_PLACE] >> 3], state[_RECIPIENT], sorted(stages, key=itemgetter(0)))


def counted(tenant: str, campaign: str, raw: bytes) -> dict[Cell, int]:
    """All that a stored state counts for by itself."""
    return _contributions(tenant, campaign, _decode(raw))


def sorted_out(events: Iterable[Event]) -> Group:
    """The events of a group by campaign and message, in the order in which they came."""
    group: dict[tuple[str, str], dict[Ref, list[Event]]] = {}
    people: dict[Ref, None] = {}
    for event in events:
        data, tenant = event.data, event.tenant
        campaign = data.campaign_id
        messages = group.get((tenant, campaign))
        if messages is None:
            messages = group[tenant, campaign] = {}
        if data.recipient_id is not None:
            people[recipient.ref(tenant, campaign, data.recipient_id)] = None
        entity = entity_of(campaign, data.channel, event.subject)
        ref = (keys.state(KIND, tenant, entity), entity)
        facts = messages.get(ref)
        if facts is None:
            messages[ref] = [event]
        else:
            facts.append(event)
    return Group(group, people)


def observe(tx: Tx, group: Group) -> None:
    """All that a group of events says about messages."""
    tx.need(*(frame_ref(*whose) for whose in group.messages))
    refs = [ref for messages in group.messages.values() for ref in messages]
    read = tx.take([*refs, *group.people])
    old, states = read[: len(refs)], [_decode(raw) if raw else None for raw in read[: len(refs)]]
    known = iter(states)
    people = {
        **group.people,
        **{ref: None for whose, messages in group.messages.items() for ref in _named(*whose, islice(known, len(messages)))},
    }
    others = [ref for ref in people if ref not in group.people]
    records = recipient.Records(tx, people, [*read[len(refs) :], *tx.take(others)])
    terms = [_terms(tx, *whose) for whose in group.messages]
    _need_talks(tx, group, terms, states)

    known = iter(states)
    new: list[bytes] = []
    for (whose, messages), agreed in zip(group.messages.items(), terms, strict=True):
        new += _observe_of(_Place(tx, *whose, agreed), messages.items(), islice(known, len(messages)), records)
    tx.give(refs, old, new)
    tx.give(*records.columns())


def _named(tenant: str, campaign: str, states: Iterable[State | None]) -> list[Ref]:
    """Records of the recipients that messages had until now."""
    return [recipient.ref(tenant, campaign, state[_RECIPIENT]) for state in states if state and state[_RECIPIENT] is not None]


def _observe_of(
    place: _Place, messages: Iterable[tuple[Ref, list[Event]]], states: Iterable[State | None], records: recipient.Records
) -> list[bytes]:
    """The same for one campaign: what the states become."""
    tx, tenant, campaign, terms = place.tx, place.tenant, place.campaign, place.terms
    first_heard_of, out = [], []
    for ((_, entity), events), known in zip(messages, states, strict=True):
        if known:
            state, person, talked = known, known[_RECIPIENT], _talks(known)
        else:
            state, person, talked = _new(events[0], terms), None, []
            first_heard_of.append(entity)
            if state[_COST]:
                tx.replace({}, _cost(tenant, campaign, state))
        for event in events:
            if not _count_one(place, state, event, terms):
                counted = _contributions(tenant, campaign, state)
                _merge(state, event, terms)
                tx.replace(counted, _contributions(tenant, campaign, state))
        _tell(place, records, entity, person, state)
        _tell_talks(place, entity, person, talked, state)
        out.append(_encode(state))
    index.join(tx, tenant, index.MESSAGES, campaign, *first_heard_of)
    return out


def _tell(place: _Place, records: recipient.Records, entity: bytes, person: str | None, state: State) -> None:
    """What a message is to its recipient, who was `person` until now."""
    now = state[_RECIPIENT]
    if person is not None and person != now:
        records.leave(place.tenant, place.campaign, person, entity)
    if now is not None:
        start = state[_BASE] // 1000
        days = [None if since is None else place.day(start + since) for since in state[_OF_PEOPLE]]
        while days[-1] is None:
            days.pop()
        share = [entity, CHANNELS[state[_PLACE] % 4], state[_ACTION], state[_VARIANT] or None, state[_ENTRY], *days]
        records.put(place.tenant, place.campaign, now, share)


def _terms(tx: Tx, tenant: str, campaign: str) -> int:
    """What a campaign's messages are counted by, as their states keep it."""
    return ZONE_NUMBERS[frame_of(tx, tenant, campaign).zone] * 2 + settings.is_strict(tx, tenant)


def _talks(state: State) -> list[int]:
    """Seconds of the interactions that a message is (D9)."""
    start = state[_BASE] // 1000
    return [start + since for since in _reached(state, _TALKING[state[_PLACE] & 7])]


def _reached(state: State, stages: tuple[int, ...]) -> list[int]:
    """Times of those of the stages that were reached, in seconds after the first event."""
    return [state[stage] for stage in stages if stage < len(state) and state[stage] is not None]


def _need_talks(tx: Tx, group: Group, terms: list[int], states: Iterable[State | None]) -> None:
    """Have the records of all customers at hand that a message may be an interaction with, or was one with."""
    known = iter(states)
    wanted = []
    for (whose, messages), agreed in zip(group.messages.items(), terms, strict=True):
        for events, state in zip(messages.values(), known, strict=False):
            way = (agreed & 1) * 4 + CHANNELS.index(events[0].data.channel)
            may = _TALKING_VERBS[way]
            for event in events:
                if event.verb in may:
                    break
            else:
                if state is None or not (_talks(state) or _reached(state, _TALKING[way])):
                    continue
            people = {event.data.recipient_id for event in events} | ({state[_RECIPIENT]} if state else set())
            wanted += [customer.ref(*whose, person) for person in people if person is not None]
    tx.need(*wanted)


def _tell_talks(place: _Place, entity: bytes, person: str | None, talked: list[int], state: State) -> None:
    """The interactions that a message is, to its recipient, who was `person` and with whom it was others until now."""
    now, talks = state[_RECIPIENT], _talks(state)
    if talks == talked and person == now:
        return
    where = place.tx, place.tenant, place.campaign
    if person is not None and talked and person != now:
        customer.interact(*where, person, b"m" + entity, [])
    if now is not None and (talks or talked):
        customer.interact(*where, now, b"m" + entity, talks)


class _Place(dict[int, dict[str, int]]):
    """The days of one campaign in one zone: quarter of an hour since 1970 UTC -> the changes of the cells of its day. Holds those that were asked for."""

    def __init__(self, tx: Tx, tenant: str, campaign: str, terms: int) -> None:
        super().__init__()
        self.tx, self.tenant, self.campaign, self.terms = tx, tenant, campaign, terms
        self._zone = ZONES[terms >> 1]
        self._days: dict[int, int] = {}

    def day(self, second: int) -> int:
        """Day number of a second."""
        found = self._days.get(second // _QUARTER)
        if found is None:
            whole = day_of_quarter(self._zone, second // _QUARTER)
            if whole is None:
                return day(self._zone, second * 1000)
            found = self._days[second // _QUARTER] = whole
        return found

    def of(self, second: int) -> dict[str, int]:
        at = self.day(second)
        found = self.tx.changes((self.tenant, self.campaign, View.MESSAGES, at))
        if second // _QUARTER in self._days:
            self[second // _QUARTER] = found
        return found


def _count_one(days: _Place, state: State, event: Event, terms: int) -> bool:
    """The fast way: merge one event and count what is new. False, and nothing done, if cells may be called otherwise or it is about a failure."""
    data, time, base, verb = event.data, event.time, state[_BASE], event.verb
    stages = _IMPLIES["machine_opened" if verb == "opened" and data.machine_open else verb]
    last = stages[-1]
    if last >= _FAILED or len(state) > _FAILED or time < base or state[_PLACE] >> 2 != terms or _says_more(state, data, time - base):
        return False
    fields = _fields(state[_PLACE], state[_ACTION], state[_VARIANT])
    second, start = time // 1000, base // 1000
    since = second - start
    reached = days.get(second // _QUARTER)
    if reached is None:
        reached = days.of(second)
    if len(state) <= last:
        state += [None] * (last + 1 - len(state))
    for stage in stages:
        known = state[stage]
        if known is None or since < known:
            state[stage] = since
            field = fields[stage]
            reached[field] = reached.get(field, 0) + 1
            if known is not None:
                before = days.of(start + known)
                before[field] = before.get(field, 0) - 1
    return True


def _says_more(state: State, data: Any, since: int) -> bool:
    """Whether an event, `since` ms after the first, carries what none before it did. An event does not, of the state that was made of it."""
    if len(state) == _STAGES:
        return False
    at = state[_CARRIED_AT]
    if since <= (max(at) if at else 0):
        return at is not None or _said(data) != state[_CARRIED]
    if None not in state[_ACTION:_FAILURE_CODE]:  # of all that is later only a failure is news
        return data.failure_code is not None or data.suppressed_reason is not None
    return any(value is not None and known is None for value, known in zip(_said(data), state[_CARRIED], strict=True))


def decide(tx: Tx, tenant: str, campaign: str, entity: bytes) -> None:
    """Again, because its campaign's zone or the tenant's definition of an interaction has changed."""
    ref = (keys.state(KIND, tenant, entity), entity)
    (raw,) = tx.read(ref)
    terms = _terms(tx, tenant, campaign)
    if not raw:
        raise NotOneSnapshot
    state = _decode(raw)
    people = _named(tenant, campaign, [state])
    records = recipient.Records(tx, people, tx.read(*people))
    old = _contributions(tenant, campaign, state)
    talked = _talks(state)
    state[_PLACE] = terms * 4 + state[_PLACE] % 4
    if state[_RECIPIENT] is not None and (talked or _talks(state)):
        tx.need(customer.ref(tenant, campaign, state[_RECIPIENT]))
    tx.replace(old, _contributions(tenant, campaign, state))
    place = _Place(tx, tenant, campaign, terms)
    _tell(place, records, entity, state[_RECIPIENT], state)
    _tell_talks(place, entity, state[_RECIPIENT], talked, state)
    tx.write(ref, _encode(state))
    for person, _, record in zip(*records.columns(), strict=True):
        tx.write(person, record)


def _new(event: Event, terms: int) -> State:
    """Of a message that is first heard of: it carries what its first event says, and has reached nothing yet."""
    return [terms * 4 + CHANNELS.index(event.data.channel), event.time, *_said(event.data), None]


def _said(data: Any) -> list[Any]:
    """What an event says of all that is carried."""
    cost = data.cost_minor
    currency = None if cost is None else data.cost_currency
    return [data.action_id, data.variant, cost, currency, data.recipient_id, data.entry_id, data.failure_code, data.suppressed_reason]


def _stages(event: Event) -> tuple[int, ...]:
    """What it says was reached."""
    return _IMPLIES["machine_opened" if event.data.machine_open and event.verb == "opened" else event.verb]


def _merge(state: State, event: Event, terms: int) -> None:
    """Any order and any number of times give the same."""
    state[_PLACE] = terms * 4 + state[_PLACE] % 4
    _carry(state, _said(event.data), event.time - state[_BASE])
    since = event.time // 1000 - state[_BASE] // 1000
    stages = _stages(event)
    state += [None] * (stages[-1] + 1 - len(state))
    for stage in stages:
        if state[stage] is None or since < state[stage]:
            state[stage] = since


def _carry(state: State, said: list[Any], since: int) -> None:
    """Take over what an event says and none that was earlier; of two that are said of one instant the greater counts."""
    said = [None, None, *said]
    at = state[_CARRIED_AT] or [0] * _CARRIED_AT
    for value in _VALUES:
        first = value.start
        if said[first] is None:
            continue
        if state[first] is None or (since, _order(state[value])) < (at[first], _order(said[value])):
            state[value], at[first] = said[value], since
    state[_CARRIED_AT] = at if any(at) else None


def _order(value: list[Any]) -> list[Any]:
    return ["" if part is None else part for part in value]


@lru_cache(4096)
def _fields(place: int, action: str | None, variant: str | None) -> tuple[str, ...]:
    """What the cells of each stage are called, by the stage's place in a state."""
    tail = SEP + CHANNELS[place % 4] + SEP + (action or "") + SEP + label(variant)
    return ("",) * _STAGES + tuple([stage + tail for stage in STAGES])


def _contributions(tenant: str, campaign: str, state: State) -> dict[Cell, int]:
    """All that a message counts for by itself; see `docs/cells.md`, views m and e. Failed counts while it was never delivered."""
    zone, fields = ZONES[state[_PLACE] >> 3], _fields(state[_PLACE], state[_ACTION], state[_VARIANT])
    out = _cost(tenant, campaign, state)
    for stage in range(_STAGES, len(state)):
        if state[stage] is None or (stage == _FAILED and state[_DELIVERED] is not None):
            continue
        at = day(zone, (state[_BASE] // 1000 + state[stage]) * 1000)
        out[tenant, campaign, View.MESSAGES, at, fields[stage]] = 1
        if stage == _FAILED:
            out[tenant, campaign, View.MESSAGES, at, "code" + SEP + label(state[_FAILURE_CODE])] = 1
        if stage == _SUPPRESSED:
            out[tenant, campaign, View.MESSAGES, at, "reason" + SEP + label(state[_SUPPRESSED_REASON])] = 1
    return out


def _cost(tenant: str, campaign: str, state: State) -> dict[Cell, int]:
    """On the day of the event that carried it."""
    if not state[_COST]:
        return {}
    at = state[_CARRIED_AT]
    since = at[_COST] if at else 0
    field = SEP.join(("message", CHANNELS[state[_PLACE] % 4], state[_CURRENCY] or ""))
    return {(tenant, campaign, View.SPEND, day(ZONES[state[_PLACE] >> 3], state[_BASE] + since), field): state[_COST]}
