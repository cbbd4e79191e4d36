"""The programs that count ads, and where each of them shows its counts."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

from deploy.local.processes import Process
from tests.benchmarks import counter
from tests.benchmarks.ads import CAMPAIGNS, Counts
from tests.benchmarks.servers import Servers, program


class Job(NamedTuple):
    name: str
    guarantee: str
    worker: Callable[[Servers, str, str], Process]
    """(servers, topic, consumer group) -> the program, not started yet."""
    read: Callable[[Any, Sequence[int]], Counts]
    """(store, windows) -> what is visible in these windows."""


def _module(name: str, module: str) -> Callable[[Servers, str, str], Process]:
    return lambda servers, topic, group: program(name, module, servers.kafka, servers.redis, topic, group, env=os.environ)


def read_by_window(store: Any, windows: Sequence[int]) -> Counts:
    """Hash `w:<window>`: campaign -> views."""
    pipe = store.pipeline(transaction=False)
    for window in windows:
        pipe.hgetall(f"w:{window}")
    found = zip(windows, pipe.execute(), strict=True)
    return Counter({(name.decode(), window): int(count) for window, fields in found for name, count in fields.items()})


def read_by_campaign(store: Any, windows: Sequence[int], campaigns: Sequence[str] = CAMPAIGNS) -> Counts:
    """Cells of the product's store: one hash per campaign and day, window -> views."""
    places = [(campaign, day) for campaign in campaigns for day in _days(windows)]
    pipe = store.pipeline(transaction=False)
    for campaign, day in places:
        pipe.hgetall(counter.cells_key(campaign, day))
    found = zip(places, pipe.execute(), strict=True)
    wanted = set(windows)
    return Counter(
        {
            (campaign, int(window)): int(count)
            for (campaign, _), fields in found
            for window, count in fields.items()
            if int(window) in wanted
        }
    )


def _days(windows: Iterable[int]) -> list[str]:
    return sorted({datetime.fromtimestamp(window / 1000, UTC).date().isoformat() for window in windows})


FLOOR: Final = Job("floor: aiokafka + orjson by hand", "at least once", _module("floor", "tests.benchmarks.floor"), read_by_window)
OURS: Final = Job("ours: stream layer", "exactly once", _module("counter", "tests.benchmarks.counter"), read_by_campaign)
