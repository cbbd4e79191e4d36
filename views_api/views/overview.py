"""What a campaign's overview says: funnel, outcomes and probabilities, from the sums of its cells. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Final, Literal

from schemas.cells import Basis, Cells, cells
from schemas.durations import BUCKETS, Histogram
from schemas.keys import View
from schemas.measures import Number, percent, rounded, seconds
from schemas.rows import CampaignRow
from schemas.views import CampaignView, ForecastRow, FunnelRow, OutcomeRow, ProbabilityRow, StepView
from views_api.views.conversion import Exchange
from views_api.views.figures import MEASURES
from views_api.views.stamps import instant, maybe_instant
from views_api.views.sums import Sums

_BY_STATUS: Final = MEASURES["opportunities"].campaign
_BY_PROBABILITY: Final = cells(View.OPPORTUNITIES, "p")
_BY_FURTHEST: Final = cells(View.OPPORTUNITIES, "n", {"status": ("o", "l")}, correction="reached")
_BY_MONTH: Final = MEASURES["value_open"].campaign[Basis.CREATED]
_WEIGHTED_BY_MONTH: Final = MEASURES["amount_times_probability"].campaign[Basis.CREATED]
_TIME_IN_STEP: Final = MEASURES["times_in_step"].campaign
_EXACT: Final = 11
"""So many different probabilities are shown as they were entered; more are put into tens (D14)."""


def cells_of(basis: Basis) -> list[Cells]:
    """What the overview needs beside the totals."""
    return [_BY_STATUS[basis], *([_BY_PROBABILITY, _BY_FURTHEST] if basis is Basis.CREATED else [])]


def campaign_view(row: CampaignRow, crm_url: str | None, guide_url: str | None) -> CampaignView:
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
        crm_url=crm_url,
        chat_url=row.chat_url,
        guide_url=guide_url,
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
    whole = sum(current.values()) + sum(lost.values())
    stays = stays_of(sums) if basis in _TIME_IN_STEP else None
    before = {step.id: previous.id for previous, step in pairwise(row.steps)}
    first = reached.get(row.steps[0].id) if row.steps else None

    def of(step: str, name: str | None, position: int | None) -> FunnelRow:
        return FunnelRow(
            step_id=step or None,
            name=name,
            position=position,
            current=current[step],
            lost=lost[step],
            share=percent(current[step] + lost[step], whole),
            reached=reached.get(step),
            reached_of_first=percent(reached.get(step), first),
            reached_of_previous=percent(reached.get(step), reached.get(before.get(step, ""))),
            registered=registered[step] if knows else None,
            unregistered=unregistered[step] if knows else None,
            time_in_step_median=seconds(stays.get(step), 0.5) if stays else None,
            time_in_step_p90=seconds(stays.get(step), 0.9) if stays else None,
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


def stays_of(sums: Sums) -> dict[str, Histogram]:
    """Step -> lengths of the stays on it."""
    found = sums.by_two(_TIME_IN_STEP[Basis.CREATED], "step", "bucket")
    return {step: Histogram(buckets.get(str(number), 0) for number in range(BUCKETS)) for step, buckets in found.items()}


def forecast(sums: Sums, days: Sequence[tuple[str, Sums]], basis: Basis, exchange: Exchange) -> list[ForecastRow] | None:
    """What is open, by the month in which it is expected to close; last what has no month (B8). `days`: the money to be converted."""
    if basis is not Basis.CREATED:
        return None
    by_month = sums.by_two(_BY_MONTH, "month", "currency")
    weighted = sums.by_two(_WEIGHTED_BY_MONTH, "month", "currency")

    def of(wanted: Cells, month: str) -> list[tuple[str, dict[str, int]]]:
        return [(day, found.by_two(wanted, "month", "currency").get(month, {})) for day, found in days]

    return [
        ForecastRow(
            month=month or None,
            value_open=exchange.total(by_month[month], of(_BY_MONTH, month)),
            value_weighted=rounded(exchange.total(weighted.get(month, {}), of(_WEIGHTED_BY_MONTH, month)), 100),
        )
        for month in sorted(by_month, key=lambda month: (not month, month))
    ]


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
