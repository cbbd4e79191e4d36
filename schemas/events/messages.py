"""Topic `messages`: what became of each message that a campaign sent."""

from __future__ import annotations

from typing import Final, Literal, get_args

from schemas.events.fields import Contract, Count, Currency, Id, Money, OptionalLabel

Stage = Literal[
    "targeted", "suppressed", "sent", "delivered", "opened", "clicked", "replied", "failed", "bounced", "unsubscribed", "complained"
]
"""What the verb of a message event says. Later stages imply the earlier ones."""

STAGES: Final[tuple[Stage, ...]] = get_args(Stage)


class Message(Contract):
    """A fact about one message: it reached the stage that the verb of the event names, at the event's time.

    No version, since nothing is taken back. The message is identified by campaign, channel and subject.
    """

    campaign_id: Id
    recipient_id: Id | None = None
    """A `customer_id`."""
    channel: Literal["sms", "whatsapp", "email", "push"]
    action_id: Id | None = None
    """The action of the campaign's chain that sent it."""
    variant: OptionalLabel = None
    """The variant of a test that the recipient got."""
    entry_id: Id | None = None
    """The recipient's entry into the campaign. Absent: the only one."""
    machine_open: bool | None = None
    """True on `opened`: a mail program fetched it, no person. Implies delivered, not opened."""
    failure_code: OptionalLabel = None
    suppressed_reason: OptionalLabel = None
    cost_minor: Money | None = None
    """Of the whole message; the earliest event that carries one counts."""
    cost_currency: Currency | None = None
    billable_units: Count | None = None
