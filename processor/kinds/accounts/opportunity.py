"""What was decided about an opportunity, in words. The rules are those of `docs/definitions.md`, section Opportunity."""

from __future__ import annotations

from collections.abc import Mapping

from processor.buckets import day
from processor.kinds import index
from processor.kinds.accounts.account import Account
from processor.kinds.accounts.phrases import at_step, moment, someone
from processor.kinds.opportunity import KIND, State, row, stored
from processor.kinds.timeline import LOST, OPEN, WON
from processor.transaction import Cell
from schemas.keys import View, iso


class Opportunities(Account):
    kind = KIND
    views = (View.OPPORTUNITIES, View.CLOSED, View.STAFF, View.STAFF_CLOSED, View.FLOWS)
    listed = index.OPPORTUNITIES

    def contributions(self, tenant: str, _: str, raw: bytes, /) -> Mapping[Cell, int]:
        return stored(tenant, raw).cells

    def name(self, raw: bytes, /) -> str:
        return row(raw).id

    def words(self, campaign: str, raw: bytes, /) -> list[str]:
        state = stored("", raw)
        name = f"opportunity {state.row.id}"
        if state.gone:
            return [f"{name} counts nowhere: it was deleted for good"]
        newest = state.entries[-1].facts
        if not state.row.exists:
            return [f"{name} counts nowhere: its newest version is {'deleted' if newest.deleted else 'a test'}"]
        found = [_place(state), _status(state), _credit(state)]
        if state.row.campaign_id != campaign:
            found.insert(0, f"{name} is not in {campaign} any more, which it was in before: it counts there only as of days of then")
        return found


def _place(state: State) -> str:
    row = state.row
    zone = state.decided.zones[row.campaign_id]
    furthest = state.decided.furthest
    further = f", having come as far as {furthest}" if furthest is not None and furthest != row.step_id else ""
    return (
        f"opportunity {row.id} is in {row.campaign_id} {at_step(row.step_id)}{further}; created at {moment(row.created_at)}, "
        f"which is {iso(day(zone, row.created_at))} in {zone}; it has {len(state.entries)} versions"
    )


def _status(state: State) -> str:
    """Rules 2, 4 and 5."""
    row, last = state.row, state.runs[-1]
    number, time, facts = state.entries[-1] if row.status == OPEN else state.entries[last.first]
    if facts.status:
        why = f"version {number} says so"
    elif row.status == WON:
        why = f"step {facts.step_id} was the last step of {facts.campaign_id} at {moment(time)} (version {number})"
    elif facts.step_id is None:
        why = f"version {number} says neither a status nor a step"
    else:
        why = f"step {facts.step_id} was not the last step of {facts.campaign_id} at {moment(time)} (version {number})"
    said = f"it is {row.status} because {why}"
    if row.closed_at is None:
        return said
    zone = state.decided.zones[row.campaign_id]
    stated = any((e.facts.won_at if row.status == WON else e.facts.lost_at) is not None for e in state.entries[last.first :])
    source = f"as its {row.status}_at says" if stated else f"when it first was {row.status} in this run"
    return f"{said}; {row.status} at {moment(row.closed_at)}, which is {iso(day(zone, row.closed_at))} in {zone}, {source}"


def _credit(state: State) -> str:
    """Rule 6."""
    row = state.row
    owned = f"owned by {someone(row.owner_id)} now"
    if row.status in (WON, LOST):
        return f"{owned}; credited to {someone(row.credited_owner_id)}, owner when it was {row.status}"
    return f"{owned}, and credited so while it is open"
