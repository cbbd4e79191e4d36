"""Cells of orders: which count, for which campaign, with how much money (views r, q; of the tenant: l). Rule 4 of D8, the last touch, is not counted yet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from processor.recount.campaigns import Campaigns
from processor.recount.contract import Data
from processor.recount.facts import Entity, Facts
from processor.recount.ledger import Cell, Contribution, field
from processor.recount.opportunities import Opportunity

BY_OPPORTUNITY, BY_CAMPAIGN, BY_CODE, UNATTRIBUTED = 1, 2, 3, 5

TENANTS_OWN = ""
"""Stands where a cell names its campaign: the tenant's cells have none."""


class Route(NamedTuple):
    """Where an order counts (D8). Owner and step are those of its opportunity."""

    rule: int
    campaign: str | None
    owner: str | None = None
    step: str | None = None


def route(
    tenant: str, order: Data, facts: Facts, opportunities: Mapping[tuple[str, str], Opportunity], campaigns: Campaigns
) -> Route | None:
    """None while it waits for an opportunity that was never seen."""
    if order["opportunity_id"] is not None:
        if facts.get("opportunity", tenant, order["opportunity_id"]) is None:
            return None
        opportunity = opportunities.get((tenant, order["opportunity_id"]))
        if opportunity is not None:
            return Route(BY_OPPORTUNITY, opportunity.campaign, opportunity.credited_owner, opportunity.step)
    if order["campaign_id"] is not None:
        return Route(BY_CAMPAIGN, order["campaign_id"])
    claimant = campaigns.claimed_by(tenant, order["promo_codes"])
    return Route(UNATTRIBUTED, None) if claimant is None else Route(BY_CODE, claimant)


def order_cells(entity: Entity, where: Route | None, campaigns: Campaigns) -> Iterator[Contribution]:
    """What an order that exists adds; `where` is its route."""
    assert entity.newest is not None
    order, tenant, named = entity.newest.data, entity.id.tenant, f"order {entity.id.subject}"
    campaign = order["campaign_id"] if where is None else where.campaign
    day = campaigns.day(tenant, campaign, order["purchased_at"]).isoformat()

    def add(campaign: str, view: str, name: str, amount: int = 1) -> Contribution:
        return Contribution(Cell(tenant, campaign, view, day, name), amount, named)

    if where is None:
        yield add(TENANTS_OWN, "l", field("pending"))
        if campaign is not None:
            yield add(campaign, "r", field("pending"))
        return

    gross, currency = order["gross_minor"], order["currency"]
    refunds = sum(refund["amount_minor"] for refund in order["refunds"])
    is_status_counted = order["status"] in campaigns.counted_statuses(tenant)
    is_fully_refunded = refunds > 0 and refunds >= gross
    is_counted = is_status_counted and not is_fully_refunded

    if is_counted:
        yield add(TENANTS_OWN, "l", field("n", campaign))
    if is_status_counted:
        yield add(TENANTS_OWN, "l", field("gross", campaign, currency), gross)
        yield add(TENANTS_OWN, "l", field("refunds", campaign, currency), refunds)
    if campaign is None:
        return

    yield add(campaign, "r", field("all", where.rule))
    if order["status"] == "cancelled":
        yield add(campaign, "r", field("cancelled", where.rule))
        yield add(campaign, "r", field("cancelled_value", where.rule, currency), gross)
    if is_counted:
        yield add(campaign, "r", field("n", where.rule))
        yield add(campaign, "q", field("n", where.owner, where.step))
    if is_status_counted:
        yield add(campaign, "r", field("gross", where.rule, currency), gross)
        yield add(campaign, "r", field("refunds", where.rule, currency), refunds)
        yield add(campaign, "q", field("gross", where.owner, where.step, currency), gross)
        yield add(campaign, "q", field("refunds", where.owner, where.step, currency), refunds)
