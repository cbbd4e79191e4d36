"""How does an opportunity change? By versions, all of which are kept, and by what its campaigns' frames say about it, which is decided and kept beside them.

What is kept is in `opportunity_state.py`, what it counts for in `opportunity_cells.py`, what happened to it in `movements.py`.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import takewhile
from typing import Final

from processor.buckets import ZONE_NUMBERS
from processor.kinds import customer, index
from processor.kinds import tenant as settings
from processor.kinds.frame import Frame, frame_of, frame_ref
from processor.kinds.movements import is_late, on_step_since
from processor.kinds.opportunity_cells import count_history, count_hour, count_movements, count_present
from processor.kinds.opportunity_state import Life, Opportunity, campaigns, encode, stored
from processor.kinds.timeline import LOST, OPEN, WON, Entry, changes, effective_times, merged, runs
from processor.kinds.versions import Group, Said, by_entity, notice
from processor.transaction import NotOneSnapshot, Tx
from processor.values import Look, Ref
from schemas import keys
from schemas.events import Event, Tombstone
from schemas.keys import SEP
from schemas.rows import DELETED, GONE, OPPORTUNITY_STATUSES, TEST, OpportunityRow, opportunity_row

KIND: Final = "opportunity"


def ref(tenant: str, entity: bytes) -> Ref:
    return keys.state(KIND, tenant, entity), entity


def orders_of(tenant: str, entity: bytes) -> Ref:
    """Index of the orders that rest on an opportunity."""
    return keys.resting(KIND, "order", tenant, entity), entity


def orders_mark(tenant: str, entity: bytes) -> bytes:
    """The orders of an opportunity are to be decided again."""
    return b"o" + tenant.encode() + SEP.encode() + entity


def interactions_of(tenant: str, entity: bytes) -> Ref:
    """Index of the interactions that rest on an opportunity."""
    return keys.resting(KIND, "interaction", tenant, entity), entity


def interactions_mark(tenant: str, entity: bytes) -> bytes:
    """The interactions of an opportunity are to be decided again."""
    return b"j" + tenant.encode() + SEP.encode() + entity


def tell(tx: Tx, tenant: str, entity: bytes, look: Look) -> None:
    """Readers of the campaign that it is in are told: what is listed beside it reads differently. `look`: how it is read."""
    (raw,) = look(ref(tenant, entity))
    if raw and (found := row(raw)).exists:
        tx.touch(tenant, found.campaign_id)


def row(raw: bytes) -> OpportunityRow:
    """What orders and readers see of a stored state."""
    return opportunity_row(raw)


def sorted_out(events: Iterable[Event | Tombstone]) -> tuple[Group, list[Ref]]:
    """The events of a group by opportunity, and all that has to be read for them."""
    group = by_entity(KIND, events)
    needed = dict.fromkeys([*group, *(settings.credit_ref(tenant) for tenant in {tenant for tenant, _ in group.values()})])
    for tenant, said in group.values():
        for event in said:
            if isinstance(event, Event):
                data = event.data
                needed[frame_ref(tenant, data.campaign_id)] = needed[customer.ref(tenant, data.campaign_id, data.customer_id)] = None
    return group, [*needed]


def observe(tx: Tx, sorted_out: tuple[Group, list[Ref]]) -> None:
    """All that a group of events says about opportunities."""
    group, needed = sorted_out
    tx.need(*needed)
    lives = [stored(raw) if raw else None for raw in tx.read(*group)]
    tx.need(*(of for (tenant, _), life in zip(group.values(), lives, strict=True) if life for of in _rests_on(tenant, life)))
    with customer.Records(tx) as records:
        for (own, (tenant, said)), old in zip(group.items(), lives, strict=True):
            (raw,) = tx.read(own)
            if raw and not old:
                continue
            entries = _merged(tx, old, said)
            if entries is None:
                _replace(tx, records, tenant, own, raw, old, Opportunity(said[0].subject, GONE), None)
            elif not old or entries is not old.entries:
                _become(tx, records, tenant, own, raw, old, said[0].subject, entries)


def _rests_on(tenant: str, life: Life) -> list[Ref]:
    """What else one is decided by that is there already."""
    return [*(frame_ref(tenant, campaign) for campaign in life.zones), customer.ref(tenant, life.now.campaign_id, life.now.customer_id)]


def _merged(tx: Tx, old: Life | None, said: Said) -> list[Entry] | None:
    """Its versions with what is said now, the same list if that is nothing new; None if it is gone: deleted for good, above every version."""
    entries = old.entries if old else []
    for event in said:
        if isinstance(event, Tombstone):
            return None
        entry = _entry(event)
        if entries and entry.version <= entries[-1].version:
            known = next((known for known in entries if known.version == entry.version), entries[-1])
            notice(tx, event, known.version, differs=known[2:] != entry[2:])
        entries = merged(entries, entry) or entries
    return entries


def decide(tx: Tx, tenant: str, entity: bytes) -> None:
    """Again, because a frame of a campaign of its timeline has changed."""
    own = ref(tenant, entity)
    (raw,) = tx.read(own)
    if not raw:
        raise NotOneSnapshot
    if old := stored(raw):
        with customer.Records(tx) as records:
            _become(tx, records, tenant, own, raw, old, old.now.id, old.entries)


def _entry(event: Event) -> Entry:
    """What a version says, in the order of the fields of `Entry`."""
    data = event.data
    return Entry(
        data.version,
        event.time,
        data.status,
        data.step_id,
        data.owner_id,
        data.probability,
        data.amount_minor,
        data.won_at,
        data.lost_at,
        data.lost_reason or None,
        data.campaign_id,
        data.customer_id,
        data.customer_name or None,
        data.currency,
        data.industry or None,
        data.approach_method or None,
        data.expected_close_on,
        data.created_at,
        bool(data.deleted),
        bool(data.is_test),
        data.competitor or None,
        data.source or None,
    )


def _become(
    tx: Tx, records: customer.Records, tenant: str, own: Ref, raw: bytes, old: Life | None, subject: str, entries: list[Entry]
) -> None:
    """Decide again, from all that was said."""
    frames = {campaign: frame_of(tx, tenant, campaign) for campaign in campaigns(entries)}
    statuses = [entry.stated or _by_step(entry, frames[entry.campaign_id]) for entry in entries]
    new = _decided(subject, entries, statuses, frames, to_owner_now=settings.is_credited_now(tx, tenant))
    _replace(tx, records, tenant, own, raw, old, new.now, new)


def _decided(subject: str, entries: list[Entry], statuses: list[str], frames: dict[str, Frame], *, to_owner_now: bool) -> Life:
    """Rules 3 to 8. `frames`: of the campaigns that it was in, the present one first. `to_owner_now`: whom the tenant credits."""
    times = effective_times(entries)
    found = runs(entries, statuses, times)
    newest, last = entries[-1], found[-1]
    credited = newest.owner_id if to_owner_now or last.status == OPEN else entries[last.first].owner_id
    industry = entries[last.first].industry if last.status == LOST else newest.industry
    now = Opportunity(
        id=subject,
        hidden=(DELETED if newest.deleted else 0) | (TEST if newest.is_test else 0),
        campaign_id=newest.campaign_id,
        customer_id=newest.customer_id,
        customer_name=newest.customer_name,
        step_id=newest.step_id,
        status_number=OPPORTUNITY_STATUSES.index(last.status),
        probability=newest.probability,
        owner_id=newest.owner_id,
        credit=0 if credited == newest.owner_id else credited,
        lost_reason=newest.lost_reason,
        industry=industry,
        approach_method=newest.approach_method,
        created_at=newest.created_at,
        closed_at=last.closed,
        amount_minor=newest.amount_minor,
        currency=newest.currency,
        expected_close_on=newest.expected_close_on,
        version=newest.version,
        time=newest.time,
        is_stated=newest.stated is not None,
        won_at=newest.won_at,
        lost_at=newest.lost_at,
        earlier=changes(entries, statuses),
        zones=[ZONE_NUMBERS[frame.zone] for frame in frames.values()],
        further=_further(entries, frames[newest.campaign_id]),
        said_industry=0 if industry == newest.industry else newest.industry,
        competitor=newest.competitor,
        source=newest.source,
    )
    new = Life(now, entries, times, found)
    now.step_since = on_step_since(new.states)
    now.is_late = any(frame.registration_wait_s is not None for frame in frames.values()) and is_late(new.states, now.created_at, frames)
    return new


def _by_step(entry: Entry, frame: Frame) -> str:
    """The status that a step means (D4)."""
    steps = frame.steps_at(entry.time)
    return WON if steps and entry.step_id == steps[-1] else OPEN


def _further(entries: list[Entry], frame: Frame) -> str | None:
    """Rule 8. `frame`: of the present campaign."""
    home, present = entries[-1].campaign_id, entries[-1].step_id
    visited = {entry.step_id for entry in entries if entry.campaign_id == home and not entry.deleted}
    if visited == {present}:
        return None
    furthest = next((step for step in reversed(frame.steps) if step in visited), None)
    return None if furthest == present else furthest


def _replace(
    tx: Tx, records: customer.Records, tenant: str, own: Ref, raw: bytes, old: Life | None, now: Opportunity, new: Life | None
) -> None:
    """Write and count: the one way in which an opportunity changes. `new`: how it came to be what it is now; None if it is gone."""
    entity, encoded = own[1], encode(now)
    if encoded == raw:
        return
    records.move(tenant, entity, old.membership() if old else None, new.membership() if new else None)
    tx.write(own, encoded)
    count(tx, tenant, old, new)
    if now.exists:
        tx.touch(tenant, now.campaign_id)  # its list says more of an opportunity than cells do
    for campaign in new.zones if new else ():
        if old is None or campaign not in old.zones:
            index.join(tx, tenant, index.OPPORTUNITIES, campaign, entity)
    if old is None or _route(old.now) != _route(now):
        tx.changed(orders_of(tenant, entity), orders_mark(tenant, entity))
    if old is None or (old.now.exists, old.now.campaign_id) != (now.exists, now.campaign_id):
        tx.changed(interactions_of(tenant, entity), interactions_mark(tenant, entity))


def count(tx: Tx, tenant: str, was: Life | None, becomes: Life | None) -> None:
    """Take back what it counted and count what it counts now. None, or one that does not exist: nothing."""
    was, becomes = (life if life and life.now.exists else None for life in (was, becomes))
    skip, same_hour = 0, False
    before, after = (life.happened() if life else [] for life in (was, becomes))
    if was and becomes and was.zones.items() <= becomes.zones.items():
        skip = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(was.states, becomes.states, strict=False)))
        same_hour = was.born == becomes.born
        if before == after:
            before = after = []
    for life, happened, sign in ((was, before, -1), (becomes, after, 1)):
        if life:
            count_present(tx, tenant, life.now, life.created, life.closed, life.now.further, sign)
            if not same_hour:
                count_hour(tx, tenant, *life.born, sign)
            count_history(tx, tenant, life.zones, life.states, sign, skip=skip)
            count_movements(tx, tenant, life.zones, happened, sign)


def _route(now: Opportunity) -> tuple[object, ...]:
    """What orders rest on (D8 rule 1)."""
    return now.exists, now.campaign_id, now.credited_owner_id, now.step_id
