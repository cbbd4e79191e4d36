"""What does a message count for? Each stage once, at the earliest time it was seen (F59). Stages arrive in any order; they merge by minimum, so no version is needed.

Four of five events are messages: this is the hot path, and where speed was preferred to brevity, here and in `message_state.py`. A group of events is taken as a whole. A new fact
touches the stages that it implies and nothing else; only when what names the cells has changed (zone, action, variant, failure code), or where it is about a failure,
everything is taken back and counted again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from functools import lru_cache, partial
from itertools import islice

from processor.buckets import ZONE_NUMBERS, ZONES, day
from processor.kinds import customer, index, recipient
from processor.kinds import tenant as settings
from processor.kinds.frame import frame_of, frame_ref
from processor.kinds.hours import hour_cell
from processor.kinds.message_people import QUARTER_SECONDS, Group, Moment, Place, named, need_talks, share, talks_of, tell, tell_talks
from processor.kinds.message_retention import last_second, punctual
from processor.kinds.message_state import (
    ACTION,
    ALONE,
    BASE,
    BY_PLACE,
    CARRIED_AT,
    CHANNELS,
    COST,
    CURRENCY,
    DELIVERED,
    FAILED,
    FAILURE_CODE,
    IMPLIES,
    KIND,
    PLACE,
    RECIPIENT,
    STAGES,
    SUPPRESSED,
    SUPPRESSED_REASON,
    TIMES,
    VARIANT,
    State,
    clip,
    decode,
    encode,
    entity_of,
    merge,
    new,
    says_more,
)  # fmt: skip
from processor.kinds.retention import Period
from processor.kinds.versions import DUPLICATE
from processor.transaction import NotOneSnapshot, Tx
from processor.values import Cell, Ref
from schemas import keys
from schemas.events import Event
from schemas.keys import SEP, View, label


def counted(tenant: str, campaign: str, raw: bytes) -> dict[Cell, int]:
    """All that a stored state counts for by itself."""
    return _contributions(tenant, campaign, decode(raw))


def sorted_out(events: Iterable[Event]) -> Group:
    """The events of a group by campaign and message, in the order in which they came."""
    group: Group = {}
    for event in events:
        data, tenant = event.data, event.tenant
        campaign = data.campaign_id
        messages = group.get((tenant, campaign))
        if messages is None:
            messages = group[tenant, campaign] = {}
        entity = entity_of(campaign, data.channel, event.subject)
        ref = (keys.state(KIND, tenant, entity), entity)
        facts = messages.get(ref)
        if facts is None:
            messages[ref] = [event]
        else:
            facts.append(event)
    return group


def observe(tx: Tx, group: Group) -> None:
    """All that a group of events says about messages."""
    tx.need(*(frame_ref(*whose) for whose in group))
    group = punctual(tx, group)
    all_events = {ref: (whose, events) for whose, messages in group.items() for ref, events in messages.items()}
    refs = [*all_events]
    old = tx.take(refs, lambda new: [of for ref in new for of in named(*all_events[ref][0], all_events[ref][1], None)])
    states = [decode(raw) if raw else None for raw in old]
    kept = {tenant: settings.retention_of(tx, tenant) for tenant in {tenant for tenant, _ in group}}
    people = {
        of: whose[0]
        for (whose, events), state in zip(all_events.values(), states, strict=True)
        for of in named(*whose, events, state, may_lose=bool(kept[whose[0]]))
    }
    people_read = dict(zip(people, tx.take([*people]), strict=True))
    current = dict(zip(refs, states, strict=True))
    _need_alone(tx, people, people_read, current)
    records = recipient.Records(tx, people_read, people_read.values(), partial(_share_of, tx, current))
    terms = [_terms(tx, *whose) for whose in group]
    talking = need_talks(tx, group, terms, states)

    known = iter(states)
    new: list[State] = []
    for (whose, messages), agreed in zip(group.items(), terms, strict=True):
        mine = islice(known, len(messages))
        new += _observe_of(Place(tx, *whose, agreed), messages.items(), mine, records, current, talking, kept[whose[0]])
    tx.give(refs, old, list(map(encode, new)))  # only now: a message is not alone any more if a later one goes to the same person
    tx.give(*records.columns())


def _observe_of(
    place: Place,
    messages: Iterable[tuple[Ref, list[Event]]],
    states: Iterable[State | None],
    records: recipient.Records,
    current: dict[Ref, State | None],
    talking: Collection[Ref],
    kept: tuple[Period, ...],
) -> list[State]:
    """The same for one campaign: what the states become."""
    tx, tenant, campaign, terms = place.tx, place.tenant, place.campaign, place.terms
    first_heard_of, out = [], []
    for (ref, events), known in zip(messages, states, strict=True):
        entity = ref[1]
        if known:
            state, person = known, known[RECIPIENT]
        else:
            state = current[ref] = new(events[0], terms)
            person = None
            first_heard_of.append(entity)
            if state[COST]:
                tx.replace({}, _cost(tenant, campaign, state))
        talked = talks_of(state) if ref in talking else []
        for event in events:
            says_news = _count_one(place, state, event, terms)
            if says_news is None:
                before, counted = state[BASE:], _contributions(tenant, campaign, state)
                merge(state, event, terms)
                if kept and (last := last_second(kept, state)) is not None:
                    clip(state, last)
                tx.replace(counted, _contributions(tenant, campaign, state))
                says_news = state[BASE:] != before
            if not says_news:
                tx.notice(KIND, DUPLICATE, id(event))
        tell(place, records, entity, person, state)
        if ref in talking:
            tell_talks(place, entity, person, talked, state)
        out.append(state)
    index.join(tx, tenant, index.MESSAGES, campaign, *first_heard_of)
    return out


def _need_alone(tx: Tx, people: Mapping[Ref, str], read: Mapping[Ref, bytes], current: Mapping[Ref, State | None]) -> None:
    """Have the messages at hand that were the only one of somebody who gets another now."""
    alone = ((keys.state(KIND, people[of], entity), entity) for of, raw in read.items() if (entity := recipient.only(raw)))
    tx.need(*(ref for ref in alone if ref not in current))


def _share_of(tx: Tx, current: Mapping[Ref, State | None], tenant: str, entity: bytes) -> recipient.Share:
    """What a message says that was the only one of its recipient, and is not from now on."""
    ref = (keys.state(KIND, tenant, entity), entity)
    if ref in current:
        state = current[ref]
    else:
        (raw,) = tx.read(ref)
        state = decode(raw) if raw else None
    if state is None:
        raise NotOneSnapshot
    state[ALONE] = False
    if ref not in current:
        tx.write(ref, encode(state))
    return share(entity, state)


def _terms(tx: Tx, tenant: str, campaign: str) -> int:
    """What a campaign's messages are counted by, as their states keep it."""
    return ZONE_NUMBERS[frame_of(tx, tenant, campaign).zone] * 2 + settings.is_strict(tx, tenant)


