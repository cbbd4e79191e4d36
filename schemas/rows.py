"""What readers may take out of the states: the rows that the processor writes and the API shows. Positional msgpack, so that a row costs few bytes."""

from __future__ import annotations

from typing import Final, NamedTuple

import msgspec

TEST: Final = 1
DELETED: Final = 2
GONE: Final = 4
"""There was a tombstone: nothing that arrives later counts."""
STATUSES: Final = (
    "confirmed", "approved", "paid", "shipped", "delivered", "completed", "draft", "pending", "pending_approval", "cancelled", "failed", "returned",
)  # fmt: skip
"""The contract's words for the status of an order. Stored by place: a new one goes to the end."""
MODEL_VERSION: Final = 2
"""Of the attribution by the last touch (D8 rule 4), kept on each order that it decided. Grows when the same touches would give another answer."""
TASK_STATUSES: Final = ("open", "in_progress", "completed", "cancelled")
OPPORTUNITY_STATUSES: Final = ("open", "won", "lost")


class Version(NamedTuple):
    """One version of what is kept whole: of a campaign (`keys.state`), of a tenant, of what it lists."""

    version: int
    time: int
    """ms since 1970 UTC."""
    content: bytes
    """Canonical JSON of the event's data."""


class TenantRow(NamedTuple):
    """A tenant's settings as they are now: the first element of what `keys.settings` holds."""

    zone: str = "UTC"
    """IANA zone."""
    currency: str | None = None
    """That of campaigns without one, and of totals over several campaigns."""
    week_start: str = "monday"
    fiscal_year_start_month: int = 1
    revenue_basis: str = "orders"
    """Or `won_amount`: revenue is the amount of won opportunities."""
    participant_sees: str = "own_and_totals"
    guide_url: str | None = None
    crm_url_template: str | None = None


class StaffRow(NamedTuple):
    """A member of staff (`keys.staff`)."""

    name: str
    email: str | None
    active: bool
    deleted: bool


class TargetRow(NamedTuple):
    """What a measure should reach (`keys.targets`). Days are ISO dates, inclusive."""

    measure: str
    campaign_id: str | None
    """None: over all campaigns."""
    staff_id: str | None
    """None: of all staff together."""
    from_day: str
    to_day: str
    value: int | float
    deleted: bool


class RateRow(NamedTuple):
    """What one unit of a base is worth in a quote on a day (`keys.rates`)."""

    rate: str
    """A decimal number as text."""


class Step(NamedTuple):
    id: str
    name: str
    position: int


class CampaignRow(NamedTuple):
    """One campaign as it is now (`keys.campaigns`: campaign id -> this row). Instants are ms since 1970 UTC."""

    id: str
    name: str
    code: str | None
    status: str
    zone: str
    """IANA zone in use: the campaign's, else the tenant's, else UTC."""
    currency: str | None
    """In use: the campaign's, else the tenant's."""
    steps: list[Step]
    """By position."""
    manager_id: str | None
    participant_ids: list[str]
    created_at: int
    updated_at: int | None
    start_at: int | None
    end_at: int | None
    deleted: bool
    segment: tuple[str, str] | None
    message_text: str | None
    audience_total: int | None
    parent_id: str | None
    budget_minor: int | None
    crm_url: str | None
    chat_url: str | None
    actions: list[tuple[str, str, str]]
    """(id, name, channel)."""
    registration_wait_s: int | None
    trigger: str | None


class OpportunityRow(msgspec.Struct, array_like=True, gc=False):
    """One opportunity as it is now: the front of its state (`keys.state("opportunity", …)`). Orders and lists rest on it."""

    id: str
    hidden: int
    """Why it counts nowhere and is not shown: `TEST`, `DELETED`, `GONE`, added up. 0: it is there."""
    campaign_id: str = ""
    customer_id: str = ""
    customer_name: str | None = None
    step_id: str | None = None
    status_number: int = 0
    """Place in `OPPORTUNITY_STATUSES`."""
    probability: int | None = None
    owner_id: str | None = None
    credit: str | int | None = 0
    """Who is credited; 0: the owner."""
    lost_reason: str | None = None
    industry: str | None = None
    """Of a lost one, the one that it had when it was lost."""
    approach_method: str | None = None
    created_at: int = 0
    closed_at: int | None = None
    amount_minor: int | None = None
    currency: str | None = None
    expected_close_on: str | None = None
    step_since: int | None = None
    """Since when an open one is on its present step."""

    @property
    def exists(self) -> bool:
        return not self.hidden

    @property
    def status(self) -> str:
        return OPPORTUNITY_STATUSES[self.status_number]

    @property
    def credited_owner_id(self) -> str | None:
        return self.owner_id if isinstance(self.credit, int) else self.credit


