"""A customer of a campaign: the opportunities it has there. Counts distinct customers for any range of days by pair cells (`docs/cells.md`, views n and w)."""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from processor.transaction import NotOneSnapshot, Ref, Tx
from schemas import keys
from schemas.keys import SEP, View


class Membership(NamedTuple):
    """One opportunity, as far as it concerns the record of its customer."""

    campaign: str
    customer: str
    status: str
    """A letter: o, w or l."""
    created: int
    """Day number, as `closed`."""
    closed: int | None
    owner: str
    credited: str | None
    """None: the owner."""


class Share(NamedTuple):
    """What the record keeps of one opportunity."""

    entity: bytes
    status: str
    created: int
    closed: int | None
    owner: str
    credited: str | None


class State(NamedTuple):
    shares: list[Share]
    """Sorted; empty when the customer has left."""
    interactions: list[int]
    """Days of qualifying interactions (D9)."""


class Move(NamedTuple):
    """How a record changes."""

    campaign: str
    record: Ref
    was: State
    become: State


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(State).decode
_NEW = State([], [])


def stored(raw: bytes) -> State:
    """What a record says."""
    return _decode(raw)


def plan(tx: Tx, tenant: str, entity: bytes, old: Membership | None, new: Membership | None) -> list[Move]:
    """Read the record that an opportunity leaves and the one it is in now, and say what they become. Writes nothing yet."""
    if old == new:
        return []
    here = {member[:2]: member for member in (old, new) if member}
    records = [ref(tenant, *where) for where in here]
    moves: list[Move] = []
    for (where, member), record, raw in zip(here.items(), records, tx.read(*records), strict=True):
        if not raw and old and where == old[:2]:  # the opportunity says that it is in there
            raise NotOneSnapshot
        was = _decode(raw) if raw else _NEW
        shares = [share for share in was.shares if share.entity != entity]
        if member is new:
            shares.append(Share(entity, *member[2:]))
            shares.sort()
        moves.append(Move(where[0], record, was, State(shares, was.interactions)))
    return moves


def carry_out(tx: Tx, tenant: str, moves: list[Move]) -> None:
    for move in moves:
        tx.write(move.record, _encode(move.become))
        count(tx, tenant, move.campaign, move.was, -1)
        count(tx, tenant, move.campaign, move.become, 1)


def ref(tenant: str, campaign: str, customer: str) -> Ref:
    entity = keys.digest(campaign + SEP + customer)
    return keys.state("customer", tenant, entity), entity


def count(tx: Tx, tenant: str, campaign: str, state: State, sign: int) -> None:
    """Count all that a record counts for, or, with sign −1, take it back; see `docs/cells.md`, views n and w."""
    days: set[tuple[str, str, int]] = set()
    for _, status, created, closed, owner, credited in state.shares:
        days.update(
            ((View.CUSTOMERS, "a", created), (View.CUSTOMERS, status, created), (View.CUSTOMERS_BY_OWNER, f"owner{SEP}{owner}", created))
        )
        if closed is not None:
            credit = f"c{status}{SEP}{owner if credited is None else credited}"
            days.update(((View.CUSTOMERS, f"k{status}", closed), (View.CUSTOMERS_BY_OWNER, credit, created)))
    name, before = "", ""
    for view, this, at in sorted(days):
        if this != name:
            name, before = this, ""
        tx.changes((tenant, campaign, view, at))[f"{name}{SEP}{before}"] += sign
        before = keys.iso(at)
