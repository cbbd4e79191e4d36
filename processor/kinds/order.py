"""What does an order count for? Its newest version (facts) at the place that its route names (a decision)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import msgspec

from processor.buckets import ZONE_NUMBERS
from processor.kinds import index, opportunity, touch, touch_retention
from processor.kinds.attribution import Route, opportunity_ref, rests_on, route
from processor.kinds.frame import NOWHERE, frame_of, frame_ref
from processor.kinds.order_cells import contributions, counts_by
from processor.kinds.order_state import CONTENT, UNATTRIBUTED, Order, agree, claiming, gone, said
from processor.kinds.tenant import retention_of, retention_ref, terms, terms_ref
from processor.kinds.versions import Group, by_entity, newest
from processor.transaction import NotOneSnapshot, Tx
from processor.values import Look, Ref
from schemas import keys
from schemas.events import Event, Tombstone
from schemas.keys import SEP
from schemas.rows import MODEL_VERSION, TouchRow

KIND: Final = "order"
UNKNOWN_STATUS: Final = "unknown_status"
"""Its status is none of the contract's words. It counts if the tenant counts that word (D6)."""

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Order).decode


def stored(raw: bytes) -> Order:
    """What a state says."""
    return _decode(raw)


def mark(tenant: str, entity: bytes) -> bytes:
    """This order is to be decided again."""
    return b"r" + tenant.encode() + SEP.encode() + entity


def sorted_out(events: Iterable[Event | Tombstone]) -> tuple[Group, list[Ref]]:
    """The events of a group by order, and all that may have to be read for them."""
    group = by_entity(KIND, events)
    refs = [*group, *(ref(tenant) for tenant in {tenant for tenant, _ in group.values()} for ref in (terms_ref, retention_ref))]
    for tenant, heard in group.values():
        for event in heard:
            if isinstance(event, Event):
                refs += rests_on(tenant, event.data.opportunity_id, event.data.campaign_id, event.data.promo_codes, event.data.customer_id)
    return group, refs


def observe(tx: Tx, sorted_out: tuple[Group, list[Ref]]) -> None:
    """All that a group of events says about orders. Routes are decided at once, from soft reads: one that is no longer true when the call runs is decided again."""
    group, needed = sorted_out
    refs = list(group)
    tx.need(*needed)
    raws = tx.take(refs)
    olds = [_decode(raw) if raw else None for raw in raws]
    news = [claiming(old, newest(tx, old, heard, said, gone, CONTENT), heard) for old, (_, heard) in zip(olds, group.values(), strict=True)]
    retaining = {tenant for tenant in dict.fromkeys(tenant for tenant, _ in group.values()) if retention_of(tx, tenant)}
    whose = [(tenant, entity) for (_, entity), (tenant, _) in group.items()]

    def decide_softly(tx: Tx, found: tuple[tuple[str, bytes], Order | None]) -> None:
        (tenant, entity), new = found
        if new:
            _decide(tx, tenant, entity, new, lambda *refs: tx.peek(mark(tenant, entity), *refs))

    tx.each(decide_softly, zip(whose, news, strict=True))
    for (tenant, entity), old, new in zip(whose, olds, news, strict=True):
        if new:
            _change(tx, tenant, entity, old, new)
            if tenant in retaining:
                touch_retention.ask(tx, tenant, new)
            if isinstance(new.status_number, str) and not new.hidden:
                tx.notice(KIND, UNKNOWN_STATUS, entity)
    tx.give(refs, raws, [_encode(new) if new else raw for new, raw in zip(news, raws, strict=True)])


def decide(tx: Tx, tenant: str, entity: bytes) -> None:
    """Again, because something that its route, its day or what it counts for rests on has changed. Every value is verified."""
    ref = (keys.state(KIND, tenant, entity), entity)
    (raw,) = tx.read(ref)
    if not raw:
        raise NotOneSnapshot
    old, new = _decode(raw), _decode(raw)
    tx.need(
        terms_ref(tenant),
        retention_ref(tenant),
        frame_ref(tenant, old.rests_in or NOWHERE),
        *rests_on(tenant, old.opportunity_id, old.said_campaign_id, old.promo_codes, old.customer_id),
    )
    _decide(tx, tenant, entity, new, tx.read)
    if retention_of(tx, tenant):
        touch_retention.ask(tx, tenant, new)
    if new != old:
        tx.write(ref, _encode(new))
        _change(tx, tenant, entity, old, new)


def decide_orders_of(tx: Tx, tenant: str, entity: bytes) -> None:
    """All orders of an opportunity."""
    (packed,) = tx.read(opportunity.orders_of(tenant, entity))
    index.decide_all(tx, tenant, index.unpacked(packed), decide, mark)


def decide_orders_touched(tx: Tx, tenant: str, customer: bytes) -> None:
    """Those of a customer that came to rule 4."""
    index.decide_all(tx, tenant, touch.orders(tx, tenant, customer), decide, mark)


def _decide(tx: Tx, tenant: str, entity: bytes, order: Order, look: Look) -> None:
    found = Route(UNATTRIBUTED) if order.hidden else route(tx, look, tenant, order)
    order.rule, order.campaign_id, order.owner_id, order.step_id = found.rule, found.campaign, found.owner, found.step
    order.touch = found.touch and TouchRow(found.touch.subject, found.touch.verb, found.touch.channel, found.touch.time, MODEL_VERSION)
    if found.rests_on_touches:
        touch.rest(tx, tenant, order.customer_id, entity, order.purchased_at)
    agree(order, terms(tx, tenant))
    order.zone = ZONE_NUMBERS[frame_of(tx, tenant, order.rests_in or NOWHERE).zone]


def _change(tx: Tx, tenant: str, entity: bytes, old: Order | None, new: Order) -> None:
    """Count, and be found by what it rests on."""
    if old is None or counts_by(old) != counts_by(new):
        tx.replace(contributions(tenant, old) if old else {}, contributions(tenant, new))
    if new.opportunity_id is not None and (old is None or old.opportunity_id != new.opportunity_id):
        tx.union(opportunity.orders_of(tenant, opportunity_ref(tenant, new.opportunity_id)[1]), entity)
    for code in new.promo_codes:
        if old is None or code not in old.promo_codes:
            index.join(tx, tenant, index.CODE_ORDERS, code, entity)
    if old is None or new.rests_in != old.rests_in:
        index.join(tx, tenant, index.ORDERS, new.rests_in or NOWHERE, entity)
    if new.rests_in is not None and not new.hidden:
        tx.touch(tenant, new.rests_in)  # its list says more of an order than cells do
    if new.is_open_to_touches and not (old and old.is_open_to_touches):
        index.join(tx, tenant, index.TOUCHED, "", entity)
