"""Cells of money spent: what messages cost, and what spend events say (view e)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from processor.recount.campaigns import Campaigns
from processor.recount.facts import Entity, MessageId
from processor.recount.ledger import Cell, Contribution, field
from processor.recount.records import Fact


def cost(facts: Sequence[Fact]) -> tuple[int, int, str] | None:
    """(time, amount, currency or empty) of the earliest event that carries a cost; of several at that time the greater amount, then the greater currency."""
    carried = [
        (-fact.time, fact.data["cost_minor"], fact.data["cost_currency"] or "") for fact in facts if fact.data["cost_minor"] is not None
    ]
    if not carried:
        return None
    earliest, amount, currency = max(carried)
    return -earliest, amount, currency


def message_spend_cells(message: MessageId, facts: Sequence[Fact], campaigns: Campaigns) -> Iterator[Contribution]:
    found = cost(facts)
    if found is not None:
        time, amount, currency = found
        day = campaigns.day(message.tenant, message.campaign, time).isoformat()
        cell = Cell(message.tenant, message.campaign, "e", day, field("message", message.channel, currency))
        yield Contribution(cell, amount, f"message {message.subject}")


def spend_cells(entity: Entity, campaigns: Campaigns) -> Iterator[Contribution]:
    """What a spend that exists adds."""
    assert entity.newest is not None
    spend, tenant = entity.newest.data, entity.id.tenant
    day = campaigns.day(tenant, spend["campaign_id"], spend["spent_at"]).isoformat()
    cell = Cell(tenant, spend["campaign_id"], "e", day, field("event", spend["kind"], spend["currency"]))
    yield Contribution(cell, spend["amount_minor"], f"spend {entity.id.subject}")
