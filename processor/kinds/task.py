"""What does a task count for? Its newest version, for its campaign and assignee, on the day it was created (D10)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from copy import copy
from functools import partial
from typing import Any, Final

import msgspec

from processor.buckets import ZONE_NUMBERS, ZONES, day
from processor.kinds import customer, index, opportunity
from processor.kinds import tenant as settings
from processor.kinds.frame import frame_of, frame_ref
from processor.kinds.hours import hour_cell
from processor.kinds.versions import Group, by_entity, newest
from processor.transaction import NotOneSnapshot, Tx
from processor.values import Cell, Passed
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
    strict: bool = False
    """The tenant's definition of an interaction (D9), as it was counted."""
    overdue: bool = False
    """The watermark has been seen beyond `due_at`. Whatever is due earlier is overdue too then, so no event needs to know the watermark."""

    @property
    def letter(self) -> str:
        """Its state in the cells."""
        if self.status_number == _COMPLETED:
            return "l" if self.completed_at is not None and self.due_at is not None and self.completed_at > self.due_at else "c"
        if self.status_number == _CANCELLED:
            return "x"
        return "d" if self.overdue else "p"

    @property
    def waits_until(self) -> int | None:
        """The moment that the watermark has to pass for a number to change."""
        return self.due_at if self.letter == "p" and not self.hidden and self.campaign_id is not None else None

    @property
    def talk(self) -> tuple[str, str, int] | None:
        """(campaign, customer, second) of the interaction that it is (D9), if it is one."""
        if self.hidden or self.campaign_id is None or self.customer_id is None:
            return None
        if self.strict:
            return None if self.status_number == _CANCELLED else (self.campaign_id, self.customer_id, self.created_at // 1000)
        if self.status_number != _COMPLETED:
            return None
        return self.campaign_id, self.customer_id, (self.time if self.completed_at is None else self.completed_at) // 1000


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Task).decode
_NAMES: Final = (
    "assignee_id", "campaign_id", "completed_at", "created_at", "customer_id", "deleted", "due_at", "opportunity_id", "status", "title",
)  # fmt: skip


def stored(raw: bytes) -> Task:
    """What a state says."""
    return _decode(raw)


def sorted_out(events: Iterable[Event | Tombstone]) -> Group:
    """The events of a group by task."""
    return by_entity(KIND, events)


def observe(tx: Tx, group: Group) -> None:
    """All that a group of events says about tasks."""
    refs = list(group)
    raws = tx.take(refs, lambda _: [opportunity.ref(tenant, keys.digest(name)) for tenant, name in _said_of(group)])
    olds = [_decode(raw) if raw else None for raw in raws]
    news = [newest(tx, old, heard, _said, _gone, (_NAMES, _values)) for old, (_, heard) in zip(olds, group.values(), strict=True)]
    whose = [(tenant, entity) for (_, entity), (tenant, _) in group.items()]
    zones = _zones(tx, [(tenant, new.campaign_id) for (tenant, _), new in zip(whose, news, strict=True) if new])
    strict = {tenant: settings.is_strict(tx, tenant) for tenant, _ in whose}
    changes = [(*who, old, new) for who, old, new in zip(whose, olds, news, strict=True) if new]
    for tenant, _, old, new in changes:
        new.zone, new.strict = zones[tenant, new.campaign_id], strict[tenant]
        new.overdue = old is not None and old.overdue and _is_due_by(new, old.due_at)
    _need_talks(tx, changes)
    tx.each(_tell, changes)
    for change in changes:
        _change(tx, *change)
    tx.give(refs, raws, [_encode(new) if new else raw for new, raw in zip(news, raws, strict=True)])


def decide(tx: Tx, tenant: str, entity: bytes) -> None:
    """Again, because its campaign's zone or the tenant's definition of an interaction has changed."""

    def zone_and_definition(task: Task) -> None:
        task.zone, task.strict = _zones(tx, [(tenant, task.campaign_id)])[tenant, task.campaign_id], settings.is_strict(tx, tenant)

    _again(tx, tenant, entity, zone_and_definition)


def become_overdue(tx: Tx, mark: bytes) -> None:
    """A step of what the watermark has passed; the store keeps the mark while there is more."""
    passed = tx.due(Passed(index.STEP))
    (watermark,) = tx.read((keys.META, keys.WATERMARK))
    if not watermark:
        raise NotOneSnapshot

    def overdue(task: Task) -> None:
        task.overdue = _is_due_by(task, int(watermark) - 1)

    tx.each(lambda tx, thing: _again(tx, *_body(thing), overdue), passed)
    tx.unmark(mark)


