"""The independent recount: from all records of the topics to all cells, in one plain pass over everything that was ever said.

Written from the event contract, docs/definitions.md and docs/cells.md alone. It shares no code with the engine and none with schemas, keeps every
version of everything and works out each number from scratch, so that where the two agree, both are probably right. Speed does not matter here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from processor.recount.campaigns import Campaigns
from processor.recount.facts import Facts
from processor.recount.hours import message_hours, opportunity_hours, order_hours, task_hours
from processor.recount.interactions import Interactions, interaction_cells
from processor.recount.ledger import Cell, Contribution, totals
from processor.recount.messages import message_cells
from processor.recount.movements import movement_cells
from processor.recount.opportunities import Opportunity
from processor.recount.orders import order_cells, route
from processor.recount.pipeline import customer_cells, opportunity_cells
from processor.recount.recipients import recipient_cells
from processor.recount.records import Record, rejection
from processor.recount.scope import is_compared
from processor.recount.spend import message_spend_cells, spend_cells
from processor.recount.tasks import task_cells
from processor.recount.touches import Touches

__all__ = ["Cell", "Contribution", "Record", "contributions", "recount", "rejection"]


def recount(records: Iterable[Record], *, watermark: int | None = None, without: Collection[str] = ()) -> dict[Cell, int]:
    """All cells that are not 0.

    `watermark`: how far event time has come, ms since 1970 UTC. It alone makes a task overdue and an hour expire; None: nothing is.
    `without`: cells that are left out, and fields that are taken as never said; in the words of the module scope.
    """
    return totals(contributions(records, watermark=watermark, without=without))


def contributions(records: Iterable[Record], *, watermark: int | None = None, without: Collection[str] = ()) -> Iterator[Contribution]:
    """What each entity adds to each cell, so that a difference can be traced to the entities behind it."""
    said = _all_contributions(Facts(records, without), watermark)
    return (contribution for contribution in said if is_compared(contribution.cell, watermark, without))


def _all_contributions(facts: Facts, watermark: int | None) -> Iterator[Contribution]:
    campaigns = Campaigns(facts)
    opportunities = {
        (entity.id.tenant, entity.id.subject): Opportunity(entity, campaigns) for entity in facts.all("opportunity") if entity.exists
    }
    for opportunity in opportunities.values():
        yield from opportunity_cells(opportunity, campaigns)
        yield from movement_cells(opportunity, campaigns)
        yield from opportunity_hours(opportunity, campaigns)
    yield from customer_cells(opportunities.values(), campaigns)
    yield from interaction_cells(opportunities.values(), Interactions(facts, campaigns, opportunities.values()), campaigns)
    touches = Touches(facts, campaigns)
    for order in facts.all("order"):
        if order.exists and order.newest:
            where = route(order, facts, opportunities, campaigns, touches)
            yield from order_cells(order, where, campaigns)
            yield from order_hours(order, where, campaigns)
    for task in facts.all("task"):
        if task.exists:
            yield from task_cells(task, campaigns, watermark)
            yield from task_hours(task, campaigns)
    for spend in facts.all("spend"):
        if spend.exists:
            yield from spend_cells(spend, campaigns)
    for message, events in facts.messages.items():
        yield from message_cells(message, events, campaigns)
        yield from message_spend_cells(message, events, campaigns)
        yield from message_hours(message, events, campaigns)
    yield from recipient_cells(facts.messages, campaigns)
