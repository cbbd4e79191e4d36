"""Topic `orders`: what customers bought, and what they got back."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from schemas.events.fields import Contract, Count, Currency, Id, Instant, Money, OptionalLabel, OrEmpty, Version, Word


class Refund(Contract):
    """Money given back, in the order's currency."""

    id: Id
    amount_minor: Money
    refunded_at: Instant


class Order(Contract):
    """An order, whole, as it is after a change."""

    version: Version
    code: OptionalLabel = None
    """What people call the order."""
    customer_id: Id
    opportunity_id: Id | None = None
    """The order counts where this opportunity is, for its credited owner."""
    campaign_id: Id | None = None
    """The order counts here, if it names no opportunity that exists."""
    promo_codes: Annotated[list[Word], OrEmpty()] = Field(default_factory=list)
    """The order counts for the campaign that owns one of these, if it names neither opportunity nor campaign."""
    status: Word
    """Counted unless the tenant says otherwise: confirmed, approved, paid, shipped, delivered, completed. Compared exactly; any other word is not counted."""
    payment_status: OptionalLabel = None
    """In the producer's words; it does not decide what is counted."""
    gross_minor: Money
    """Goods after discount, without tax and shipping."""
    tax_minor: Money | None = None
    shipping_minor: Money | None = None
    currency: Currency
    purchased_at: Instant
    cancelled_at: Instant | None = None
    refunds: Annotated[list[Refund], OrEmpty()] = Field(default_factory=list)
    """All refunds so far."""
    items_count: Count | None = None
    is_test: bool | None = None
    """True: never counted."""
    deleted: bool | None = None
    """True: counts nowhere, until a later version says otherwise."""
