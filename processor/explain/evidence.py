"""What the store holds about a number: its cells, and the states of all entities that count in them, all of one moment or marked as not."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final, cast

from processor.explain.explanation import Entity, Share
from processor.explain.question import Question, Unanswerable, Wanted
from processor.kinds import EXPLAIN, index
from processor.kinds.accounts.account import Account
from processor.kinds.frame import frame_ref
from processor.store.port import Readable
from processor.values import Cell, Ref, Segment
from schemas.keys import iso

_WIDTH: Final = 1000
"""Entities read in one trip: about 1 ms of the store's time."""


@dataclass
class Evidence:
    cells: dict[Cell, int]
    """As stored; only those that the number is summed from."""
    shares: dict[Cell, list[Share]] = field(default_factory=dict)
    """What the states add to such cells."""
    states: dict[Entity, bytes] = field(default_factory=dict)
    """Of those that add something, and of those asked for."""
    asked_for: list[Entity] = field(default_factory=list)
    unsettled: int = 0
    moved: bool = False


async def is_known(store: Readable, tenant: str, campaign: str) -> bool:
    """Whether anything ever was said of a campaign, or counted for it."""
    ref = frame_ref(tenant, campaign)
    return bool((await store.fetch([ref]))[ref])


async def gather(store: Readable, question: Question, measures: Sequence[Wanted], entity: str | None) -> Evidence:
    """States lie between two readings of the cells: if these are the same, so is the moment."""
    found = Evidence(await _cells(store, question, measures))
    views = {part.view for measure in measures for part in measure.cells.parts}
    for account in EXPLAIN.values():
        if views & {*account.views}:
            await _count(store, question, measures, account, entity, found)
    found.moved = found.cells != await _cells(store, question, measures)
    found.unsettled = len(await store.marks(_WIDTH))
    return found


async def _cells(store: Readable, question: Question, measures: Sequence[Wanted]) -> dict[Cell, int]:
    views = {part.view for measure in measures for part in measure.cells.parts}
    stored = await store.read_cells(question.tenant, question.campaign, views, question.first, question.last)
    return {cell: value for cell, value in stored.items() if value and _is_wanted(cell, question, measures)}


def _is_wanted(cell: Cell, question: Question, measures: Iterable[Wanted]) -> bool:
    tenant, campaign, view, day, name = cell
    if (tenant, campaign) != (question.tenant, question.campaign):
        return False
    if (question.first and iso(day) < question.first) or (question.last and iso(day) > question.last):
        return False
    return any(measure.weight(view, name, question) for measure in measures)


async def _count(
    store: Readable, question: Question, measures: Sequence[Wanted], account: Account, entity: str | None, found: Evidence
) -> None:
    """What every entity of a kind adds."""
    asked = set(digests(account, question.campaign, entity)) if entity else set()
    seen: set[bytes] = set()
    async for stretch in _entities(store, question, account):
        fresh = {digest: name for name, digest in stretch if digest not in seen}
        seen |= fresh.keys()
        for digest, raw in (await _states(store, question, account, fresh)).items():
            one = Entity(account.kind, fresh[digest] or account.name(raw), digest)
            if digest in asked:
                one = one._replace(id=one.id or (None if entity is None or entity.startswith("#") else entity))
                found.asked_for.append(one)
                found.states[one] = raw
            for cell, amount in account.contributions(question.tenant, question.campaign, raw).items():
                if amount and _is_wanted(cell, question, measures):
                    found.shares.setdefault(cell, []).append(Share(one, amount))
                    found.states[one] = raw


async def _entities(store: Readable, question: Question, account: Account) -> AsyncIterator[list[tuple[str | None, bytes]]]:
    """(id, if it is known here, and digest) of all entities of a kind, in stretches; some of them twice."""
    listed = EXPLAIN[account.behind] if account.behind else account
    start = 0
    entries: tuple[bytes, ...] = (b"",)
    while entries:
        segment = Segment(index.list_of(question.tenant, listed.listed, question.campaign), start, start + _WIDTH)
        entries = cast("tuple[bytes, ...]", (await store.fetch([segment]))[segment])
        if account.behind:
            states = await _states(store, question, listed, entries)
            yield [said for raw in states.values() for said in account.said(question.campaign, raw)]
        else:
            yield [(None, digest) for digest in entries]
        start += _WIDTH


async def _states(store: Readable, question: Question, account: Account, entities: Iterable[bytes]) -> dict[bytes, bytes]:
    """Digest -> what is stored, of those that have a state."""
    refs = {digest: account.ref(question.tenant, digest) for digest in entities}
    values = cast("dict[Ref, bytes]", await store.fetch(refs.values()))
    return {digest: values[ref] for digest, ref in refs.items() if values[ref]}


def digests(account: Account, campaign: str, entity: str) -> Iterable[bytes]:
    """That an id, or `#` and a digest, may stand for. Raises `Unanswerable`."""
    if not entity.startswith("#"):
        return account.named(campaign, entity)
    try:
        return [bytes.fromhex(entity[1:])]
    except ValueError:
        raise Unanswerable(f"{entity!r} is neither an id nor # and a digest") from None
