"""What has changed since? The processor writes an entry for each call that changed numbers (`schemas.keys.OUT`); it is trimmed, so that it cannot always tell."""

from __future__ import annotations

from typing import Final

from schemas import keys
from views_api.stored.connection import Connection
from views_api.stored.readings import NOTHING_YET, Change, Touched, position

LOOK_BACK: Final = 500
"""Changes that are looked through for one of a campaign; behind more than that it is taken as changed."""


class Outbox:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._key = connection.prefix + keys.OUT

    async def since(self, revision: str, most: int = LOOK_BACK) -> list[Change] | None:
        """What changed after a revision; None when the outbox cannot tell: `most` or more changes ago, or of a store that is no more. Raises `ValueError`."""
        position(revision)
        async with self._connection.asked("since") as redis:
            found = await redis.xrange(self._key, min=revision, count=most)
        if len(found) == most:
            return None
        if revision != NOTHING_YET:
            if not found or found[0][0].decode() != revision:
                return None
            del found[0]
        return [_change(entry) for entry in found]

    async def until(self, revision: str, ms: int, most: int = LOOK_BACK) -> list[Change] | None:
        """What changed in so many milliseconds up to a revision, that of the revision itself included; None: `most` or more changes. Raises `ValueError`."""
        first = max(0, position(revision)[0] - ms)
        async with self._connection.asked("until") as redis:
            found = await redis.xrange(self._key, min=str(first), max=revision, count=most)
        return None if len(found) == most else [_change(entry) for entry in found]

    async def unmoved(self, tenant: str, campaign: str, since: str) -> bool:
        """Whether nothing of a campaign has changed after a revision, as far as can be told."""
        changes = await self.since(since)
        return changes is not None and not any((tenant, campaign) == touched[:2] for change in changes for touched in change.touched)

    async def follow(self, after: str, wait_ms: int) -> list[Change]:
        """What changed after a revision; waits for it, and gives nothing if there is nothing by then."""
        async with self._connection.waited_for(wait_ms / 1000) as redis:
            found = await redis.xread({self._key: after}, count=LOOK_BACK, block=wait_ms)
        return [_change(entry) for _, entries in found for entry in entries]


def _change(entry: tuple[bytes, dict[bytes, bytes]]) -> Change:
    revision, fields = entry
    records = fields[b"c"].decode().split(keys.RECORD)[1:]
    return Change(revision.decode(), [Touched(*record.split(keys.SEP, 2)) for record in records])
