"""Cells of recipients and entries: distinct people whom messages reached, by pair cells (views p and u)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from processor.recount.campaigns import Campaigns
from processor.recount.facts import MessageId
from processor.recount.ledger import Contribution, pair_cells
from processor.recount.messages import carried, stage_times
from processor.recount.records import Fact

STAGES = ("targeted", "sent", "delivered", "opened", "clicked", "replied")


def recipient_cells(messages: Mapping[MessageId, Sequence[Fact]], campaigns: Campaigns) -> Iterator[Contribution]:
    days: dict[tuple[str, str, str, tuple[str, ...], tuple[str | None, ...]], set[date]] = defaultdict(set)
    for message, facts in messages.items():
        recipient = carried(facts, "recipient_id")
        if recipient is None:
            continue
        dimensions = [("channel", message.channel)]
        dimensions += [
            (name, value) for name, value in (("action", carried(facts, "action_id")), ("variant", carried(facts, "variant"))) if value
        ]
        times = stage_times(facts)
        for stage in times.keys() & {*STAGES}:
            day = campaigns.day(message.tenant, message.campaign, times[stage])
            days[message.tenant, message.campaign, "p", (stage,), (recipient,)].add(day)
            for name, value in dimensions:
                days[message.tenant, message.campaign, "u", (stage, name, value), (recipient,)].add(day)
        entered = campaigns.day(message.tenant, message.campaign, times["targeted"])
        days[message.tenant, message.campaign, "p", ("entries",), (recipient, carried(facts, "entry_id"))].add(entered)

    for (tenant, campaign, view, counted, who), active in days.items():
        yield from pair_cells(tenant, campaign, view, counted, active, f"recipient {who[0]}")
