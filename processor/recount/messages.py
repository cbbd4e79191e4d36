"""Cells of messages: each stage once, on the day of the earliest time at which it is known to have been reached (view m)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from processor.recount.campaigns import Campaigns
from processor.recount.facts import MessageId
from processor.recount.ledger import Cell, Contribution, field
from processor.recount.records import Fact

IMPLIED = {
    "clicked": "opened",
    "replied": "opened",
    "opened": "delivered",
    "machine_opened": "delivered",
    "unsubscribed": "delivered",
    "complained": "delivered",
    "delivered": "sent",
    "sent": "targeted",
    "bounced": "targeted",
    "failed": "targeted",
    "suppressed": "targeted",
}
"""Who reached the stage on the left had reached the one on the right."""


def stage_times(facts: Sequence[Fact]) -> dict[str, int]:
    """The earliest time of each stage, whether seen or implied."""
    times: dict[str, int] = {}
    for fact in facts:
        is_machine = fact.verb == "opened" and fact.data["machine_open"]
        stage: str | None = "machine_opened" if is_machine else fact.verb
        while stage is not None:
            times[stage] = min(fact.time, times.get(stage, fact.time))
            stage = IMPLIED.get(stage)
    return times


def carried(facts: Sequence[Fact], name: str) -> str | None:
    """The value of the earliest event that carries one; of several at that time the greater."""
    values = [(fact.time, fact.data[name]) for fact in facts if fact.data[name] is not None]
    if not values:
        return None
    earliest = min(time for time, _ in values)
    return max(str(value) for time, value in values if time == earliest)


def counted_times(facts: Sequence[Fact]) -> dict[str, int]:
    """The time of each stage that is counted: failed or bounced are one, and only where nothing was ever delivered."""
    times = stage_times(facts)
    failures = [times.pop(stage) for stage in ("failed", "bounced") if stage in times]
    if failures and "delivered" not in times:
        times["failed"] = min(failures)
    return times


def message_cells(message: MessageId, facts: Sequence[Fact], campaigns: Campaigns) -> Iterator[Contribution]:
    action, variant = carried(facts, "action_id"), carried(facts, "variant")
    for stage, time in counted_times(facts).items():
        day = campaigns.day(message.tenant, message.campaign, time).isoformat()
        names = [field(stage, message.channel, action, variant)]
        if stage == "failed":
            names.append(field("code", carried(facts, "failure_code")))
        if stage == "suppressed":
            names.append(field("reason", carried(facts, "suppressed_reason")))
        for name in names:
            yield Contribution(Cell(message.tenant, message.campaign, "m", day, name), 1, f"message {message.subject}")
