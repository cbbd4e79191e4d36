"""What was decided about an opportunity, in words. The rules are those of `docs/definitions.md`, section Opportunity."""

from __future__ import annotations

from collections.abc import Mapping

from processor.kinds import index
from processor.kinds.accounts.account import Account
from processor.kinds.accounts.phrases import at_step, hidden, moment, someone
from processor.kinds.opportunity import KIND, count, row
from processor.kinds.opportunity_state import Life, stored
from processor.kinds.timeline import LOST, OPEN, WON
from processor.transaction import Tx
from processor.values import Cell
from schemas.keys import View, iso


class Opportunities(Account):
    kind = KIND
    views = (View.OPPORTUNITIES, View.CLOSED, View.STAFF, View.STAFF_CLOSED, View.FLOWS, View.MOVEMENTS)
    listed = index.OPPORTUNITIES

    def contributions(self, tenant: str, _: str, raw: bytes, /) -> Mapping[Cell, int]:
        tx = Tx()
        count(tx, tenant, None, stored(raw))
        return tx.counted()

    def name(self, raw: bytes, /) -> str:
        return row(raw).id

    def words(self, campaign: str, raw: bytes, /) -> list[str]:
        now, life = row(raw), stored(raw)
        if life is None or not now.exists:
            return [f"opportunity {now.id} counts nowhere: {hidden(now.hidden)}"]
        found = [_place(life), _status(life), _credit(life)]
        if now.campaign_id != campaign:
            found.insert(
                0, f"opportunity {now.id} is not in {campaign} any more, which it was in before: it counts there only as of days of then"
            )
        return found


def _place(life: Life) -> str:
    now = life.now
    further = "" if now.further is None else f", having come as far as {now.further}"
    return (
        f"opportunity {now.id} is in {now.campaign_id} {at_step(now.step_id)}{further}; created at {moment(now.created_at)}, "
        f"which is {iso(life.created)} in {life.zones[now.campaign_id]}; it has {len(life.entries)} versions"
    )


def _status(life: Life) -> str:
    """Rules 2, 4 and 5."""
    now, run = life.now, life.entries[life.runs[-1].first :]
    entry = run[-1] if now.status == OPEN else run[0]
    last = f"the last step of {entry.campaign_id} at {moment(entry.time)} (version {entry.version})"
    if entry.stated:
        why = f"version {entry.version} says so"
    elif now.status == WON:
        why = f"step {entry.step_id} was {last}"
    elif entry.step_id is None:
        why = f"version {entry.version} says neither a status nor a step"
    else:
        why = f"step {entry.step_id} was not {last}"
    said = f"it is {now.status} because {why}"
    if now.closed_at is None or life.closed is None:
        return said
    stated = run[-1].won_at if now.status == WON else run[-1].lost_at
    if stated is not None:
        source = f"as its {now.status}_at says"
    elif now.closed_at == run[0].time:
        source = f"when it first was {now.status} in this run"
    else:
        source = f"when it was created, though it was said to be {now.status} before, at {moment(run[0].time)}"
    return f"{said}; {now.status} at {moment(now.closed_at)}, which is {iso(life.closed)} in {life.zones[now.campaign_id]}, {source}"


def _credit(life: Life) -> str:
    """Rule 6. Where the owner of then is not credited, the tenant credits the owner now."""
    now, then = life.now, life.entries[life.runs[-1].first].owner_id
    owned = f"owned by {someone(now.owner_id)} now"
    if now.status not in (WON, LOST):
        return f"{owned}, and credited so while it is open"
    if now.credited_owner_id != then:
        return f"{owned}, and credited so, as the tenant wants it; owner when it was {now.status}: {someone(then)}"
    return f"{owned}; credited to {someone(then)}, owner when it was {now.status}"
