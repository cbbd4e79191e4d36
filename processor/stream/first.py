"""What is read before all else, and until when does the rest wait for it? Pure.

What a tenant keeps, and for how long, is in its settings: a message that is counted before they are is counted although it may be too late. And whatever is counted
before its campaign is decided again, which doubles the cost of filling a store. So the rest of a worker's partitions waits until all of these topics are counted up to
where they ended when it claimed, also what other workers read of them; but only while somebody moves on there.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Final

from processor.stream.polls import Partition

MOVES: Final = 5.0
"""Seconds without progress after which nobody waits any longer: behind an open transaction, or a broker or a worker is away."""


class First:
    def __init__(self, topics: Collection[str], clock: Callable[[], float]) -> None:
        self.topics = frozenset(topics)
        self.reached: Mapping[str, int] = {}
        """Next offsets by partition name, as the store had them when it was asked last: how far others have come."""
        self._clock = clock
        self._ends: dict[Partition, int] = {}
        self._behind: dict[Partition, int] = {}
        self._since = 0.0

    def end_at(self, ends: Mapping[Partition, int]) -> None:
        """Where logs end now. Those of other topics are no matter here."""
        self._ends |= {partition: end for partition, end in ends.items() if partition.topic in self.topics}

    def is_on_its_way(self, held: Mapping[Partition, tuple[int, int]]) -> bool:
        """Whether some of it is behind, and moves on. `held`: position and goal of what this worker holds, of any topic."""
        others = {partition: (self.reached.get(partition.name, 0), end) for partition, end in self._ends.items()}
        own = {partition: at for partition, at in held.items() if partition.topic in self.topics}
        behind = {partition: position for partition, (position, goal) in (others | own).items() if position < goal}
        if behind != self._behind:
            self._behind, self._since = behind, self._clock()
        return bool(behind) and self._clock() - self._since < MOVES
