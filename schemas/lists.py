"""What stands behind a number, for readers: opportunities one by one, with their tasks and orders, and orders one by one. Conventions as in `schemas/views.py`."""

from __future__ import annotations

from typing import Literal

import msgspec

from schemas.answers import Amount, Instant, Money, PeriodView, Stamp, Status


class TaskItem(msgspec.Struct, kw_only=True):
    task_id: str
    title: str | None
    status: str
    assignee_id: str | None
    created_at: Instant
    due_at: Instant | None
    completed_at: Instant | None


class OrderItem(msgspec.Struct, kw_only=True):
    order_id: str
    code: str | None
    status: str
    counted: bool
    gross: Amount
    refunds: Amount
    net: Amount
    currency: str
    purchased_at: Instant


class ListedOrder(OrderItem, kw_only=True):
    """An order with where it counts."""

    opportunity_id: str | None
    customer_id: str
    attribution_rule: int | None
    """Of D8; null while it waits for its opportunity."""
    owner_id: str | None
    """To whom it is credited."""
    step_id: str | None


class OrderTotals(msgspec.Struct, kw_only=True):
    """Of the orders that pass the filters: money is that of those in a counted status, as everywhere (D5, D7)."""

    orders: int
    """Those that count."""
    orders_all: int
    revenue_gross: Amount
    refunds: Amount
    revenue_net: Amount
    by_currency: Money


class OrderList(msgspec.Struct, kw_only=True):
    items: list[ListedOrder]
    total: int
    """How many pass."""
    totals: OrderTotals
    period: PeriodView
    unconverted: bool
    rate_day: str | None
    next_cursor: str | None
    stamp: Stamp


class OpportunityItem(msgspec.Struct, kw_only=True):
    opportunity_id: str
    customer_id: str
    customer_name: str | None
    step_id: str | None
    status: Status
    probability: int | None
    owner_id: str | None
    lost_reason: str | None
    industry: str | None
    amount: Amount
    currency: str | None
    created_at: Instant
    won_at: Instant | None
    lost_at: Instant | None
    last_interaction_at: Instant | None
    tasks: int
    """How many tasks name it (F41)."""
    orders: int
    """How many of the orders that name it are counted (D6)."""
    related_tasks: list[TaskItem]
    related_orders: list[OrderItem]
    """Those that are not counted too."""


class OpportunityList(msgspec.Struct, kw_only=True):
    items: list[OpportunityItem]
    total: int
    customers: int | None
    """Of how many customers these are; told where `interacted` was asked for, and equal to that number."""
    period: PeriodView
    next_cursor: str | None
    stamp: Stamp


class QuietStep(msgspec.Struct, kw_only=True):
    """The open opportunities on one step, and from how many quiet days on they are said to be."""

    step_id: str | None
    name: str | None
    warn_days: int
    stall_days: int
    open: int
    warned: int
    stalled: int


class QuietItem(OpportunityItem, kw_only=True):
    state: Literal["warned", "stalled"] | None
    quiet_since: Instant
    """The latest of: created, came to its step, somebody interacted, a task of it was completed."""
    quiet_days: int
    uncontacted_days: int
    """Since the last interaction, else since it was created."""


class QuietTotals(msgspec.Struct, kw_only=True):
    open: int
    warned: int
    stalled: int
    uncontacted: int


class QuietList(msgspec.Struct, kw_only=True):
    """Open opportunities of which nothing is heard (B11), as of today in the campaign's zone."""

    items: list[QuietItem]
    """The quietest first."""
    total: int
    """How many there are in the list."""
    totals: QuietTotals
    """Of all that the caller may see, whichever are listed."""
    steps: list[QuietStep]
    today: str
    period: PeriodView
    next_cursor: str | None
    stamp: Stamp
