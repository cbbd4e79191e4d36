"""Who did what: one row per person of a campaign, from the sums of its cells. Pure."""

from __future__ import annotations

from collections import defaultdict
from typing import Final

from schemas.keys import View
from schemas.measures import Basis, Cells, Number, cells, percent
from schemas.rows import CampaignRow
from schemas.views import StaffItem, StaffStep
from views_api.figures import MEASURES, nobody_yet, of_people, show
from views_api.sums import Sums

_STEPS: Final = MEASURES["opportunities"].staff
_GROSS: Final = cells(View.ORDERS_BY_OWNER, "gross")
_REFUNDS: Final = cells(View.ORDERS_BY_OWNER, "refunds")


def cells_of(basis: Basis) -> list[Cells]:
    """What the rows need beside the totals."""
    return [] if basis is Basis.AS_OF else [_STEPS[basis], _GROSS, _REFUNDS]


def rows(sums: Sums, row: CampaignRow, basis: Basis, currency: str | None) -> tuple[list[StaffItem], bool]:
    """Participants, also with zeros; others who have a number; last what is assigned to nobody. With whether money of other currencies is left out."""
    people = of_people(sums, basis)
    everyone = sorted({*row.participant_ids, *people} - {""})
    by_step = None if basis is Basis.AS_OF else _ByStep(sums, row, basis, currency)
    items, unconverted = [], False
    for staff in [*everyone, ""]:
        shown = show(people.get(staff) or nobody_yet(basis), currency)
        unconverted |= shown.unconverted
        steps = by_step.of(staff, shown.totals["opportunities"]) if by_step else None
        # Their names come with the settings events.
        items.append(StaffItem(staff_id=staff or None, staff_name=None, steps=steps, **shown.totals))
    return items, unconverted


class _ByStep:
    """A person's opportunities and revenue by step (F31): all of the campaign's steps in order, then others that have a number."""

    def __init__(self, sums: Sums, row: CampaignRow, basis: Basis, currency: str | None) -> None:
        self._own = [step.id for step in row.steps]
        self._opportunities = sums.by_two(_STEPS[basis], "staff", "step")
        self._revenue: defaultdict[str, defaultdict[str, int]] = defaultdict(lambda: defaultdict(int))
        self._ambiguous = False
        for wanted, sign in ((_GROSS, 1), (_REFUNDS, -1)):
            for (staff, step, of), amount in sums.groups(wanted):
                if of == currency:
                    self._revenue[staff][step] += sign * amount
                elif currency is None:
                    self._ambiguous = True

    def of(self, staff: str, whole: Number | None) -> list[StaffStep]:
        opportunities, revenue = self._opportunities.get(staff, {}), self._revenue[staff]
        others = sorted({*opportunities, *revenue} - {*self._own, ""})
        unstated = [""] if "" in opportunities or "" in revenue else []
        return [
            StaffStep(
                step_id=step or None,
                opportunities=opportunities.get(step, 0),
                revenue_net=None if self._ambiguous else revenue.get(step, 0),
                share=percent(opportunities.get(step, 0), whole),
            )
            for step in [*self._own, *others, *unstated]
        ]
