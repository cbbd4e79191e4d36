"""Who rests on a thing that may change, and how they are decided again in bounded steps.

Where many may rest (entities of a campaign, orders of a promo code) the index is an append-only list. An entity is appended in the call that first writes its
dependence, so once. A change marks the sweep of the list; its mark carries how far it has come, there is no other record of it. Whoever joins later was decided
by the changed thing, because the call that joined it verified it; only the call that makes the change may hold both, and the last step of a sweep verifies that
the list still ends where it ended. So a sweep misses nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from processor.transaction import Tx
from processor.values import Segment
from schemas.keys import SEP

OPPORTUNITIES: Final = "O"
ORDERS: Final = "R"
TASKS: Final = "T"
MESSAGES: Final = "M"
SPENT: Final = "E"
DATED: Final = (ORDERS, TASKS, MESSAGES, SPENT)
"""Who rests on a campaign's zone and on nothing else of it; opportunities rest on the whole frame."""
CODE_ORDERS: Final = "P"
TOUCHED: Final = "L"
"""Of a tenant: the orders that came to rule 4, whether a touch was found (then 4) or not (5). The thing they rest on is empty."""
CAMPAIGNS: Final = "C"
"""Of a tenant; an entry is the campaign's id, the thing they rest on is empty."""
CAMPAIGNS_OF_ORDERS: Final = "S"
"""The same ones, of which only the orders are decided again."""
CAMPAIGNS_OF_OPPORTUNITIES: Final = "W"
"""The same ones, of which only the opportunities are decided again."""
CAMPAIGNS_OF_TALKS: Final = "K"
"""The same ones, of which only what may be an interaction is decided again."""
RETAINING: Final = "G"
"""The tenants that ever said for how long messages are kept: of no tenant, and the thing they rest on is empty."""
INTERACTIONS: Final = "I"
"""Of a tenant; the thing they rest on is empty."""
_LISTED_AS: Final = dict.fromkeys((CAMPAIGNS_OF_ORDERS, CAMPAIGNS_OF_OPPORTUNITIES, CAMPAIGNS_OF_TALKS), CAMPAIGNS)

STEP: Final = 50
"""Entities decided again in one call: more would hold up the store for longer than a reader should wait."""


def join(tx: Tx, tenant: str, who: str, thing: str, *entities: bytes) -> None:
    """From now on `entities` (digests) are swept when `thing` changes."""
    tx.append(list_of(tenant, who, thing), *entities)


def sweep(tx: Tx, tenant: str, who: str, thing: str) -> None:
    """Everyone who rests on `thing` is decided again, soon."""
    tx.changed((list_of(tenant, who, thing), b""), _mark(tenant, who, thing, 0))


def step(decide: Callable[[Tx, str, str, bytes], None]) -> Callable[[Tx, bytes], None]:
    """One step of a sweep: what a mark that `sweep` set asks for. `decide(tx, tenant, thing, entity)` must bear being called again."""

    def settle(tx: Tx, mark: bytes) -> None:
        who, body = mark[:1].decode(), mark[1:].decode()
        tenant, rest = body.split(SEP, 1)
        thing, offset = rest.rsplit(SEP, 1)  # a promo code may hold what separates: it is a word, no id
        start = int(offset)
        entities = tx.entries(Segment(list_of(tenant, who, thing), start, start + STEP))
        tx.each(lambda tx, entity: decide(tx, tenant, thing, entity), dict.fromkeys(entities))
        tx.unmark(mark)
        if len(entities) == STEP:
            tx.mark(_mark(tenant, who, thing, start + STEP))

    return settle


def unpacked(entities: bytes) -> list[bytes]:
    """The digests of a packed set."""
    return [entities[i : i + 8] for i in range(0, len(entities), 8)]


def decide_all(
    tx: Tx, tenant: str, entities: Iterable[bytes], decide: Callable[[Tx, str, bytes], None], mark: Callable[[str, bytes], bytes]
) -> None:
    """All who rest on one thing; if they are too many for one call, each gets a mark of its own instead."""
    found = list(entities)
    if len(found) > STEP:
        for entity in found:
            tx.mark(mark(tenant, entity))
    else:
        tx.each(lambda tx, entity: decide(tx, tenant, entity), found)


def list_of(tenant: str, who: str, thing: str) -> str:
    return SEP.join(("y", _LISTED_AS.get(who, who), tenant, thing))


def retaining() -> str:
    """The list of tenants of which not everything is kept for ever."""
    return list_of("", RETAINING, "")


def campaigns(tenant: str) -> str:
    """The list of all campaigns that anything ever counted for."""
    return list_of(tenant, CAMPAIGNS, "")


def _mark(tenant: str, who: str, thing: str, offset: int) -> bytes:
    return (who + SEP.join((tenant, thing, str(offset)))).encode()
