"""What an order counts for, of its state alone: see `docs/cells.md`, views r, q, j, h and l. Pure."""

from __future__ import annotations

from processor.buckets import ZONES, day
from processor.kinds.hours import hour_cell
from processor.kinds.order_state import PENDING, Order
from processor.values import Cell
from schemas.keys import SEP, View


def counts_by(order: Order) -> tuple[object, ...]:
    """All that `contributions` looks at: most versions change nothing of it."""
    return (
        order.hidden, order.rule, order.campaign_id, order.owner_id, order.step_id, order.status_number, order.status_counted,
        order.gross_minor, order.refunds, order.currency, order.purchased_at, order.zone, order.said_campaign_id, order.cancelled_on,
    )  # fmt: skip


def contributions(tenant: str, order: Order) -> dict[Cell, int]:
    """All that an order counts for, of its state alone; see `docs/cells.md`, views r, q, j, h and l."""
    if order.hidden:
        return {}
    at = day(ZONES[order.zone], order.purchased_at)
    if order.rule != PENDING:
        return _counts(tenant, order, at)
    out: dict[Cell, int] = {(tenant, "", View.BY_CAMPAIGN, at, "pending"): 1}
    if order.said_campaign_id is not None:
        out[tenant, order.said_campaign_id, View.ORDERS, at, "pending"] = 1
        out[tenant, order.said_campaign_id, View.ORDER_LIST, at, _entry("p", "", order)] = 1
    return out


def _entry(state: str, place: str, order: Order) -> str:
    """An order in the list of its campaign. `place`: owner and step, empty for neither."""
    return f"{state}{SEP}{order.rule}{SEP}{place or SEP}{SEP}{order.purchased_at}{SEP}{order.id}"


def _counts(tenant: str, order: Order, at: int) -> dict[Cell, int]:
    """D5 to D7: at the tenant by campaign, at its campaign by rule, by owner and step, and by hour."""
    rule, campaign, currency, gross = order.rule, order.campaign_id, order.currency, order.gross_minor
    amounts = {"gross": gross, "refunds": order.refunds_minor} if order.status_counted else {}
    out: dict[Cell, int] = {}
    if order.counted:
        out[tenant, "", View.BY_CAMPAIGN, at, f"n{SEP}{campaign or ''}"] = 1
    if amounts:
        out[tenant, "", View.BY_CAMPAIGN, at, f"net{SEP}{campaign or ''}{SEP}{currency}"] = gross - amounts["refunds"]
    if campaign is None:
        return out
    place = f"{order.owner_id or ''}{SEP}{order.step_id or ''}"
    out[tenant, campaign, View.ORDERS, at, f"{'n' if order.counted else 'rest'}{SEP}{rule}"] = 1
    state = "n" if order.counted else "b" if order.status_counted else "r"
    out[tenant, campaign, View.ORDER_LIST, at, _entry(state, place, order)] = 1
    if order.counted:
        out[tenant, campaign, View.ORDERS_BY_OWNER, at, f"n{SEP}{place}"] = 1
        out[hour_cell(tenant, campaign, ZONES[order.zone], order.purchased_at, "orders")] = 1
    for name, amount in amounts.items():
        if amount:
            out[tenant, campaign, View.ORDERS, at, f"{name}{SEP}{rule}{SEP}{currency}"] = amount
            out[tenant, campaign, View.ORDERS_BY_OWNER, at, f"{name}{SEP}{place}{SEP}{currency}"] = amount
            out[hour_cell(tenant, campaign, ZONES[order.zone], order.purchased_at, f"{name}{SEP}{currency}")] = amount
    if order.status_counted and order.refunds:
        _book(out, tenant, campaign, order)
    if order.cancelled_on is not None:
        _cancel(out, tenant, campaign, order, at, order.cancelled_on)
    return out


def _book(out: dict[Cell, int], tenant: str, campaign: str, order: Order) -> None:
    """Each refund on the day on which it was made."""
    for _, amount, refunded_at in order.refunds:
        cell = (tenant, campaign, View.ORDERS, day(ZONES[order.zone], refunded_at), f"booked{SEP}{order.rule}{SEP}{order.currency}")
        out[cell] = out.get(cell, 0) + amount


def _cancel(out: dict[Cell, int], tenant: str, campaign: str, order: Order, at: int, cancelled_on: int) -> None:
    """On the day of purchase, and on the day on which it was cancelled."""
    then = day(ZONES[order.zone], cancelled_on)
    for on, number, value in ((at, "cancelled", "cancelled_value"), (then, "cancellations", "cancellations_value")):
        out[tenant, campaign, View.ORDERS, on, f"{number}{SEP}{order.rule}"] = 1
        out[tenant, campaign, View.ORDERS, on, f"{value}{SEP}{order.rule}{SEP}{order.currency}"] = order.gross_minor
