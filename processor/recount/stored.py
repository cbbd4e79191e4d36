"""What the store holds: its cells, and whether they stand for given ends of the topics."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import redis

from processor.recount.ledger import SEPARATOR, Cell


class Seen(NamedTuple):
    """The store, read once. Its watermark goes on by itself: how it stood before the cells were read, and after."""

    cells: dict[Cell, int]
    watermark_before: int | None
    watermark: int | None

    @property
    def watermark_moved(self) -> bool:
        return self.watermark_before != self.watermark


class Stored:
    """One generation of a store. `client` answers in bytes."""

    def __init__(self, client: redis.Redis, generation: str) -> None:
        self._client: Any = client  # redis-py's answers are typed as perhaps awaitable
        self._buckets = f"{generation}:{{b[0-9][0-9]}}:"

    def read(self) -> Seen:
        before = self.watermark()
        return Seen(self.cells(), before, self.watermark())

    def cells(self) -> dict[Cell, int]:
        """All cells of all buckets."""
        result: dict[Cell, int] = {}
        for key in self._client.scan_iter(match=f"{self._buckets}c{SEPARATOR}*", count=1000):
            tenant, campaign, view, day = key.decode().split(SEPARATOR)[1:]
            for name, value in self._client.hgetall(key).items():
                result[Cell(tenant, campaign, view, day, name.decode())] = int(value)
        return result

    def watermark(self) -> int | None:
        """How far event time has come, in ms, in all buckets; None while that is not known."""
        found = [self._client.hget(f"{bucket}meta", "watermark") for bucket in self._bucket_prefixes()]
        return None if None in found else min(map(int, found), default=None)

    def behind(self, ends: Mapping[str, int], *, exactly: bool = True) -> list[str]:
        """What keeps the cells from standing for these ends: partitions at another position (unless `exactly`: at an earlier one), things still to be decided again."""
        reasons = []
        buckets = list(self._bucket_prefixes())
        for bucket in buckets:
            positions = {
                name.decode(): int(value) for name, value in self._client.hgetall(f"{bucket}meta").items() if name.startswith(b"x:")
            }
            reasons += [
                f"{partition} is at {positions.get(f'x:{partition}', 0)} of {end}"
                for partition, end in sorted(ends.items())
                if (at := positions.get(f"x:{partition}", 0)) < end or (exactly and at > end)
            ]
            if dirty := self._client.scard(f"{bucket}dirty"):
                reasons.append(f"{dirty} to be decided again")
        return reasons if buckets else ["the store holds nothing"]

    def _bucket_prefixes(self) -> Iterator[str]:
        return (key.decode().removesuffix("meta") for key in self._client.scan_iter(match=f"{self._buckets}meta", count=10_000))
