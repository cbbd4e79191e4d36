"""What a campaign's overview says: funnel, outcomes and probabilities, from the sums of its cells. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Final, Literal

from schemas.cells import Basis, Cells, cells
from schemas.keys import View
from schemas.measures import Number, percent
from schemas.rows import CampaignRow
from schemas.views import CampaignView, FunnelRow, OutcomeRow, ProbabilityRow, StepView
from views_api.figures import MEASURES
from views_api.stamps import instant, maybe_instant
from views_api.sums import Sums

_BY_STATUS: Final = MEASURES["opportunities"].campaign
_BY_PROBABILITY: Final = cells(View.OPPORTUNITIES, "p")
_BY_FURTHEST: Final = cells(View.OPPORTUNITIES, "n", {"status": ("o", "l")}, correction="reached")
_EXACT: Final = 11
"""So many different probabilities are shown as they were entered; more are put into tens (D14)."""


def cells_of(basis: Basis) -> list[Cells]:
    """What the overview needs beside the totals."""
    return [_BY_STATUS[basis], *([_BY_PROBABILITY, _BY_FURTHEST] if basis is Basis.CREATED else [])]


def campaign_view(row: CampaignRow) -> CampaignView:
    return CampaignView(
        id=row.id,
        code=row.code,
        name=row.name,
        status=row.status,
        manager_id=row.manager_id,
        steps=[StepView(step_id=step.id, name=step.name, position=step.position) for step in row.steps],
        created_at=instant(row.created_at),
        updated_at=maybe_instant(row.updated_at),
        start_at=maybe_instant(row.start_at),
        end_at=maybe_instant(row.end_at),
        crm_url=row.crm_url,
        chat_url=row.chat_url,
    )


def funnel(sums: Sums, row: CampaignRow, basis: Basis) -> list[FunnelRow]:
    """The campaign's steps in order; then steps that it no longer has; then opportunities without a step (F15, F22)."""
    current: defaultdict[str, int] = defaultdict(int)
    lost: defaultdict[str, int] = defaultdict(int)
    registered: defaultdict[str, int] = defaultdict(int)
    unregistered: defaultdict[str, int] = defaultdict(int)
    knows = basis is not Basis.AS_OF
    for (status, owned, step), number in sums.groups(_BY_STATUS[basis]):
        (lost if status == "l" else current)[step] += number
        if knows:
            (registered if owned == "r" else unregistered)[step] += number
    reached = _reached(sums, row) if basis is Basis.CREATED else {}

    def of(step: str, name: str | None, position: int | None) -> FunnelRow:
        return FunnelRow(
            step_id=step or None,
            name=name,
            position=position,
            current=current[step],
            lost=lost[step],
            reached=reached.get(step),
            registered=registered[step] if knows else None,
            unregistered=unregistered[step] if knows else None,
        )

    own = [step.id for step in row.steps]
    others = sorted({step for found in (current, lost) for step, number in found.items() if number} - {*own, ""})
    without = [of("", None, None)] if current[""] or lost[""] else []
    return [of(*step) for step in row.steps] + [of(step, None, None) for step in others] + without


def _reached(sums: Sums, row: CampaignRow) -> dict[str, int]:
    """Step -> opportunities that came at least so far; a won one reached all."""
    won = sums.total(MEASURES["won"].campaign[Basis.CREATED])
    furthest = sums.by(_BY_FURTHEST, "step")
    positions = {step.id: step.position for step in row.steps}
    at = [(positions[step], number) for step, number in furthest.items() if step in positions]
    return {step: won + sum(number for there, number in at if there >= position) for step, position in positions.items()}


def outcomes(totals: Mapping[str, Number | None]) -> list[OutcomeRow]:
    """In progress, won and lost: opportunities, distinct customers, share of all (F17, F18)."""
    statuses: tuple[Literal["open", "won", "lost"], ...] = ("open", "won", "lost")
    return [
        OutcomeRow(
            status=status,
            opportunities=_whole(totals[status]),
            customers=_whole(totals[f"customers_{status}"]),
            share=totals[f"{status}_share"],
        )
        for status in statuses
    ]


def _whole(number: Number | None) -> int | None:
    return None if number is None else int(number)


def probability(sums: Sums, totals: Mapping[str, Number | None], basis: Basis) -> list[ProbabilityRow] | None:
    """Open opportunities by their owner's estimate, shares of all open ones; those without one are the row of nulls (F19, D14)."""
    if basis is not Basis.CREATED:
        return None
    entered = {int(value): number for value, number in sums.by(_BY_PROBABILITY, "probability").items() if number}
    whole = totals["open"] or 0
    bounds = [(value, value) for value in sorted(entered)]
    if len(entered) > _EXACT:
        bounds = [(tens, min(tens + 9, 100)) for tens in range(0, 100, 10)] + [(100, 100)]
    rows = [(first, last, sum(number for value, number in entered.items() if first <= value <= last)) for first, last in bounds]
    found = [ProbabilityRow(from_=first, to=last, opportunities=number, share=percent(number, whole)) for first, last, number in rows]
    missing = int(whole - sum(entered.values()))
    if missing:
        found.append(ProbabilityRow(from_=None, to=None, opportunities=missing, share=percent(missing, whole)))
    return found
