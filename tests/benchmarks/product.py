"""The product's own worker on the benchmark's servers: started, watched until it has counted everything, and asked for what it counted."""

from __future__ import annotations

import asyncio
import os
import re
from collections import Counter
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from deploy.local.processes import Process
from deploy.local.readiness import get
from processor.recount.stored import Stored
from processor.stream import topics
from schemas import keys
from schemas.brokers import Connection
from schemas.events import TOPICS
from tests.benchmarks.mixed_events import PARTITIONS, Mixed
from tests.benchmarks.servers import Failed, Servers, program

GENERATION: Final = "g1"
_PREFIX: Final = keys.prefix(GENERATION, 0)


def environment(servers: Servers, **settings: str) -> dict[str, str]:
    """What a program of the product needs to find them; nothing of the user's own settings goes in."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("KPI_")}
    ours = {"KPI_KAFKA": servers.kafka, "KPI_REDIS": servers.redis, "KPI_GENERATION": GENERATION, "KPI_PARTITIONS": str(PARTITIONS)}
    return inherited | ours | settings


def create_topics(servers: Servers, prefix: str = "") -> None:
    """As a worker would, so that they can be filled before there is one."""
    asyncio.run(topics.ensure(Connection(servers.kafka), [prefix + topic for topic in TOPICS], partitions=PARTITIONS, replication=1))


def worker(servers: Servers, name: str = "worker", *, prefix: str = "", metrics: int = 0) -> Process:
    """Not started yet. Its name is its place in the consumer group; `metrics` is a port."""
    settings = {"KPI_INSTANCE": name, "KPI_GROUP": f"{prefix}bench", "KPI_TOPIC_PREFIX": prefix, "KPI_METRICS_PORT": str(metrics)}
    return program(name, "processor", env=environment(servers, **settings))


def metric(port: int, name: str) -> float:
    """What a worker says of itself. Raises `Failed` if it does not know the metric."""
    found = re.search(rf"^{name} (\S+)$", get(port, "/metrics")[1].decode(), re.MULTILINE)
    if found is None:
        raise Failed(f"the worker has no metric {name}")
    return float(found[1])


class Progress(NamedTuple):
    """Of one moment, by `<topic>-<n>`."""

    positions: Counter[str]
    """Next offset to count."""
    moments: dict[str, float]
    """All that Kafka had taken by then is counted; seconds since 1970 UTC."""


def progress(store: Any) -> Progress:
    found: Mapping[bytes, bytes] = store.hgetall(_PREFIX + keys.META)
    return Progress(
        Counter({name[2:].decode(): int(value) for name, value in found.items() if name.startswith(b"x:")}),
        {name[2:].decode(): int(value) / 1000 for name, value in found.items() if name.startswith(b"f:")},
    )


def positions(store: Any) -> Counter[str]:
    return progress(store).positions


def moments(store: Any) -> dict[str, float]:
    return progress(store).moments


def unsettled(store: Any) -> int:
    """How much waits to be decided again."""
    return int(store.scard(_PREFIX + keys.DIRTY))


def check(servers: Servers, mixed: Mixed) -> None:
    """Every thing that was sent is counted exactly once, as far as plain sums can tell. Raises `Failed`."""
    sums: Counter[str] = Counter()
    for cell, value in Stored(servers.store, GENERATION).cells().items():
        sums[f"{cell.view} {cell.field.split(keys.SEP)[0]}"] += value
    found = {
        "message": sums["m targeted"],
        "task": sums["t n"],
        "opportunity": sums["o n"],
        "order": sums["r n"] + sums["r rest"] + sums["l pending"],
    }
    sent = {"message": mixed.messages} | {kind: len(things) for kind, things in mixed.there.items()}
    if found != sent:
        raise Failed(f"counted {found}, sent {sent}")
