"""What is stored of an order: its newest version (facts), and what was decided about it."""

from __future__ import annotations

from copy import copy
from typing import Any, Final, NamedTuple

from processor.kinds.tenant import Terms
from processor.kinds.versions import Said
from schemas.events import Event
from schemas.rows import DELETED, GONE, STATUSES, TEST, OrderRow

CANCELLED: Final = "cancelled"
PENDING: Final = 0
"""The rule of an order whose opportunity was never seen."""
BY_TOUCH: Final = 4
UNATTRIBUTED: Final = 5
_STATUS_NUMBERS: Final = {word: number for number, word in enumerate(STATUSES)}
_NAMES: Final = (
    "cancelled_at", "campaign_id", "code", "currency", "customer_id", "deleted", "gross_minor", "is_test", "items_count", "opportunity_id",
    "payment_status", "promo_codes", "purchased_at", "refunds", "shipping_minor", "status", "tax_minor",
)  # fmt: skip


class Claim(NamedTuple):
    """Which touches an order asks for (D8 rule 4)."""

    customer_id: str
    purchased_at: int
    heard: int
    """When Kafka first had an event that says so, s since 1970 UTC."""


class Order(OrderRow):
    """All that is stored of an order: its newest version, of which readers see the row; then what was decided about it."""

    version: int
    time: int
    said_campaign_id: str | None
    promo_codes: list[str]
    payment_status: str | None
    tax_minor: int | None
    shipping_minor: int | None
    cancelled_at: int | None
    items_count: int | None
    heard: int = 0
    """When Kafka first had an event that says of whom and of when it is what the newest version says, s since 1970 UTC."""
    claims: tuple[Claim, ...] = ()
    """What else was ever said of whom and of when it is."""
    included_minor: int = 0
    """What of `gross_minor` is tax and shipping: a decision of the tenant, as is what `counted` says."""
    status_counted: bool = False
    zone: int = 0
    """Of the campaign whose days it counts in, as in `ZONES`."""

    @property
    def goods_minor(self) -> int:
        """What the producer calls gross."""
        return self.gross_minor - self.included_minor

    @property
    def is_open_to_touches(self) -> bool:
        """Whether it came as far as rule 4, found something there or not."""
        return not self.hidden and self.rule >= BY_TOUCH

    @property
    def cancelled_on(self) -> int | None:
        """The instant of its cancellation, if it is cancelled."""
        if self.status != CANCELLED:
            return None
        return self.time if self.cancelled_at is None else self.cancelled_at

    @property
    def rests_in(self) -> str | None:
        """The campaign whose zone tells its day; None: the tenant's."""
        return self.said_campaign_id if self.rule == PENDING else self.campaign_id


def said(event: Event) -> Order:
    """What a version says, not decided yet."""
    data = event.data
    refunds = [(r.id, r.amount_minor, r.refunded_at) for r in data.refunds] if data.refunds else []
    return Order(
        event.subject,
        (TEST if data.is_test else 0) | (DELETED if data.deleted else 0),
        data.code or None,
        data.opportunity_id,
        data.customer_id,
        _STATUS_NUMBERS.get(data.status, data.status),
        False,
        data.gross_minor,
        refunds,
        data.currency,
        data.purchased_at,
        PENDING,
        None,
        None,
        None,
        None,
        data.version,
        event.time,
        data.campaign_id,
        data.promo_codes,
        data.payment_status,
        data.tax_minor,
        data.shipping_minor,
        data.cancelled_at,
        data.items_count,
        event.taken // 1000,
    )


def claiming(old: Order | None, new: Order | None, heard: Said) -> Order | None:
    """An order with all that was ever said of whom and of when it is. `old`: as it is stored; `new`: by its newest version, None if that is the stored one; `heard`:
    what was said. None: nothing of it is news.
    """
    if new and ((old is None and len(heard) == 1) or new.hidden & GONE):
        return new
    found = new or old
    if found is None or found.hidden & GONE:
        return None
    claims = {} if old is None else {(old.customer_id, old.purchased_at): old.heard} | {claim[:2]: claim.heard for claim in old.claims}
    known = len(claims), sum(claims.values())
    for event in heard:
        if isinstance(event, Event):
            claim, at = (event.data.customer_id, event.data.purchased_at), event.taken // 1000
            claims[claim] = min(at, claims.get(claim, at))
    if new is None and known == (len(claims), sum(claims.values())):
        return None
    found = new or copy(found)
    found.heard = claims.pop((found.customer_id, found.purchased_at))
    found.claims = tuple(Claim(*claim, at) for claim, at in sorted(claims.items()))
    return found


def _values(order: Order) -> tuple[Any, ...]:
    return (
        order.cancelled_at, order.said_campaign_id, order.code, order.currency, order.customer_id, bool(order.hidden & DELETED), order.goods_minor,
        bool(order.hidden & TEST), order.items_count, order.opportunity_id, order.payment_status, order.promo_codes or None, order.purchased_at,
        [{"amount_minor": amount, "id": name, "refunded_at": at} for name, amount, at in order.refunds] or None,
        order.shipping_minor, order.status, order.tax_minor,
    )  # fmt: skip


CONTENT: Final = (_NAMES, _values)
"""What two images of one version and time are told apart by."""


def gone(order: Order | None, identity: str) -> Order:
    """What an order is under a tombstone, also one that no version is known of."""
    new = (
        copy(order)
        if order
        else Order(
            identity,
            0,
            None,
            None,
            "",
            "",
            False,
            0,
            [],
            "",
            0,
            PENDING,
            None,
            None,
            None,
            None,
            0,
            0,
            None,
            [],
            None,
            None,
            None,
            None,
            None,
        )
    )
    new.hidden |= GONE
    return new


def agree(order: Order, terms: Terms) -> None:
    """Decide on what the tenant counts: the status (D6), tax and shipping (D7), and so whether it is fully refunded."""
    goods, back = order.goods_minor, order.refunds_minor
    order.included_minor = (order.tax_minor or 0) * ("tax" in terms.includes) + (order.shipping_minor or 0) * ("shipping" in terms.includes)
    order.gross_minor = goods + order.included_minor
    order.status_counted = order.status in terms.counted_statuses
    order.counted = order.status_counted and not 0 < back >= order.gross_minor
