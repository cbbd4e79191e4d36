"""One started program: its log, its process group, and a record on disk by which it is found again when whoever started it is gone."""

from __future__ import annotations

import contextlib
import json
import math
import os
import signal
import subprocess
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

import psutil

from deploy.local.places import ROOT
from deploy.local.trouble import tail

RECOMPILES: Final = "PYTHONDONTWRITEBYTECODE"
"""Where the environment says this (that of many images does), Python compiles all that a program imports at each of its starts: a third of a worker's start."""
LOG_LIMIT: Final = 20_000_000
"""Bytes after which a log is set aside (one old one is kept) when its program starts again."""


class Process:
    """A program that can be started, watched, ended, and started again.

    It leads a process group of its own: a Ctrl-C at the terminal reaches only us, and we end things in the right order; what it started itself ends with it.
    """

    def __init__(
        self, name: str, command: Sequence[str], log: Path, records: Path, env: Mapping[str, str] | None = None, cwd: Path = ROOT
    ) -> None:
        self.name = name
        self.command = list(command)
        self.log = log
        self.cwd = cwd
        self.env = {name: value for name, value in (os.environ if env is None else env).items() if name != RECOMPILES}
        self._record = records / f"{name}.json"
        self._popen: subprocess.Popen[bytes] | None = None
        self._log_from = 0

    def start(self) -> None:
        """Start it; what it says is added to its log."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        if self.log.exists() and self.log.stat().st_size > LOG_LIMIT:
            self.log.replace(self.log.with_suffix(".old.log"))
        with self.log.open("ab") as log:
            self._log_from = log.tell()
            self._popen = subprocess.Popen(
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=self.env,
                cwd=self.cwd,
                start_new_session=True,
            )
        write_record(self._record, self._popen.pid)

    @property
    def pid(self) -> int:
        assert self._popen is not None, f"{self.name} was never started"
        return self._popen.pid

    @property
    def alive(self) -> bool:
        return self._popen is not None and self._popen.poll() is None

    @property
    def code(self) -> int | None:
        """How it ended: its exit code, or the negative number of the signal; None while it lives."""
        return None if self._popen is None else self._popen.poll()

    def said(self) -> str:
        """What it has said since it was started last."""
        with self.log.open("rb") as log:
            log.seek(self._log_from)
            return log.read().decode(errors="replace")

    def last_words(self) -> str:
        """What of it is to be shown where it failed."""
        return tail(self.log, since=self._log_from)

    def kill(self) -> None:
        """End it at once, as a crash would, and wait until it is gone."""
        end([self], grace=0)


def end(processes: Iterable[Process], grace: float) -> None:
    """End all of them together: ask, and after `grace` seconds force. Returns when none is left, nor anything that they started."""
    living = [process for process in processes if process._popen is not None]  # noqa: SLF001
    if grace > 0:
        for process in living:
            _signal_group(process.pid, signal.SIGTERM)
        deadline = time.monotonic() + grace
        while any(process.alive for process in living) and time.monotonic() < deadline:
            time.sleep(0.02)
    for process in living:
        _signal_group(process.pid, signal.SIGKILL)  # also what a program left behind in its group
        assert process._popen is not None  # noqa: SLF001
        process._popen.wait()  # noqa: SLF001
        process._record.unlink(missing_ok=True)  # noqa: SLF001


def _signal_group(pid: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):  # macOS answers EPERM for a group of zombies
        os.killpg(pid, number)


def write_record(path: Path, pid: int) -> None:
    """Note that process `pid` is ours. Its start time goes with it: a process number alone may by then be somebody else's."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(psutil.NoSuchProcess):
        path.write_text(json.dumps({"pid": pid} | _began(psutil.Process(pid))))


def _began(process: psutil.Process) -> dict[str, float]:
    """When it was started, by the clock and by how long the machine had run.

    One of the two stays: Linux works the first out from the second whenever it is asked, so that it moves when the clock is set, as after sleep, or once
    there is a network; elsewhere it is the other way round.
    """
    started = process.create_time()
    return {"started": started, "since_boot": started - psutil.boot_time()}


def living(path: Path) -> psutil.Process | None:
    """The process that a record names, if it still runs."""
    try:
        record = json.loads(path.read_text())
        process = psutil.Process(record["pid"])
        is_it = any(abs(moment - record.get(name, math.nan)) < 0.01 for name, moment in _began(process).items())
        if is_it and process.status() != psutil.STATUS_ZOMBIE:
            return process
    except (FileNotFoundError, ValueError, KeyError, psutil.NoSuchProcess):
        pass
    return None


def sweep(records: Path, grace: float) -> list[str]:
    """End every process that a record names and that still runs, with its group: nobody watches over it any more. Their names."""
    found = {path: process for path in sorted(records.glob("*.json")) if (process := living(path)) is not None}
    for number in (signal.SIGTERM, signal.SIGKILL):
        for process in found.values():
            _signal_group(process.pid, number)
        psutil.wait_procs(found.values(), timeout=grace)
    for path in records.glob("*.json"):
        path.unlink(missing_ok=True)
    return [path.stem for path in found]
