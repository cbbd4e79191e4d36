"""The API while a worker counts 2,000 events a second beside it, on the same two cores: a mix of requests, polling, live streams, readers that never read, a cold start."""

from __future__ import annotations

import asyncio
import os
import random
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Final, NamedTuple

import psutil
import uvloop

from deploy.local.ports import HOST, any_free
from deploy.local.processes import Process, end
from deploy.local.readiness import get
from schemas.durations import DAY
from tests.benchmarks import product
from tests.benchmarks.asking import Answer, Connection, Stream, unread
from tests.benchmarks.feed import fill
from tests.benchmarks.measuring import cpu_seconds, on_any_core, quantile
from tests.benchmarks.mixed_events import BEGIN, CAMPAIGNS, Mixed
from tests.benchmarks.probes import PROBES, sender, sent
from tests.benchmarks.report import Report, table
from tests.benchmarks.servers import STATE, Failed, Servers, program, started, wait_until
from views_api.principals.api_keys import ApiKeys, Author
from views_api.scope import Right

RATE: Final = 2_000
"""Events a second that the worker counts."""
ASKED: Final = 500
"""Requests a second."""
GATHER: Final = 0.025
"""Seconds for which who sends them gathers: it has the same two cores, and at 10 ms takes half as much of one as the worker does, and the broker a third more than at 25."""
WARM: Final = (8.0, 200)
"""For so many seconds a process that has just begun is asked so much a second, before it is measured: each question comes there for the first time."""
CONNECTIONS: Final = 32
TENANT: Final = "acme"
UNREAD: Final = 500
_TOTAL: Final = re.compile(rb'messages_total"(?::|,"value":)(\d+)')
"""In a snapshot or a patch."""
_KEPT: Final = re.compile(r'kpi_api_kept_total\{outcome="(\w+)"\} ([0-9.e+]+)')
_MIB: Final = 2**20


class Running(NamedTuple):
    servers: Servers
    api: Process
    worker: Process
    port: int
    tokens: list[str]
    """Of as many principals: a third sees everything, a third everything but amounts, a third is one person of the staff."""
    asked: float
    """For so many seconds it is asked. The store writes its append-only file anew for a fifth of a second every half minute or so: a time too short to hold several of them says
    too much of that, or nothing."""
    watched: float
    """For so many seconds events come while streams are open."""


@on_any_core()
def run(servers: Servers, report: Report, *, events: int, asked: float, watched: float, principals: int) -> None:
    """`events`: counted before; `asked` and `watched`: seconds, see `Running`. Raises `Failed` when an event is in no update, or the worker or a sender breaks."""
    servers.empty()
    product.create_topics(servers)
    STATE.mkdir(parents=True, exist_ok=True)
    keys = STATE / "keys.db"
    tokens = _tokens(keys, principals)
    mixed = Mixed()
    ours = Mixed(2, tenants=(TENANT,), campaigns=PROBES)
    fill(servers.kafka, [*mixed.campaign_events(), *ours.campaign_events()])
    fill(servers.kafka, mixed.stream(events))
    worker = started(product.worker(servers, metrics=(metrics := any_free())), measured=None)
    try:
        wait_until(lambda: get(metrics, "/readyz")[0] == 200 and _lag(metrics) == 0, "the worker has counted what was there", 180, worker)
        with _api(servers, keys) as (api, port, cold):
            found = uvloop.run(_measured(Running(servers, api, worker, port, tokens, asked, watched)))
        report.add(f"load: {RATE:,} events/s are counted beside the API", *_shown(cold, found, principals))
    finally:
        end([worker], grace=4)


def _lag(port: int) -> float:
    """Records that are not counted; of a worker that does not say, some."""
    found = re.findall(r"^kpi_lag_records\{.*\} (\S+)$", get(port, "/metrics")[1].decode(), re.MULTILINE)
    return sum(map(float, found)) if found else 1.0


