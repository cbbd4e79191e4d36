"""What does an order count for? Its newest version (facts) at the place that its route names (a decision)."""

from __future__ import annotations

from copy import copy
from typing import Final

import msgspec

from processor.buckets import ZONE_NUMBERS
from processor.kinds import index, opportunity
from processor.kinds.attribution import UNATTRIBUTED, Look, rests_on, route
from processor.kinds.campaign import NOWHERE, frame_of
from processor.kinds.order_cells import contributions, counts_by
from processor.kinds.order_state import Order, agree, is_newer, said, unsaid
from processor.kinds.tenant import terms, terms_ref
from processor.transaction import NotOneSnapshot, Ref, Tx
from schemas import keys
from schemas.events import Event, Tombstone
from schemas.keys import SEP
from schemas.rows import GONE

KIND: Final = "order"

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Order).decode


def stored(raw: bytes) -> Order:
    """What a state says."""
    return _decode(raw)


def ref(tenant: str, entity: bytes) -> Ref:
    return keys.state(KIND, tenant, entity), entity


def mark(tenant: str, entity: bytes) -> bytes:
    """This order is to be decided again."""
    return b"r" + tenant.encode() + SEP.encode() + entity


def observe(tx: Tx, event: Event) -> None:
    """A version of an order. Its route is decided at once, from soft reads: if they are no longer true when the call runs, it is decided again."""
    tenant, entity, data = event.tenant, keys.digest(event.subject), event.data
    own = ref(tenant, entity)
    tx.need(own, terms_ref(tenant), *rests_on(tenant, data.opportunity_id, data.campaign_id, data.promo_codes))
    (raw,) = tx.read(own)
    old, new = _decode(raw) if raw else None, said(event)
    if old and (old.hidden & GONE or not is_newer(new, old)):
        return
    _become(tx, tenant, entity, raw, old, new, lambda *refs: tx.peek(mark(tenant, entity), *refs))


def forget(tx: Tx, tombstone: Tombstone) -> None:
    """Deleted for good, above every version."""
    tenant, entity = tombstone.tenant, keys.digest(tombstone.subject)
    (raw,) = tx.read(ref(tenant, entity))
    old = _decode(raw) if raw else None
    if old and old.hidden & GONE:
        return
    new = copy(old) if old else unsaid(tombstone.subject)
    new.hidden |= GONE
    _become(tx, tenant, entity, raw, old, new, tx.read)


def decide(tx: Tx, tenant: str, entity: bytes) -> None:
    """Again, because something that its route or its day rests on has changed. Every value is verified."""
    (raw,) = tx.read(ref(tenant, entity))
    if not raw:
        raise NotOneSnapshot
    old = _decode(raw)
    _become(tx, tenant, entity, raw, old, copy(old), tx.read)


def decide_orders_of(tx: Tx, tenant: str, entity: bytes) -> bool:
    """All orders of an opportunity; True when they are too many for one call, so that each got a mark of its own."""
    (packed,) = tx.read(opportunity.orders_of(tenant, entity))
    orders = [packed[i : i + 8] for i in range(0, len(packed), 8)]
    if len(orders) > index.STEP:
        for order in orders:
            tx.mark(mark(tenant, order))
        return True
    tx.each(lambda tx, order: decide(tx, tenant, order), orders)
    return False


def _become(tx: Tx, tenant: str, entity: bytes, raw: bytes, old: Order | None, new: Order, look: Look) -> None:
    """Decide, write, count: the one way in which an order changes."""
    found = UNATTRIBUTED if new.hidden else route(look, tenant, new.opportunity_id, new.said_campaign_id, new.promo_codes)
    new.rule, new.campaign_id, new.owner_id, new.step_id = found
    agree(new, terms(tx, tenant))
    at = new.rests_in
    new.zone = ZONE_NUMBERS[frame_of(tx, tenant, NOWHERE if at is None else at).zone]
    encoded = _encode(new)
    if encoded == raw:
        return
    tx.write(ref(tenant, entity), encoded)
    if old is None or counts_by(old) != counts_by(new):
        tx.replace(contributions(tenant, old) if old else {}, contributions(tenant, new))
    if new.opportunity_id is not None and (old is None or old.opportunity_id != new.opportunity_id):
        tx.union(opportunity.orders_of(tenant, keys.digest(new.opportunity_id)), entity)
    for code in new.promo_codes:
        if old is None or code not in old.promo_codes:
            index.join(tx, tenant, index.CODE_ORDERS, code, entity)
    if old is None or at != old.rests_in:
        index.join(tx, tenant, index.ORDERS, NOWHERE if at is None else at, entity)
