"""Cells of what happened to opportunities: reopened, moved, reassigned, time in a step, time to claim (view v; docs/definitions.md, rules 13 to 17)."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby, pairwise
from typing import NamedTuple

from processor.recount.campaigns import Campaigns
from processor.recount.days import DAY_MS, HOUR_MS, MINUTE_MS
from processor.recount.ledger import Cell, Contribution, field
from processor.recount.opportunities import Opportunity
from processor.recount.pipeline import LETTERS

BOUNDS_MS = [
    *(minutes * MINUTE_MS for minutes in (1, 5, 15, 30)),
    *(hours * HOUR_MS for hours in (1, 2, 4, 8, 12)),
    *(days * DAY_MS for days in (1, 2, 3, 5, 7, 10, 14, 21, 30, 45, 60, 90, 120, 180, 365)),
]
"""Upper bounds of the buckets of lengths; a length that equals one lies below it."""


def bucket(length: int) -> int:
    """Number of the bucket of a length in ms."""
    return sum(length > bound for bound in BOUNDS_MS)


class State(NamedTuple):
    """What counts as one state in history."""

    campaign: str
    step: str | None
    owner: str | None
    status: str


class Stretch(NamedTuple):
    """A state, or nothing, from an instant on; until the next one in history."""

    since: int
    state: State | None


def history(opportunity: Opportunity) -> list[Stretch]:
    """All its states as of a time, neighbours that differ."""
    found: list[Stretch] = []
    for instant in sorted({*opportunity.turning_points}):
        seen = opportunity.as_of(instant)
        state = None if seen is None else State(seen.campaign, seen.step, seen.owner, seen.status)
        if not found or found[-1].state != state:
            found.append(Stretch(instant, state))
    return found


class Event(NamedTuple):
    """Something that happened: it counts in the campaign on the day of the instant there."""

    campaign: str
    instant: int
    field: str


def movement_cells(opportunity: Opportunity, campaigns: Campaigns) -> Iterator[Contribution]:
    """What an opportunity that exists adds."""
    past = history(opportunity)
    happened = [
        *_reopenings(opportunity),
        *_moves(past),
        *_reassignments(past),
        *_times_in_step(past),
        *_claim(opportunity, past, campaigns),
    ]
    for event in happened:
        day = campaigns.day(opportunity.tenant, event.campaign, event.instant).isoformat()
        yield Contribution(Cell(opportunity.tenant, event.campaign, "v", day, event.field), 1, f"opportunity {opportunity.id}")


def _reopenings(opportunity: Opportunity) -> Iterator[Event]:
    for before, run in pairwise(opportunity.runs):
        if run.status == "open":
            yield Event(run.entries[0].data["campaign_id"], run.start, field("reopened", LETTERS[before.status]))


def _moves(past: list[Stretch]) -> Iterator[Event]:
    somewhere = [(since, state.campaign) for since, state in past if state is not None]
    for (_, before), (since, after) in pairwise(somewhere):
        if before != after:
            yield Event(before, since, field("moved_out"))
            yield Event(after, since, field("moved_in"))


def _reassignments(past: list[Stretch]) -> Iterator[Event]:
    for (_, before), (since, after) in pairwise(past):
        if before is None or after is None or before.campaign != after.campaign:
            continue
        if before.owner is not None and before.owner != after.owner:
            yield Event(after.campaign, since, field("out", before.owner))
            if after.owner is not None:
                yield Event(after.campaign, since, field("in", after.owner))


def _times_in_step(past: list[Stretch]) -> Iterator[Event]:
    def place(stretch: Stretch) -> tuple[str, str | None] | None:
        """Where it spends time, if it does."""
        state = stretch.state
        return (state.campaign, state.step) if state is not None and state.status == "open" else None

    places = [(where, next(stretches).since) for where, stretches in groupby(past, place)]
    for (where, entered), (_, left) in pairwise(places):
        if where is not None:
            campaign, step = where
            yield Event(campaign, left, field("step", step, bucket(left - entered)))


def _claim(opportunity: Opportunity, past: list[Stretch], campaigns: Campaigns) -> Iterator[Event]:
    owned = [(since, state.campaign, state.owner) for since, state in past if state is not None and state.owner is not None]
    if owned:
        since, campaign, owner = owned[0]
        waited = since - opportunity.created_at
        yield Event(campaign, since, field("claim", owner, bucket(waited)))
        longest = campaigns.registration_wait_s(opportunity.tenant, campaign)
        if longest is not None and waited > longest * 1000:
            yield Event(campaign, since, field("late_claim", owner))
