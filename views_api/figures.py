"""Which totals follow from the sums, in which currency? Everything is derived from the declarations in `schemas/kpis.py`. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from schemas.kpis import Totals
from schemas.measures import Basis, Cells, Kpi, Measure, Number, Sources, Unit
from schemas.views import Money
from views_api.sums import Sums

MEASURES = Totals.measures()
PUBLISHED = Totals.published()
_COUNTS = {name: measure for name, measure in MEASURES.items() if measure.unit is not Unit.MONEY}
_AMOUNTS = {name: measure for name, measure in MEASURES.items() if measure.unit is Unit.MONEY}
_MONEY = [name for name, figure in PUBLISHED.items() if figure.unit is Unit.MONEY]


class Amounts(NamedTuple):
    """What the cells say of one campaign or one person, before a currency is chosen. None: the basis does not know it."""

    basis: Basis
    counts: dict[str, int | None]
    money: dict[str, dict[str, int]]
    """Currency -> measure -> amount; the empty currency is the campaign's own."""
    unknown: frozenset[str]
    """Money that the basis does not know."""


class Shown(NamedTuple):
    """Numbers as they are published."""

    totals: dict[str, Number | None]
    unconverted: bool
    """Amounts in another currency are in no total."""


def _names(names: Iterable[str] | None) -> frozenset[str]:
    return frozenset(MEASURES if names is None else names)


def of_campaign(sums: Sums, basis: Basis, names: Iterable[str] | None = None) -> Amounts:
    """A campaign's measures, all or those named."""
    wanted = _names(names)
    counts = {n: sums.total(m.campaign[basis]) if basis in m.campaign else None for n, m in _COUNTS.items() if n in wanted}
    money: dict[str, dict[str, int]] = {}
    for name, measure in _AMOUNTS.items():
        if name in wanted and basis in measure.campaign:
            for currency, amount in sums.by(measure.campaign[basis], "currency").items():
                money.setdefault(currency, {})[name] = amount
    return Amounts(basis, counts, money, frozenset(n for n, m in _AMOUNTS.items() if basis not in m.campaign))


def of_people(sums: Sums, basis: Basis) -> dict[str, Amounts]:
    """Everyone's measures by staff id, for those who have a number. The empty id is nobody: what is not assigned."""
    known = {name: measure.staff[basis] for name, measure in MEASURES.items() if basis in measure.staff}
    people: dict[str, Amounts] = {}

    def person(staff: str) -> Amounts:
        if staff not in people:
            people[staff] = nobody_yet(basis)
        return people[staff]

    for name, wanted in known.items():
        if name in _AMOUNTS:
            for staff, amounts in sums.by_two(wanted, "staff", "currency").items():
                for currency, amount in amounts.items():
                    person(staff).money.setdefault(currency, {})[name] = amount
        else:
            for staff, number in sums.by(wanted, "staff").items():
                person(staff).counts[name] = number
    return people


def nobody_yet(basis: Basis) -> Amounts:
    """A person without any number: zero where the basis knows, else unknown."""
    counts = {name: 0 if basis in measure.staff else None for name, measure in _COUNTS.items()}
    return Amounts(basis, counts, {}, frozenset(name for name, measure in _AMOUNTS.items() if basis not in measure.staff))


def currency_of(own: str | None, seen: Iterable[str]) -> str | None:
    """The campaign's currency, else the only one seen."""
    others = {currency for currency in seen if currency}
    return own or (others.pop() if len(others) == 1 else None)


def show(amounts: Amounts, currency: str | None, names: Iterable[str] = PUBLISHED) -> Shown:
    """Totals in a currency, all or those named. Without a currency and with several seen, money is in no total."""
    money = _own(amounts.money, currency)
    ambiguous = currency is None and any(money)
    known: dict[str, int | None] = dict.fromkeys(_AMOUNTS, 0)
    known |= money.get(currency or "", {})
    known |= dict.fromkeys(_AMOUNTS if ambiguous else amounts.unknown)
    totals, shown = Totals(**(amounts.counts | known)), _KNOWN[amounts.basis]
    return Shown(
        {name: getattr(totals, name) if name in shown else None for name in names},
        unconverted=any(code not in ("", currency) for code in money),
    )


def by_currency(amounts: Amounts, currency: str | None) -> Money:
    """What there is in each currency, where amounts without one are in the campaign's."""
    return {code: _money_only(found, amounts.unknown) for code, found in sorted(_own(amounts.money, currency).items()) if code}


def knows(basis: Basis, figure: Measure | Kpi) -> bool:
    """Whether a number is meant to be known on a basis; of a measure its cells tell."""
    return not isinstance(figure, Kpi) or basis in figure.bases


_KNOWN = {basis: frozenset(name for name, figure in PUBLISHED.items() if knows(basis, figure)) for basis in Basis}


def _own(money: Mapping[str, dict[str, int]], currency: str | None) -> dict[str, dict[str, int]]:
    """Amounts without a currency are in the campaign's, once that is known. What adds up to nothing was never there."""
    found: dict[str, dict[str, int]] = {}
    for code, amounts in money.items():
        into = found.setdefault(code or currency or "", {})
        for name, amount in amounts.items():
            into[name] = into.get(name, 0) + amount
    return {code: amounts for code, amounts in found.items() if any(amounts.values())}


def _money_only(amounts: dict[str, int], unknown: frozenset[str]) -> dict[str, int]:
    """What is money in one currency: counts have none, so what needs them is left out."""
    nothing: dict[str, int | None] = {name: None if name in _COUNTS or name in unknown else 0 for name in MEASURES}
    nothing.update(amounts)
    totals = Totals(**nothing)
    return {name: value for name in _MONEY if (value := getattr(totals, name)) is not None}


def cells_of(basis: Basis, *, staff: bool = False, names: Iterable[str] | None = None) -> list[Cells]:
    """The cells that these measures are summed from."""
    wanted = _names(names)
    chosen: list[Sources] = [measure.staff if staff else measure.campaign for name, measure in MEASURES.items() if name in wanted]
    return [sources[basis] for sources in chosen if basis in sources]
