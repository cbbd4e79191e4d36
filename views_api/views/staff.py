"""Who did what: one row per person of a campaign, from the sums of its cells. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Final

from schemas.cells import Basis, Cells
from schemas.kpis import Totals
from schemas.measures import Number, percent
from schemas.rows import CampaignRow
from schemas.views import StaffItem, StaffStep
from views_api.views.conversion import Exchange
from views_api.views.figures import MEASURES, nobody_yet, of_people, show
from views_api.views.sums import Sums

Days = Sequence[tuple[str, Sums]]
_STEPS: Final = MEASURES["opportunities"].staff
_REVENUE: Final = (("revenue_gross", 1), ("refunds", -1))


def cells_of(basis: Basis, record: type[Totals]) -> list[Cells]:
    """What the rows need beside the totals."""
    if basis is Basis.AS_OF:
        return []
    return [_STEPS[basis], *(record.measures()[name].staff[basis] for name, _ in _REVENUE)]


def rows(
    sums: Sums, days: Days, row: CampaignRow, basis: Basis, record: type[Totals], exchange: Exchange, only: str | None = None
) -> list[StaffItem]:
    """Participants, also with zeros; others who have a number; last what is assigned to nobody. `days`: the money to be converted. `only`: nobody but one."""
    people = of_people(sums, basis, record, days)
    everyone = sorted({*row.participant_ids, *people} - {""})
    by_step = None if basis is Basis.AS_OF else _ByStep(sums, days, row, basis, record, exchange)
    items = []
    for staff in [*everyone, ""] if only is None else [only]:
        totals = show(people.get(staff) or nobody_yet(basis, record), exchange)
        steps = by_step.of(staff, totals["opportunities"]) if by_step else None
        items.append(StaffItem(staff_id=staff or None, staff_name=None, steps=steps, **totals))
    return items


class _ByStep:
    """A person's opportunities and revenue by step (F31): all of the campaign's steps in order, then others that have a number."""

    def __init__(self, sums: Sums, days: Days, row: CampaignRow, basis: Basis, record: type[Totals], exchange: Exchange) -> None:
        self._own = [step.id for step in row.steps]
        self._opportunities = sums.by_two(_STEPS[basis], "staff", "step")
        self._revenue: defaultdict[str, defaultdict[str, int]] = defaultdict(lambda: defaultdict(int))
        self._ambiguous = False
        for name, sign in _REVENUE:
            wanted = record.measures()[name].staff[basis]
            for (staff, step), amounts in _by_person_and_step(sums, wanted):
                own = exchange.own(amounts)
                self._revenue[staff][step] += sign * (own or 0)
                self._ambiguous |= own is None
            for day, part in days:
                for (staff, step), amounts in _by_person_and_step(part, wanted):
                    self._revenue[staff][step] += sign * exchange.foreign(day, amounts)

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


def _by_person_and_step(sums: Sums, wanted: Cells) -> Iterable[tuple[tuple[str, str], dict[str, int]]]:
    """(staff, step) -> currency -> amount."""
    found: defaultdict[tuple[str, str], dict[str, int]] = defaultdict(dict)
    for (staff, step, currency), amount in sums.groups(wanted):
        found[staff, step][currency] = amount
    return found.items()
