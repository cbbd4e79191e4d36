"""What was decided about a task, in words."""

from __future__ import annotations

from collections.abc import Mapping

from processor.buckets import ZONES, day
from processor.kinds import index
from processor.kinds.accounts.account import Account
from processor.kinds.accounts.phrases import hidden, moment, someone
from processor.kinds.task import KIND, contributions, stored
from processor.values import Cell
from schemas.keys import View, iso


class Tasks(Account):
    kind = KIND
    views = (View.TASKS,)
    listed = index.TASKS

    def contributions(self, tenant: str, _: str, raw: bytes, /) -> Mapping[Cell, int]:
        return contributions(tenant, stored(raw))

    def name(self, raw: bytes, /) -> str:
        return stored(raw).id

    def words(self, _: str, raw: bytes, /) -> list[str]:
        task = stored(raw)
        if why := hidden(task.hidden):
            return [f"task {task.id} counts nowhere: {why}"]
        zone = ZONES[task.zone]
        due = "never due" if task.due_at is None else f"due at {moment(task.due_at)}"
        done = f", completed at {moment(task.completed_at)}" if task.completed_at is not None else ""
        state = {
            "c": f"completed{done}, {due}",
            "l": f"completed late: {due}{done}",
            "x": "cancelled",
            "d": f"overdue: {due}, and event time has passed that",
            "p": f"in progress: {due}",
        }[task.letter]
        return [
            f"task {task.id} counts for {task.campaign_id} and for {someone(task.assignee_id)}: {state}",
            f"on {iso(day(zone, task.created_at))}: created at {moment(task.created_at)}, days in {zone}",
        ]
