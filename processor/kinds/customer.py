"""A customer of a campaign: the opportunities it has there, and when it was talked to. Counts distinct customers for any range of days (`docs/cells.md`, views n and w)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple, Self

import msgspec

from processor.buckets import ZONES, day
from processor.transaction import NotOneSnapshot, Tx
from processor.values import Ref
from schemas import keys
from schemas.keys import SEP, View
from schemas.rows import CustomerRow, Share, Talk


class Membership(NamedTuple):
    """One opportunity, as far as it concerns the record of its customer."""

    campaign: str
    customer: str
    status: str
    """A letter: o, w or l."""
    created_at: int
    closed_at: int | None
    owner: str
    credited: str | None
    """None: the owner."""
    zone: int
    """Of the campaign, as in `ZONES`."""


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(CustomerRow).decode
_NEW = CustomerRow([], [])


def stored(raw: bytes) -> CustomerRow:
    """What a record says."""
    return _decode(raw)


class Records:
    """The records that some opportunities change. Each is read, counted and written once, however many of its opportunities change: one customer may stand for thousands (a till, a guest).

    `with` counts and writes them at its end, also where the caller misses a read: what was moved so far is written by the caller too.
    """

    def __init__(self, tx: Tx) -> None:
        self._tx = tx
        self._open: dict[Ref, _Record] = {}

    def move(self, tenant: str, entity: bytes, old: Membership | None, new: Membership | None) -> None:
        """An opportunity leaves the record that it was in, and is in another now, or says something else there. Nothing is written yet."""
        if old == new:
            return
        here = {member[:2]: member for member in (old, new) if member}
        records = [self._record(tenant, *where) for where in here]
        for record, member in zip(records, here.values(), strict=True):
            if record.is_new and old and member[:2] == old[:2]:  # the opportunity says that it is in there
                raise NotOneSnapshot
            if member is new:
                record.shares[entity] = Share(entity, *member[2:])
            else:
                record.shares.pop(entity, None)

    def _record(self, tenant: str, campaign: str, customer: str) -> _Record:
        of = ref(tenant, campaign, customer)
        found = self._open.get(of)
        if found is None:
            (raw,) = self._tx.read(of)
            was = _decode(raw) if raw else _NEW
            found = self._open[of] = _Record(tenant, campaign, not raw, was, {share.entity: share for share in was.shares})
        return found

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for of, record in self._open.items():
            shares = sorted(record.shares.values())
            _replace(self._tx, record.tenant, record.campaign, of, record.was, CustomerRow(shares, record.was.talks))


class _Record(NamedTuple):
    tenant: str
    campaign: str
    is_new: bool
    was: CustomerRow
    shares: dict[bytes, Share]
    """By opportunity, as they are to be."""


def _replace(tx: Tx, tenant: str, campaign: str, record: Ref, was: CustomerRow, become: CustomerRow) -> None:
    if become != was:
        tx.write(record, _encode(become))
        count(tx, tenant, campaign, was, -1)
        count(tx, tenant, campaign, become, 1)


def interact(tx: Tx, tenant: str, campaign: str, customer: str, source: bytes, seconds: list[int]) -> None:
    """What `source` says of interactions with a customer from now on; nothing takes back what it said. The record was needed before."""
    record = ref(tenant, campaign, customer)
    (raw,) = tx.read(record)
    was = _decode(raw) if raw else _NEW
    talks = [talk for talk in was.talks if talk.source != source]
    if seconds:
        talks.append(Talk(source, seconds))
        talks.sort()
    if talks != was.talks:
        tx.touch(tenant, campaign)  # the list says when a customer was last talked to, which is in no cell
    _replace(tx, tenant, campaign, record, was, was._replace(talks=talks))


@lru_cache(16384)  # a group asks several times for each
def ref(tenant: str, campaign: str, customer: str) -> Ref:
    return keys.customer(tenant, campaign, customer)


def count(tx: Tx, tenant: str, campaign: str, state: CustomerRow, sign: int) -> None:
    """Count all that a record counts for, or, with sign −1, take it back; see `docs/cells.md`, views n and w."""
    days: set[tuple[str, str, int]] = set()
    for _, status, created_at, closed_at, owner, credited, number in state.shares:
        zone = ZONES[number]
        created = day(zone, created_at)
        days.update(
            ((View.CUSTOMERS, "a", created), (View.CUSTOMERS, status, created), (View.CUSTOMERS_BY_OWNER, f"owner{SEP}{owner}", created))
        )
        if owner:
            days.add((View.CUSTOMERS, "g", created))
        if closed_at is not None:
            credit = f"c{status}{SEP}{owner if credited is None else credited}"
            days.update(((View.CUSTOMERS, f"k{status}", day(zone, closed_at)), (View.CUSTOMERS_BY_OWNER, credit, created)))
    name, before = "", ""
    for view, this, at in sorted(days):
        if this != name:
            name, before = this, ""
        tx.cells[tenant, campaign, view, at][f"{name}{SEP}{before}"] += sign
        before = keys.iso(at)
    if state.talks:
        for view, name, start, end, change in _interacted(state):
            tx.cells[tenant, campaign, view, start][f"{name}{SEP}{keys.iso(end)}"] += sign * change


def _interacted(state: CustomerRow) -> Iterator[tuple[str, str, int, int, int]]:
    """(view, name, first day, last day, +1 or -1): see `docs/cells.md`, name `x`."""
    seconds = sorted(second for talk in state.talks for second in talk.seconds)
    intervals: dict[tuple[str, str], list[tuple[int, int]]] = defaultdict(list)
    for share in state.shares:
        first = next((second for second in seconds if second >= share.created_at // 1000), None)
        if share.owner and first is not None:
            zone = ZONES[share.zone]
            interval = (day(zone, share.created_at), day(zone, first * 1000))
            intervals[View.CUSTOMERS, "x"].append(interval)
            intervals[View.CUSTOMERS_BY_OWNER, f"x{SEP}{share.owner}"].append(interval)
    for (view, name), found in intervals.items():
        kept = _narrowest(found)
        for start, end in kept:
            yield view, name, start, end, 1
        for (start, _), (_, end) in pairwise(kept):
            yield view, name, start, end, -1


def _narrowest(intervals: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Those that contain no other, by their start."""
    kept: list[tuple[int, int]] = []
    for start, end in sorted(set(intervals), key=lambda interval: (-interval[0], interval[1])):
        if not kept or end < kept[-1][1]:
            kept.append((start, end))
    return kept[::-1]
