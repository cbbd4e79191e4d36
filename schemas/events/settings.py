"""Topic `settings`: what a tenant decides about its numbers, its staff, targets and exchange rates."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from schemas.events.fields import Contract, Count, Currency, Day, Id, Label, Number, OptionalLabel, OptionalText, Version, Word, Zone


class Tenant(Contract):
    """A tenant's settings, whole. The subject is the tenant. What is absent has the default named beside it."""

    version: Version
    timezone: Zone | None = None
    """For campaigns without one. Default: UTC."""
    currency: Currency | None = None
    """For totals over several campaigns."""
    counted_order_statuses: list[Word] | None = None
    """Default: confirmed, approved, paid, shipped, delivered, completed. An empty list: no order counts."""
    revenue_includes: list[Literal["tax", "shipping"]] | None = None
    """Default: neither."""
    revenue_basis: Literal["orders", "won_amount"] | None = None
    """Default: orders."""
    interaction_definition: Literal["staff_initiated", "getfly_strict"] | None = None
    """Default: staff_initiated."""
    credit: Literal["owner_at_close", "current_owner"] | None = None
    """Who a won or lost opportunity counts for. Default: owner_at_close."""
    participant_sees: Literal["own_and_totals", "all"] | None = None
    """What a participant of a campaign may see. Default: own_and_totals."""
    week_start: Literal["monday", "sunday", "saturday"] | None = None
    """Default: monday."""
    fiscal_year_start_month: Annotated[int, Field(ge=1, le=12)] | None = None
    """Default: 1."""
    attribution_windows: dict[Word, Count] | None = None
    """`<channel>.<touch>`, such as `email.opened` -> seconds between touch and order."""
    guide_url: OptionalText = None
    """Where the help link leads. Not checked: whoever shows it as a link decides which schemes are safe."""
    crm_url_template: OptionalText = None
    """Where a campaign without a `crm_url` is in the CRM. Not checked, as `guide_url`."""
    retention_days: dict[Word, Annotated[int, Field(ge=1, le=36_500)]] | None = None
    """Kind -> days after which its states are dropped. A kind that is not named is kept for ever."""


class Staff(Contract):
    """A member of staff. The subject is the staff id."""

    version: Version
    name: Label
    email: OptionalLabel = None
    active: bool | None = None
    """Absent: yes."""
    deleted: bool | None = None
    """True: as if never named, until a later version says otherwise."""


class Target(Contract):
    """What a measure should reach within some days."""

    version: Version
    measure: Word
    campaign_id: Id | None = None
    """Absent: over all campaigns."""
    staff_id: Id | None = None
    """Absent: of all staff together."""
    from_: Annotated[Day, Field(alias="from")]
    to: Day
    """Last day, inclusive."""
    value: Number
    """In the unit of the measure; money in minor units."""
    deleted: bool | None = None
    """True: no target, until a later version says otherwise."""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.from_ > self.to:
            raise PydanticCustomError("period", "from should not be after to")
        return self


def _positive(rate: str) -> str:
    if not rate.strip("0."):
        raise PydanticCustomError("rate", "Rate should be greater than 0")
    return rate


class Rate(Contract):
    """What one unit of `base` is worth in `quote` on a day. The subject is `base/quote/day`."""

    version: Version
    base: Currency
    quote: Currency
    day: Day
    rate: Annotated[str, Field(pattern=r"^[0-9]{1,15}(\.[0-9]{1,100})?$"), AfterValidator(_positive)]
    """A decimal number as text, so that no digit is lost."""
