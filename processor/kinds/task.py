"""What does a task count for? Its newest version, for its campaign and assignee, on the day it was created (D10)."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final, NamedTuple

import msgspec

from processor.buckets import day
from processor.kinds import index
from processor.kinds.campaign import NOWHERE, frame_of, frame_ref
from processor.kinds.versions import newer
from processor.transaction import Cell, NotOneSnapshot, Ref, Tx
from schemas import keys
from schemas.events import Event, Tombstone
from schemas.keys import SEP, View
from schemas.rows import TaskRow

KIND: Final = "task"


class Facts(NamedTuple):
    version: int
    time: int
    deleted: bool
    gone: bool
    """There was a tombstone: nothing that arrives later counts."""


class Behind(NamedTuple):
    """What is stored behind the row."""

    facts: Facts
    zone: str
    overdue: bool
    """Set when the watermark passes `due_at`, by the timer alone."""


State = tuple[TaskRow, Behind]


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(State).decode
_NAMES: Final = (
    "assignee_id",
    "campaign_id",
    "completed_at",
    "created_at",
    "customer_id",
    "deleted",
    "due_at",
    "opportunity_id",
    "status",
    "title",
)


def ref(tenant: str, entity: bytes) -> Ref:
    return keys.state(KIND, tenant, entity), entity


def observe(tx: Tx, event: Event) -> None:
    """A version of a task."""
    tenant, entity, data = event.tenant, keys.digest(event.subject), event.data
    tx.need(ref(tenant, entity), frame_ref(tenant, data.campaign_id or NOWHERE))
    (raw,) = tx.read(ref(tenant, entity))
    old, kept = _decode(raw) if raw else (None, None)
    facts = Facts(data.version, event.time, bool(data.deleted), gone=False)
    row = TaskRow(
        id=event.subject,
        exists=not facts.deleted,
        campaign_id=data.campaign_id,
        opportunity_id=data.opportunity_id,
        customer_id=data.customer_id,
        assignee_id=data.assignee_id,
        title=data.title or None,
        status=data.status,
        created_at=data.created_at,
        due_at=data.due_at,
        completed_at=data.completed_at,
    )
    if (
        old
        and kept
        and (kept.facts.gone or not newer(facts[:2], kept.facts[:2], lambda: (_NAMES, _values(row, facts), _values(old, kept.facts))))
    ):
        return
    _become(tx, tenant, entity, raw, old, row, facts)


def forget(tx: Tx, tombstone: Tombstone) -> None:
    """Deleted for good, above every version."""
    tenant, entity = tombstone.tenant, keys.digest(tombstone.subject)
    (raw,) = tx.read(ref(tenant, entity))
    old, kept = _decode(raw) if raw else (None, None)
    if kept and kept.facts.gone:
        return
    row = old._replace(exists=False) if old else TaskRow(tombstone.subject, False, None, None, None, None, None, "open", 0, None, None)
    facts = kept.facts._replace(gone=True) if kept else Facts(0, 0, deleted=False, gone=True)
    _become(tx, tenant, entity, raw, old, row, facts)


def decide(tx: Tx, tenant: str, entity: bytes) -> None:
    """Again, because its campaign's zone has changed."""
    (raw,) = tx.read(ref(tenant, entity))
    if not raw:
        raise NotOneSnapshot
    row, (facts, *_) = _decode(raw)
    _become(tx, tenant, entity, raw, row, row, facts)


def _values(row: TaskRow, facts: Facts) -> tuple[Any, ...]:
    return (
        row.assignee_id, row.campaign_id, row.completed_at, row.created_at, row.customer_id, facts.deleted, row.due_at, row.opportunity_id, row.status, row.title,
    )  # fmt: skip


def _become(tx: Tx, tenant: str, entity: bytes, raw: bytes, old: TaskRow | None, row: TaskRow, facts: Facts) -> None:
    zone = frame_of(tx, tenant, row.campaign_id).zone if row.campaign_id is not None else ""
    encoded = _encode((row, Behind(facts, zone, overdue=False)))
    if encoded == raw:
        return
    tx.write(ref(tenant, entity), encoded)
    tx.replace(contributions(tenant, raw), contributions(tenant, encoded))
    if row.campaign_id is not None and (old is None or old.campaign_id != row.campaign_id):
        index.join(tx, tenant, index.TASKS, row.campaign_id, entity)
    if row.opportunity_id is not None and (old is None or old.opportunity_id != row.opportunity_id):
        opportunity = keys.digest(row.opportunity_id)
        tx.union((keys.resting("opportunity", KIND, tenant, opportunity), opportunity), entity)


@lru_cache(16384)
def contributions(tenant: str, raw: bytes) -> dict[Cell, int]:
    """What a task counts for, of its stored state alone; see `docs/cells.md`, view t."""
    if not raw:
        return {}
    row, (_, zone, overdue) = _decode(raw)
    if not row.exists or row.campaign_id is None:
        return {}
    if row.status == "completed":
        late = row.completed_at is not None and row.due_at is not None and row.completed_at > row.due_at
        letter = "l" if late else "c"
    else:
        letter = "x" if row.status == "cancelled" else "d" if overdue else "p"
    return {(tenant, row.campaign_id, View.TASKS, day(zone, row.created_at), SEP.join(("n", letter, row.assignee_id or ""))): 1}