class Share(NamedTuple):
    """One opportunity in the record of its customer."""

    entity: bytes
    status: str
    """A letter: o, w or l."""
    created_at: int
    closed_at: int | None
    owner: str
    credited: str | None
    """None: the owner."""
    zone: int
    """Of the campaign, by the processor's number. Kept with each: those of one customer are decided again one after the other when the campaign's zone changes."""


class Talk(NamedTuple):
    """What one source says of interactions with a customer."""

    source: bytes
    """Letter of a kind and digest of its entity."""
    seconds: list[int]
    """Instants, in whole seconds since 1970 UTC."""


class CustomerRow(NamedTuple):
    """One customer in one campaign: the state of `keys.customer`."""

    shares: list[Share]
    """Sorted; empty when the customer has left."""
    talks: list[Talk]
    """Sorted. Those that qualify (D9), whether there is an opportunity or not."""


class TouchRow(NamedTuple):
    """The touch that an order went to (D8 rule 4)."""

    subject: str
    """The message."""
    verb: str
    channel: str
    time: int
    model: int
    """Version of the attribution model."""


class OrderRow(msgspec.Struct, array_like=True, gc=False):
    """One order as it is now: the front of its state (`keys.state("order", …)`)."""

    id: str
    hidden: int
    """Why it counts nowhere and is not shown: `TEST`, `DELETED`, `GONE`, added up. 0: it is there."""
    code: str | None
    opportunity_id: str | None
    customer_id: str
    status_number: int | str
    """Place in `STATUSES`, or another word as it is."""
    counted: bool
    """In a counted status and not fully refunded."""
    gross_minor: int
    """With what the tenant counts in of tax and shipping (D7)."""
    refunds: list[tuple[str, int, int]]
    """(id, amount, instant)."""
    currency: str
    purchased_at: int
    rule: int
    """Of D8: 1 to 5; 0 while pending."""
    campaign_id: str | None
    """Where it counts; None while pending or unattributed."""
    owner_id: str | None
    """Credited."""
    step_id: str | None
    touch: TouchRow | None
    """If it was decided by rule 4."""

    @property
    def exists(self) -> bool:
        return not self.hidden

    @property
    def status(self) -> str:
        number = self.status_number
        return STATUSES[number] if isinstance(number, int) else number

    @property
    def refunds_minor(self) -> int:
        return sum([amount for _, amount, _ in self.refunds])


class TaskRow(msgspec.Struct, array_like=True, gc=False):
    """One task as it is now: the front of its state (`keys.state("task", …)`)."""

    id: str
    hidden: int
    """As of an order; a task is never a test."""
    opportunity_id: str | None
    assignee_id: str | None
    title: str | None
    status_number: int
    """Place in `TASK_STATUSES`."""
    created_at: int
    due_at: int | None
    completed_at: int | None

    @property
    def exists(self) -> bool:
        return not self.hidden

    @property
    def status(self) -> str:
        return TASK_STATUSES[self.status_number]


campaign_row = msgspec.msgpack.Decoder(CampaignRow).decode
staff_row = msgspec.msgpack.Decoder(tuple[StaffRow, msgspec.Raw]).decode
target_row = msgspec.msgpack.Decoder(tuple[TargetRow, msgspec.Raw]).decode
rate_row = msgspec.msgpack.Decoder(tuple[RateRow, msgspec.Raw]).decode
tenant_row = msgspec.msgpack.Decoder(tuple[TenantRow, msgspec.Raw]).decode
campaign_versions = msgspec.msgpack.Decoder(tuple[list[Version], bool]).decode
"""Of a campaign's state: its versions, oldest first, and whether there was a tombstone."""
tenant_version = msgspec.msgpack.Decoder(tuple[TenantRow, Version]).decode
target_version = msgspec.msgpack.Decoder(tuple[TargetRow, Version]).decode
opportunity_row = msgspec.msgpack.Decoder(OpportunityRow).decode
order_row = msgspec.msgpack.Decoder(OrderRow).decode
task_row = msgspec.msgpack.Decoder(TaskRow).decode
customer_row = msgspec.msgpack.Decoder(CustomerRow).decode
"""What stands behind the row is passed over."""
