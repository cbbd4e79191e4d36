"""How a figure is taken: CPU seconds of a process, a fixed loop that tells a loaded machine from a quiet one, quantiles, and the spread over rounds."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from importlib.metadata import version
from pathlib import Path
from typing import Final, NamedTuple

import psutil


class Loop(NamedTuple):
    """Milliseconds of the reference loop. CPU above that of a quiet machine: the figures beside it are too high by about as much. Wall above CPU: others run too."""

    cpu: float
    wall: float


def reference_loop() -> Loop:
    """Run the fixed loop once: dictionary, text and integer work as a worker does, about a tenth of a second."""
    cpu, wall = time.process_time(), time.perf_counter()
    counts: dict[str, int] = {}
    for n in range(400_000):
        key = f"{n % 1000}:{n & 7}"
        counts[key] = counts.get(key, 0) + n
    return Loop((time.process_time() - cpu) * 1000, (time.perf_counter() - wall) * 1000)


def cpu_seconds(pid: int) -> float:
    """User and system time of a process so far, of its ended children too; in steps of 10 ms."""
    times = psutil.Process(pid).cpu_times()
    return float(times.user + times.system + times.children_user + times.children_system)


def quantile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least `share` of all are not above."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


class Spread(NamedTuple):
    low: float
    middle: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        ordered, half = sorted(values), len(values) // 2
        middle = ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2
        return cls(ordered[0], middle, ordered[-1])

    def show(self, form: str = "{:.2f}") -> str:
        """`min / median / max`."""
        return " / ".join(form.format(value) for value in self)


def thousands(value: float) -> str:
    """1234567 -> `1,235k`."""
    return f"{value / 1000:,.0f}k"


_CORES: Final = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else set[int]()
"""Ours, before anything was pinned: what is pinned already sees only its own."""


@contextmanager
def on_core(*, measured: bool) -> Iterator[None]:
    """Processes started inside run on the last core if they are the one that is measured, else on all others. Where the system cannot pin: anywhere."""
    last = {max(_CORES)} if _CORES else set()
    with _on(last if measured else _CORES - last or last):
        yield


@contextmanager
def on_any_core() -> Iterator[None]:
    """Where it is measured how all of them get on together."""
    with _on(_CORES):
        yield


def let_loose(pid: int) -> None:
    """From now on a process that was started elsewhere runs on any core too."""
    if _CORES:
        for thread in psutil.Process(pid).threads():
            with suppress(ProcessLookupError):  # has ended meanwhile
                os.sched_setaffinity(thread.id, _CORES)


@contextmanager
def _on(cores: set[int]) -> Iterator[None]:
    if not cores:
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def machine() -> list[str]:
    """What a reader must know to compare: hardware, system, and the versions of what does the work."""
    packages = ("faust-streaming", "aiokafka", "redis", "msgspec", "pydantic", "fastapi", "uvicorn")
    memory = psutil.virtual_memory().total / 2**30
    return [
        f"{_processor()}, {os.cpu_count()} cores, {memory:.0f} GiB; {platform.system()} {platform.release()} {platform.machine()}",
        f"Python {platform.python_version()}; " + ", ".join(f"{name} {version(name)}" for name in packages),
    ]


def _processor() -> str:
    try:
        with Path("/proc/cpuinfo").open(encoding="utf-8") as lines:
            return next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or "unknown processor"
