"""`python -m tests.soak [--events N] [--seed N]`: counts N events while things break, recounts all of them, and says what happened.

Exit code 0: no cell differs; 1: some do; 2: it did not come to an end.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from random import Random
from typing import Final, NamedTuple

import psutil

from deploy.local.places import PYTHON, ROOT
from processor.recount import Record
from tests.soak.nemesis import WORKERS, Nemesis
from tests.soak.traffic import PARTITIONS, traffic
from tests.support import servers
from tests.support.servers import Broker, Product, Store, until
from tests.support.traffic import send

ROUND: Final = 500_000
"""Events after which each kind of fault comes once more."""
PREFIX: Final = "soak-"
SETTLED_WITHIN: Final = 3600
STANDSTILL: Final = 600.0
"""Seconds without progress."""


class Verdict(NamedTuple):
    code: int
    said: str
    seconds: float
    megabytes: float


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description="Count while things break, then recount everything.")
    parser.add_argument(
        "--events", type=int, default=1_000_000, help="duplicates and poison come on top (default 1,000,000; 30,000 take two minutes)"
    )
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(2))  # as Ctrl-C does, this ends the servers too
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # the broker is away on purpose
    servers.clear_what_others_left()
    folder = servers.home()
    broker, store = Broker(folder), Store(folder)
    product = Product(
        broker.address, store.url, folder, {"KPI_TOPIC_PREFIX": PREFIX, "KPI_GROUP": "soak", "KPI_PARTITIONS": str(PARTITIONS)}
    )
    try:
        return _soak(product, broker, store, folder, options.events, options.seed)
    finally:
        product.end()
        store.stop()
        broker.stop()
        for part in ("kafka", "valkey", "run"):
            shutil.rmtree(folder / part, ignore_errors=True)


def _soak(product: Product, broker: Broker, store: Store, folder: Path, events: int, seed: int) -> int:
    began = time.monotonic()
    for name in WORKERS:
        product.start_worker(name)
    nemesis = Nemesis(product, broker, store, folder, Random(seed))
    sent: Counter[str] = Counter()
    asyncio.run(_while_things_break(nemesis, _counted(traffic(seed, events), sent), events))
    _until_counted(nemesis, sent.total(), SETTLED_WITHIN)
    counted = time.monotonic()
    _say(f"all counted after {counted - began:.0f} s; recounting")
    verdict = _recount(broker, store)
    print(_report(nemesis, sent, counted - began, store, verdict))
    return verdict.code


def _counted(records: Iterable[Record], sent: Counter[str]) -> Iterator[Record]:
    """The same, counted by topic."""
    for record in records:
        sent[record.topic] += 1
        yield record


async def _while_things_break(nemesis: Nemesis, records: Iterator[Record], events: int) -> None:
    """All faults are spread evenly over the events, by how many are counted."""
    sending = asyncio.create_task(send(nemesis.broker.address, PREFIX, records))
    faults = nemesis.faults(max(1, events // ROUND))
    for number, name in enumerate(faults, 1):
        due = events * number // (len(faults) + 1)
        await asyncio.to_thread(_break, nemesis, name, due)
        if sending.done():
            sending.result()  # what broke it, if anything did
    await sending


def _break(nemesis: Nemesis, name: str, due: int) -> None:
    _until_counted(nemesis, due, STANDSTILL)
    began = time.monotonic()
    nemesis.do(name)
    _say(f"{nemesis.counted():>9,} counted: {name}, {time.monotonic() - began:.1f} s")


def _until_counted(nemesis: Nemesis, records: int, within: float) -> None:
    def there() -> bool:
        nemesis.revive()
        return nemesis.counted() >= records

    until(there, f"{records:,} records to be counted", within)


def _recount(broker: Broker, store: Store) -> Verdict:
    """By the command, as an operator would."""
    began, peak = time.monotonic(), 0.0
    where = ["--kafka", broker.address, "--redis", store.url, "--topic-prefix", PREFIX]
    command = [str(PYTHON), "-m", "processor.recount", *where, "--once-settled", "--timeout", str(SETTLED_WITHIN)]
    log = servers.home() / "log" / "recount.log"
    with log.open("w") as out, subprocess.Popen(command, cwd=ROOT, stdout=out) as running:
        watched = psutil.Process(running.pid)
        while running.poll() is None:
            try:
                running.wait(0.5)
            except subprocess.TimeoutExpired:
                peak = max(peak, watched.memory_info().rss / 1e6)
    return Verdict(running.returncode, log.read_text().strip(), time.monotonic() - began, peak)


def _report(nemesis: Nemesis, sent: Counter[str], seconds: float, store: Store, verdict: Verdict) -> str:
    lines = [
        f"{sent.total():,} records on {len(sent) * PARTITIONS} partitions: "
        + ", ".join(f"{topic} {n:,}" for topic, n in sorted(sent.items())),
        f"{nemesis.done.total()} faults: " + ", ".join(f"{name} × {n}" for name, n in nemesis.done.items()),
        f"counted and settled within {seconds:.0f} s; recounted in {verdict.seconds:.0f} s with {verdict.megabytes:,.0f} MB",
        verdict.said,
    ]
    return "\n".join(lines)


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
