"""What does an opportunity count for? Its cells by the day it was created, the day it was closed, and as of any day, and the hour it was created; see `docs/cells.md`.

What a state counted is taken back by counting it with sign −1; where nothing has changed the two cancel out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from processor.buckets import day
from processor.kinds.hours import hour_cell
from processor.kinds.movements import Happening
from processor.kinds.timeline import LOST, OPEN, WON, AsOf
from processor.transaction import Tx
from schemas.keys import SEP, View, label
from schemas.rows import OpportunityRow

LETTER: Final = {OPEN: "o", WON: "w", LOST: "l"}


def count_present(tx: Tx, tenant: str, row: OpportunityRow, created: int, closed: int | None, further: str | None, sign: int) -> None:
    """Bases created and closed (views o, k, s, z and i) of one that exists: as it is now, on the day it was created and on the day it was closed.

    Days in the campaign's zone. `further`: its furthest step, if that is another than the present one.
    """
    campaign, status, step, owner = row.campaign_id, row.status, row.step_id or "", row.owner_id or ""
    who = f"{LETTER[status]}{SEP}{'r' if owner else 'u'}{SEP}{step}"
    tx.cells[tenant, campaign, View.LIST, created][f"{who}{SEP}{owner}{SEP}{row.id}"] += sign
    here = tx.cells[tenant, campaign, View.OPPORTUNITIES, created]
    _count_in(here, tx.cells[tenant, campaign, View.STAFF, created], row, who, sign)
    if closed is not None:
        _count_in(tx.cells[tenant, campaign, View.CLOSED, closed], tx.cells[tenant, campaign, View.STAFF_CLOSED, closed], row, who, sign)
    if status == OPEN:
        probability = "" if row.probability is None else str(row.probability)
        if row.amount_minor:
            month = (row.expected_close_on or "")[:7]
            here[f"open{SEP}{row.currency or ''}{SEP}{probability}{SEP}{month}"] += sign * row.amount_minor
        if probability:
            here[f"p{SEP}{probability}"] += sign
    if status == WON and row.closed_at is not None:
        here["cycle"] += sign * (row.closed_at - row.created_at)
    if further is not None and status != WON:
        here[f"reached{SEP}{further}"] += sign
        here[f"reached{SEP}{step}"] -= sign


def count_hour(tx: Tx, tenant: str, campaign: str, zone: str, created_at: int, sign: int) -> None:
    """View h: the hour in which one that exists was created."""
    cell = hour_cell(tenant, campaign, zone, created_at, "n")
    tx.cells[cell[:4]][cell[4]] += sign


def _count_in(cells: dict[str, int], of_staff: dict[str, int], row: OpportunityRow, who: str, sign: int) -> None:
    """What the day of creation and the day of closing both have. `who`: status, registered and step."""
    status, step, owner = row.status, row.step_id or "", row.owner_id or ""
    letter = LETTER[status]
    cells[f"n{SEP}{who}"] += sign
    of_staff[f"n{SEP}{owner}{SEP}{letter}{SEP}{step}"] += sign
    if row.approach_method:
        of_staff[f"m{SEP}{owner}{SEP}{label(row.approach_method)}{SEP}{step}"] += sign
    if row.credit != 0:
        of_staff[f"c{SEP}{row.credited_owner_id or ''}{SEP}{letter}"] += sign
        of_staff[f"c{SEP}{owner}{SEP}{letter}"] -= sign
    if status == LOST:
        cells[f"lost{SEP}{label(row.lost_reason)}{SEP}{label(row.industry)}"] += sign
    elif status == WON and row.amount_minor:
        cells[f"won{SEP}{row.currency or ''}"] += sign * row.amount_minor
        of_staff[f"won{SEP}{row.credited_owner_id or ''}{SEP}{step}{SEP}{row.currency or ''}"] += sign * row.amount_minor


def count_history(tx: Tx, tenant: str, zones: Mapping[str, str], states: Sequence[AsOf], sign: int, *, skip: int = 0) -> None:
    """Basis as of (view f) of one that exists: what leaves and what enters on the day of each change; prefix sums are the state of a day (rule 9).

    `zones`: of each campaign it was in. `skip`: so many states count as they did before.
    """
    before = states[skip - 1] if skip else None
    for state in states[skip:]:
        if before:
            _count_as_of(tx, tenant, zones, before, state.since, -sign)
        _count_as_of(tx, tenant, zones, state, state.since, sign)
        before = state


def _count_as_of(tx: Tx, tenant: str, zones: Mapping[str, str], state: AsOf, at: int, sign: int) -> None:
    """One state, on the day that its campaign has at an instant."""
    _, entry, status = state
    if entry.deleted or entry.is_test:
        return
    campaign = entry.campaign_id
    cells = tx.cells[tenant, campaign, View.FLOWS, day(zones[campaign], at)]
    cells[f"n{SEP}{LETTER[status]}{SEP}{entry.owner_id or ''}{SEP}{entry.step_id or ''}"] += sign
    if entry.amount_minor and status != LOST:
        cells[f"{status}{SEP}{entry.currency or ''}"] += sign * entry.amount_minor


def count_movements(tx: Tx, tenant: str, zones: Mapping[str, str], happened: Iterable[Happening], sign: int) -> None:
    """View v: each on the day that its campaign has at its instant."""
    for campaign, at, what in happened:
        tx.cells[tenant, campaign, View.MOVEMENTS, day(zones[campaign], at)][what] += sign
