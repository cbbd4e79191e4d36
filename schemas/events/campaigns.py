"""Topic `campaigns`: what a campaign is, and what was spent on it beside the cost of its messages."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from schemas.events.fields import (
    Contract,
    Count,
    Currency,
    Day,
    Id,
    Instant,
    Label,
    Money,
    OptionalLabel,
    OptionalText,
    OrEmpty,
    Version,
    Word,
    Zone,
)


class Step(Contract):
    """One step of a campaign. The one with the greatest position is the last: who enters it has won."""

    id: Id
    name: Label
    position: Annotated[int, Field(ge=-(2**53) + 1, le=2**53 - 1)]
    """Steps are ordered by it; gaps are allowed."""


class Segment(Contract):
    """The audience a campaign is for."""

    id: Id
    name: Label


class Action(Contract):
    """One action of a campaign's chain; messages name it by `action_id`."""

    id: Id
    name: Label
    channel: Word
    parent_id: Id | None = None
    """The action that comes before this one."""
    condition: OptionalText = None
    """When this action follows its parent, in the producer's words."""


class Attribution(Contract):
    """Whether an order that names no campaign counts for this one, because its customer was touched by it before."""

    mode: Literal["days", "date_range", "none"]
    """`days`: bought soon after the touch. `date_range`: bought on a day from `from` to `to`. `none`: never."""
    days: Annotated[int, Field(ge=0, le=2**31 - 1)] | None = None
    """How soon. Absent: the tenant's `attribution_windows`, else a default, each by channel and touch."""
    from_: Annotated[Day | None, Field(alias="from")] = None
    """First day; absent: no matter how early."""
    to: Day | None = None
    """Last day (inclusive); absent: no matter how late. A range that ends before it begins holds nothing."""


class Reentry(Contract):
    """How often one customer may enter a campaign."""

    limit: Count
    per_days: Count


class Campaign(Contract):
    """A campaign, whole, as it is after a change."""

    version: Version
    code: OptionalLabel = None
    """The short name that people search by."""
    name: Label
    status: Literal["active", "not_active", "suspended"]
    manager_id: Id | None = None
    """Sees the activity of all staff."""
    participant_ids: list[Id]
    """Staff who take part; each has a row in the staff view, also without a figure."""
    steps: list[Step]
    """The way of an opportunity through the campaign, in any order."""
    created_at: Instant
    updated_at: Instant | None = None
    start_at: Instant | None = None
    """Also decides who owns a promo code that two campaigns claim: the latest start."""
    end_at: Instant | None = None
    timezone: Zone | None = None
    """Decides which day something counts on. Absent: the tenant's, else UTC."""
    currency: Currency | None = None
    segment: Segment | None = None
    message_text: OptionalText = None
    audience_total: Count | None = None
    """People in the audience; stands in for the recipients while no message names one."""
    promo_codes: list[Word]
    """An order with one of these counts for this campaign, if it names neither opportunity nor campaign."""
    attribution: Attribution | None = None
    """Absent: none."""
    trigger: OptionalText = None
    """What starts the campaign for a customer, in the producer's words."""
    actions: Annotated[list[Action], OrEmpty()] = Field(default_factory=list)
    parent_id: Id | None = None
    """The campaign that this one is a part of."""
    budget_minor: Money | None = None
    """In the campaign's currency."""
    crm_url: OptionalText = None
    """Where the campaign is in the CRM. Not checked: whoever shows it as a link decides which schemes are safe."""
    chat_url: OptionalText = None
    """Where people talk about the campaign. Not checked, as `crm_url`."""
    registration_wait_s: Count | None = None
    """Seconds within which a new opportunity should have an owner."""
    reentry: Reentry | None = None
    deleted: bool | None = None
    """True: counts nowhere, until a later version says otherwise."""


class Spend(Contract):
    """Money spent on a campaign, beside what its messages cost."""

    version: Version
    campaign_id: Id
    amount_minor: Money
    currency: Currency
    kind: OptionalLabel = None
    """What the money was for, in the producer's words."""
    spent_at: Instant
    deleted: bool | None = None
    """True: counts nowhere, until a later version says otherwise."""
