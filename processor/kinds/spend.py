"""What does a spend event count for? The money of its newest version, for its campaign, on the day it was spent (F53)."""

from __future__ import annotations

from typing import Final, NamedTuple

import msgspec

from processor.buckets import day
from processor.kinds import index
from processor.kinds.frame import frame_of, frame_ref
from processor.kinds.versions import notice
from processor.transaction import NotOneSnapshot, Tx
from processor.values import Cell, Ref
from schemas import keys
from schemas.events import Event, Tombstone, canonical
from schemas.keys import SEP, View, label

KIND: Final = "spend"


class State(NamedTuple):
    version: int
    time: int
    content: bytes
    """Canonical JSON of the event's data: what decides between two of one version and time."""
    gone: bool
    """There was a tombstone: nothing that arrives later counts."""
    campaign: str
    spent_at: int
    amount: int
    """In minor units; 0 if deleted."""
    currency: str
    purpose: str
    """Its `kind`."""
    zone: str
    """Of its campaign."""


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(State).decode


def stored(raw: bytes) -> State:
    """What a state says."""
    return _decode(raw)


def ref(tenant: str, entity: bytes) -> Ref:
    return keys.state(KIND, tenant, entity), entity


def observe(tx: Tx, event: Event) -> None:
    """A version of what was spent."""
    tenant, entity, data = event.tenant, keys.digest(event.subject), event.data
    tx.need(ref(tenant, entity), frame_ref(tenant, data.campaign_id))
    (raw,) = tx.read(ref(tenant, entity))
    old = _decode(raw) if raw else None
    stamp = (data.version, event.time, canonical(data))
    if old and not old.gone:
        notice(tx, event, old.version, differs=old.content != stamp[2])
    if old and (old.gone or old[:3] >= stamp):
        return
    amount = 0 if data.deleted else data.amount_minor
    zone = frame_of(tx, tenant, data.campaign_id).zone
    _become(tx, tenant, entity, old, State(*stamp, False, data.campaign_id, data.spent_at, amount, data.currency, data.kind or "", zone))


def forget(tx: Tx, tombstone: Tombstone) -> None:
    """Deleted for good, above every version."""
    tenant, entity = tombstone.tenant, keys.digest(tombstone.subject)
    (raw,) = tx.read(ref(tenant, entity))
    old = _decode(raw) if raw else None
    if not old or not old.gone:
        new = old._replace(gone=True, amount=0) if old else State(0, 0, b"", True, "", 0, 0, "", "", "")
        _become(tx, tenant, entity, old, new)


def decide(tx: Tx, tenant: str, entity: bytes) -> None:
    """Again, because its campaign's zone has changed."""
    (raw,) = tx.read(ref(tenant, entity))
    if not raw:
        raise NotOneSnapshot
    old = _decode(raw)
    if not old.gone:
        _become(tx, tenant, entity, old, old._replace(zone=frame_of(tx, tenant, old.campaign).zone))


def _become(tx: Tx, tenant: str, entity: bytes, old: State | None, new: State) -> None:
    tx.write(ref(tenant, entity), _encode(new))
    tx.replace(contributions(tenant, old), contributions(tenant, new))
    if new.campaign and (old is None or old.campaign != new.campaign):
        index.join(tx, tenant, index.SPENT, new.campaign, entity)


def contributions(tenant: str, state: State | None) -> dict[Cell, int]:
    """What it counts for; see `docs/cells.md`, view e."""
    if state is None or not state.amount:
        return {}
    field = SEP.join(("event", label(state.purpose), state.currency))
    return {(tenant, state.campaign, View.SPEND, day(state.zone, state.spent_at), field): state.amount}
