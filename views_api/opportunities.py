"""Which opportunities stand behind a number? What may be filtered, and one opportunity as readers see it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple, cast

from schemas.cells import Basis, Cells, cells
from schemas.keys import View, label
from schemas.lists import OpportunityItem, OrderItem, TaskItem
from schemas.rows import OpportunityRow, OrderRow, TaskRow
from schemas.views import Status
from views_api.periods import Period, today_in
from views_api.stamps import instant, maybe_instant

LETTERS: Final = {"open": "o", "won": "w", "lost": "l"}


class Filters(NamedTuple):
    """None: any. An empty text: only those that do not state it (no step, no owner, no reason …)."""

    status: str | None = None
    registered: bool | None = None
    step: str | None = None
    owner: str | None = None
    reason: str | None = None
    industry: str | None = None


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
    registered = filters.registered
    if filters.owner is not None:
        if registered is not None and registered is not bool(filters.owner):
            return None
        registered = bool(filters.owner)
    if not statuses:
        return None
    return [
        sorted(statuses),
        [] if registered is None else ["r" if registered else "u"],
        [] if filters.step is None else [filters.step],
        [] if filters.owner is None else [filters.owner],
    ]


def cells_of(filters: Filters, basis: Basis) -> Cells | None:
    """The cells whose sum is how many pass; None where no cell knows, so that the opportunities are counted one by one."""
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


def passes(row: OpportunityRow, filters: Filters, period: Period, zone: str) -> bool:
    """What the list of a campaign cannot say by itself: the reason, the industry, and for basis closed the day."""
    if filters.reason is not None and (row.lost_reason or "") != filters.reason:
        return False
    if filters.industry is not None and (row.industry or "") != filters.industry:
        return False
    if period.basis is not Basis.CLOSED:
        return True
    if row.closed_at is None:
        return False
    day = today_in(zone, row.closed_at)
    return (period.first is None or period.first <= day) and (period.last is None or day <= period.last)


def item(row: OpportunityRow, tasks: Sequence[TaskRow], orders: Sequence[OrderRow]) -> OpportunityItem:
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
        last_interaction_at=None,
        tasks=len(tasks),
        orders=sum(order.counted for order in orders),
        related_tasks=[_task(task) for task in sorted(tasks, key=lambda t: (t.created_at, t.id), reverse=True)],
        related_orders=[_order(order) for order in sorted(orders, key=lambda o: (o.purchased_at, o.id), reverse=True)],
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


def _order(row: OrderRow) -> OrderItem:
    return OrderItem(
        order_id=row.id,
        code=row.code,
        status=row.status,
        counted=row.counted,
        gross=row.gross_minor,
        refunds=row.refunds_minor,
        net=row.gross_minor - row.refunds_minor,
        currency=row.currency,
        purchased_at=instant(row.purchased_at),
    )
