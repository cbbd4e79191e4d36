"""Cells of recipients and entries: distinct people whom messages reached, as corrections of the messages (views p and u).

Worked out by the words: the pair cells of each person, less one for each message that counts in view m.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from processor.recount.campaigns import Campaigns
from processor.recount.facts import MessageId
from processor.recount.ledger import Cell, Contribution, field, pair_cells
from processor.recount.messages import carried, stage_times
from processor.recount.records import Fact

STAGES = ("targeted", "sent", "delivered", "opened", "clicked", "replied")


def recipient_cells(messages: Mapping[MessageId, Sequence[Fact]], campaigns: Campaigns) -> Iterator[Contribution]:
    days: dict[tuple[str, str, str, tuple[str, ...], tuple[str | None, ...]], set[date]] = defaultdict(set)
    for message, facts in messages.items():
        recipient = carried(facts, "recipient_id")
        dimensions = [("channel", message.channel)]
        dimensions += [
            (name, value) for name, value in (("action", carried(facts, "action_id")), ("variant", carried(facts, "variant"))) if value
        ]
        times = stage_times(facts)
        for stage in times.keys() & {*STAGES}:
            day = campaigns.day(message.tenant, message.campaign, times[stage])
            counted: list[tuple[str, tuple[str, ...], str | None]] = [
                ("p", (stage,), None),
                *(("u", (stage, name, value), None) for name, value in dimensions),
            ]
            if stage == "targeted":
                counted.append(("p", ("entries",), carried(facts, "entry_id")))
            for view, name, entry in counted:
                cell = Cell(message.tenant, message.campaign, view, day.isoformat(), field(*name, None))
                yield Contribution(cell, -1, f"message {message.subject}")
                if recipient is not None:
                    days[message.tenant, message.campaign, view, name, (recipient, entry)].add(day)

    for (tenant, campaign, view, name, who), active in days.items():
        yield from pair_cells(tenant, campaign, view, name, active, f"recipient {who[0]}")