def _count_one(days: Place, state: State, event: Event, terms: int) -> bool | None:
    """The fast way: merge one event and count what is new, if anything is. None, and nothing done, if cells may be called otherwise, it is about a
    failure, or nobody knows who got the message.
    """
    data, time, base, verb = event.data, event.time, state[BASE], event.verb
    stages = IMPLIES["machine_opened" if verb == "opened" and data.machine_open else verb]
    last = stages[-1]
    if (
        last >= FAILED
        or len(state) > FAILED
        or state[RECIPIENT] is None
        or time < base
        or state[PLACE] >> 2 != terms
        or says_more(state, data, time - base)
    ):
        return None
    fields = _fields(state[PLACE], state[ACTION], state[VARIANT])
    second, start = time // 1000, base // 1000
    since = second - start
    reached = days.get(second // QUARTER_SECONDS)
    if reached is None:
        reached = days.of(second)
    by_day, by_hour, hours = reached
    if len(state) <= last:
        state += [None] * (last + 1 - len(state))
    says_news = False
    for stage in stages:
        known = state[stage]
        if known is None or since < known:
            says_news = True
            state[stage] = since
            field, hour = fields[stage], hours[stage]
            by_day[field] = by_day.get(field, 0) + 1
            by_hour[hour] = by_hour.get(hour, 0) + 1
            if known is not None:
                _take_back(days.of(start + known), field, stage)
    return says_news


def _take_back(moment: Moment, field: str, stage: int) -> None:
    """A stage was reached earlier than then."""
    by_day, by_hour, hours = moment
    by_day[field] = by_day.get(field, 0) - 1
    by_hour[hours[stage]] = by_hour.get(hours[stage], 0) - 1


def decide(tx: Tx, tenant: str, campaign: str, entity: bytes) -> None:
    """Again, because its campaign's zone or the tenant's definition of an interaction has changed."""
    ref = (keys.state(KIND, tenant, entity), entity)
    (raw,) = tx.read(ref)
    terms = _terms(tx, tenant, campaign)
    if not raw:
        raise NotOneSnapshot
    state = decode(raw)
    people = named(tenant, campaign, [], state)
    records = recipient.Records(tx, people, tx.read(*people), _not_one)
    old = _contributions(tenant, campaign, state)
    talked = talks_of(state)
    state[PLACE] = terms * 4 + state[PLACE] % 4
    if state[RECIPIENT] is not None and (talked or talks_of(state)):
        tx.need(customer.ref(tenant, campaign, state[RECIPIENT]))
    tx.replace(old, _contributions(tenant, campaign, state))
    place = Place(tx, tenant, campaign, terms)
    tell(place, records, entity, state[RECIPIENT], state)
    tell_talks(place, entity, state[RECIPIENT], talked, state)
    tx.write(ref, encode(state))
    for person, _, record in zip(*records.columns(), strict=True):
        tx.write(person, record)


def _not_one(*_: object) -> recipient.Share:
    """The record of a message's recipient knows another one only."""
    raise NotOneSnapshot


@lru_cache(4096)
def _fields(place: int, action: str | None, variant: str | None) -> tuple[str, ...]:
    """What the cells of each stage are called, by the stage's place in a state."""
    tail = SEP + CHANNELS[place % 4] + SEP + (action or "") + SEP + label(variant)
    return ("",) * TIMES + tuple([stage + tail for stage in STAGES])


def _contributions(tenant: str, campaign: str, state: State) -> dict[Cell, int]:
    """All that a message counts for by itself; see `docs/cells.md`, views m, e and h, p and u if nobody got it. Failed counts while it was never delivered."""
    zone, fields = ZONES[state[PLACE] >> 3], _fields(state[PLACE], state[ACTION], state[VARIANT])
    out = _cost(tenant, campaign, state)
    for stage in range(TIMES, len(state)):
        if state[stage] is None or (stage == FAILED and state[DELIVERED] is not None):
            continue
        instant = (state[BASE] // 1000 + state[stage]) * 1000
        at = day(zone, instant)
        out[tenant, campaign, View.MESSAGES, at, fields[stage]] = 1
        out[hour_cell(tenant, campaign, zone, instant, BY_PLACE[stage])] = 1
        if stage == FAILED:
            out[tenant, campaign, View.MESSAGES, at, "code" + SEP + label(state[FAILURE_CODE])] = 1
        if stage == SUPPRESSED:
            out[tenant, campaign, View.MESSAGES, at, "reason" + SEP + label(state[SUPPRESSED_REASON])] = 1
    if state[RECIPIENT] is None:
        out |= recipient.of_nobody(tenant, campaign, share(b"", state))
    return out


def _cost(tenant: str, campaign: str, state: State) -> dict[Cell, int]:
    """On the day of the event that carried it."""
    if not state[COST]:
        return {}
    at = state[CARRIED_AT]
    since = at[COST] if at else 0
    field = SEP.join(("message", CHANNELS[state[PLACE] % 4], state[CURRENCY] or ""))
    return {(tenant, campaign, View.SPEND, day(ZONES[state[PLACE] >> 3], state[BASE] + since), field): state[COST]}
