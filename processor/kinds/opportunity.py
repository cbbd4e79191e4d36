"""How does an opportunity change? Its state is its timeline; what its campaigns' frames say about it is decided and kept beside it.

What a state counts for is in `opportunity_cells.py`, what happened to it in `movements.py`.
"""

from __future__ import annotations

from functools import cached_property
from itertools import takewhile
from operator import attrgetter
from typing import Final

import msgspec

from processor.buckets import ZONE_NUMBERS, ZONES, day
from processor.kinds import customer, index
from processor.kinds import tenant as settings
from processor.kinds.frame import Frame, frame_of, frame_ref
from processor.kinds.movements import Happening, is_late, movements, on_step_since
from processor.kinds.opportunity_cells import LETTER, count_history, count_hour, count_movements, count_present
from processor.kinds.timeline import OPEN, WON, AsOf, Change, Entry, Run, changes, effective_times, history, merged, runs, with_changes
from processor.kinds.versions import notice
from processor.transaction import NotOneSnapshot, Ref, Tx
from schemas import keys
from schemas.events import Event, Tombstone
from schemas.keys import SEP
from schemas.rows import DELETED, GONE, OPPORTUNITY_STATUSES, TEST, OpportunityRow, opportunity_row

KIND: Final = "opportunity"


class Opportunity(OpportunityRow):
    """All that is stored: the newest version, of which readers see the row, all versions before it, and what was decided about them.

    Of one that is gone nothing but that is kept.
    """

    version: int = 0
    time: int = 0
    is_stated: bool = False
    """Whether the newest version says its status."""
    won_at: int | None = None
    lost_at: int | None = None
    earlier: list[Change] = msgspec.field(default_factory=list)
    """The versions before, with their decided statuses."""
    zones: list[int] = msgspec.field(default_factory=list)
    """Decided: places in `ZONES`, of the campaigns that it was in, the present one first."""
    further: str | None = None
    """Decided: the furthest step (rule 8), if that is another than the present one."""
    is_late: bool = False
    """Decided: claimed later than its campaign would have it (rule 17)."""

    @property
    def stated(self) -> str | None:
        return self.status if self.is_stated else None

    @property
    def deleted(self) -> bool:
        return bool(self.hidden & DELETED)

    @property
    def is_test(self) -> bool:
        return bool(self.hidden & TEST)


class Life:
    """An opportunity that is not gone: as it is now, and how it came to be that."""

    def __init__(self, now: Opportunity, entries: list[Entry], times: list[int], found: list[Run]) -> None:
        self.now, self.entries, self.times, self.runs = now, entries, times, found
        self.zones = {campaign: ZONES[number] for campaign, number in zip(_campaigns(entries), now.zones, strict=True)}
        """Of the campaigns that it was in."""
        zone = self.zones[now.campaign_id]
        self.created = day(zone, now.created_at)
        self.closed = None if now.closed_at is None else day(zone, now.closed_at)

    @cached_property
    def states(self) -> list[AsOf]:
        """Its history (rule 9); nothing of one that does not exist."""
        return history(self.entries, self.times, self.runs) if self.now.exists else []

    @cached_property
    def happened(self) -> list[Happening]:
        """Its movements (rules 13 to 17)."""
        return movements(self.states, self.runs, self.entries, late=self.now.is_late)

    def membership(self) -> customer.Membership | None:
        """What its customer has of it; None if it does not exist."""
        now = self.now
        if not now.exists:
            return None
        credit = None if now.credit == 0 else now.credited_owner_id or ""
        return customer.Membership(
            now.campaign_id, now.customer_id, LETTER[now.status], now.created_at, now.closed_at, now.owner_id or "", credit, now.zones[0]
        )


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Opportunity).decode
_as_said = attrgetter(*Entry._fields)


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


def row(raw: bytes) -> OpportunityRow:
    """What orders and readers see of a stored state."""
    return opportunity_row(raw)


def stored(raw: bytes) -> Life | None:
    """What a state says, unpacked; None of one that is gone."""
    now = _decode(raw)
    if now.hidden & GONE:
        return None
    entries, statuses = with_changes(Entry._make(_as_said(now)), now.status, now.earlier)
    times = effective_times(entries)
    return Life(now, entries, times, runs(entries, statuses, times))


