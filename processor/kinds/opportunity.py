"""What does an opportunity count for? Its state is its timeline; what its campaigns' frames say about it is decided and kept beside it."""

from __future__ import annotations

from itertools import islice
from typing import Any, Final, NamedTuple

import msgspec

from processor.buckets import day
from processor.kinds import customer, index
from processor.kinds.campaign import Frame, frame_of, frame_ref
from processor.kinds.timeline import LOST, OPEN, WON, Entry, Facts, Packed, Run, history, merge, pack, runs, unpack
from processor.transaction import Cell, NotOneSnapshot, Ref, Tx
from schemas import keys
from schemas.events import Event, Tombstone
from schemas.keys import SEP, View, label
from schemas.rows import OpportunityRow, opportunity_row

KIND = "opportunity"
LETTER = {OPEN: "o", WON: "w", LOST: "l"}


class Decided(NamedTuple):
    """What the frames of its campaigns conclude about an opportunity."""

    statuses: list[str]
    """Per entry (rule 2)."""
    zones: dict[str, str]
    """Campaign -> zone."""
    furthest: str | None
    """Rule 8."""


class State:
    """What is stored: row, timeline, decisions, and whether there was a tombstone (then nothing that arrives later counts)."""

    __slots__ = ("_cells", "decided", "entries", "gone", "row", "runs", "tenant")

    def __init__(self, tenant: str, subject: str, entries: list[Entry], decided: Decided, *, gone: bool) -> None:
        self.tenant, self.entries, self.decided, self.gone = tenant, entries, decided, gone
        self.runs = runs(entries, decided.statuses) if entries else []
        self.row = _row(subject, entries, self.runs, gone=gone)
        self._cells: dict[Cell, int] | None = None

    @property
    def cells(self) -> dict[Cell, int]:
        """All that it counts for; see `docs/cells.md`, views o, k, s, z, f and i."""
        if self._cells is None:
            self._cells = _contributions(self) if self.row.exists else {}
        return self._cells

    def encode(self) -> bytes:
        return _encode((self.row, (pack(self.entries), self.decided, self.gone)))


_RECENT: Final = 4096
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(tuple[OpportunityRow, tuple[Packed, Decided, bool]]).decode
_recent: dict[tuple[str, bytes], State] = {}
"""Stored bytes -> what they mean, of late: unpacking a long timeline and counting it costs more than all the rest. By value, so it cannot be stale."""


def ref(tenant: str, entity: bytes) -> Ref:
    return keys.state(KIND, tenant, entity), entity


def orders_of(tenant: str, entity: bytes) -> Ref:
    """Index of the orders that rest on an opportunity."""
    return keys.resting(KIND, "order", tenant, entity), entity


def orders_mark(tenant: str, entity: bytes) -> bytes:
    """The orders of an opportunity are to be decided again."""
    return b"o" + tenant.encode() + SEP.encode() + entity


def row(raw: bytes) -> OpportunityRow:
    """What orders and readers see of a stored state."""
    return opportunity_row(raw)[0]


def _state(tenant: str, raw: bytes) -> State | None:
    if not raw:
        return None
    known = _recent.get((tenant, raw))
    if known is None:
        found, (timeline, decided, gone) = _decode(raw)
        known = _remember(raw, State(tenant, found.id, unpack(timeline), decided, gone=gone))
    return known


