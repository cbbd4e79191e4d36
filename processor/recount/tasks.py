"""Cells of tasks: by state and assignee, on the day of their creation (view t)."""

from __future__ import annotations

from collections.abc import Iterator

from processor.recount.campaigns import Campaigns
from processor.recount.contract import Data
from processor.recount.facts import Entity
from processor.recount.ledger import Cell, Contribution, field


def state(task: Data, watermark: int | None) -> str:
    """The letter of a task's state (D10). `watermark`: how far event time has come, in ms; None = nothing is overdue yet."""
    due_at = task["due_at"]
    if task["status"] == "completed":
        is_late = due_at is not None and task["completed_at"] is not None and task["completed_at"] > due_at
        return "l" if is_late else "c"
    if task["status"] == "cancelled":
        return "x"
    is_overdue = due_at is not None and watermark is not None and watermark > due_at
    return "d" if is_overdue else "p"


def task_cells(entity: Entity, campaigns: Campaigns, watermark: int | None) -> Iterator[Contribution]:
    """What a task that exists adds: nothing without a campaign."""
    assert entity.newest is not None
    task, tenant, campaign = entity.newest.data, entity.id.tenant, entity.newest.data["campaign_id"]
    if campaign is None:
        return
    day = campaigns.day(tenant, campaign, task["created_at"]).isoformat()
    name = field("n", state(task, watermark), task["assignee_id"])
    yield Contribution(Cell(tenant, campaign, "t", day, name), 1, f"task {entity.id.subject}")
