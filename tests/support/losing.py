"""A worker that counts a seed's events into a store that loses things meanwhile: it is set back, emptied, its outbox trimmed."""

from __future__ import annotations

import random
from typing import Any, Final, NamedTuple

import redis

from processor.engine import Engine
from processor.store.port import Lost
from processor.store.redis import RedisStore
from processor.values import Slot
from schemas import keys
from schemas.events import Event, Tombstone
from tests.support.generator import generate
from tests.support.logs import logs_of

_PREFIX: Final = keys.prefix("g1", 0)


class Chances(NamedTuple):
    """Of what happens to the store between two groups."""

    kept: float
    """A copy is made, to be set back to."""
    set_back: float
    trimmed: float
    emptied: float


class Losing:
    def __init__(self, url: str, seed: int, chances: Chances, *, groups: tuple[int, ...], as_of: int) -> None:
        """`groups`: sizes of which one is drawn for each. `as_of`: ms since 1970 UTC, what every group claims to be counted up to."""
        self.rng = random.Random(seed)
        self.redis: Any = redis.Redis.from_url(url)
        self.redis.flushdb()
        self.events: list[Event | Tombstone] = [
            event for log in logs_of(generate(seed, profile=("normal", "sparse", "hot")[seed % 3]))[0].values() for event in log
        ]
        self._writing = RedisStore(url)
        self._engine = Engine(self._writing)
        self._epoch = self._position = 0
        self._chances, self._groups, self._as_of = chances, groups, as_of
        self._copy: list[tuple[bytes, bytes]] = []

    @property
    def done(self) -> bool:
        return self._position >= len(self.events)

    def spoil(self, old: str, new: str) -> None:
        """Plant a mistake in the script that writes."""
        source = self._writing._sources["apply"]
        assert old in source
        self._writing._sources["apply"] = source.replace(old, new)

    async def claim(self) -> None:
        """Of a store that has no position it is known that so much is to be counted again."""
        self._engine = Engine(self._writing)
        self._epoch, self._position, _ = await self._writing.claim("t-0", "w", 1, force=True, rebuild_to=self._position)

    async def write(self) -> None:
        group = self.events[self._position :][: self.rng.choice(self._groups)]
        try:
            await self._engine.commit([Slot("t-0", self._epoch, "w", self._position, self._position + len(group), self._as_of)], group)
            self._position += len(group)
            while self.rng.random() < 0.7 and await self._engine.settle():
                pass
        except Lost:
            await self.claim()

    async def settle(self) -> None:
        while await self._engine.settle():
            pass

    def lose(self) -> None:
        """Perhaps."""
        (happens,) = self.rng.choices(("", *Chances._fields), (1 - sum(self._chances), *self._chances))
        match happens:
            case "kept":
                self._copy = [(key, self.redis.dump(key)) for key in self.redis.scan_iter()]
            case "set_back":
                self.redis.flushdb()
                for key, value in self._copy:
                    self.redis.restore(key, 0, value)
            case "trimmed":
                self.redis.xtrim(_PREFIX + keys.OUT, maxlen=self.rng.randrange(3), approximate=False)
            case "emptied":
                self.redis.flushdb()

    async def close(self) -> None:
        await self._writing.close()
        self.redis.close()
