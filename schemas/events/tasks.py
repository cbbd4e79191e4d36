"""Topic `tasks`: what staff have to do."""

from __future__ import annotations

from typing import Literal

from schemas.events.fields import Contract, Id, Instant, OptionalText, Version


class Task(Contract):
    """A task, whole, as it is after a change."""

    version: Version
    campaign_id: Id | None = None
    """The campaign it is counted for. Absent: counted nowhere."""
    opportunity_id: Id | None = None
    """For lists only; it does not make the task count for a campaign."""
    customer_id: Id | None = None
    assignee_id: Id | None = None
    """The member of staff who has to do it."""
    title: OptionalText = None
    status: Literal["open", "in_progress", "completed", "cancelled"]
    """Overdue is not said but worked out, from `due_at`."""
    created_at: Instant
    due_at: Instant | None = None
    completed_at: Instant | None = None
    """Completed late, if after `due_at`."""
    deleted: bool | None = None
    """True: counts nowhere, until a later version says otherwise."""
