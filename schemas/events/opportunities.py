"""Topic `opportunities`: a customer in a campaign, and what people did with that customer."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from schemas.events.fields import Contract, Currency, Day, Id, Instant, Money, OptionalLabel, OptionalText, Version, Word


class Opportunity(Contract):
    """A customer's way through a campaign, whole, as it is after a change. All versions together are its timeline."""

    version: Version
    campaign_id: Id
    customer_id: Id
    customer_name: OptionalText = None
    industry: OptionalLabel = None
    owner_id: Id | None = None
    """The member of staff in charge. Absent: unregistered, anyone may take it."""
    step_id: Id | None = None
    """Where it stands. A step that the campaign does not have is a removed one; absent is none."""
    status: Literal["open", "won", "lost"] | None = None
    """Absent: won in the last step of the campaign, as its steps were at the event's time; open in any other."""
    probability: Annotated[int, Field(ge=0, le=100)] | None = None
    """Chance to win, in percent, as the owner sees it."""
    lost_reason: OptionalLabel = None
    created_at: Instant
    """It exists from then on."""
    won_at: Instant | None = None
    """Absent: the time of the first version of the present run of won ones."""
    lost_at: Instant | None = None
    """Absent: the time of the first version of the present run of lost ones."""
    amount_minor: Money | None = None
    currency: Currency | None = None
    expected_close_on: Day | None = None
    approach_method: OptionalLabel = None
    """How the customer is approached. Absent: the name of the step."""
    competitor: OptionalLabel = None
    source: OptionalLabel = None
    """Where the opportunity came from."""
    is_test: bool | None = None
    """True: never counted."""
    deleted: bool | None = None
    """True: counts nowhere, until a later version says otherwise."""


class Interaction(Contract):
    """Something that happened between a customer and us, at the event's time."""

    version: Version
    campaign_id: Id | None = None
    opportunity_id: Id | None = None
    customer_id: Id
    actor_id: Id | None = None
    """The member of staff who acted. For lists only."""
    kind: Word
    """call, meeting, comment, reply, email_read, link_click, sms_delivered, … A kind that is not known counts as no contact."""
    direction: OptionalLabel = None
    """inbound or outbound. An inbound call is not ours."""
    outcome: OptionalLabel = None
    """A call counts if it is answered or successful, or if this is absent."""
    deleted: bool | None = None
    """True: counts nowhere, until a later version says otherwise."""
