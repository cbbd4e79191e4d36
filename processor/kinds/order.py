"""What does an order count for? Its newest version (facts) at the place that its route names (a decision)."""

from __future__ import annotations

from copy import copy
from typing import Any, Final

import msgspec

from processor.buckets import ZONE_NUMBERS, ZONES, day
from processor.kinds import index, opportunity
from processor.kinds.attribution import PENDING, UNATTRIBUTED, Look, rests_on, route
from processor.kinds.campaign import NOWHERE, frame_of
from processor.kinds.tenant import Terms, terms, terms_ref
from processor.kinds.versions import newer
from processor.transaction import Cell, NotOneSnapshot, Ref, Tx
from schemas import keys
from schemas.events import Event, Tombstone
from schemas.keys import SEP, View
from schemas.rows import DELETED, GONE, STATUSES, TEST, OrderRow

KIND: Final = "order"
CANCELLED: Final = "cancelled"
_STATUS_NUMBERS: Final = {word: number for number, word in enumerate(STATUSES)}


class Order(OrderRow):
    """All that is stored of an order: its newest version, of which readers see the row; then what was decided about it."""

    version: int
    time: int
    customer_id: str
    said_campaign_id: str | None
    promo_codes: list[str]
    payment_status: str | None
    tax_minor: int | None
    shipping_minor: int | None
    cancelled_at: int | None
    items_count: int | None
    included_minor: int = 0
    """What of `gross_minor` is tax and shipping: a decision of the tenant, as is what `counted` says."""
    status_counted: bool = False
    zone: int = 0
    """Of the campaign whose days it counts in, as in `ZONES`."""
    rule: int = 0
    """Of D8: 1 to 5; 0 while pending."""
    campaign_id: str | None = None
    """Where it counts; None while pending or unattributed."""
    owner_id: str | None = None
    """Credited."""
    step_id: str | None = None

    @property
    def goods_minor(self) -> int:
        """What the producer calls gross."""
        return self.gross_minor - self.included_minor

    @property
    def rests_in(self) -> str | None:
        """The campaign whose zone tells its day; None: the tenant's."""
        return self.said_campaign_id if self.rule == PENDING.rule else self.campaign_id


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Order).decode
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
    own = ref(tenant, entity)
    tx.need(own, terms_ref(tenant), *rests_on(tenant, data.opportunity_id, data.campaign_id, data.promo_codes))
    (raw,) = tx.read(own)
    old, new = _decode(raw) if raw else None, _said(event)
    if old and (
        old.hidden & GONE or not newer((new.version, new.time), (old.version, old.time), lambda: (_NAMES, _values(new), _values(old)))
    ):
        return
    _become(tx, tenant, entity, raw, old, new, lambda *refs: tx.peek(mark(tenant, entity), *refs))


def forget(tx: Tx, tombstone: Tombstone) -> None:
    """Deleted for good, above every version."""
    tenant, entity = tombstone.tenant, keys.digest(tombstone.subject)
    (raw,) = tx.read(ref(tenant, entity))
    old = _decode(raw) if raw else None
    if old and old.hidden & GONE:
        return
    new = (
        copy(old)
        if old
        else Order(tombstone.subject, 0, None, None, "", False, 0, [], "", 0, 0, 0, "", None, [], None, None, None, None, None)
    )
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


def _said(event: Event) -> Order:
    """What a version says, not decided yet."""
    data = event.data
    refunds = [(r.id, r.amount_minor, r.refunded_at) for r in data.refunds] if data.refunds else []
    return Order(
        event.subject,
        (TEST if data.is_test else 0) | (DELETED if data.deleted else 0),
        data.code or None,
        data.opportunity_id,
        _STATUS_NUMBERS.get(data.status, data.status),
        False,
        data.gross_minor,
        refunds,
        data.currency,
        data.purchased_at,
        data.version,
        event.time,
        data.customer_id,
        data.campaign_id,
        data.promo_codes,
        data.payment_status,
        data.tax_minor,
        data.shipping_minor,
        data.cancelled_at,
        data.items_count,
    )


def _values(order: Order) -> tuple[Any, ...]:
    return (
        order.cancelled_at, order.said_campaign_id, order.code, order.currency, order.customer_id, bool(order.hidden & DELETED), order.goods_minor,
        bool(order.hidden & TEST), order.items_count, order.opportunity_id, order.payment_status, order.promo_codes or None, order.purchased_at,
        [{"amount_minor": amount, "id": name, "refunded_at": at} for name, amount, at in order.refunds] or None,
        order.shipping_minor, order.status, order.tax_minor,
    )  # fmt: skip


