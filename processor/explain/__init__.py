"""Why is this number what it is? From the number to its cells, from a cell to the entities in it, from an entity to its decisions and its events.

It reads the live store and writes nothing. Contributions are worked out by the very functions that count (`kinds`), from the states as they are stored;
whether these are right is for the recount to say, which shares no code with them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from processor.explain.evidence import Evidence, gather, is_known
from processor.explain.explanation import CellPart, Entity, Explanation, MeasurePart, Share
from processor.explain.question import Question, Unanswerable, Wanted, checked, wanted
from processor.kinds import EXPLAIN
from processor.store.port import Readable
from schemas.keys import SEP, iso

__all__ = ["Entity", "Explanation", "Question", "Unanswerable", "explain"]

TRIES: Final = 3
"""How often everything is read again when the numbers changed meanwhile."""


async def explain(
    store: Readable, question: Question, *, limit: int = 20, entity: str | None = None, elsewhere: bool = True
) -> Explanation:
    """All that a number is made of; of each cell the `limit` largest shares are named, all are added up.

    `entity`: an id, or `#` and a digest, as an explanation names it: its decisions are told too. `elsewhere`: whether whoever asks may know of other campaigns. Raises `Unanswerable`, `Unavailable`.
    """
    question = checked(question)
    measures = wanted(question)
    if not await is_known(store, question.tenant, question.campaign):
        raise Unanswerable(f"there is no campaign {question.campaign!r} of tenant {question.tenant!r}: nothing was ever counted for it")
    for _ in range(TRIES):
        found = await gather(store, question, measures, entity)
        if not found.moved:
            break
    parts = [
        MeasurePart(each.name, sorted(_cells(each, found, question, limit), key=lambda cell: (cell.day, cell.name, *cell.said.values())))
        for each in measures
    ]
    named = dict.fromkeys(share.entity for part in parts for cell in part.cells for share in cell.shares)
    decisions = {one: _decided(question, one, found.states[one], elsewhere=elsewhere) for one in [*found.asked_for, *named]}
    return Explanation(question, parts, decisions, found.asked_for, found.unsettled, found.moved)


def _decided(question: Question, one: Entity, raw: bytes, *, elsewhere: bool) -> list[str]:
    account = EXPLAIN[one.kind]
    if not elsewhere:
        counts_for = {campaign for _, campaign, *_ in account.contributions(question.tenant, question.campaign, raw)}
        if counts_for - {question.campaign, ""}:
            return [
                f"this {one.kind} counts for another campaign too, or did: what was decided about it is told to those who see all campaigns"
            ]
    return account.words(question.campaign, raw)


def _cells(measure: Wanted, found: Evidence, question: Question, limit: int) -> Iterator[CellPart]:
    """Those that are stored, and those that by the states should be."""
    for cell in found.cells.keys() | found.shares.keys():
        _, _, view, day, field = cell
        if weight := measure.weight(view, field, question):
            shares = found.shares.get(cell, [])
            yield CellPart(
                view=view,
                day=iso(day),
                said=measure.said(view, field),
                name=field.split(SEP)[0],
                stored=found.cells.get(cell, 0),
                weight=weight,
                currency=measure.currency(view, field),
                shares=sorted(shares, key=_largest_first)[:limit],
                entities=len(shares),
                explained=sum(share.amount for share in shares),
            )


def _largest_first(share: Share) -> tuple[int, str]:
    return -abs(share.amount), share.entity.name
