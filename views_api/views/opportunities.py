"""Which opportunities stand behind a number? What may be filtered, and one opportunity as readers see it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final, NamedTuple, cast

from schemas.answers import Status
from schemas.cells import Basis, Cells, cells
from schemas.keys import View, label
from schemas.lists import OpportunityItem, TaskItem
from schemas.rows import CampaignRow, CustomerRow, OpportunityRow, OrderRow, TaskRow
from views_api.views.orders import brief
from views_api.views.periods import Period, today_in
from views_api.views.stamps import instant, maybe_instant

LETTERS: Final = {"open": "o", "won": "w", "lost": "l"}


class Filters(NamedTuple):
    """None: any. An empty text: only those that do not state it (no step, no owner, no reason …)."""

    status: str | None = None
    registered: bool | None = None
    step: str | None = None
    owner: str | None = None
    reason: str | None = None
    industry: str | None = None
    interacted: bool | None = None
    method: str | None = None
    credited: str | None = None

    @property
    def by_row(self) -> bool:
        """Whether the list of a campaign cannot say by itself who passes."""
        return (self.reason, self.industry, self.interacted, self.method, self.credited) != (None, None, None, None, None)


def theirs(filters: Filters, only: str | None) -> Filters | None:
    """The filters of someone who sees the opportunities of nobody but one (None: of everybody). None: no opportunity passes."""
    if only is None:
        return filters
    return filters._replace(owner=only) if filters.owner in (None, only) else None


def allowed(filters: Filters, basis: Basis) -> list[list[str]] | None:
    """Values of status, registered, step and owner that pass, as they stand in the cells; an empty list: any. None: the filters contradict each other."""
    statuses = {"o", "w", "l"} if filters.status is None else {LETTERS[filters.status]}
    if filters.reason is not None or filters.industry is not None:
        statuses &= {"l"}
    if basis is Basis.CLOSED:
        statuses &= {"w", "l"}
    said = {
        filters.registered,
        None if filters.owner is None else bool(filters.owner),
        None if filters.interacted is None else True,  # of those in charge, either way (D9)
    } - {None}
    registered = said.pop() if said else None
    if not statuses or said:
        return None
    return [
        sorted(statuses),
        [] if registered is None else ["r" if registered else "u"],
        [] if filters.step is None else [filters.step],
        [] if filters.owner is None else [filters.owner],
    ]


def cells_of(filters: Filters, basis: Basis) -> Cells | None:
    """The cells whose sum is how many pass; None where no cell knows, so that the opportunities are counted one by one."""
    if (filters.interacted, filters.method, filters.credited) != (None, None, None):
        return None
    head, staff = (View.OPPORTUNITIES, View.STAFF) if basis is Basis.CREATED else (View.CLOSED, View.STAFF_CLOSED)
    by_id = filters.registered is not None or filters.step is not None or filters.owner is not None
    if filters.reason is not None or filters.industry is not None:
        stated = {"reason": filters.reason, "industry": filters.industry}
        return None if by_id else cells(head, "lost", {name: label(text) for name, text in stated.items() if text is not None})
    statuses, registered, step, owner = allowed(filters, basis) or ([], [], [], [])
    where = {name: tuple(values) for name, values in (("status", statuses), ("step", step)) if values}
    if owner:
        return cells(staff, "n", where | {"staff": tuple(owner)})
    return cells(head, "n", where | ({"registered": tuple(registered)} if registered else {}))


def passes(row: OpportunityRow, filters: Filters, period: Period, campaign: CampaignRow) -> bool:
    """What the list of a campaign cannot say by itself: reason, industry, method, who is credited, and for basis closed the day."""
    if filters.reason is not None and (row.lost_reason or "") != filters.reason:
        return False
    if filters.industry is not None and (row.industry or "") != filters.industry:
        return False
    if filters.method is not None and method_of(row, campaign) != filters.method:
        return False
    if filters.credited is not None and (row.credited_owner_id or "") != filters.credited:
        return False
    if period.basis is not Basis.CLOSED:
        return True
    if row.closed_at is None:
        return False
    return _lies_in(period, today_in(campaign.zone, row.closed_at))


def _lies_in(period: Period, day: date) -> bool:
    return (period.first is None or period.first <= day) and (period.last is None or day <= period.last)


def method_of(row: OpportunityRow, campaign: CampaignRow) -> str:
    """Its approach method; else the name of its step, or the step's id where the campaign no longer has it (D3)."""
    names = {step.id: step.name for step in campaign.steps}
    return row.approach_method or names.get(row.step_id or "", row.step_id or "")


def has_interacted(customer: CustomerRow, owner: str | None, period: Period, zone: str) -> bool:
    """Whether the cell of those who interacted counts this customer (D9 rule 4): of one owner, or of anybody (None)."""
    seconds = [second for talk in customer.talks for second in talk.seconds]
    for share in customer.shares:
        if not share.owner or owner not in (None, share.owner) or not _lies_in(period, today_in(zone, share.created_at)):
            continue
        since = [second for second in seconds if second >= share.created_at // 1000]
        if since and (period.last is None or today_in(zone, min(since) * 1000) <= period.last):
            return True
    return False


def last_interaction(row: OpportunityRow, customer: CustomerRow) -> int | None:
    """The latest one since the opportunity was created, in ms (D9 rule 5)."""
    since = [second for talk in customer.talks for second in talk.seconds if second >= row.created_at // 1000]
    return max(since) * 1000 if since else None


def item(row: OpportunityRow, customer: CustomerRow, tasks: Sequence[TaskRow], orders: Sequence[OrderRow]) -> OpportunityItem:
    """An opportunity with its tasks and orders, newest first."""
    return OpportunityItem(
        opportunity_id=row.id,
        customer_id=row.customer_id,
        customer_name=row.customer_name,
        step_id=row.step_id,
        status=cast("Status", row.status),
        probability=row.probability,
        owner_id=row.owner_id,
        lost_reason=row.lost_reason if row.status == "lost" else None,
        industry=row.industry,
        amount=row.amount_minor,
        currency=row.currency,
        created_at=instant(row.created_at),
        won_at=maybe_instant(row.closed_at if row.status == "won" else None),
        lost_at=maybe_instant(row.closed_at if row.status == "lost" else None),
        last_interaction_at=maybe_instant(last_interaction(row, customer)),
        tasks=len(tasks),
        orders=sum(order.counted for order in orders),
        related_tasks=[_task(task) for task in sorted(tasks, key=lambda t: (t.created_at, t.id), reverse=True)],
        related_orders=[brief(order) for order in sorted(orders, key=lambda o: (o.purchased_at, o.id), reverse=True)],
    )


def _task(row: TaskRow) -> TaskItem:
    return TaskItem(
        task_id=row.id,
        title=row.title,
        status=row.status,
        assignee_id=row.assignee_id,
        created_at=instant(row.created_at),
        due_at=maybe_instant(row.due_at),
        completed_at=maybe_instant(row.completed_at),
    )
