"""Which totals follow from the sums, in which currency? Everything is derived from the declarations in `schemas/kpis`. Pure."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from functools import cache
from operator import attrgetter
from typing import Any, Final, NamedTuple, TypeAlias

from schemas.answers import Money
from schemas.cells import Basis, Cells, Sources
from schemas.durations import BUCKETS, Histogram
from schemas.kpis import RECORDS, Totals
from schemas.measures import Kpi, Measure, Number, Unit
from schemas.rows import CampaignRow
from views_api.views.conversion import Exchange
from views_api.views.sums import Sums

MEASURES: Final = Totals.measures()
PUBLISHED: Final = Totals.published()

Counted: TypeAlias = int | Histogram | None


class Kinds(NamedTuple):
    """The measures of a record by how they are worked with."""

    counts: dict[str, Measure]
    amounts: dict[str, Measure]
    """In a currency each."""
    lengths: dict[str, Measure]


class Amounts(NamedTuple):
    """What the cells say of one campaign or one person, before a currency is chosen. None: the basis does not know it."""

    record: type[Totals]
    known: frozenset[str]
    """The published numbers that the basis knows."""
    counts: dict[str, Counted]
    money: dict[str, dict[str, int]]
    """Currency -> measure -> amount; the empty currency is the campaign's own."""
    unknown: frozenset[str]
    """Money that the basis does not know."""
    days: Sequence[tuple[str, dict[str, dict[str, int]]]] = ()
    """By ISO day the part of the money that is to be converted."""


def _sorted(record: type[Totals]) -> Kinds:
    found = record.measures()
    amounts = {name: measure for name, measure in found.items() if measure.unit is Unit.MONEY and (measure.campaign or not measure.of_row)}
    lengths = {name: measure for name, measure in found.items() if measure.unit is Unit.SECONDS}
    return Kinds({name: measure for name, measure in found.items() if name not in {*amounts, *lengths}}, amounts, lengths)


_KINDS: Final = {record: _sorted(record) for record in RECORDS}


def is_known(record: type[Totals], name: str, basis: Basis, *, of_people: bool = False) -> bool:
    """Whether a number is known on a basis: of a measure its cells tell, or the campaign itself, which says nothing of past days."""
    figure = record.published()[name]
    if isinstance(figure, Kpi) and basis not in figure.bases:
        return False
    used = [record.measures()[each] for each in record.needs(name)]
    if of_people:
        return all(basis in measure.staff for measure in used)
    return all(basis in measure.campaign or (measure.of_row and basis is not Basis.AS_OF) for measure in used)


@cache
def kept_by_hour(record: type[Totals], basis: Basis) -> tuple[str, ...]:
    """The published numbers that are kept by hour."""
    measures = record.measures()
    return tuple(name for name in record.published() if all(basis in measures[used].hours for used in record.needs(name)))


_KNOWN, _KNOWN_OF_PEOPLE = (
    {
        (record, basis): frozenset(name for name in record.published() if is_known(record, name, basis, of_people=of_people))
        for record in RECORDS
        for basis in Basis
    }
    for of_people in (False, True)
)


def kinds(record: type[Totals]) -> Kinds:
    return _KINDS[record]


def stated(record: type[Totals], row: CampaignRow, *, all_days: bool) -> dict[str, int]:
    """What the campaign's row says of itself, instead of cells; where there are cells, only of all days."""
    found = {name: getattr(row, measure.of_row) for name, measure in record.measures().items() if measure.of_row}
    return {name: value for name, value in found.items() if value is not None and (all_days or not record.measures()[name].campaign)}


