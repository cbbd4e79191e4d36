"""What does each kind cost, engine and store alone, and how much memory do a million of it take? No Kafka: groups of events go straight into the engine."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import NamedTuple

from schemas.keys import SEP
from tests.benchmarks.direct import GROUP, Direct
from tests.benchmarks.measuring import Loop, reference_loop
from tests.benchmarks.mixed_events import KINDS, Mixed, Record
from tests.benchmarks.report import Report, table
from tests.benchmarks.servers import Servers


class Cost(NamedTuple):
    kind: str
    events: int
    things: int
    """Distinct ones."""
    parse: float
    engine: float
    store: float
    """CPU, µs per event."""
    bytes: float
    """Of the store, per thing: state, indexes and cells."""
    state: float
    """Of these, what its states take, with their keys."""
    loop: Loop


def run(servers: Servers, report: Report, *, things: int) -> None:
    costs = [asyncio.run(_one_kind(servers, kind, things)) for kind in KINDS]
    rows = [
        (
            cost.kind,
            f"{cost.events:,}",
            f"{cost.things:,}",
            f"{cost.parse:.2f}",
            f"{cost.engine:.2f}",
            f"{cost.store:.2f}",
            f"{cost.parse + cost.engine + cost.store:.2f}",
            f"{cost.bytes:,.0f}",
            f"{cost.state:,.0f}",
            f"{cost.loop.cpu:.0f} CPU, {cost.loop.wall:.0f} wall",
        )
        for cost in costs
    ]
    report.add(
        "Each kind alone: engine and store, without Kafka",
        f"CPU in µs per event, {GROUP:,} events a call, one tenant with 50 campaigns. Memory with all states, indexes and cells, scaled to a million things; "
        "the fewer there are, the more the keys weigh.",
        table(
            ("kind", "events", "things", "parse", "engine", "store", "sum", "MB per million", "of these states", "reference loop ms"), rows
        ),
    )


async def _one_kind(servers: Servers, kind: str, things: int) -> Cost:
    servers.empty()
    mixed = Mixed(2, tenants=("acme",), opportunities=things, orders=things, tasks=things)
    async with Direct(servers) as direct:
        await direct.count(mixed.campaign_events())
        direct.reset()
        loop, cpu, memory = reference_loop(), servers.store_cpu(), servers.store_bytes()
        await direct.count(one_after_another(mixed, kind, things))
    there = mixed.messages if kind == "message" else len(mixed.there[kind])
    return Cost(
        kind,
        direct.events,
        there,
        direct.parsing / direct.events * 1e6,
        direct.committing / direct.events * 1e6,
        (servers.store_cpu() - cpu) / direct.events * 1e6,
        (servers.store_bytes() - memory) / there,
        servers.bytes_of(f"*:i{SEP}{kind}{SEP}*") / there,
        loop,
    )


def one_after_another(mixed: Mixed, kind: str, things: int) -> Iterator[Record]:
    """About two or three events for each thing."""
    if kind == "message":
        while mixed.messages < things:
            yield mixed.message()
    else:
        make = {"task": mixed.task, "opportunity": mixed.opportunity, "order": mixed.order}[kind]
        for _ in range(2 * things):
            yield make()