def _remember(raw: bytes, state: State) -> State:
    if len(_recent) >= _RECENT:
        for key in list(islice(_recent, _RECENT // 4)):
            del _recent[key]
    _recent[state.tenant, raw] = state
    return state


def observe(tx: Tx, event: Event) -> None:
    """A version of an opportunity."""
    tenant, entity, data = event.tenant, keys.digest(event.subject), event.data
    tx.need(ref(tenant, entity), frame_ref(tenant, data.campaign_id), customer.ref(tenant, data.campaign_id, data.customer_id))
    (raw,) = tx.read(ref(tenant, entity))
    old = _state(tenant, raw)
    entries = old.entries.copy() if old else []
    if (old and old.gone) or not merge(entries, Entry(data.version, event.time, _facts(data))):
        return
    _become(tx, tenant, event.subject, raw, old, entries, gone=False)


def forget(tx: Tx, tombstone: Tombstone) -> None:
    """Deleted for good, above every version."""
    tenant, entity = tombstone.tenant, keys.digest(tombstone.subject)
    (raw,) = tx.read(ref(tenant, entity))
    old = _state(tenant, raw)
    if old and old.gone:
        return
    _become(tx, tenant, tombstone.subject, raw, old, old.entries if old else [], gone=True)


def decide(tx: Tx, tenant: str, entity: bytes) -> None:
    """Again, because a frame of a campaign of its timeline has changed."""
    (raw,) = tx.read(ref(tenant, entity))
    old = _state(tenant, raw)
    if old is None:
        raise NotOneSnapshot
    if not old.gone:
        _become(tx, tenant, old.row.id, raw, old, old.entries, gone=False)


def _facts(data: Any) -> Facts:
    return Facts(
        amount_minor=data.amount_minor,
        approach_method=data.approach_method or None,
        campaign_id=data.campaign_id,
        created_at=data.created_at,
        currency=data.currency,
        customer_id=data.customer_id,
        customer_name=data.customer_name or None,
        deleted=bool(data.deleted),
        expected_close_on=data.expected_close_on,
        industry=data.industry or None,
        is_test=bool(data.is_test),
        lost_at=data.lost_at,
        lost_reason=data.lost_reason or None,
        owner_id=data.owner_id,
        probability=data.probability,
        status=data.status,
        step_id=data.step_id,
        won_at=data.won_at,
    )


def _become(tx: Tx, tenant: str, subject: str, raw: bytes, old: State | None, entries: list[Entry], *, gone: bool) -> None:
    """Decide, write, count: the one way in which an opportunity changes."""
    entity = keys.digest(subject)
    campaigns = list(dict.fromkeys(entry.facts.campaign_id for entry in entries))
    frames = {campaign: frame_of(tx, tenant, campaign) for campaign in campaigns}
    decided = _decide(entries, frames)
    new = State(tenant, subject, entries, decided, gone=gone)
    moves = customer.plan(tx, tenant, entity, _membership(old), _membership(new))

    encoded = new.encode()
    if encoded == raw:
        return
    tx.write(ref(tenant, entity), encoded)
    tx.replace(old.cells if old else {}, new.cells)
    _remember(encoded, new)
    customer.carry_out(tx, tenant, moves)
    for campaign in campaigns:
        if old is None or campaign not in old.decided.zones:
            index.join(tx, tenant, index.OPPORTUNITIES, campaign, entity)
    if old is None or _route(old.row) != _route(new.row):
        tx.changed(orders_of(tenant, entity), orders_mark(tenant, entity))


def _decide(entries: list[Entry], frames: dict[str, Frame]) -> Decided:
    statuses = []
    for _, time, facts in entries:
        if facts.status:
            statuses.append(facts.status)
        else:
            steps = frames[facts.campaign_id].steps_at(time)
            statuses.append(WON if steps and facts.step_id == steps[-1] else OPEN)
    furthest = None
    if entries:
        home = entries[-1].facts.campaign_id
        position = {step: n for n, step in enumerate(frames[home].steps)}
        visited = {e.facts.step_id for e in entries if e.facts.campaign_id == home and not e.facts.deleted}
        furthest = max((step for step in visited if step in position), key=lambda step: position[step], default=None)
    return Decided(statuses, {campaign: found.zone for campaign, found in frames.items()}, furthest)


def _row(subject: str, entries: list[Entry], found: list[Run], *, gone: bool) -> OpportunityRow:
    """Rules 3, 5, 6 and 7."""
    if not entries:
        return OpportunityRow(subject, False, "", "", None, None, OPEN, None, None, None, None, None, None, 0, None, None, None, None)
    facts, last = entries[-1].facts, found[-1]
    return OpportunityRow(
        id=subject,
        exists=facts.live and not gone,
        campaign_id=facts.campaign_id,
        customer_id=facts.customer_id,
        customer_name=facts.customer_name,
        step_id=facts.step_id,
        status=last.status,
        probability=facts.probability,
        owner_id=facts.owner_id,
        credited_owner_id=facts.owner_id if last.status == OPEN else entries[last.first].facts.owner_id,
        lost_reason=facts.lost_reason,
        industry=facts.industry,
        approach_method=facts.approach_method,
        created_at=facts.created_at,
        closed_at=last.closed,
        amount_minor=facts.amount_minor,
        currency=facts.currency,
        expected_close_on=facts.expected_close_on,
    )


def _route(row: OpportunityRow) -> tuple[object, ...]:
    """What orders rest on (D8 rule 1)."""
    return row.exists, row.campaign_id, row.credited_owner_id, row.step_id


def _membership(state: State | None) -> customer.Membership | None:
    if state is None or not state.row.exists:
        return None
    row = state.row
    zone = state.decided.zones[row.campaign_id]
    return customer.Membership(
        row.campaign_id,
        row.customer_id,
        day(zone, row.created_at),
        LETTER[row.status],
        None if row.closed_at is None else day(zone, row.closed_at),
        row.owner_id or "",
        row.credited_owner_id or "",
    )


def _contributions(state: State) -> dict[Cell, int]:
    out = _cohort(state.tenant, state.row, state.decided)
    out.update(_flows(state.tenant, state.entries, state.runs, state.decided.zones))
    return out


def _cohort(tenant: str, row: OpportunityRow, decided: Decided) -> dict[Cell, int]:
    """Bases created and closed: the present state, on the day it was created and on the day it was closed."""
    zone, campaign = decided.zones[row.campaign_id], row.campaign_id
    letter, owner, credited, step = LETTER[row.status], row.owner_id or "", row.credited_owner_id or "", row.step_id or ""
    registered, money = "r" if owner else "u", SEP + (row.currency or "")
    created = day(zone, row.created_at)
    out: dict[Cell, int] = {}

    def put(view: str, at: int, field: str, amount: int = 1) -> None:
        if amount:
            out[tenant, campaign, view, at, field] = amount

    places = [(View.OPPORTUNITIES, View.STAFF, created)]
    if row.closed_at is not None:
        places.append((View.CLOSED, View.STAFF_CLOSED, day(zone, row.closed_at)))
    for head, staff, at in places:
        put(head, at, SEP.join(("n", letter, registered, step)))
        put(staff, at, SEP.join(("n", owner, letter, step)))
        put(staff, at, SEP.join(("m", owner, label(row.approach_method), "" if row.approach_method else step)))
        if row.status != OPEN:
            put(staff, at, SEP.join(("c", credited, letter)))
        if row.status == LOST:
            put(head, at, "reason" + SEP + label(row.lost_reason))
            put(head, at, "industry" + SEP + label(row.industry))
        if row.status == WON:
            put(head, at, WON + money, row.amount_minor or 0)
    put(View.LIST, created, SEP.join((letter, registered, step, owner, row.id)))
    for field, amount in _outlook(row, decided).items():
        put(View.OPPORTUNITIES, created, field, amount)
    return out


def _outlook(row: OpportunityRow, decided: Decided) -> dict[str, int]:
    """What only the base created knows: how far it came, what may still come of it."""
    out: dict[str, int] = {}
    if row.status != WON:
        out["reached" + SEP + (decided.furthest or "")] = 1
    if row.status == OPEN:
        amount, money = row.amount_minor or 0, SEP + (row.currency or "")
        out[OPEN + money] = amount
        if row.probability is not None:
            out["p" + SEP + str(row.probability)] = 1
            out["weighted" + money] = amount * row.probability
    return out


def _flows(tenant: str, entries: list[Entry], found: list[Run], zones: dict[str, str]) -> dict[Cell, int]:
    """Basis as of: what leaves and what enters on the day of each change; prefix sums are the state of a day (rule 9)."""
    out: dict[Cell, int] = {}
    campaign = ""
    before: dict[str, int] = {}
    for since, facts, status in history(entries, found):
        now = _counted(facts, status) if facts else {}
        home = facts.campaign_id if facts else campaign
        if home != campaign:
            _move(out, (tenant, campaign, View.FLOWS), day(zones[campaign], since) if campaign else 0, before, {})
            campaign, before = home, {}
        _move(out, (tenant, campaign, View.FLOWS), day(zones[campaign], since) if campaign else 0, before, now)
        before = now
    return {cell: amount for cell, amount in out.items() if amount}


def _counted(facts: Facts, status: str) -> dict[str, int]:
    """Fields of one state as of a day."""
    owner = facts.owner_id or ""
    fields = {SEP.join(("n", LETTER[status], "r" if owner else "u", facts.step_id or "")): 1, "owner" + SEP + owner: 1}
    if facts.amount_minor and status != LOST:
        fields[status + SEP + (facts.currency or "")] = facts.amount_minor
    return fields


def _move(out: dict[Cell, int], where: tuple[str, str, str], at: int, before: dict[str, int], now: dict[str, int]) -> None:
    for field in {**before, **now}:
        if change := now.get(field, 0) - before.get(field, 0):
            cell = (*where, at, field)
            out[cell] = out.get(cell, 0) + change
