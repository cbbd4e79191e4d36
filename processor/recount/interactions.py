"""Who was interacted with, when and where; cells of customers in charge and interacted (views n, w; docs/definitions.md, "Interactions")."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date
from itertools import pairwise
from typing import NamedTuple

from processor.recount.campaigns import Campaigns
from processor.recount.contract import Data
from processor.recount.facts import Entity, Facts
from processor.recount.ledger import Cell, Contribution, field, pair_cells
from processor.recount.messages import carried, stage_times
from processor.recount.opportunities import Opportunity

STRICT = "getfly_strict"
BY_STAFF = frozenset({"meeting", "comment", "reply"})
BY_CUSTOMER = frozenset({"email_read", "link_click", "sms_delivered", "zns_delivered", "whatsapp_delivered", "comment", "reply"})
SEEN_ON = {"email": ("opened",), "sms": ("delivered",), "whatsapp": ("delivered",)}
"""By channel, the stages of a message that are an interaction under the strict definition, beside clicked and replied."""


class Where(NamedTuple):
    tenant: str
    campaign: str
    customer: str


class Interactions:
    """The instants of all qualifying interactions with each customer in each campaign."""

    def __init__(self, facts: Facts, campaigns: Campaigns, opportunities: Iterable[Opportunity]) -> None:
        self._instants: dict[Where, list[int]] = defaultdict(list)
        lies_in = {(opportunity.tenant, opportunity.id): opportunity.campaign for opportunity in opportunities}

        def is_strict(tenant: str) -> bool:
            return bool(campaigns.setting(tenant, "interaction_definition") == STRICT)

        for interaction in facts.all("interaction"):
            tenant, newest = interaction.id.tenant, interaction.newest
            if newest is not None and _stands(interaction) and qualifies(newest.data, is_strict=is_strict(tenant)):
                of_opportunity = lies_in.get((tenant, newest.data["opportunity_id"]))
                for campaign in {newest.data["campaign_id"], of_opportunity} - {None}:
                    self._instants[Where(tenant, campaign, newest.data["customer_id"])].append(newest.time)
        for task in facts.all("task"):
            self._add_task(task, is_strict=is_strict(task.id.tenant))
        for message, events in facts.messages.items():
            recipient = carried(events, "recipient_id")
            if recipient is not None:
                times = stage_times(events)
                stages = message_stages(message.channel, is_strict=is_strict(message.tenant))
                self._instants[Where(message.tenant, message.campaign, recipient)] += [times[stage] for stage in stages if stage in times]

    def _add_task(self, entity: Entity, *, is_strict: bool) -> None:
        if not entity.exists or entity.newest is None:
            return
        task = entity.newest.data
        if task["campaign_id"] is None or task["customer_id"] is None:
            return
        where = Where(entity.id.tenant, task["campaign_id"], task["customer_id"])
        if is_strict and task["status"] != "cancelled":
            self._instants[where].append(task["created_at"])
        elif not is_strict and task["status"] == "completed":
            self._instants[where].append(entity.newest.time if task["completed_at"] is None else task["completed_at"])

    def first(self, opportunity: Opportunity) -> int | None:
        """The first one with the opportunity's customer in its campaign since it was created."""
        where = Where(opportunity.tenant, opportunity.campaign, opportunity.customer)
        return min(
            (instant for instant in self._instants.get(where, ()) if instant // 1000 >= opportunity.created_at // 1000), default=None
        )


def _stands(interaction: Entity) -> bool:
    """Neither deleted nor under a tombstone; but a comment, once made, stays made."""
    return interaction.exists or (interaction.newest is not None and interaction.newest.data["kind"] == "comment")


def qualifies(interaction: Data, *, is_strict: bool) -> bool:
    kind, direction, outcome = interaction["kind"], interaction["direction"], interaction["outcome"]
    if is_strict:
        is_call = kind == "call" and direction == "outbound" and outcome in ("answered", "successful")
        return is_call or kind in BY_CUSTOMER
    is_call = kind == "call" and direction != "inbound" and outcome in ("answered", "successful", None)
    return is_call or kind in BY_STAFF


def message_stages(channel: str, *, is_strict: bool) -> list[str]:
    """The stages of a message that are an interaction with its recipient."""
    return ["replied", "clicked", *SEEN_ON.get(channel, ())] if is_strict else ["replied"]


class Interval(NamedTuple):
    """From the day on which an opportunity was created to the day of its first interaction."""

    start: date
    end: date


def narrowest(intervals: Iterable[Interval]) -> list[Interval]:
    """Those that contain no other, in order: both their starts and their ends grow."""
    every = sorted({*intervals})
    return [
        one for one in every if not any(other != one and one.start <= other.start and other.end <= one.end for other in every)
    ]  # fmt: skip


def interaction_cells(opportunities: Iterable[Opportunity], interactions: Interactions, campaigns: Campaigns) -> Iterator[Contribution]:
    """What customers of opportunities that exist add: in charge `g`, interacted `x`."""
    in_charge: dict[Where, set[date]] = defaultdict(set)
    interacted: dict[tuple[Where, str, str | None], list[Interval]] = defaultdict(list)
    for opportunity in opportunities:
        if opportunity.owner is None:
            continue
        where = Where(opportunity.tenant, opportunity.campaign, opportunity.customer)
        created, first = campaigns.day(where.tenant, where.campaign, opportunity.created_at), interactions.first(opportunity)
        in_charge[where].add(created)
        if first is not None:
            interval = Interval(created, campaigns.day(where.tenant, where.campaign, first))
            interacted[where, "n", None].append(interval)
            interacted[where, "w", opportunity.owner].append(interval)

    for where, active in in_charge.items():
        yield from pair_cells(where.tenant, where.campaign, "n", ("g",), active, f"customer {where.customer}")
    for (where, view, owner), intervals in interacted.items():
        kept = narrowest(intervals)
        owners = [] if owner is None else [owner]
        signed = [(1, one.start, one.end) for one in kept] + [(-1, one.start, following.end) for one, following in pairwise(kept)]
        for sign, day, end in signed:
            cell = Cell(where.tenant, where.campaign, view, day.isoformat(), field("x", *owners, end.isoformat()))
            yield Contribution(cell, sign, f"customer {where.customer}")
