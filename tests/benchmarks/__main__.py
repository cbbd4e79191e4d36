"""`python -m tests.benchmarks [part …] [--quick]`: runs parts of the benchmark, each on servers of its own, and writes `.local/bench/report.md`.

Exit code 1 when a count was wrong somewhere: then no figure of that part is told.
"""

from __future__ import annotations

import argparse
import logging
import signal
import statistics
import sys
import time
from collections.abc import Callable
from typing import Final

from deploy.local.trouble import LocalError
from tests.benchmarks import api, costs, kafka_streams, kinds, latency, leaks, load, mixed, recovery, redecide, retention, ysb
from tests.benchmarks.measuring import machine, on_core, reference_loop
from tests.benchmarks.report import Report
from tests.benchmarks.servers import HOME, Failed, Servers, servers

Part = Callable[[Servers, Report], None]

NAMES: Final = ("ysb", "mixed", "kinds", "latency", "api", "recovery", "leaks", "redecide", "costs", "load", "retention")
_QUIET: Final = 1.15
"""Wall time of the reference loop to its CPU time, from which on a machine is called loaded."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description="Measure the product against its bars.")
    parser.add_argument("parts", nargs="*", metavar="part", help=f"{', '.join(NAMES)}; none: all")
    parser.add_argument("--quick", action="store_true", help="a tenth of the work: whether everything runs, not what it costs")
    parser.add_argument("--kafka-streams", action="store_true", help="ysb: Kafka Streams beside us; fetches it, and needs javac")
    options = parser.parse_args()
    if unknown := set(options.parts) - set(NAMES):
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # as Ctrl-C does, this ends the servers too
    logging.getLogger("aiokafka").setLevel(logging.ERROR)  # it warns while new topics find their leaders
    parts = _parts(quick=options.quick, peers=options.kafka_streams)
    with on_core(measured=False):
        return run({name: part for name, part in parts.items() if not options.parts or name in options.parts})


def _parts(*, quick: bool, peers: bool) -> dict[str, Part]:
    def streams(servers: Servers, report: Report) -> None:
        events = 600_000 if quick else ysb.WARM if peers else 3_000_000
        ysb.run(servers, report, events=events, rounds=2 if quick else 3, peers=[kafka_streams.job()] if peers else [])

    return {
        "ysb": streams,
        "mixed": lambda servers, report: mixed.run(
            servers, report, events=150_000 if quick else 1_000_000, rounds=1 if quick else 3, checked=50_000 if quick else 100_000
        ),
        "kinds": lambda servers, report: kinds.run(servers, report, things=20_000 if quick else 100_000),
        "latency": lambda servers, report: latency.run(servers, report, seconds=6 if quick else 30),
        "api": lambda servers, report: api.run(servers, report, campaigns=100 if quick else 1_000, requests=200 if quick else 500),
        "leaks": lambda servers, report: leaks.run(servers, report, requests=10_000 if quick else 100_000),
        "redecide": lambda servers, report: redecide.run(servers, report, orders=2_000 if quick else 100_000),
        "costs": lambda servers, report: costs.run(servers, report, things=5_000 if quick else 30_000),
        "load": lambda servers, report: load.run(
            servers,
            report,
            events=5_000 if quick else 100_000,
            asked=6 if quick else 180,
            watched=6 if quick else 30,
            principals=20 if quick else 200,
        ),
        "retention": lambda servers, report: retention.run(servers, report, messages=2_000 if quick else 10_000, periods=1),
        "recovery": lambda servers, report: recovery.run(servers, report, kills=1 if quick else 3),
    }


def run(parts: dict[str, Part]) -> int:
    loops = [reference_loop() for _ in range(5)]
    cpu, wall = statistics.median(loop.cpu for loop in loops), statistics.median(loop.wall for loop in loops)
    load = f"Reference loop: {cpu:.0f} ms of CPU, {wall:.0f} ms of time: {'loaded' if wall > cpu * _QUIET else 'quiet'} at the start"
    report = Report(HOME / "report.md", " ".join(["python -m tests.benchmarks", *sys.argv[1:]]), [*machine(), load])
    failed, versions = [], ""
    for name, part in parts.items():
        began = time.monotonic()
        try:
            with servers(say) as own:
                versions = own.versions()
                part(own, report)
        except (Failed, LocalError) as problem:
            failed.append(name)
            report.add(f"{name}: FAILED", f"```\n{problem}\n```")
        say(f"{name} took {time.monotonic() - began:.0f} s")
    report.add("End", versions, f"Failed: {', '.join(failed)}." if failed else "Every count that was checked is right.")
    return 1 if failed else 0


def say(text: str) -> None:
    """Progress, which is no part of the report."""
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
