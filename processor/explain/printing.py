"""An explanation as lines for a person at a terminal. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from processor.explain.events import Telling
from processor.explain.explanation import CellPart, Entity, Explanation, MeasurePart
from processor.kinds.accounts.phrases import moment
from schemas.cells import Basis
from schemas.events import Event, canonical
from schemas.kpis import Totals
from schemas.measures import Kpi, Number, Unit


def lines(found: Explanation) -> Iterator[str]:
    """The number, its measures, their cells, the entities, and what was decided about these."""
    question = found.question
    figure = {**Totals.published(), **Totals.measures()}[question.measure]
    yield f"{question.measure} of {question.campaign}, {_days(found)}{_narrowed(found)}: {_value(found)}"
    yield f"    {figure.definition.en} ({figure.row})"
    if figure.unit is Unit.MONEY:
        yield "    Amounts are in minor units."
    if isinstance(figure, Kpi):
        yield f"    It is worked out from {' and '.join(measure.name for measure in found.measures)}."
    told: set[Entity] = set()
    for measure in found.measures:
        yield ""
        yield f"{measure.name} is {_sums(measure)}, the sum of {_number(len(measure.cells), 'cell')}"
        for cell in measure.cells:
            yield from _cell(cell, found, told)
    yield ""
    yield from _closing(found)


def of_entity(found: Explanation, identity: str) -> Iterator[str]:
    """What one entity adds to the number, and what was decided about it."""
    asked = {*found.asked_for}
    if not asked:
        yield f"{identity} never counted in {found.question.campaign}, as far as {found.question.measure} is concerned"
    for entity in found.asked_for:
        yield f"{entity.name} adds to {found.question.measure} of {found.question.campaign}:"
        shares = [(cell, share) for measure in found.measures for cell in measure.cells for share in cell.shares if share.entity == entity]
        yield from (f"    {share.amount:+d} to {_named(cell)}" for cell, share in shares)
        if not shares:
            yield "    nothing"
        yield from (f"    {sentence}" for sentence in found.decisions[entity])


def of_events(told: list[Telling]) -> Iterator[str]:
    """Where each event lies, and what it says."""
    yield f"told by {_number(len(told), 'event')}:"
    for topic, partition, offset, event in told:
        where = f"    {topic}, partition {partition}, offset {offset}"
        if isinstance(event, Event):
            yield f"{where}: {event.kind}.{event.verb} {event.subject} at {moment(event.time)} {canonical(event.data).decode()}"
        else:
            yield f"{where}: tombstone of {event.kind} {event.subject}"


def _cell(cell: CellPart, found: Explanation, told: set[Entity]) -> Iterator[str]:
    times = f", {cell.weight} times" if cell.weight != 1 else ""
    yield f"  {cell.stored} in {_named(cell)}{times}"
    for share in cell.shares:
        yield f"    {share.amount:+d} {share.entity.name}"
        if share.entity not in told:
            told.add(share.entity)
            yield from (f"        {sentence}" for sentence in found.decisions[share.entity])
    if cell.entities > len(cell.shares):
        yield f"    and {_number(cell.entities - len(cell.shares), 'more entity', 'more entities')}"
    if cell.agrees:
        yield f"    {_number(cell.entities, 'entity adds', 'entities add')} up to the cell"
    else:
        yield f"    NOT EQUAL: {_number(cell.entities, 'entity adds', 'entities add')} up to {cell.explained}"


def _named(cell: CellPart) -> str:
    said = [f"{dimension}={value or '(none)'}" for dimension, value in cell.said.items()]
    return " ".join([f"{cell.view} {cell.name} of {cell.day}", *said])


def _closing(found: Explanation) -> Iterator[str]:
    if found.moved:
        yield "The numbers changed each time while they were read: cells and entities are of more than one moment. Ask again."
    if found.unsettled:
        yield f"{found.unsettled} things or more wait to be decided again; until then they count as they were decided before."
    if found.agrees:
        yield "Everything adds up: each cell is the sum of its entities, and the number that of its cells."
    elif not found.moved:
        yield "It does not add up: `python -m processor.recount` tells which of the two is wrong."


def _days(found: Explanation) -> str:
    question = found.question
    if question.basis is Basis.AS_OF:
        return f"as of {question.last or 'now'}"
    basis = "" if question.basis is Basis.CREATED else f", basis {question.basis.value}"
    if question.first and question.first == question.last:
        return f"on {question.first}{basis}"
    if question.first is None and question.last is None:
        return f"on all days{basis}"
    return f"from {question.first or 'the first day'} to {question.last or 'the last day'}{basis}"


def _narrowed(found: Explanation) -> str:
    return "".join(f", {dimension} {value or '(none)'}" for dimension, value in found.question.dimensions.items())


def _value(found: Explanation) -> str:
    return ", ".join(f"{_figure(number)} {currency}".strip() for currency, number in found.numbers.items())


def _figure(number: Number | None) -> str:
    if number is None:
        return "unknown, there is nothing to divide by"
    return f"{number:g}" if isinstance(number, float) else str(number)


def _sums(measure: MeasurePart) -> str:
    return ", ".join(f"{amount} {currency}".strip() for currency, amount in sorted(measure.sums.items()))


def _number(number: int, one: str, many: str | None = None) -> str:
    return f"{number} {one if number == 1 else many or one + 's'}"
