"""From produced to readable at a steady rate, and what that costs the worker."""

from __future__ import annotations

import time
from typing import Final, NamedTuple

from deploy.local.processes import Process, end
from tests.benchmarks import product
from tests.benchmarks.ad_jobs import OURS
from tests.benchmarks.ads import PARTITIONS
from tests.benchmarks.feed import fill
from tests.benchmarks.measuring import Loop, cpu_seconds, quantile, reference_loop
from tests.benchmarks.mixed_events import Mixed
from tests.benchmarks.probes import SHAPES, sender, sent
from tests.benchmarks.report import Report, table
from tests.benchmarks.servers import Failed, Servers, create_topics, started, tail_of, wait_until

TOPIC: Final = "ads-live"
WARM_UP: Final = 4.0
"""Seconds at half the rate, not measured."""
LOOK: Final = 0.002
"""Seconds between two looks into the store: by about half of that the figures are too high."""
PER: Final = 600_000
"""Events that the CPU is given for."""
P99_BAR: Final = 40.0
"""Milliseconds at 20 k/s."""
CPU_BAR: Final = 6.0
"""Seconds per 600 k ads at 20 k/s."""


class Latency(NamedTuple):
    what: str
    rate: int
    probes: int
    p50: float
    p90: float
    p99: float
    worst: float
    cpu: float
    """Worker, seconds per 600 k events."""
    behind: float
    loop: Loop


def run(servers: Servers, report: Report, *, seconds: float) -> None:
    """Raises `Failed` when a probe never arrives or one counts twice."""
    found = [_ads(servers, 5_000, seconds), _ads(servers, 20_000, seconds), _mixed(servers, 5_000, seconds)]
    rows = [
        (
            one.what, f"{one.rate:,}", f"{one.probes:,}", f"{one.p50:.1f}", f"{one.p90:.1f}", f"{one.p99:.1f}", f"{one.worst:.1f}", f"{one.cpu:.2f}",
            f"{one.behind * 1000:.0f}", f"{one.loop.cpu:.0f} CPU, {one.loop.wall:.0f} wall",
        )
        for one in found
    ]  # fmt: skip
    bar = found[1]
    report.add(
        "From produced to readable",
        f"{seconds:.0f} s at a steady rate after {WARM_UP:.0f} s at half of it; milliseconds from the making of an event, gathered for 5 ms by its producer, "
        f"to the number that has it, looked for each {LOOK * 1000:.0f} ms.",
        table(
            (
                "what",
                "events/s",
                "probes",
                "p50",
                "p90",
                "p99",
                "max",
                "worker CPU s per 600 k",
                "producer late by ms",
                "reference loop ms",
            ),
            rows,
        ),
        f"Bars at 20 k/s, ads: p99 ≤ {P99_BAR:.0f} ms: **{'met' if bar.p99 <= P99_BAR else 'MISSED'}**; "
        f"worker ≤ {CPU_BAR:.0f} CPU-s per 600 k: **{'met' if bar.cpu <= CPU_BAR else 'MISSED'}**.",
    )


def _ads(servers: Servers, rate: int, seconds: float) -> Latency:
    servers.empty()
    topic = f"{TOPIC}-{rate}"
    create_topics(servers.kafka, {topic: PARTITIONS})
    worker = started(OURS.worker(servers, topic, f"bench-{rate}"), measured=True)
    try:
        return _measure(servers, worker, "ads, stream layer", "ads", topic, rate, seconds)
    finally:
        end([worker], grace=4)


def _mixed(servers: Servers, rate: int, seconds: float) -> Latency:
    servers.empty()
    product.create_topics(servers)
    fill(servers.kafka, Mixed().campaign_events())
    worker = started(product.worker(servers), measured=True)
    try:
        return _measure(servers, worker, "mixed, whole product", "mixed", "", rate, seconds)
    finally:
        end([worker], grace=4)


def _measure(servers: Servers, worker: Process, what: str, shape: str, topic: str, rate: int, seconds: float) -> Latency:
    def read() -> list[int]:
        return SHAPES[shape].read(servers.store)

    warm = sender(servers, shape, rate // 2, WARM_UP, seed=1, topic=topic)
    wait_until(lambda: not warm.alive, "the warm-up is sent", WARM_UP + 30)
    base = [len(made) for made in sent(warm).made]
    wait_until(lambda: read() == base, "the warm-up is readable", 60, alive=worker)

    loop, cpu, began = reference_loop(), cpu_seconds(worker.pid), time.monotonic()
    live = sender(servers, shape, rate, seconds, seed=2, topic=topic)
    seen: list[tuple[float, list[int]]] = [(0.0, base)]
    goal: list[int] | None = None
    while seen[-1][1] != goal:
        if not worker.alive or time.monotonic() - began > seconds + 60:
            raise Failed(f"{what}: {seen[-1][1]} are readable, {goal} were sent:\n{tail_of(worker.log)}")
        now = read()
        if now != seen[-1][1]:
            seen.append((time.time(), now))
        if goal is None and not live.alive:
            goal = [before + len(made) for before, made in zip(base, sent(live).made, strict=True)]
            used = cpu_seconds(worker.pid) - cpu
        time.sleep(LOOK)
    time.sleep(1)  # long enough for something to be counted twice
    if read() != goal:
        raise Failed(f"{what}: {read()} are readable, {goal} were sent")
    stream = sent(live)
    delays = _delays(stream.made, base, seen)
    p50, p90, p99 = (quantile(delays, share) for share in (0.5, 0.9, 0.99))
    return Latency(what, rate, len(delays), p50, p90, p99, max(delays), used / stream.events * PER, stream.behind, loop)


def _delays(made: list[list[float]], base: list[int], seen: list[tuple[float, list[int]]]) -> list[float]:
    """Milliseconds from the making of each probe to the first look at which its campaign's number had it."""
    delays = []
    for campaign, times in enumerate(made):
        look = 0
        for number, at in enumerate(times, base[campaign] + 1):
            while seen[look][1][campaign] < number:
                look += 1
            delays.append((seen[look][0] - at) * 1000)
    return delays