def observe(tx: Tx, event: Event) -> None:
    """A version of an opportunity."""
    tenant, entity, data = event.tenant, keys.digest(event.subject), event.data
    own = ref(tenant, entity)
    tx.need(own, frame_ref(tenant, data.campaign_id), customer.ref(tenant, data.campaign_id, data.customer_id), settings.credit_ref(tenant))
    (raw,) = tx.read(own)
    old = stored(raw) if raw else None
    if raw and not old:
        return
    entry = _entry(event)
    if old and entry.version <= old.now.version:
        known = next((known for known in old.entries if known.version == entry.version), old.entries[-1])
        notice(tx, event, known.version, differs=known[2:] != entry[2:])
    entries = merged(old.entries if old else [], entry)
    if entries:
        _become(tx, tenant, event.subject, raw, old, entries)


def forget(tx: Tx, tombstone: Tombstone) -> None:
    """Deleted for good, above every version."""
    tenant, entity = tombstone.tenant, keys.digest(tombstone.subject)
    (raw,) = tx.read(ref(tenant, entity))
    _replace(tx, tenant, raw, stored(raw) if raw else None, Opportunity(tombstone.subject, GONE), None)


def decide(tx: Tx, tenant: str, entity: bytes) -> None:
    """Again, because a frame of a campaign of its timeline has changed."""
    (raw,) = tx.read(ref(tenant, entity))
    if not raw:
        raise NotOneSnapshot
    if old := stored(raw):
        _become(tx, tenant, old.now.id, raw, old, old.entries)


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
    )


def _become(tx: Tx, tenant: str, subject: str, raw: bytes, old: Life | None, entries: list[Entry]) -> None:
    """Decide again, from all that was said."""
    frames = {campaign: frame_of(tx, tenant, campaign) for campaign in _campaigns(entries)}
    statuses = [entry.stated or _by_step(entry, frames[entry.campaign_id]) for entry in entries]
    new = _decided(subject, entries, statuses, frames, to_owner_now=settings.is_credited_now(tx, tenant))
    _replace(tx, tenant, raw, old, new.now, new)


def _decided(subject: str, entries: list[Entry], statuses: list[str], frames: dict[str, Frame], *, to_owner_now: bool) -> Life:
    """Rules 3 to 8. `frames`: of the campaigns that it was in, the present one first. `to_owner_now`: whom the tenant credits."""
    times = effective_times(entries)
    found = runs(entries, statuses, times)
    newest, last = entries[-1], found[-1]
    credited = newest.owner_id if to_owner_now or last.status == OPEN else entries[last.first].owner_id
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
        industry=newest.industry,
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


def _campaigns(entries: list[Entry]) -> list[str]:
    """Of these entries, that of the newest one first."""
    return list(dict.fromkeys([entry.campaign_id for entry in reversed(entries)]))


def _replace(tx: Tx, tenant: str, raw: bytes, old: Life | None, now: Opportunity, new: Life | None) -> None:
    """Write and count: the one way in which an opportunity changes. `new`: how it came to be what it is now; None if it is gone."""
    entity, encoded = keys.digest(now.id), _encode(now)
    if encoded == raw:
        return
    moves = customer.plan(tx, tenant, entity, old.membership() if old else None, new.membership() if new else None)
    tx.write(ref(tenant, entity), encoded)
    count(tx, tenant, old, new)
    customer.carry_out(tx, tenant, moves)
    for campaign in new.zones if new else ():
        if old is None or campaign not in old.zones:
            index.join(tx, tenant, index.OPPORTUNITIES, campaign, entity)
    if old is None or _route(old.now) != _route(now):
        tx.changed(orders_of(tenant, entity), orders_mark(tenant, entity))
    if old is None or (old.now.exists, old.now.campaign_id) != (now.exists, now.campaign_id):
        tx.changed(interactions_of(tenant, entity), interactions_mark(tenant, entity))


def count(tx: Tx, tenant: str, was: Life | None, becomes: Life | None) -> None:
    """Take back what it counted and count what it counts now. None, or one that does not exist: nothing."""
    lives = [(life if life and life.now.exists else None) for life in (was, becomes)]
    skip, have_moved = 0, True
    if was and becomes and was.zones.items() <= becomes.zones.items():
        skip = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(was.states, becomes.states, strict=False)))
        have_moved = was.happened != becomes.happened
    for life, sign in zip(lives, (-1, 1), strict=True):
        if life:
            count_present(tx, tenant, life.now, life.created, life.closed, life.now.further, sign)
            count_hour(tx, tenant, life.now, life.zones[life.now.campaign_id], sign)
            count_history(tx, tenant, life.zones, life.states, sign, skip=skip)
            if have_moved:
                count_movements(tx, tenant, life.zones, life.happened, sign)


def _route(now: Opportunity) -> tuple[object, ...]:
    """What orders rest on (D8 rule 1)."""
    return now.exists, now.campaign_id, now.credited_owner_id, now.step_id
