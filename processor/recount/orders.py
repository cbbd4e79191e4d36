"""Cells of orders: which count, for which campaign, with how much money (views r, q, j; of the tenant: l)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from processor.recount.campaigns import Campaigns
from processor.recount.contract import Data
from processor.recount.days import spelled
from processor.recount.facts import Entity, Facts, Version
from processor.recount.ledger import Cell, Contribution, field
from processor.recount.opportunities import Opportunity
from processor.recount.touches import Touches

BY_OPPORTUNITY, BY_CAMPAIGN, BY_CODE, BY_TOUCH, UNATTRIBUTED = 1, 2, 3, 4, 5

TENANTS_OWN = ""
"""Stands where a cell names its campaign: the tenant's cells have none."""


class Route(NamedTuple):
    """Where an order counts (D8), and why, in words. Owner and step are those of its opportunity."""

    rule: int
    campaign: str | None
    why: str
    owner: str | None = None
    step: str | None = None


class Worth(NamedTuple):
    """What an order counts for, wherever it does. Money in minor units."""

    gross: int
    refunds: int
    is_status_counted: bool
    is_counted: bool


def route(
    entity: Entity,
    facts: Facts,
    opportunities: Mapping[tuple[str, str], Opportunity],
    campaigns: Campaigns,
    touches: Touches,
) -> Route | None:
    """None while it waits for an opportunity that was never seen."""
    assert entity.newest is not None
    tenant, order = entity.id.tenant, entity.newest.data
    if order["opportunity_id"] is not None:
        if facts.get("opportunity", tenant, order["opportunity_id"]) is None:
            return None
        opportunity = opportunities.get((tenant, order["opportunity_id"]))
        if opportunity is not None:
            why = f"rule 1, opportunity {opportunity.id}, {opportunity.status}, credited to {opportunity.credited_owner or 'nobody'}"
            return Route(BY_OPPORTUNITY, opportunity.campaign, why, opportunity.credited_owner, opportunity.step)
    if order["campaign_id"] is not None:
        return Route(BY_CAMPAIGN, order["campaign_id"], "rule 2, it names the campaign")
    claimant = campaigns.claimed_by(tenant, order["promo_codes"])
    if claimant is not None:
        return Route(BY_CODE, claimant, f"rule 3, promo codes {', '.join(order['promo_codes'])}")
    touch = touches.last(tenant, order, _heard(entity, order))
    if touch is not None:
        return Route(BY_TOUCH, touch.campaign, f"rule 4, {touch.kind} of message {touch.subject} at {spelled(touch.time)}")
    return Route(UNATTRIBUTED, None, "rule 5, nothing attributes it")


def _heard(entity: Entity, order: Data) -> int:
    """When Kafka first had an event that says of whom and of when the order is, ms."""
    return min(event.taken for event in entity.events if all(event.data[name] == order[name] for name in ("customer_id", "purchased_at")))


def worth(tenant: str, order: Data, campaigns: Campaigns) -> Worth:
    """Gross is goods after discount, with tax and shipping where the tenant counts them (D7)."""
    included = {*(campaigns.setting(tenant, "revenue_includes") or ())}
    gross = sum([order["gross_minor"], *(order[f"{part}_minor"] or 0 for part in included)])
    refunds = sum(refund["amount_minor"] for refund in order["refunds"])
    is_status_counted = order["status"] in campaigns.counted_statuses(tenant)
    is_fully_refunded = refunds > 0 and refunds >= gross
    return Worth(gross, refunds, is_status_counted, is_status_counted and not is_fully_refunded)


def order_cells(entity: Entity, where: Route | None, campaigns: Campaigns) -> Iterator[Contribution]:
    """What an order that exists adds; `where` is its route."""
    assert entity.newest is not None
    order, tenant, named = entity.newest.data, entity.id.tenant, f"order {entity.id.subject}"
    if where is None:
        zoned, why, parts = order["campaign_id"], f"waits for opportunity {order['opportunity_id']}", _pending(entity.id.subject, order)
    else:
        zoned, why, parts = where.campaign, where.why, _routed(entity.id.subject, entity.newest, where, worth(tenant, order, campaigns))
    for campaign, view, instant, name, amount in parts:
        day = campaigns.day(tenant, zoned, instant).isoformat()
        yield Contribution(Cell(tenant, campaign, view, day, name), amount, named, why)


Part = tuple[str, str, int, str, int]
"""Campaign, view, the instant whose day in the zone of the order's campaign is the cell's, field, amount."""


def _pending(identity: str, order: Data) -> Iterator[Part]:
    yield TENANTS_OWN, "l", order["purchased_at"], field("pending"), 1
    if order["campaign_id"] is not None:
        yield order["campaign_id"], "r", order["purchased_at"], field("pending"), 1
        yield order["campaign_id"], "j", order["purchased_at"], field("p", 0, None, None, order["purchased_at"], identity), 1


def _routed(identity: str, newest: Version, where: Route, of: Worth) -> Iterator[Part]:
    order, campaign, rule = newest.data, where.campaign, where.rule
    at, currency = order["purchased_at"], order["currency"]
    if of.is_counted:
        yield TENANTS_OWN, "l", at, field("n", campaign), 1
    if of.is_status_counted:
        yield TENANTS_OWN, "l", at, field("net", campaign, currency), of.gross - of.refunds
    if campaign is None:
        return
    yield campaign, "r", at, field("n" if of.is_counted else "rest", rule), 1
    state = "n" if of.is_counted else "b" if of.is_status_counted else "r"
    yield campaign, "j", at, field(state, rule, where.owner, where.step, at, identity), 1
    if order["status"] == "cancelled":
        cancelled_at = newest.time if order["cancelled_at"] is None else order["cancelled_at"]
        yield campaign, "r", at, field("cancelled", rule), 1
        yield campaign, "r", at, field("cancelled_value", rule, currency), of.gross
        yield campaign, "r", cancelled_at, field("cancellations", rule), 1
        yield campaign, "r", cancelled_at, field("cancellations_value", rule, currency), of.gross
    if of.is_counted:
        yield campaign, "q", at, field("n", where.owner, where.step), 1
    if of.is_status_counted:
        yield campaign, "r", at, field("gross", rule, currency), of.gross
        yield campaign, "r", at, field("refunds", rule, currency), of.refunds
        yield campaign, "q", at, field("gross", where.owner, where.step, currency), of.gross
        yield campaign, "q", at, field("refunds", where.owner, where.step, currency), of.refunds
        for refund in order["refunds"]:
            yield campaign, "r", refund["refunded_at"], field("booked", rule, currency), refund["amount_minor"]
