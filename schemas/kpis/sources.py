"""Ways to say from which cells a number is summed, one for each family of numbers."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from schemas.cells import Basis, Cells, Sources, cells
from schemas.keys import View

CREATED, CLOSED, AS_OF = Basis
NEVER_AS_OF: Final = (CREATED, CLOSED)


def by_basis(name: str, *bases: Basis, **where: str) -> Sources:
    """Of the whole campaign, on these bases; on all, if none is named."""
    views = {CREATED: View.OPPORTUNITIES, CLOSED: View.CLOSED, AS_OF: View.FLOWS}
    return {basis: cells(views[basis], name, where) for basis in bases or Basis}


def of_owner(*bases: Basis, stated: str | None = None, **where: str) -> Sources:
    """By owner now, as of a day by owner then; on these bases, on all, if none is named."""
    views = {CREATED: View.STAFF, CLOSED: View.STAFF_CLOSED, AS_OF: View.FLOWS}
    return {basis: cells(views[basis], "n", where, stated=stated) for basis in bases or Basis}


def owned(letter: str, as_of: Cells) -> Sources:
    """With an owner (`r`) or without (`u`); the flows know it by the owner alone."""
    return {**by_basis("n", CREATED, CLOSED, registered=letter), AS_OF: as_of}


def of_credited(status: str | None = None) -> Sources:
    """By credited owner; of any status, if none is named."""
    views, where = {CREATED: View.STAFF, CLOSED: View.STAFF_CLOSED}, {"status": status} if status else {}
    return {basis: cells(view, "n", where, correction="c") for basis, view in views.items()}


def distinct(created: str | None = None, closed: str | None = None) -> Sources:
    """Distinct customers of the whole campaign."""
    names = {CREATED: created, CLOSED: closed}
    return {basis: cells(View.CUSTOMERS, name) for basis, name in names.items() if name}


def distinct_of(name: str) -> Sources:
    """Distinct customers by person."""
    return {CREATED: cells(View.CUSTOMERS_BY_OWNER, name)}


def always(view: str, name: str, **where: str | tuple[str, ...]) -> Sources:
    """What has a day of its own: the basis of the opportunities does not matter, but the state as of a day does not know it."""
    return dict.fromkeys(NEVER_AS_OF, cells(view, name, where))


def people(stage: str, name: str | None = None) -> Sources:
    """Distinct recipients of a stage (or what else is called `name`): the messages, set right where one person got several, or nobody is known to."""
    return dict.fromkeys(NEVER_AS_OF, replace(cells(View.MESSAGES, stage), corrected=cells(View.RECIPIENTS, name or stage)))


def by_hour(name: str) -> Sources:
    """What has a day of its own and is kept by hour too."""
    return always(View.HOURS, name)
