"""The stream layer alone: counting ads by campaign and 10 s window into the store, ours against what one writes by hand, in interleaved rounds."""

from __future__ import annotations

import random
import time
import uuid
from collections.abc import Sequence
from typing import Final, NamedTuple

from deploy.local.processes import end
from tests.benchmarks.ad_jobs import FLOOR, OURS, Job
from tests.benchmarks.ads import PARTITIONS, Ads, Counts
from tests.benchmarks.feed import fill
from tests.benchmarks.measuring import Loop, Spread, cpu_seconds, reference_loop
from tests.benchmarks.report import Report, table
from tests.benchmarks.servers import Failed, Servers, create_topics, started, tail_of

TOPIC: Final = "ad-events"
BAR: Final = 2.0
"""Ours to the floor."""
STEADY_FROM: Final = 0.4
"""Share of the views that is visible when the start-up counts as over."""
STUCK: Final = 30.0
"""Seconds without a new count."""
KILLS: Final = 3
WARM: Final = 9_000_000
"""Events from which on a virtual machine is measured warm."""


class Drain(NamedTuple):
    steady: float
    whole: float
    """Events per CPU-second of the worker."""
    store: float
    """CPU of the store, µs per event."""
    seconds: float
    loop: Loop


def run(servers: Servers, report: Report, *, events: int, rounds: int, peers: Sequence[Job] = ()) -> None:
    """Raises `Failed` when a count is wrong."""
    create_topics(servers.kafka, {TOPIC: PARTITIONS})
    ads = Ads(TOPIC)
    fill(servers.kafka, ads.stream(events))
    jobs = [FLOOR, *peers, OURS]
    drains: dict[str, list[Drain]] = {job.name: [] for job in jobs}
    for _ in range(rounds):
        for job in jobs:
            drains[job.name].append(drain(servers, job, ads.views, events))
    killed = kill(servers, OURS, ads.views)
    ratios = {
        job.name: Spread.of([ours.steady / other.steady for ours, other in zip(drains[OURS.name], drains[job.name], strict=True)])
        for job in jobs
    }
    rows = [
        (
            job.name,
            job.guarantee,
            Spread.of([drain.steady / 1000 for drain in drains[job.name]]).show("{:,.0f}k"),
            Spread.of([drain.whole / 1000 for drain in drains[job.name]]).show("{:,.0f}k"),
            ratios[job.name].show(),
            Spread.of([drain.store for drain in drains[job.name]]).show(),
            Spread.of([drain.loop.cpu for drain in drains[job.name]]).show("{:.0f}"),
        )
        for job in jobs
    ]
    ratio = ratios[FLOOR.name].middle
    report.add(
        "Stream layer alone, YSB shape",
        f"{events:,} events of 312 bytes, {PARTITIONS} partitions, lz4; {rounds} interleaved rounds; every cell compared with the producer's counts. "
        f"Events per CPU-second of the worker; steady: from {STEADY_FROM:.0%} visible on. min / median / max.",
        table(
            ("worker", "into the store", "steady", "whole", "ours to this, per round", "store CPU µs/event", "reference loop, CPU ms"), rows
        ),
        f"Bar: {BAR} × the floor, steady. Median {ratio:.2f}: **{'met' if ratio >= BAR else 'MISSED'}**.",
        *(["Few events for a virtual machine: it was still warming up; compare at nine million."] if peers and events < WARM else []),
        f"Ours after {KILLS} × kill -9 at {', '.join(f'{share:.0%}' for share in killed)} visible: exact.",
    )


def drain(servers: Servers, job: Job, truth: Counts, events: int) -> Drain:
    """Let the job count the whole topic from its beginning. Raises `Failed`."""
    servers.empty()
    windows, views = windows_of(truth), truth.total()
    loop, store = reference_loop(), servers.store_cpu()
    began = moved = time.monotonic()
    worker = started(job.worker(servers, TOPIC, new_group()), measured=True)
    samples: list[tuple[int, float]] = []
    try:
        while not samples or samples[-1][0] < views:
            if not worker.alive or time.monotonic() - moved > STUCK:
                raise Failed(f"{job.name} stands at {samples[-1][0]:,} of {views:,} views:\n{tail_of(worker.log)}")
            time.sleep(0.05)
            visible = job.read(servers.store, windows).total()
            if not samples or visible != samples[-1][0]:
                moved = time.monotonic()
            samples.append((visible, cpu_seconds(worker.pid)))
        seconds = time.monotonic() - began
    finally:
        end([worker], grace=4)
    check(job, job.read(servers.store, windows), truth)
    total = samples[-1][1]
    seen, cpu = next(sample for sample in samples if sample[0] >= views * STEADY_FROM)
    steady = events * (views - seen) / views / max(total - cpu, 0.01)
    return Drain(steady, events / total, (servers.store_cpu() - store) / events * 1e6, seconds, loop)


def kill(servers: Servers, job: Job, truth: Counts) -> list[float]:
    """Kill the job three times on its way, start it again at once each time. Returns the shares that were visible then; raises `Failed`."""
    servers.empty()
    windows, views = windows_of(truth), truth.total()
    rng = random.Random(1)
    planned = sorted(rng.uniform(0.05, 0.8) for _ in range(KILLS))
    killed: list[float] = []
    worker = started(job.worker(servers, TOPIC, new_group()), measured=True)
    moved, last, whole_since = time.monotonic(), -1, 0.0
    try:
        while not whole_since or time.monotonic() - whole_since < 2:  # long enough for something to be counted twice
            visible = job.read(servers.store, windows).total()
            if visible != last:
                moved, last = time.monotonic(), visible
            if len(killed) < KILLS and visible >= views * planned[len(killed)]:
                worker.kill()
                killed.append(visible / views)
                started(worker, measured=True)
            whole_since = (whole_since or time.monotonic()) if visible >= views and len(killed) == KILLS else 0.0
            if not worker.alive or time.monotonic() - moved > STUCK:
                raise Failed(f"{job.name} stands at {visible:,} of {views:,} views after {len(killed)} kills:\n{tail_of(worker.log)}")
    finally:
        end([worker], grace=4)
    check(job, job.read(servers.store, windows), truth)
    return killed


def check(job: Job, counts: Counts, truth: Counts) -> None:
    if counts != truth:
        wrong = {cell for cell in {*counts, *truth} if counts[cell] != truth[cell]}
        raise Failed(f"{job.name}: {len(wrong)} of {len(truth)} cells are wrong, {counts.total():,} views counted of {truth.total():,}")


def windows_of(truth: Counts) -> list[int]:
    return sorted({window for _, window in truth})


def new_group() -> str:
    return f"bench-{uuid.uuid4().hex[:8]}"