def of_campaign(
    sums: Sums,
    basis: Basis,
    names: Iterable[str] | None = None,
    record: type[Totals] = Totals,
    said: Mapping[str, int] | None = None,
    days: Iterable[tuple[str, Sums]] = (),
    *,
    by_hour: bool = False,
) -> Amounts:
    """A campaign's measures, all or those named. `said`: what its row says. `days`: by day the cells of money that is to be converted."""
    counts, amounts, lengths = kinds(record)
    wanted = {*record.measures()} if names is None else {*names}
    said = said or {}

    def of(measure: Measure) -> Sources:
        return measure.hours if by_hour else measure.campaign

    def count(name: str, measure: Measure) -> int | None:
        if basis in of(measure):
            return sums.total(of(measure)[basis]) or said.get(name, 0)
        return None if basis is Basis.AS_OF else said.get(name)

    def money(found: Sums) -> dict[str, dict[str, int]]:
        by_currency: dict[str, dict[str, int]] = {}
        for name, measure in amounts.items():
            if name in wanted and basis in of(measure):
                for currency, amount in found.by(of(measure)[basis], "currency").items():
                    by_currency.setdefault(currency, {})[name] = amount
        return by_currency

    counted: dict[str, Counted] = {name: count(name, measure) for name, measure in counts.items() if name in wanted}
    for name, measure in lengths.items():
        if name in wanted:
            counted[name] = _histogram(sums, of(measure)[basis]) if basis in of(measure) else None
    unknown = frozenset(name for name, measure in amounts.items() if basis not in of(measure))
    return Amounts(record, _KNOWN[record, basis], counted, money(sums), unknown, [(day, money(found)) for day, found in days])


def _histogram(sums: Sums, wanted: Cells) -> Histogram:
    return _by_bucket(sums.by(wanted, "bucket"))


def _by_bucket(found: Mapping[str, int]) -> Histogram:
    return Histogram(found.get(str(number), 0) for number in range(BUCKETS))


def of_people(sums: Sums, basis: Basis, record: type[Totals] = Totals, days: Iterable[tuple[str, Sums]] = ()) -> dict[str, Amounts]:
    """Everyone's measures by staff id, for those who have a number. The empty id is nobody: what is not assigned."""
    counts, amounts, lengths = kinds(record)
    people: dict[str, Amounts] = {}

    def person(staff: str) -> Amounts:
        if staff not in people:
            people[staff] = nobody_yet(basis, record)
        return people[staff]

    for name, staff, number in _by_staff(sums, basis, counts, lengths):
        person(staff).counts[name] = number
    by_staff = {name: measure.staff[basis] for name, measure in amounts.items() if basis in measure.staff}
    for staff, found in _money_by_staff(sums, by_staff).items():
        person(staff).money.update(found)
    daily: dict[str, list[tuple[str, dict[str, dict[str, int]]]]] = {}
    for day, part in days:
        for staff, found in _money_by_staff(part, by_staff).items():
            daily.setdefault(staff, []).append((day, found))
    return {staff: found._replace(days=daily.get(staff, ())) for staff, found in people.items()}


def _by_staff(
    sums: Sums, basis: Basis, counts: Mapping[str, Measure], lengths: Mapping[str, Measure]
) -> Iterator[tuple[str, str, Counted]]:
    """(measure, staff, number), of those that are told apart by person."""
    for name, measure in counts.items():
        if basis in measure.staff:
            yield from ((name, staff, number) for staff, number in sums.by(measure.staff[basis], "staff").items())
    for name, measure in lengths.items():
        if basis in measure.staff:
            yield from ((name, staff, _by_bucket(found)) for staff, found in sums.by_two(measure.staff[basis], "staff", "bucket").items())


def _money_by_staff(sums: Sums, wanted: Mapping[str, Cells]) -> dict[str, dict[str, dict[str, int]]]:
    """Staff -> currency -> measure -> amount."""
    people: dict[str, dict[str, dict[str, int]]] = {}
    for name, cells in wanted.items():
        for staff, amounts in sums.by_two(cells, "staff", "currency").items():
            for currency, amount in amounts.items():
                people.setdefault(staff, {}).setdefault(currency, {})[name] = amount
    return people


def nobody_yet(basis: Basis, record: type[Totals] = Totals) -> Amounts:
    """A person without any number: zero where the basis knows, else unknown."""
    nobody = _nobody(basis, record)  # type: ignore[arg-type]  # classes of structs can be hashed
    return nobody._replace(counts=nobody.counts.copy(), money={})