def _again(tx: Tx, tenant: str, entity: bytes, decide: Callable[[Task], None]) -> None:
    """Decide something anew about a task that is there."""
    ref = (keys.state(KIND, tenant, entity), entity)
    (raw,) = tx.read(ref)
    if not raw:
        raise NotOneSnapshot
    old, new = _decode(raw), _decode(raw)
    decide(new)
    if new != old:
        _need_talks(tx, [(tenant, entity, old, new)])
        tx.write(ref, _encode(new))
        _change(tx, tenant, entity, old, new)


def _is_due_by(task: Task, moment: int | None) -> bool:
    return task.due_at is not None and moment is not None and task.due_at <= moment


def _body(thing: bytes) -> tuple[str, bytes]:
    """Tenant and digest of what waits."""
    tenant, _, entity = thing.partition(SEP.encode())
    return tenant.decode(), entity


def _said(event: Event) -> Task:
    """What a version says."""
    data = event.data
    return Task(
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


def _gone(task: Task | None, subject: str) -> Task:
    new = copy(task) if task else Task(subject, 0, None, None, None, 0, 0, None, None, 0, 0, None, None)
    new.hidden |= GONE
    return new


def _values(task: Task) -> tuple[Any, ...]:
    return (
        task.assignee_id, task.campaign_id, task.completed_at, task.created_at, task.customer_id, bool(task.hidden & DELETED), task.due_at, task.opportunity_id,
        task.status, task.title,
    )  # fmt: skip


def _zones(tx: Tx, whose: list[tuple[str, str | None]]) -> dict[tuple[str, str | None], int]:
    """By tenant and campaign. A task without a campaign lies in no zone."""
    zones = dict.fromkeys(whose, 0)
    tx.need(*(frame_ref(tenant, campaign) for tenant, campaign in zones if campaign is not None))
    for tenant, campaign in zones:
        if campaign is not None:
            zones[tenant, campaign] = ZONE_NUMBERS[frame_of(tx, tenant, campaign).zone]
    return zones


def _need_talks(tx: Tx, changes: Iterable[tuple[str, bytes, Task | None, Task]]) -> None:
    """Have the records of all customers at hand that tasks are interactions with, or were."""
    tx.need(*(customer.ref(tenant, *talk[:2]) for tenant, _, old, new in changes for talk in (old and old.talk, new.talk) if talk))


def _said_of(group: Group) -> Iterator[tuple[str, str]]:
    """(tenant, opportunity) of all that the events of a group name."""
    for tenant, heard in group.values():
        for event in heard:
            if isinstance(event, Event) and event.data.opportunity_id is not None:
                yield tenant, event.data.opportunity_id


def _tell(tx: Tx, change: tuple[str, bytes, Task | None, Task]) -> None:
    """Readers of the opportunity that it names are told, and of the one that it named: it is listed there, wherever it counts."""
    tenant, _, old, new = change
    for name in {task.opportunity_id for task in (old, new) if task}:
        if name is not None:
            entity = keys.digest(name)
            opportunity.tell(tx, tenant, entity, partial(tx.peek, opportunity.interactions_mark(tenant, entity)))


def _change(tx: Tx, tenant: str, entity: bytes, old: Task | None, new: Task) -> None:
    """Count, wait for the due time, and be found by what it rests on."""
    before, now = contributions(tenant, old) if old else {}, contributions(tenant, new)
    if before != now:
        tx.replace(before, now)
    if (old.waits_until if old else None) != new.waits_until:
        tx.wait(tenant.encode() + SEP.encode() + entity, new.waits_until)
    if new.campaign_id is not None and (old is None or old.campaign_id != new.campaign_id):
        index.join(tx, tenant, index.TASKS, new.campaign_id, entity)
    if new.opportunity_id is not None and (old is None or old.opportunity_id != new.opportunity_id):
        named = keys.digest(new.opportunity_id)
        tx.union((keys.resting("opportunity", KIND, tenant, named), named), entity)
    talked, talks = old.talk if old else None, new.talk
    if talked and (talks is None or talks[:2] != talked[:2]):
        customer.interact(tx, tenant, *talked[:2], b"t" + entity, [])
    if talks and talks != talked:
        customer.interact(tx, tenant, *talks[:2], b"t" + entity, [talks[2]])


def contributions(tenant: str, task: Task) -> dict[Cell, int]:
    """What a task counts for, of its state alone; see `docs/cells.md`, views t and h."""
    if task.hidden or task.campaign_id is None:
        return {}
    zone = ZONES[task.zone]
    of_day = (tenant, task.campaign_id, View.TASKS, day(zone, task.created_at), f"n{SEP}{task.letter}{SEP}{task.assignee_id or ''}")
    return {of_day: 1, hour_cell(tenant, task.campaign_id, zone, task.created_at, "t"): 1}
