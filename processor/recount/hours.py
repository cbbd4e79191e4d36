"""Cells by the hour (view h): the headline figures again, by hours as a clock in the campaign's zone shows them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

from processor.recount.campaigns import Campaigns
from processor.recount.contract import Data
from processor.recount.days import EPOCH, HOUR_MS, MINUTE_MS, local, milliseconds
from processor.recount.facts import Entity, MessageId
from processor.recount.ledger import Cell, Contribution, field
from processor.recount.messages import counted_times
from processor.recount.opportunities import Opportunity
from processor.recount.orders import Route, worth
from processor.recount.records import Fact

QUARTER_MS = 15 * MINUTE_MS


def start_of_hour(instant: int, zone: str) -> int:
    """In whole quarter-hours since 1970 UTC: the instant minus what the local clock shows beyond the full hour."""
    shown = milliseconds(local(instant, zone).replace(tzinfo=EPOCH.tzinfo))
    return (instant - shown % HOUR_MS) // QUARTER_MS


def _cell(campaigns: Campaigns, tenant: str, campaign: str, instant: int, *name: str) -> Cell:
    start = start_of_hour(instant, campaigns.zone(tenant, campaign))
    day = (EPOCH + timedelta(milliseconds=start * QUARTER_MS)).date()
    return Cell(tenant, campaign, "h", day.isoformat(), field(start, *name))


def opportunity_hours(opportunity: Opportunity, campaigns: Campaigns) -> Iterator[Contribution]:
    cell = _cell(campaigns, opportunity.tenant, opportunity.campaign, opportunity.created_at, "n")
    yield Contribution(cell, 1, f"opportunity {opportunity.id}")


def order_hours(entity: Entity, where: Route | None, campaigns: Campaigns) -> Iterator[Contribution]:
    """Of an order that exists; `where` is its route."""
    assert entity.newest is not None
    if where is None or where.campaign is None:
        return
    order: Data = entity.newest.data
    tenant, campaign, of = entity.id.tenant, where.campaign, worth(entity.id.tenant, order, campaigns)
    amounts: list[tuple[tuple[str, ...], int]] = [(("orders",), int(of.is_counted))]
    if of.is_status_counted:
        amounts += [(("gross", order["currency"]), of.gross), (("refunds", order["currency"]), of.refunds)]
    for name, amount in amounts:
        yield Contribution(
            _cell(campaigns, tenant, campaign, order["purchased_at"], *name), amount, f"order {entity.id.subject}", where.why
        )


def task_hours(entity: Entity, campaigns: Campaigns) -> Iterator[Contribution]:
    """Of a task that exists."""
    assert entity.newest is not None
    task = entity.newest.data
    if task["campaign_id"] is not None:
        cell = _cell(campaigns, entity.id.tenant, task["campaign_id"], task["created_at"], "t")
        yield Contribution(cell, 1, f"task {entity.id.subject}")


def message_hours(message: MessageId, facts: Sequence[Fact], campaigns: Campaigns) -> Iterator[Contribution]:
    for stage, time in counted_times(facts).items():
        yield Contribution(_cell(campaigns, message.tenant, message.campaign, time, stage), 1, f"message {message.subject}")