@cache
def _nobody(basis: Basis, record: type[Totals]) -> Amounts:
    counts, amounts, lengths = kinds(record)
    counted: dict[str, Counted] = {name: 0 if basis in measure.staff else None for name, measure in counts.items()}
    counted |= {name: Histogram() if basis in measure.staff else None for name, measure in lengths.items()}
    return Amounts(
        record,
        _KNOWN_OF_PEOPLE[record, basis],
        counted,
        {},
        frozenset(name for name, measure in amounts.items() if basis not in measure.staff),
    )


def currency_of(own: str | None, seen: Iterable[str]) -> str | None:
    """The campaign's currency, else the only one seen."""
    others = {currency for currency in seen if currency}
    return own or (others.pop() if len(others) == 1 else None)


def show(amounts: Amounts, exchange: Exchange, names: Iterable[str] = PUBLISHED) -> dict[str, Number | None]:
    """Totals in the currency of the exchange, all or those named. Without a currency and with several seen, money is in no total."""
    return shown(converted(amounts, exchange), amounts.known, names)


_SAYS: Final = {
    record: {name: figure.formula if isinstance(figure, Kpi) else attrgetter(name) for name, figure in record.published().items()}
    for record in RECORDS
}
"""How each published number follows from a record: what `getattr` would find anew for each."""


def shown(record: Totals, known: Container[str], names: Iterable[str] = PUBLISHED) -> dict[str, Number | None]:
    """What a record says of these names, as far as they are known."""
    says = _SAYS[type(record)]
    return {name: says[name](record) if name in known else None for name in names}


def by_currency(amounts: Amounts, currency: str | None) -> Money:
    """What there is in each currency, where amounts without one are in the campaign's."""
    return {code: _money_only(amounts, found) for code, found in sorted(_own(amounts.money, currency).items()) if code}


def converted(amounts: Amounts, exchange: Exchange) -> Totals:
    """The record in the currency of the exchange."""
    all_amounts = kinds(amounts.record).amounts
    money = _own(amounts.money, exchange.currency)
    codes = [code for code in money if code]
    if not amounts.days and any(code != exchange.currency for code in codes):
        exchange.unconverted = True
    known: dict[str, Any] = dict.fromkeys(all_amounts, 0)
    known |= money.get(exchange.currency or "", {})
    for day, found in amounts.days:
        for name in {name for each in found.values() for name in each}:
            known[name] += exchange.foreign(day, {code: each.get(name, 0) for code, each in found.items()})
    ambiguous = exchange.currency is None and codes
    known |= dict.fromkeys(all_amounts if ambiguous else amounts.unknown)
    return amounts.record.of(amounts.counts | known)


def _own(money: Mapping[str, dict[str, int]], currency: str | None) -> dict[str, dict[str, int]]:
    """Amounts without a currency are in the campaign's, once that is known. What adds up to nothing was never there."""
    found: dict[str, dict[str, int]] = {}
    for code, amounts in money.items():
        into = found.setdefault(code or currency or "", {})
        for name, amount in amounts.items():
            into[name] = into.get(name, 0) + amount
    return {code: amounts for code, amounts in found.items() if any(amounts.values())}


def _money_only(amounts: Amounts, found: dict[str, int]) -> dict[str, int]:
    """What is money in one currency: counts have none, so what needs them is left out."""
    of_kind = kinds(amounts.record).amounts
    nothing: dict[str, Any] = {name: None if name not in of_kind or name in amounts.unknown else 0 for name in amounts.record.measures()}
    totals = amounts.record.of(nothing | found)
    money = [name for name, figure in amounts.record.published().items() if figure.unit is Unit.MONEY]
    return {name: value for name in money if (value := getattr(totals, name)) is not None}


def cells_of(
    basis: Basis, *, staff: bool = False, by_hour: bool = False, names: Iterable[str] | None = None, record: type[Totals] = Totals
) -> list[Cells]:
    """The cells that these measures are summed from."""
    wanted = {*record.measures()} if names is None else {*names}
    chosen = [measure for name, measure in record.measures().items() if name in wanted]
    sources: list[Sources] = [measure.staff if staff else measure.hours if by_hour else measure.campaign for measure in chosen]
    return [found[basis] for found in sources if basis in found]