def _tokens(file: Path, principals: int) -> list[str]:
    file.unlink(missing_ok=True)
    keys = ApiKeys(file, lambda: time.time_ns() // 1_000_000)
    scopes = [
        ({Right.VIEW, Right.VIEW_ALL, Right.MONEY}, None),
        ({Right.VIEW, Right.VIEW_ALL}, None),
        ({Right.VIEW, Right.MONEY}, "staff-00"),
    ]
    until = time.time_ns() // 1_000_000 + DAY
    tokens = [keys.make(TENANT, f"p{n}", *scopes[n % 3], until, Author("the benchmark"))[1] for n in range(principals)]
    keys.close()
    return tokens


@contextmanager
def _api(servers: Servers, keys: Path) -> Iterator[tuple[Process, int, float]]:
    """With the seconds from its start to its first answer."""
    port = any_free()
    settings = {
        "KPI_API_HOST": HOST,
        "KPI_API_PORT": str(port),
        "KPI_KEYS": str(keys),
        "KPI_STREAMS": "4000",
        "KPI_STREAMS_EACH": str(UNREAD),
        "KPI_RATE": "1000000/second",
    }
    began = time.monotonic()
    api = started(program("api", "views_api", env=product.environment(servers, **settings)), measured=None)
    try:
        wait_until(lambda: get(port, "/readyz")[0] == 200, "the API is ready", 30, alive=api, pause=0.01)
        yield api, port, time.monotonic() - began
    finally:
        end([api], grace=6)


class Figures(NamedTuple):
    asked: list[Answer]
    per_second: float
    cpu: dict[str, float]
    """What each process took of a core while they were asked."""
    hits: float
    missed: list[float]
    unchanged: list[float]
    streams: int
    updates: list[float]
    """Seconds from the making of an event to the snapshot or patch that has it."""
    streams_mib: float
    streams_cpu: float
    beside: list[float]
    """The same while others never read."""
    unread_mib: float
    dropped: float


async def _measured(run: Running) -> Figures:
    rng = random.Random(7)
    live = sender(run.servers, "mixed", RATE, WARM[0] + run.asked, seed=3, gather=GATHER)
    await _mix(run, rng, *WARM)
    pids = {"API": run.api, "worker": run.worker, "store": run.servers.valkey, "Kafka": run.servers.broker, "sender": live}
    kept, used, began = _kept(run.port), _used(pids), time.monotonic()
    asked = await _mix(run, rng, run.asked, ASKED)
    took, now = time.monotonic() - began, _kept(run.port)
    cpu = {name: (seconds - used[name]) / took for name, seconds in _used(pids).items()}
    reads = {outcome: now.get(outcome, 0) - kept.get(outcome, 0) for outcome in now}
    await _ended(live)
    missed = await _misses(run)
    unchanged = await _unchanged(run)
    streams, updates, mib, stream_cpu = await _streams(run, rng, readers=len(run.tokens), each=5, seed=4)
    _, beside, unread_mib, _ = await _streams(run, rng, readers=len(run.tokens), each=5, seed=5, never=UNREAD)
    dropped = re.search(r"^kpi_api_streams_dropped_total (\S+)$", get(run.port, "/metrics")[1].decode(), re.MULTILINE)
    return Figures(
        asked=asked, per_second=len(asked) / took, cpu=cpu, hits=1 - reads.get("nothing", 0) / max(1, sum(reads.values())),
        missed=missed, unchanged=unchanged, streams=streams, updates=updates, streams_mib=mib, streams_cpu=stream_cpu, beside=beside, unread_mib=unread_mib,
        dropped=float(dropped[1]) if dropped else 0.0,
    )  # fmt: skip


def _used(processes: Mapping[str, Process]) -> dict[str, float]:
    """CPU seconds of each of them so far, and of who asks: it must not cost what it measures."""
    return {name: cpu_seconds(process.pid) for name, process in processes.items()} | {"who asks": cpu_seconds(os.getpid())}


def _kept(port: int) -> dict[str, float]:
    return {outcome: float(value) for outcome, value in _KEPT.findall(get(port, "/metrics")[1].decode())}


def _days(number: int, back: int = 0) -> str:
    last = BEGIN + timedelta(days=7 - back)
    return f"from={last - timedelta(days=number - 1):%Y-%m-%d}&to={last:%Y-%m-%d}"


def _question(rng: random.Random) -> str:
    """50 campaigns x 4 periods x the views of a page."""
    one, days = f"/v1/campaigns/{rng.choice(CAMPAIGNS)}", rng.choice((_days(7), _days(30), "period=all", _days(1)))
    kinds = (
        f"{one}/overview?{days}",
        f"{one}/staff?{days}",
        f"{one}/customers?{days}",
        f"/v1/campaigns?{days}",
        f"{one}/series?measure=opportunities&by=day&{days}",
    )
    return rng.choices(kinds, (8, 3, 3, 3, 3))[0]


async def _mix(run: Running, rng: random.Random, seconds: float, rate: int) -> list[Answer]:
    """At a steady rate; who waits for a free connection waits, and that counts. Half of them poll with the tag that they got last."""
    answers: list[Answer] = []
    tags: dict[tuple[str, str], bytes] = {}
    due: asyncio.Queue[float | None] = asyncio.Queue()

    async def work() -> None:
        connection = Connection(run.port)
        while (at := await due.get()) is not None:
            token, path = run.tokens[rng.randrange(min(3, len(run.tokens)))], _question(rng)
            tag = tags.get((token, path)) if rng.random() < 0.5 else None
            answer = await connection.ask(path, token, tag)
            if answer.tag:
                tags[token, path] = answer.tag
            answers.append(answer._replace(whole_ms=(time.perf_counter() - at) * 1000))
        connection.close()

    async with asyncio.TaskGroup() as group:
        for _ in range(CONNECTIONS):
            group.create_task(work())
        began, number = time.perf_counter(), 0
        while (since := time.perf_counter() - began) < seconds:
            for number in range(number, int(since * rate)):  # noqa: B020  # what has become due meanwhile
                due.put_nowait(began + number / rate)
            number = int(since * rate)
            await asyncio.sleep(0.002)
        for _ in range(CONNECTIONS):
            due.put_nowait(None)
    return answers


async def _ended(live: Process) -> None:
    while live.alive:  # noqa: ASYNC110  # a process tells nobody that it has ended
        await asyncio.sleep(0.05)
    sent(live)


async def _misses(run: Running) -> list[float]:
    """Server time of questions that nobody has asked before."""
    connection, times = Connection(run.port), list[float]()
    for back in range(2):
        for campaign in CAMPAIGNS:
            answer = await connection.ask(f"/v1/campaigns/{campaign}/overview?{_days(5, back)}", run.tokens[0])
            times.append(answer.server_ms)
    connection.close()
    return times


async def _unchanged(run: Running) -> list[float]:
    """Server time of 304s."""
    connection, times = Connection(run.port), list[float]()
    for n in range(400):
        path = f"/v1/campaigns/{CAMPAIGNS[n % 20]}/overview?{_days(7)}"
        first = await connection.ask(path, run.tokens[0])
        again = await connection.ask(path, run.tokens[0], first.tag)
        if again.status == 304:
            times.append(again.server_ms)
    connection.close()
    return times


async def _streams(
    run: Running, rng: random.Random, *, readers: int, each: int, seed: int, never: int = 0
) -> tuple[int, list[float], float, float]:
    """So many streams of so many principals, while events come in: how many were open, how late updates were, MiB and CPU (of a core) of the API."""
    seen: dict[str, list[tuple[int, float]]] = {probe: [] for probe in PROBES}
    base: dict[str, int] = {}
    streams: list[Stream] = []
    silent = [
        await unread(run.port, f"/v1/campaigns/{rng.choice(CAMPAIGNS)}/stream?period=all", run.tokens[n % len(run.tokens)])
        for n in range(never)
    ]
    for n in range(readers * each):
        looked_for = n % 8 == 0
        campaign = PROBES[n // 8 % 8] if looked_for else rng.choice(CAMPAIGNS)
        stream = Stream(run.port, f"/v1/campaigns/{campaign}/stream?period=all", run.tokens[n // each])
        told = seen[campaign].append if looked_for else None
        await stream.open(_TOTAL if looked_for else None, lambda number, at, told=told: told and told((number, at)))  # type: ignore[misc]
        streams.append(stream)
    open_now = sum(stream.status == 200 for stream in streams)
    await asyncio.sleep(3)
    for probe, found in seen.items():
        base[probe] = max((number for number, _ in found), default=0)
    cpu, began = cpu_seconds(run.api.pid), time.monotonic()
    live = sender(run.servers, "mixed", RATE, run.watched, seed=seed, gather=GATHER)
    await _ended(live)
    made = sent(live).made
    used = (cpu_seconds(run.api.pid) - cpu) / (time.monotonic() - began)
    await asyncio.sleep(4)
    mib = psutil.Process(run.api.pid).memory_info().rss / _MIB
    for stream in streams:
        if stream.task:
            stream.task.cancel()
    await asyncio.gather(*(stream.task for stream in streams if stream.task), return_exceptions=True)
    for writer in silent:
        writer.close()
    return open_now, _late(made, base, seen), mib, used


def _late(made: list[list[float]], base: dict[str, int], seen: dict[str, list[tuple[int, float]]]) -> list[float]:
    """Seconds from each event to the first update, of any stream, that has it. Raises `Failed` if one is in none."""
    late: list[float] = []
    for probe, times in zip(PROBES, made, strict=True):
        found = sorted(seen[probe], key=lambda each: each[1])
        if not found:
            continue
        place = 0
        for number, at in enumerate(times, base[probe] + 1):
            while place < len(found) and found[place][0] < number:
                place += 1
            if place == len(found):
                raise Failed(f"{probe}: the {number}th event is in no update; the last says {found[-1][0]}")
            late.append(found[place][1] - at)
    return late


def _shown(cold: float, found: Figures, principals: int) -> Iterator[str]:
    def row(name: str, values: list[float], bar: str) -> tuple[str, ...]:
        return (name, f"{len(values):,}", f"{quantile(values, 0.5):.2f}", f"{quantile(values, 0.99):.2f}", f"{max(values):.2f}", bar)

    asked = found.asked
    yield table(
        ("what", "number", "p50", "p99", "worst", "bar"),
        [
            row("requests through HTTP, ms", [each.whole_ms for each in asked], "p99 ≤ 50"),
            row("their server time, ms", [each.server_ms for each in asked], ""),
            row("a miss: never asked before, server ms", found.missed, "≤ 5"),
            row("304, server ms", found.unchanged or [0.0], "≤ 1"),
            row(f"an event to its update, {found.streams} streams, s", found.updates, "p99 ≤ 1.5"),
            row(f"the same beside {UNREAD} that never read, s", found.beside, "as above"),
        ],
    )
    confirmed = sum(each.status == 304 for each in asked) / len(asked)
    others = sorted({each.status for each in asked} - {200, 304})
    yield (
        f"{found.per_second:.0f} requests/s were asked for and answered (bar: {ASKED}), behind {WARM[0]:.0f} s of {WARM[1]} a second, {confirmed:.0%} of them with 304; {1e6 * found.cpu['API'] / found.per_second:.0f} us of CPU of the API each; "
        f"of their reads {found.hits:.1%} found days that were kept; "
        f"answered otherwise: {sum(each.status in others for each in asked)} {others or ''}. Cold start to the first answer: {cold:.2f} s (bar 2)."
    )
    yield (
        "Meanwhile, of a core: "
        + ", ".join(f"{name} {share:.0%}" for name, share in found.cpu.items())
        + f"; together {sum(found.cpu.values()):.0%} of {100 * (os.cpu_count() or 1)}%."
    )
    yield (
        f"{principals} principals with 5 streams each: {found.streams_mib:.0f} MiB (bar 400), {found.streams_cpu:.0%} of a core. "
        f"With {UNREAD} that never read: {found.unread_mib:.0f} MiB; {found.dropped:.0f} of these were ended."
    )
