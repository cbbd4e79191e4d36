"""What happened to an opportunity, and when: reopened, moved, reassigned, time in a step, time to claim (rules 13 to 17). Pure, of its timeline alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Final, NamedTuple

from processor.kinds.frame import Frame
from processor.kinds.timeline import OPEN, WON, AsOf, Entry, Run
from schemas.durations import bucket_of
from schemas.keys import SEP


class Happening(NamedTuple):
    """It counts in this campaign, on the day of the instant there."""

    campaign: str
    at: int
    what: str
    """The field of the cell, see `docs/cells.md`, view v."""


def movements(states: Sequence[AsOf], runs: Sequence[Run], entries: Sequence[Entry], *, late: bool) -> list[Happening]:
    """All that happened. `states`: its history (rule 9), none of one that does not exist; `late`: whether it was claimed late, which its campaign decides."""
    if not states:
        return []
    return [
        *_reopened(runs, entries),
        *_from_hand_to_hand(states),
        *_left_steps(states),
        *_claimed(states, entries[-1].created_at, late=late),
    ]


def on_step_since(states: Sequence[AsOf]) -> int | None:
    """Since when an open one is on its present step, whoever has it (rule 16); None of one that is closed, or does not exist."""
    if not states or not states[-1].entry.live or states[-1].status != OPEN:
        return None
    last = states[-1].entry
    since = states[-1].since
    for state in reversed(states):
        entry = state.entry
        if not entry.live or state.status != OPEN or (entry.campaign_id, entry.step_id) != (last.campaign_id, last.step_id):
            break
        since = state.since
    return since


def is_late(states: Sequence[AsOf], created: int, frames: Mapping[str, Frame]) -> bool:
    """Whether it was claimed later than its campaign would have it (rule 17)."""
    first = _claim(states)
    longest = frames[first.entry.campaign_id].registration_wait_s if first else None
    return first is not None and longest is not None and first.since - created > longest * 1000


def _claim(states: Sequence[AsOf]) -> AsOf | None:
    """The first state with an owner."""
    return next((state for state in states if state.entry.live and state.entry.owner_id is not None), None)


def _reopened(runs: Sequence[Run], entries: Sequence[Entry]) -> Iterator[Happening]:
    """Rule 13."""
    for before, run in pairwise(runs):
        if run.status == OPEN:
            yield Happening(entries[run.first].campaign_id, run.start, f"reopened{SEP}{'w' if before.status == WON else 'l'}")


def _from_hand_to_hand(states: Sequence[AsOf]) -> Iterator[Happening]:
    """Rules 14 and 15: from campaign to campaign, and from owner to owner within one. Who was nothing in between has no owner to be taken from."""
    home: str | None = None
    owner: str | None = None
    for since, entry, _ in states:
        if not entry.live:
            owner = None
            continue
        campaign = entry.campaign_id
        if home is not None and home != campaign:
            yield Happening(home, since, "moved_out")
            yield Happening(campaign, since, "moved_in")
        elif owner is not None and owner != entry.owner_id:
            yield Happening(campaign, since, f"out{SEP}{owner}")
            if entry.owner_id is not None:
                yield Happening(campaign, since, f"in{SEP}{entry.owner_id}")
        home, owner = campaign, entry.owner_id


def _left_steps(states: Sequence[AsOf]) -> Iterator[Happening]:
    """Rule 16."""
    place, entered = _NOWHERE, 0
    for since, entry, status in states:
        now = (entry.campaign_id, entry.step_id or "") if entry.live and status == OPEN else _NOWHERE
        if now != place:
            if place != _NOWHERE:
                yield Happening(place[0], since, f"step{SEP}{place[1]}{SEP}{bucket_of(since - entered)}")
            place, entered = now, since


_NOWHERE: Final = ("", "")
"""Where what is closed, or is nothing, spends its time."""


def _claimed(states: Sequence[AsOf], created: int, *, late: bool) -> Iterator[Happening]:
    """Rule 17."""
    first = _claim(states)
    if first:
        campaign, owner = first.entry.campaign_id, first.entry.owner_id
        yield Happening(campaign, first.since, f"claim{SEP}{owner}{SEP}{bucket_of(first.since - created)}")
        if late:
            yield Happening(campaign, first.since, f"late_claim{SEP}{owner}")
