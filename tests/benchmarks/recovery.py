"""How long do numbers stand still when one of two workers is killed? Both have names in the group and are kept running as `make up` does."""

from __future__ import annotations

import time
from itertools import pairwise
from typing import Any, Final, NamedTuple

from deploy.local.keeper import Keeper
from deploy.local.processes import Process, end
from schemas.events import TOPICS
from tests.benchmarks import product
from tests.benchmarks.feed import fill
from tests.benchmarks.measuring import Loop, Spread, on_any_core, reference_loop
from tests.benchmarks.mixed_events import PARTITIONS, Mixed
from tests.benchmarks.probes import PROBES, SHAPES, sender, sent
from tests.benchmarks.report import Report, table
from tests.benchmarks.servers import Failed, Servers, wait_until

RATE: Final = 2_000
BAR: Final = 3.0
"""Seconds until all numbers are new again."""
BEFORE: Final = 5.0
"""Seconds of traffic before the kill. The first of them do not count: the sender starts in them."""
AFTER: Final = 10.0
LOOK: Final = 0.02
"""Seconds. What looks takes its time from those who work."""


class Recovery(NamedTuple):
    """Seconds."""

    new: float
    """From the kill until of every partition all is counted that Kafka had at the kill."""
    standstill: float
    """The longest time across or after the kill in which the position of a partition with traffic stood still."""
    usual: float
    """The same before the kill: partitions with little traffic move seldom."""
    loop: Loop


@on_any_core()
def run(servers: Servers, report: Report, *, kills: int) -> None:
    """Raises `Failed` when something is not counted, or counted twice."""
    product.create_topics(servers)
    fill(servers.kafka, Mixed().campaign_events())
    keepers = [Keeper(product.worker(servers, name), print) for name in ("worker-1", "worker-2")]
    try:
        for keeper in keepers:
            keeper.start(time.monotonic())
        wait_until(lambda: len(product.moments(servers.store)) == len(TOPICS) * PARTITIONS, "both workers hold their partitions", 60)
        goal = [0] * len(PROBES)
        found = [_kill(servers, keepers, keepers[number % 2].process, number + 1, goal) for number in range(kills)]
    finally:
        end([keeper.process for keeper in keepers], grace=4)
    new = Spread.of([one.new for one in found])
    rows = [
        (f"{n}", f"{one.new:.2f}", f"{one.standstill:.2f}", f"{one.usual:.2f}", f"{one.loop.cpu:.0f} CPU, {one.loop.wall:.0f} wall")
        for n, one in enumerate(found, 1)
    ]
    report.add(
        "Recovery: kill -9 of one of two workers",
        f"{RATE:,} events/s of the mixed workload, {len(TOPICS) * PARTITIONS} partitions; the killed worker is started again under its name. Seconds.",
        table(
            ("kill", "all numbers new again", "longest standstill of a partition", "the same before the kill", "reference loop ms"),
            rows,
        ),
        f"Bar: new again in {BAR:.0f} s. {new.show()}: **{'met' if new.high <= BAR else 'MISSED'}**. Every probe was counted once.",
    )


def _kill(servers: Servers, keepers: list[Keeper[Process]], victim: Process, seed: int, goal: list[int]) -> Recovery:
    """`goal`: how many probes there were before; those of this run are added."""
    loop = reference_loop()
    stream = sender(servers, "mixed", RATE, BEFORE + AFTER, seed=seed)
    began = time.time()
    watch = _Watch(servers.store)
    watch.until(began + BEFORE, keepers)
    usual = watch.longest(since=began + BEFORE / 2, still=time.time())
    killed = time.time()
    victim.kill()
    new: list[float] = []

    def look() -> None:
        found = watch.look(keepers)
        if not new and min(found.moments.values()) >= killed:
            new.append(time.time() - killed)

    while stream.alive:
        look()
    standstill = watch.longest(since=killed, still=time.time() - 1)
    for n, made in enumerate(sent(stream).made):
        goal[n] += len(made)
    ended = time.time()
    while SHAPES["mixed"].read(servers.store) != goal:
        look()
        if time.time() - ended > 60:
            raise Failed(f"{SHAPES['mixed'].read(servers.store)} probes are counted, {goal} were sent")
    return Recovery(new[0], standstill, usual, loop)


class _Watch:
    """When the position of each partition moved."""

    def __init__(self, store: Any) -> None:
        self._store = store
        self._moves: dict[str, list[float]] = {}
        self._last: dict[str, int] = {}

    def until(self, at: float, keepers: list[Keeper[Process]]) -> None:
        while time.time() < at:
            self.look(keepers)

    def look(self, keepers: list[Keeper[Process]]) -> product.Progress:
        time.sleep(LOOK)
        for keeper in keepers:
            keeper.look(time.monotonic())
        found, now = product.progress(self._store), time.time()
        for partition, position in found.positions.items():
            if position != self._last.get(partition, position):
                self._moves.setdefault(partition, []).append(now)
        self._last = dict(found.positions)
        return found

    def longest(self, *, since: float, still: float) -> float:
        """The longest gap between two moves of a partition that ends after `since`; one that is open at `still` ends there."""
        gaps = [0.0]
        for moves in self._moves.values():
            times = [*moves, still] if moves[-1] < still else moves
            gaps += [later - earlier for earlier, later in pairwise(times) if later > since]
        return max(gaps)
