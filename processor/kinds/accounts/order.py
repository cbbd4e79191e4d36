"""What was decided about an order, in words: its route, its day, its money."""

from __future__ import annotations

from collections.abc import Mapping

from processor.buckets import ZONES, day
from processor.kinds import index
from processor.kinds.accounts.account import Account
from processor.kinds.accounts.phrases import at_step, hidden, length, moment, someone
from processor.kinds.order import KIND, stored
from processor.kinds.order_cells import contributions
from processor.kinds.order_state import PENDING, Order
from processor.values import Cell
from schemas.keys import View, iso


class Orders(Account):
    kind = KIND
    views = (View.ORDERS, View.ORDERS_BY_OWNER)
    listed = index.ORDERS

    def contributions(self, tenant: str, _: str, raw: bytes, /) -> Mapping[Cell, int]:
        return contributions(tenant, stored(raw))

    def name(self, raw: bytes, /) -> str:
        return stored(raw).id

    def words(self, _: str, raw: bytes, /) -> list[str]:
        order = stored(raw)
        if why := hidden(order.hidden):
            return [f"order {order.id} counts nowhere: {why}"]
        return [_route(order), _day(order), _amount(order)]


def _route(order: Order) -> str:
    where = f"order {order.id} counts for {order.campaign_id} by rule {order.rule}"
    if order.rule == PENDING:
        return f"order {order.id} waits for opportunity {order.opportunity_id}, of which nothing has been heard; until then it counts as pending alone"
    if order.rule == 1:
        credit = f"credited to {someone(order.owner_id)} {at_step(order.step_id)}"
        return f"{where}: it names opportunity {order.opportunity_id}, which is there; {credit}"
    passed = f"opportunity {order.opportunity_id} counts nowhere, and " if order.opportunity_id is not None else ""
    if order.rule == 2:
        return f"{where}: {passed}it names the campaign itself"
    if order.rule == 3:
        return (
            f"{where}: {passed}of the claims on its promo codes ({', '.join(order.promo_codes)}) that of {order.campaign_id} is the latest"
        )
    if order.touch is not None:
        last, before = order.touch, length(order.purchased_at - order.touch.time)
        return (
            f"{where}: {passed}{last.verb} {last.subject} ({last.channel}) at {moment(last.time)}, {before} before, by model {last.model}"
        )
    return f"order {order.id} counts for no campaign (rule 5): {passed}neither campaign, promo code nor touch leads to one"


def _day(order: Order) -> str:
    zone = ZONES[order.zone]
    return f"on {iso(day(zone, order.purchased_at))}: bought at {moment(order.purchased_at)}, days in {zone}"


def _amount(order: Order) -> str:
    gross, back = f"{order.gross_minor} {order.currency}", order.refunds_minor
    if order.counted:
        return f"counted: its status is {order.status}; gross {gross}, of which {back} were refunded"
    if order.status_counted:
        return f"no longer counted as an order: all of {gross} was refunded ({back}); status {order.status}"
    if order.cancelled_on is not None:
        return f"cancelled at {moment(order.cancelled_on)}: counted as such, with its gross of {gross}, and nowhere else"
    return f"not counted: status {order.status} is none of those that the tenant counts"
