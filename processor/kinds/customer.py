"""A customer of a campaign: the opportunities it has there. Counts distinct customers for any range of days by pair cells (`docs/cells.md`, views n and w)."""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from processor.transaction import Cell, NotOneSnapshot, Ref, Tx
from schemas import keys
from schemas.keys import SEP, View


class Membership(NamedTuple):
    """One opportunity in the record of its customer."""

    campaign: str
    customer: str
    created: int
    """Day number, as `closed`."""
    status: str
    """A letter: o, w or l."""
    closed: int | None
    owner: str
    credited: str


class Share(NamedTuple):
    """What the record keeps of one opportunity."""

    entity: bytes
    created: int
    status: str
    closed: int | None
    owner: str
    credited: str


class State(NamedTuple):
    campaign: str
    shares: list[Share]
    """Sorted; empty when the customer has left."""
    interactions: list[int]
    """Days of qualifying interactions (D9)."""


Move = tuple[Ref, State | None, State]
"""(record, what it was, what it becomes)."""

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(State).decode


def stored(raw: bytes) -> State:
    """What a record says."""
    return _decode(raw)


def plan(tx: Tx, tenant: str, entity: bytes, old: Membership | None, new: Membership | None) -> list[Move]:
    """Read the record that an opportunity leaves and the one it is in now, and say what they become. Writes nothing yet."""
    if old == new:
        return []
    left, joined = (ref(tenant, member.campaign, member.customer) if member else None for member in (old, new))
    found = list(dict.fromkeys(record for record in (left, joined) if record))
    moves: list[Move] = []
    for record, raw in zip(found, tx.read(*found), strict=True):
        if not raw and record == left:  # the opportunity says that it is in there
            raise NotOneSnapshot
        was = _decode(raw) if raw else None
        shares = [share for share in (was.shares if was else ()) if share.entity != entity]
        if new and record == joined:
            shares.append(Share(entity, *new[2:]))
        campaign = was.campaign if was else (new or old).campaign  # type: ignore[union-attr]  # one of them is there
        moves.append((record, was, State(campaign, sorted(shares), was.interactions if was else [])))
    return moves


def carry_out(tx: Tx, tenant: str, moves: list[Move]) -> None:
    for record, was, become in moves:
        tx.write(record, _encode(become))
        tx.replace(contributions(tenant, was), contributions(tenant, become))


def ref(tenant: str, campaign: str, customer: str) -> Ref:
    entity = keys.digest(campaign + SEP + customer)
    return keys.state("customer", tenant, entity), entity


def contributions(tenant: str, state: State | None) -> dict[Cell, int]:
    """All that a record counts for; see `docs/cells.md`, views n and w."""
    if state is None:
        return {}
    days: dict[tuple[str, str], set[int]] = {}
    for share in state.shares:
        for name in ("a", share.status):
            days.setdefault((View.CUSTOMERS, name), set()).add(share.created)
        days.setdefault((View.CUSTOMERS_BY_OWNER, "owner" + SEP + share.owner), set()).add(share.created)
        if share.closed is not None:
            days.setdefault((View.CUSTOMERS, "k" + share.status), set()).add(share.closed)
            days.setdefault((View.CUSTOMERS_BY_OWNER, SEP.join(("c" + share.status, share.credited))), set()).add(share.created)
    out: dict[Cell, int] = {}
    for (view, name), found in days.items():
        before = ""
        for at in sorted(found):
            out[tenant, state.campaign, view, at, name + SEP + before] = 1
            before = keys.iso(at)
    return out
