"""What does an opportunity count for? Its cells by the day it was created, the day it was closed, and as of any day; see `docs/cells.md`. Pure."""

from __future__ import annotations

from typing import Final

from processor.buckets import day
from processor.kinds.timeline import LOST, OPEN, WON, Entry, Facts, Run, history
from processor.transaction import Cell
from schemas.keys import SEP, View, label
from schemas.rows import OpportunityRow

LETTER: Final = {OPEN: "o", WON: "w", LOST: "l"}


def cells_of(
    tenant: str, row: OpportunityRow, entries: list[Entry], found: list[Run], zones: dict[str, str], furthest: str | None
) -> dict[Cell, int]:
    """All cells of one that exists (views o, k, s, z, f and i). `found`: the runs of its entries; `zones`: of each campaign it was in."""
    out = _cohort(tenant, row, zones[row.campaign_id], furthest)
    out.update(_flows(tenant, entries, found, zones))
    return out


def _cohort(tenant: str, row: OpportunityRow, zone: str, furthest: str | None) -> dict[Cell, int]:
    """Bases created and closed: the present state, on the day it was created and on the day it was closed."""
    campaign, letter = row.campaign_id, LETTER[row.status]
    owner, credited, step = row.owner_id or "", row.credited_owner_id or "", row.step_id or ""
    registered, money = "r" if owner else "u", SEP + (row.currency or "")
    created = day(zone, row.created_at)
    out: dict[Cell, int] = {}

    def put(view: str, at: int, field: str, amount: int = 1) -> None:
        if amount:
            out[tenant, campaign, view, at, field] = amount

    places = [(View.OPPORTUNITIES, View.STAFF, created)]
    if row.closed_at is not None:
        places.append((View.CLOSED, View.STAFF_CLOSED, day(zone, row.closed_at)))
    for head, staff, at in places:
        put(head, at, SEP.join(("n", letter, registered, step)))
        put(staff, at, SEP.join(("n", owner, letter, step)))
        if row.approach_method:
            put(staff, at, SEP.join(("m", owner, label(row.approach_method), step)))
        if credited != owner:
            put(staff, at, SEP.join(("c", credited, letter)))
            put(staff, at, SEP.join(("c", owner, letter)), -1)
        if row.status == LOST:
            put(head, at, SEP.join(("lost", label(row.lost_reason), label(row.industry))))
        if row.status == WON:
            put(head, at, WON + money, row.amount_minor or 0)
    put(View.LIST, created, SEP.join((letter, registered, step, owner, row.id)))
    for field, amount in _outlook(row, furthest).items():
        put(View.OPPORTUNITIES, created, field, amount)
    return out


def _outlook(row: OpportunityRow, furthest: str | None) -> dict[str, int]:
    """What only the base created knows: how far it came, what may still come of it."""
    out: dict[str, int] = {}
    if row.status != WON and furthest is not None and furthest != row.step_id:
        out["reached" + SEP + furthest] = 1
        out["reached" + SEP + (row.step_id or "")] = -1
    if row.status == OPEN:
        probability = "" if row.probability is None else str(row.probability)
        out[SEP.join((OPEN, row.currency or "", probability))] = row.amount_minor or 0
        if probability:
            out["p" + SEP + probability] = 1
    return out


def _flows(tenant: str, entries: list[Entry], found: list[Run], zones: dict[str, str]) -> dict[Cell, int]:
    """Basis as of: what leaves and what enters on the day of each change; prefix sums are the state of a day (rule 9)."""
    out: dict[Cell, int] = {}
    campaign = ""
    before: dict[str, int] = {}
    for since, facts, status in history(entries, found):
        now = _counted(facts, status) if facts else {}
        home = facts.campaign_id if facts else campaign
        if home != campaign:
            _move(out, (tenant, campaign, View.FLOWS), day(zones[campaign], since) if campaign else 0, before, {})
            campaign, before = home, {}
        _move(out, (tenant, campaign, View.FLOWS), day(zones[campaign], since) if campaign else 0, before, now)
        before = now
    return {cell: amount for cell, amount in out.items() if amount}


def _counted(facts: Facts, status: str) -> dict[str, int]:
    """Fields of one state as of a day."""
    fields = {SEP.join(("n", LETTER[status], facts.owner_id or "", facts.step_id or "")): 1}
    if facts.amount_minor and status != LOST:
        fields[status + SEP + (facts.currency or "")] = facts.amount_minor
    return fields


def _move(out: dict[Cell, int], where: tuple[str, str, str], at: int, before: dict[str, int], now: dict[str, int]) -> None:
    for field in {**before, **now}:
        if change := now.get(field, 0) - before.get(field, 0):
            cell = (*where, at, field)
            out[cell] = out.get(cell, 0) + change
