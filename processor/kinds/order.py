"""What does an order count for? Its newest version (facts) at the place that its route names (a decision)."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final, NamedTuple

import msgspec

from processor.buckets import day
from processor.kinds import index, opportunity
from processor.kinds.attribution import PENDING, UNATTRIBUTED, rests_on, route
from processor.kinds.campaign import NOWHERE, frame_of
from processor.kinds.versions import newer
from processor.transaction import Cell, NotOneSnapshot, Ref, Tx
from schemas import keys
from schemas.events import Event, Tombstone
from schemas.keys import SEP, View
from schemas.rows import OrderRow

KIND: Final = "order"
COUNTED: Final = frozenset(("confirmed", "approved", "paid", "shipped", "delivered", "completed"))
"""Statuses that count unless the tenant says otherwise (D6)."""
CANCELLED: Final = "cancelled"


class Facts(NamedTuple):
    """What the newest version says beyond its row."""

    version: int
    time: int
    campaign_id: str | None
    promo_codes: list[str]
    payment_status: str | None
    tax_minor: int | None
    shipping_minor: int | None
    cancelled_at: int | None
    refunds: list[tuple[str, int, int]]
    """(id, amount, instant)."""
    items_count: int | None
    is_test: bool
    deleted: bool
    gone: bool
    """There was a tombstone: nothing that arrives later counts."""


class Behind(NamedTuple):
    """What is stored behind the row."""

    facts: Facts
    zone: str
    """Of the campaign whose days it counts in."""


State = tuple[OrderRow, Behind]


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(State).decode
_NAMES: Final = (
    "cancelled_at", "campaign_id", "code", "currency", "customer_id", "deleted", "gross_minor", "is_test", "items_count", "opportunity_id",
    "payment_status", "promo_codes", "purchased_at", "refunds", "shipping_minor", "status", "tax_minor",
)  # fmt: skip


def ref(tenant: str, entity: bytes) -> Ref:
    return keys.state(KIND, tenant, entity), entity


def mark(tenant: str, entity: bytes) -> bytes:
    """This order is to be decided again."""
    return b"r" + tenant.encode() + SEP.encode() + entity


def observe(tx: Tx, event: Event) -> None:
    """A version of an order. Its route is decided at once, from soft reads: if they are no longer true when the call runs, it is decided again."""
    tenant, entity, data = event.tenant, keys.digest(event.subject), event.data
    tx.need(ref(tenant, entity), *rests_on(tenant, data.opportunity_id, data.campaign_id, data.promo_codes))
    (raw,) = tx.read(ref(tenant, entity))
    old, kept = _decode(raw) if raw else (None, None)
    facts = Facts(
        version=data.version,
        time=event.time,
        campaign_id=data.campaign_id,
        promo_codes=list(data.promo_codes),
        payment_status=data.payment_status,
        tax_minor=data.tax_minor,
        shipping_minor=data.shipping_minor,
        cancelled_at=data.cancelled_at,
        refunds=[(r.id, r.amount_minor, r.refunded_at) for r in data.refunds],
        items_count=data.items_count,
        is_test=bool(data.is_test),
        deleted=bool(data.deleted),
        gone=False,
    )
    refunds = sum(amount for _, amount, _ in facts.refunds)
    row = OrderRow(
        id=event.subject,
        exists=not (facts.is_test or facts.deleted),
        code=data.code or None,
        customer_id=data.customer_id,
        opportunity_id=data.opportunity_id,
        status=data.status,
        counted=data.status in COUNTED and not 0 < refunds >= data.gross_minor,
        gross_minor=data.gross_minor,
        refunds_minor=refunds,
        currency=data.currency,
        purchased_at=data.purchased_at,
        campaign_id=None,
        rule=0,
        owner_id=None,
        step_id=None,
    )
    if (
        old
        and kept
        and (kept.facts.gone or not newer(facts[:2], kept.facts[:2], lambda: (_NAMES, _values(row, facts), _values(old, kept.facts))))
    ):
        return
    _become(tx, tenant, entity, raw, row, facts, lambda *refs: tx.peek(mark(tenant, entity), *refs))


def forget(tx: Tx, tombstone: Tombstone) -> None:
    """Deleted for good, above every version."""
    tenant, entity = tombstone.tenant, keys.digest(tombstone.subject)
    (raw,) = tx.read(ref(tenant, entity))
    if raw:
        old, (known, _) = _decode(raw)
        if known.gone:
            return
        row, facts = old._replace(exists=False), known._replace(gone=True)
    else:
        row = OrderRow(tombstone.subject, False, None, "", None, "", False, 0, 0, "", 0, None, 0, None, None)
        facts = Facts(0, 0, None, [], None, None, None, None, [], None, False, False, True)
    _become(tx, tenant, entity, raw, row, facts, tx.read)


def decide(tx: Tx, tenant: str, entity: bytes) -> None:
    """Again, because something that its route or its day rests on has changed. Every value is verified."""
    (raw,) = tx.read(ref(tenant, entity))
    if not raw:
        raise NotOneSnapshot
    row, (facts, _) = _decode(raw)
    _become(tx, tenant, entity, raw, row, facts, tx.read)


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


def _values(row: OrderRow, facts: Facts) -> tuple[Any, ...]:
    return (
        facts.cancelled_at, facts.campaign_id, row.code, row.currency, row.customer_id, facts.deleted, row.gross_minor, facts.is_test, facts.items_count, row.opportunity_id,
        facts.payment_status, facts.promo_codes or None, row.purchased_at, [{"amount_minor": a, "id": i, "refunded_at": t} for i, a, t in facts.refunds] or None,
        facts.shipping_minor, row.status, facts.tax_minor,
    )  # fmt: skip


def _become(tx: Tx, tenant: str, entity: bytes, raw: bytes, row: OrderRow, facts: Facts, look: Any) -> None:
    """Decide, write, count: the one way in which an order changes."""
    found = route(look, tenant, row.opportunity_id, facts.campaign_id, facts.promo_codes) if row.exists else UNATTRIBUTED
    at = facts.campaign_id if found is PENDING else found.campaign
    zone = frame_of(tx, tenant, NOWHERE if at is None else at).zone
    row = OrderRow(*row[:11], found.campaign, found.rule, found.owner, found.step)
    encoded = _encode((row, Behind(facts, zone)))
    if encoded == raw:
        return
    tx.write(ref(tenant, entity), encoded)
    tx.replace(contributions(tenant, raw), contributions(tenant, encoded))
    old, kept = _decode(raw) if raw else (None, None)
    if row.opportunity_id is not None and (old is None or old.opportunity_id != row.opportunity_id):
        tx.union(opportunity.orders_of(tenant, keys.digest(row.opportunity_id)), entity)
    for code in facts.promo_codes:
        if kept is None or code not in kept.facts.promo_codes:
            index.join(tx, tenant, index.CODE_ORDERS, code, entity)
    if old is None or kept is None or at != _counted_at(old, kept.facts):
        index.join(tx, tenant, index.ORDERS, NOWHERE if at is None else at, entity)


def _counted_at(row: OrderRow, facts: Facts) -> str | None:
    """Whose zone it rests on."""
    return facts.campaign_id if row.rule == PENDING.rule else row.campaign_id


@lru_cache(16384)
def contributions(tenant: str, raw: bytes) -> dict[Cell, int]:
    """All that an order counts for, of its stored state alone; see `docs/cells.md`, views r, q and l."""
    if not raw:
        return {}
    row, (facts, zone) = _decode(raw)
    if not row.exists:
        return {}
    at = day(zone, row.purchased_at)
    if row.rule == PENDING.rule:
        out: dict[Cell, int] = {(tenant, "", View.BY_CAMPAIGN, at, "pending"): 1}
        if facts.campaign_id is not None:
            out[tenant, facts.campaign_id, View.ORDERS, at, "pending"] = 1
        return out
    return _counts(tenant, row, at)


def _counts(tenant: str, row: OrderRow, at: int) -> dict[Cell, int]:
    """D5 to D7: at its campaign by rule, at its campaign by owner and step, at the tenant by campaign."""
    amounts: dict[str, int] = {}
    if row.status in COUNTED:
        amounts = {"n": int(row.counted), "gross": row.gross_minor, "refunds": row.refunds_minor}
    out: dict[Cell, int] = {}
    campaign, rule, money = row.campaign_id, str(row.rule), SEP + row.currency
    for name, amount in amounts.items():
        if amount:
            tail = "" if name == "n" else money
            out[tenant, "", View.BY_CAMPAIGN, at, name + SEP + (campaign or "") + tail] = amount
            if campaign is not None:
                out[tenant, campaign, View.ORDERS, at, name + SEP + rule + tail] = amount
                out[tenant, campaign, View.ORDERS_BY_OWNER, at, SEP.join((name, row.owner_id or "", row.step_id or "")) + tail] = amount
    if campaign is not None:
        out[tenant, campaign, View.ORDERS, at, "all" + SEP + rule] = 1
        if row.status == CANCELLED:
            out[tenant, campaign, View.ORDERS, at, "cancelled" + SEP + rule] = 1
            if row.gross_minor:
                out[tenant, campaign, View.ORDERS, at, SEP.join(("cancelled_value", rule)) + money] = row.gross_minor
    return out
