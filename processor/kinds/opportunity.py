"""How does an opportunity change? Its state is its timeline; what its campaigns' frames say about it is decided and kept beside it.

What a state counts for is in `opportunity_cells.py`.
"""

from __future__ import annotations

from itertools import islice
from typing import Any, Final, NamedTuple

import msgspec

from processor.buckets import day
from processor.kinds import customer, index
from processor.kinds.campaign import Frame, frame_of, frame_ref
from processor.kinds.opportunity_cells import LETTER, cells_of
from processor.kinds.timeline import OPEN, WON, Entry, Facts, Packed, Run, merge, pack, runs, unpack
from processor.transaction import Cell, NotOneSnapshot, Ref, Tx
from schemas import keys
from schemas.events import Event, Tombstone
from schemas.keys import SEP
from schemas.rows import OpportunityRow, opportunity_row

KIND = "opportunity"


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
        """All that it counts for."""
        if self._cells is None:
            self._cells = (
                cells_of(self.tenant, self.row, self.entries, self.runs, self.decided.zones, self.decided.furthest)
                if self.row.exists
                else {}
            )
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


def stored(tenant: str, raw: bytes) -> State:
    """What a state says."""
    found, (timeline, decided, gone) = _decode(raw)
    return State(tenant, found.id, unpack(timeline), decided, gone=gone)


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
