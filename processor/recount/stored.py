"""What the store holds: its cells, and whether they stand for given ends of the topics."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import redis

from processor.recount.ledger import SEPARATOR, Cell


class Stored:
    """One generation of a store. `client` answers in bytes."""

    def __init__(self, client: redis.Redis, generation: str) -> None:
        self._client: Any = client  # redis-py's answers are typed as perhaps awaitable
        self._buckets = f"{generation}:{{b[0-9][0-9]}}:"

    def cells(self) -> dict[Cell, int]:
        """All cells of all buckets."""
        result: dict[Cell, int] = {}
        for key in self._client.scan_iter(match=f"{self._buckets}c{SEPARATOR}*", count=1000):
            tenant, campaign, view, day = key.decode().split(SEPARATOR)[1:]
            for name, value in self._client.hgetall(key).items():
                result[Cell(tenant, campaign, view, day, name.decode())] = int(value)
        return result

    def behind(self, ends: Mapping[str, int]) -> list[str]:
        """What keeps the cells from standing for exactly these ends: partitions at another position, things still to be decided again."""
        reasons = []
        buckets = list(self._bucket_prefixes())
        for bucket in buckets:
            positions = {
                name.decode(): int(value) for name, value in self._client.hgetall(f"{bucket}meta").items() if name.startswith(b"x:")
            }
            reasons += [
                f"{partition} is at {positions.get(f'x:{partition}', 0)} of {end}"
                for partition, end in sorted(ends.items())
                if positions.get(f"x:{partition}", 0) != end
            ]
            if dirty := self._client.scard(f"{bucket}dirty"):
                reasons.append(f"{dirty} to be decided again")
        return reasons if buckets else ["the store holds nothing"]

    def _bucket_prefixes(self) -> Iterator[str]:
        return (key.decode().removesuffix("meta") for key in self._client.scan_iter(match=f"{self._buckets}meta", count=10_000))
