"""Every number that is added up and every number that is worked out from them, each declared once, one file for each family.

A measure says from which cells it is summed (`docs/cells.md`): for a campaign, and for one of its people. A basis that is not named does not know it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from schemas.kpis.customers import Customers
from schemas.kpis.economics import Economics
from schemas.kpis.messages import Messages
from schemas.kpis.movements import Movements
from schemas.kpis.opportunities import Opportunities
from schemas.kpis.orders import Orders, WonAmounts
from schemas.kpis.tasks import Tasks
from schemas.measures import Unit

DEFINITION_VERSION: Final = 1
"""On every answer. Grows when a number that is already published starts to mean something else."""


@dataclass(frozen=True)
class Totals(Economics, Messages, Tasks, Orders, Movements, Customers, Opportunities):
    """What a campaign, or one of its people, did in a period. Its numbers are shown in the order of these families, the last one first."""


@dataclass(frozen=True)
class TotalsOfWon(WonAmounts, Totals):
    """The same where the tenant's revenue is the amount of won opportunities."""


RECORDS: Final = (Totals, TotalsOfWon)
MONEY: Final = frozenset(
    name
    for record in RECORDS
    for name in record.published()
    if any(record.measures()[used].unit is Unit.MONEY for used in record.needs(name))
)
"""The published numbers that are amounts, or are worked out from some."""


def totals_by(revenue_basis: str) -> type[Totals]:
    """The record of a tenant, by its `revenue_basis`."""
    return TotalsOfWon if revenue_basis == "won_amount" else Totals
