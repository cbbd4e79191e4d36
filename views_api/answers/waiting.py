"""Is what a caller waits for counted? So that who changes something can read what became of it (`Min-Revision`)."""

from __future__ import annotations

import asyncio
from typing import Final

from schemas import keys
from views_api.commands.log import Position
from views_api.problems import Later, Refused
from views_api.stored.readings import position
from views_api.stored.store import Store

MOST_S: Final = 5.0
"""Nobody is kept longer."""
_EVERY_S: Final = 0.03


async def counted(store: Store, wanted: str) -> None:
    """Comes back when the store is as far as a revision, or has counted the record at a position. Raises `Later`, and `Refused` for what is neither."""
    try:
        where = Position.of(wanted) if "@" in wanted else position(wanted)
    except ValueError as error:
        raise Refused(
            "Min-Revision", "a `revision` of a stamp, or a `position` that a command was answered with, such as campaigns-3@17"
        ) from error
    until = asyncio.get_running_loop().time() + MOST_S
    while not await _has_come_to(store, where):
        if asyncio.get_running_loop().time() > until:
            raise Later
        await asyncio.sleep(_EVERY_S)


async def _has_come_to(store: Store, where: Position | tuple[int, int]) -> bool:
    if not isinstance(where, Position):
        return position((await store.facts()).revision) >= where
    (following,) = await store.fields([(keys.META, f"x:{where.source}".encode())])
    return following is not None and int(following) > where.offset
