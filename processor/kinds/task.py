"""What does a task count for? Its newest version, for its campaign and assignee, on the day it was created (D10)."""

from __future__ import annotations

from copy import copy
from typing import Any, Final

import msgspec

from processor.buckets import ZONE_NUMBERS, ZONES, day
from processor.kinds import index
from processor.kinds.campaign import NOWHERE, frame_of, frame_ref
from processor.kinds.versions import newer
from processor.transaction import Cell, NotOneSnapshot, Ref, Tx
from schemas import keys
from schemas.events import Event, Tombstone
from schemas.keys import SEP, View
from schemas.rows import DELETED, GONE, TASK_STATUSES, TaskRow

KIND: Final = "task"
_STATUS_NUMBERS: Final = {word: number for number, word in enumerate(TASK_STATUSES)}
_COMPLETED, _CANCELLED = _STATUS_NUMBERS["completed"], _STATUS_NUMBERS["cancelled"]


class Task(TaskRow):
    """All that is stored of a task: its newest version, of which readers see the row; then what was decided about it."""

    version: int
    time: int
    campaign_id: str | None
    customer_id: str | None
    zone: int = 0
    """Of its campaign, as in `ZONES`."""
    overdue: bool = False
    """Set when the watermark passes `due_at`, by the timer alone."""

    @property
    def letter(self) -> str:
        """Its state in the cells."""
        if self.status_number == _COMPLETED:
            return "l" if self.completed_at is not None and self.due_at is not None and self.completed_at > self.due_at else "c"
        if self.status_number == _CANCELLED:
            return "x"
        return "d" if self.overdue else "p"


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Task).decode
_NAMES: Final = (
    "assignee_id", "campaign_id", "completed_at", "created_at", "customer_id", "deleted", "due_at", "opportunity_id", "status", "title",
)  # fmt: skip


def stored(raw: bytes) -> Task:
    """What a state says."""
    return _decode(raw)


def ref(tenant: str, entity: bytes) -> Ref:
    return keys.state(KIND, tenant, entity), entity


def observe(tx: Tx, event: Event) -> None:
    """A version of a task."""
    tenant, entity, data = event.tenant, keys.digest(event.subject), event.data
    own = ref(tenant, entity)
    tx.need(own, frame_ref(tenant, data.campaign_id or NOWHERE))
    (raw,) = tx.read(own)
    old = _decode(raw) if raw else None
    new = Task(
        event.subject,
        DELETED if data.deleted else 0,
        data.opportunity_id,
        data.assignee_id,
        data.title or None,
        _STATUS_NUMBERS[data.status],
        data.created_at,
        data.due_at,
        data.completed_at,
        data.version,
        event.time,
        data.campaign_id,
        data.customer_id,
    )
    if old and (
        old.hidden & GONE or not newer((new.version, new.time), (old.version, old.time), lambda: (_NAMES, _values(new), _values(old)))
    ):
        return
    _become(tx, tenant, entity, raw, old, new)


def forget(tx: Tx, tombstone: Tombstone) -> None:
    """Deleted for good, above every version."""
    tenant, entity = tombstone.tenant, keys.digest(tombstone.subject)
    (raw,) = tx.read(ref(tenant, entity))
    old = _decode(raw) if raw else None
    if old and old.hidden & GONE:
        return
    new = copy(old) if old else Task(tombstone.subject, 0, None, None, None, 0, 0, None, None, 0, 0, None, None)
    new.hidden |= GONE
    _become(tx, tenant, entity, raw, old, new)


def decide(tx: Tx, tenant: str, entity: bytes) -> None:
    """Again, because its campaign's zone has changed."""
    (raw,) = tx.read(ref(tenant, entity))
    if not raw:
        raise NotOneSnapshot
    old = _decode(raw)
    _become(tx, tenant, entity, raw, old, copy(old))


def _values(task: Task) -> tuple[Any, ...]:
    return (
        task.assignee_id, task.campaign_id, task.completed_at, task.created_at, task.customer_id, bool(task.hidden & DELETED), task.due_at, task.opportunity_id,
        task.status, task.title,
    )  # fmt: skip


def _become(tx: Tx, tenant: str, entity: bytes, raw: bytes, old: Task | None, new: Task) -> None:
    """Decide, write, count: the one way in which a task changes."""
    campaign = new.campaign_id
    new.zone = 0 if campaign is None else ZONE_NUMBERS[frame_of(tx, tenant, campaign).zone]
    encoded = _encode(new)
    if encoded == raw:
        return
    tx.write(ref(tenant, entity), encoded)
    tx.replace(contributions(tenant, old) if old else {}, contributions(tenant, new))
    if campaign is not None and (old is None or old.campaign_id != campaign):
        index.join(tx, tenant, index.TASKS, campaign, entity)
    if new.opportunity_id is not None and (old is None or old.opportunity_id != new.opportunity_id):
        opportunity = keys.digest(new.opportunity_id)
        tx.union((keys.resting("opportunity", KIND, tenant, opportunity), opportunity), entity)


def contributions(tenant: str, task: Task) -> dict[Cell, int]:
    """What a task counts for, of its state alone; see `docs/cells.md`, view t."""
    if task.hidden or task.campaign_id is None:
        return {}
    return {
        (
            tenant,
            task.campaign_id,
            View.TASKS,
            day(ZONES[task.zone], task.created_at),
            f"n{SEP}{task.letter}{SEP}{task.assignee_id or ''}",
        ): 1
    }