def _become(tx: Tx, tenant: str, entity: bytes, raw: bytes, old: Order | None, new: Order, look: Look) -> None:
    """Decide, write, count: the one way in which an order changes."""
    found = UNATTRIBUTED if new.hidden else route(look, tenant, new.opportunity_id, new.said_campaign_id, new.promo_codes)
    new.rule, new.campaign_id, new.owner_id, new.step_id = found
    _agree(new, terms(tx, tenant))
    at = new.rests_in
    new.zone = ZONE_NUMBERS[frame_of(tx, tenant, NOWHERE if at is None else at).zone]
    encoded = _encode(new)
    if encoded == raw:
        return
    tx.write(ref(tenant, entity), encoded)
    if old is None or _counts_by(old) != _counts_by(new):
        tx.replace(contributions(tenant, old) if old else {}, contributions(tenant, new))
    if new.opportunity_id is not None and (old is None or old.opportunity_id != new.opportunity_id):
        tx.union(opportunity.orders_of(tenant, keys.digest(new.opportunity_id)), entity)
    for code in new.promo_codes:
        if old is None or code not in old.promo_codes:
            index.join(tx, tenant, index.CODE_ORDERS, code, entity)
    if old is None or at != old.rests_in:
        index.join(tx, tenant, index.ORDERS, NOWHERE if at is None else at, entity)


def _agree(order: Order, terms: Terms) -> None:
    """On what the tenant counts: the status (D6), tax and shipping (D7), and so whether it is fully refunded."""
    goods, back = order.goods_minor, order.refunds_minor
    order.included_minor = (order.tax_minor or 0) * ("tax" in terms.includes) + (order.shipping_minor or 0) * ("shipping" in terms.includes)
    order.gross_minor = goods + order.included_minor
    order.status_counted = order.status in terms.counted_statuses
    order.counted = order.status_counted and not 0 < back >= order.gross_minor


def _counts_by(order: Order) -> tuple[object, ...]:
    """All that `contributions` looks at: most versions change nothing of it."""
    return (
        order.hidden, order.rule, order.campaign_id, order.owner_id, order.step_id, order.status_number, order.status_counted, order.gross_minor, order.refunds, order.currency,
        order.purchased_at, order.zone, order.said_campaign_id,
    )  # fmt: skip


def contributions(tenant: str, order: Order) -> dict[Cell, int]:
    """All that an order counts for, of its state alone; see `docs/cells.md`, views r, q and l."""
    if order.hidden:
        return {}
    at = day(ZONES[order.zone], order.purchased_at)
    if order.rule != PENDING.rule:
        return _counts(tenant, order, at)
    out: dict[Cell, int] = {(tenant, "", View.BY_CAMPAIGN, at, "pending"): 1}
    if order.said_campaign_id is not None:
        out[tenant, order.said_campaign_id, View.ORDERS, at, "pending"] = 1
    return out


def _counts(tenant: str, order: Order, at: int) -> dict[Cell, int]:
    """D5 to D7: at the tenant by campaign, at its campaign by rule, and by owner and step."""
    rule, campaign, status, currency, gross = order.rule, order.campaign_id, order.status, order.currency, order.gross_minor
    amounts = {"gross": gross, "refunds": order.refunds_minor} if order.status_counted else {}
    out: dict[Cell, int] = {}
    if order.counted:
        out[tenant, "", View.BY_CAMPAIGN, at, f"n{SEP}{campaign or ''}"] = 1
    if amounts:
        out[tenant, "", View.BY_CAMPAIGN, at, f"net{SEP}{campaign or ''}{SEP}{currency}"] = gross - amounts["refunds"]
    if campaign is not None:
        place = f"{order.owner_id or ''}{SEP}{order.step_id or ''}"
        out[tenant, campaign, View.ORDERS, at, f"{'n' if order.counted else 'rest'}{SEP}{rule}"] = 1
        if order.counted:
            out[tenant, campaign, View.ORDERS_BY_OWNER, at, f"n{SEP}{place}"] = 1
        for name, amount in amounts.items():
            if amount:
                out[tenant, campaign, View.ORDERS, at, f"{name}{SEP}{rule}{SEP}{currency}"] = amount
                out[tenant, campaign, View.ORDERS_BY_OWNER, at, f"{name}{SEP}{place}{SEP}{currency}"] = amount
        if status == CANCELLED:
            out[tenant, campaign, View.ORDERS, at, f"cancelled{SEP}{rule}"] = 1
            out[tenant, campaign, View.ORDERS, at, f"cancelled_value{SEP}{rule}{SEP}{currency}"] = gross
    return out
