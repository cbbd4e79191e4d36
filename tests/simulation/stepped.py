"""A store that stops before each call, so that whoever drives the coroutines decides what happens in between."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Awaitable, Callable, Generator, Iterable, Mapping
from typing import Any, TypeVar

from processor.store.port import Applied, Claim, Conflict, Fetched
from processor.store.redis import RedisStore
from processor.transaction import Tx
from processor.values import Passed, Ref, Segment, Slot
from schemas import keys

T = TypeVar("T")
PREFIX = keys.prefix("g1", 0)


class _Pause:
    """Gives control to whoever drives the coroutine."""

    def __await__(self) -> Generator[None, None, None]:
        yield


class SteppedStore:
    """The real adapter, stopping before each call; now and then a reply is lost and the call made again, as `Unavailable` would have it."""

    def __init__(
        self, inner: RedisStore, run: Callable[[Awaitable[Any]], Any], rng: random.Random, lost_replies: float, seen: Counter[str]
    ) -> None:
        self._inner, self._run, self._rng, self._lost_replies, self._seen = inner, run, rng, lost_replies, seen

    async def _call(self, make: Callable[[], Awaitable[T]]) -> T:
        await _Pause()
        value: T = self._run(make())
        return value

    async def check(self) -> None:
        await self._call(self._inner.check)

    async def claim(
        self, partition: str, owner: str, generation: int, *, force: bool = False, rebuild_to: int = 0, of: int = 0, topic: str = ""
    ) -> Claim:
        return await self._call(
            lambda: self._inner.claim(partition, owner, generation, force=force, rebuild_to=rebuild_to, of=of, topic=topic)
        )

    async def fetch(self, wanted: Iterable[Ref | Segment | Passed]) -> Fetched:
        asked = list(wanted)
        return await self._call(lambda: self._inner.fetch(asked))

    async def apply(self, slots: list[Slot], tx: Tx) -> Applied | Conflict:
        outcome = await self._call(lambda: self._inner.apply(slots, tx))
        self._seen["conflicts"] += isinstance(outcome, Conflict)
        if self._rng.random() < self._lost_replies:
            self._seen["lost replies"] += 1
            return await self._call(lambda: self._inner.apply(slots, tx))
        return outcome

    async def marks(self, limit: int) -> list[bytes]:
        # not the server's own chance: seeds must repeat
        await _Pause()
        found: list[bytes] = sorted(self._run(self._inner._redis.smembers(PREFIX + keys.DIRTY)))
        return self._rng.sample(found, min(limit, len(found)))

    async def incomplete(self, partition: str) -> None:
        await self._call(lambda: self._inner.incomplete(partition))

    async def advance(self) -> int:
        return await self._call(self._inner.advance)

    async def expire(self, limit: int) -> int:
        return await self._call(lambda: self._inner.expire(limit))

    async def positions(self) -> Mapping[str, int]:
        return await self._call(self._inner.positions)
