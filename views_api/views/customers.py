"""Why were opportunities lost, in which industries, and who works on them how? From the sums of a campaign's cells. Pure."""

from __future__ import annotations

from collections import defaultdict
from typing import Final

from schemas.cells import Basis, Cells, cells
from schemas.keys import View, unlabel
from schemas.measures import percent
from schemas.rows import CampaignRow
from schemas.views import IndustryRow, MethodRow, OwnerRow, ReasonRow
from views_api.views.figures import MEASURES
from views_api.views.sums import Sums

_VIEWS: Final = {Basis.CREATED: (View.OPPORTUNITIES, View.STAFF), Basis.CLOSED: (View.CLOSED, View.STAFF_CLOSED)}
_LOST: Final = {basis: cells(view, "lost") for basis, (view, _) in _VIEWS.items()}
_METHOD: Final = {basis: cells(staff, "m") for basis, (_, staff) in _VIEWS.items()}
_OWNER: Final = MEASURES["opportunities"].staff


def cells_of(basis: Basis) -> list[Cells]:
    """What the answer needs beside the totals."""
    return [_OWNER[basis], *(found[basis] for found in (_LOST, _METHOD) if basis in found)]


def reasons(sums: Sums, basis: Basis) -> list[ReasonRow] | None:
    """Lost opportunities by reason, shares of all lost ones; most first, not stated last (F49)."""
    if basis not in _LOST:
        return None
    found = sums.by(_LOST[basis], "reason")
    lost = sum(found.values())
    return [ReasonRow(reason=reason or None, opportunities=number, share=percent(number, lost)) for reason, number in _most_first(found)]


def industries(sums: Sums, basis: Basis) -> list[IndustryRow] | None:
    """As `reasons`, by the customer's industry (F50)."""
    if basis not in _LOST:
        return None
    found = sums.by(_LOST[basis], "industry")
    lost = sum(found.values())
    return [
        IndustryRow(industry=industry or None, opportunities=number, share=percent(number, lost)) for industry, number in _most_first(found)
    ]


def owners(sums: Sums, row: CampaignRow, basis: Basis, only: str | None = None) -> list[OwnerRow]:
    """Opportunities by owner, most first, unassigned last; each by method (F43, F44). `only`: of nobody but one."""
    names = {step.id: step.name for step in row.steps}
    methods: defaultdict[str, defaultdict[str, int]] = defaultdict(lambda: defaultdict(int))
    if basis in _METHOD:
        for staff, steps in sums.by_two(_OWNER[basis], "staff", "step").items():
            for step, number in steps.items():
                methods[staff][names.get(step, step)] += number
        for (staff, method, step), number in sums.groups(_METHOD[basis]):
            methods[staff][unlabel(method)] += number
            methods[staff][names.get(step, step)] -= number

    def of(staff: str) -> list[MethodRow] | None:
        if basis not in _METHOD:
            return None
        return [MethodRow(method=method or None, opportunities=number) for method, number in _most_first(methods[staff])]

    found = sums.by(_OWNER[basis], "staff")
    if only is not None:
        found = {only: found.get(only, 0)}
    return [
        OwnerRow(staff_id=staff or None, staff_name=None, opportunities=number, methods=of(staff)) for staff, number in _most_first(found)
    ]


def _most_first(found: dict[str, int]) -> list[tuple[str, int]]:
    """Without zeros (flows that cancel out); the empty key, which is "not stated", comes last."""
    return sorted(((key, number) for key, number in found.items() if number), key=lambda item: (item[0] == "", -item[1], item[0]))
