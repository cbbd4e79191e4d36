"""`python -m tests.benchmarks [part …] [--quick]`: runs parts of the benchmark, each on servers of its own, and writes `.local/bench/report.md`.

Exit code 1 when a count was wrong somewhere: then no figure of that part is told.
"""

from __future__ import annotations

import argparse
import logging
import statistics
import sys
import time
from collections.abc import Callable
from typing import Final

from deploy.local.trouble import LocalError
from tests.benchmarks import api, kinds, latency, mixed, recovery, ysb
from tests.benchmarks.measuring import machine, on_core, reference_loop
from tests.benchmarks.report import Report
from tests.benchmarks.servers import HOME, Failed, Servers, servers

Part = Callable[[Servers, Report], None]

FULL: Final[dict[str, Part]] = {
    "ysb": lambda servers, report: ysb.run(servers, report, events=3_000_000, rounds=3),
    "mixed": lambda servers, report: mixed.run(servers, report, events=1_000_000, rounds=3, checked=100_000),
    "kinds": lambda servers, report: kinds.run(servers, report, things=200_000),
    "latency": lambda servers, report: latency.run(servers, report, seconds=30),
    "api": lambda servers, report: api.run(servers, report, campaigns=1_000, requests=1_000),
    "recovery": lambda servers, report: recovery.run(servers, report, kills=3),
}
QUICK: Final[dict[str, Part]] = {
    "ysb": lambda servers, report: ysb.run(servers, report, events=600_000, rounds=2),
    "mixed": lambda servers, report: mixed.run(servers, report, events=150_000, rounds=1, checked=50_000),
    "kinds": lambda servers, report: kinds.run(servers, report, things=20_000),
    "latency": lambda servers, report: latency.run(servers, report, seconds=6),
    "api": lambda servers, report: api.run(servers, report, campaigns=100, requests=200),
    "recovery": lambda servers, report: recovery.run(servers, report, kills=1),
}
_QUIET: Final = 1.15
"""Wall time of the reference loop to its CPU time, from which on a machine is called loaded."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description="Measure the product against its bars.")
    parser.add_argument("parts", nargs="*", metavar="part", help=f"{', '.join(FULL)}; none: all")
    parser.add_argument("--quick", action="store_true", help="a tenth of the work: whether everything runs, not what it costs")
    options = parser.parse_args()
    if unknown := set(options.parts) - FULL.keys():
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    logging.getLogger("aiokafka").setLevel(logging.ERROR)  # it warns while new topics find their leaders
    parts = QUICK if options.quick else FULL
    with on_core(measured=False):
        return run({name: part for name, part in parts.items() if not options.parts or name in options.parts})


def run(parts: dict[str, Part]) -> int:
    loops = [reference_loop() for _ in range(5)]
    cpu, wall = statistics.median(loop.cpu for loop in loops), statistics.median(loop.wall for loop in loops)
    load = f"Reference loop: {cpu:.0f} ms of CPU, {wall:.0f} ms of time: {'loaded' if wall > cpu * _QUIET else 'quiet'} at the start"
    report = Report(HOME / "report.md", " ".join(["python -m tests.benchmarks", *sys.argv[1:]]), [*machine(), load])
    failed = []
    for name, part in parts.items():
        began = time.monotonic()
        try:
            with servers(say) as own:
                part(own, report)
        except (Failed, LocalError) as problem:
            failed.append(name)
            report.add(f"{name}: FAILED", f"```\n{problem}\n```")
        say(f"{name} took {time.monotonic() - began:.0f} s")
    report.add("End", f"Failed: {', '.join(failed)}." if failed else "Every count that was checked is right.")
    return 1 if failed else 0


def say(text: str) -> None:
    """Progress, which is no part of the report."""
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
