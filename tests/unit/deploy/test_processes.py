from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeAlias

import psutil
import pytest

from deploy.local.processes import Process, end, living, sweep, write_record
from tests.support.servers import until

Start: TypeAlias = Callable[..., Process]

DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(600)"
PARENT = f"import subprocess, sys, time; child = subprocess.Popen([sys.executable, '-c', {DEAF!r}]); print(child.pid, flush=True); time.sleep(600)"


@pytest.fixture(name="start")
def _start(tmp_path: Path) -> Iterator[Start]:
    started: list[Process] = []

    def start(code: str, name: str = "program") -> Process:
        process = Process(name, [sys.executable, "-c", code], tmp_path / f"{name}.log", tmp_path / "run")
        started.append(process)
        process.start()
        return process

    yield start
    end(started, grace=0)


def _gone(pid: int) -> bool:
    return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


def test_what_a_program_says_is_in_its_log_and_a_new_start_adds_to_it(start: Start, tmp_path: Path) -> None:
    process = start("print('first')")
    until(lambda: not process.alive, "the program to end")
    process.command[-1] = "print('second')"
    process.start()
    until(lambda: not process.alive, "the program to end")

    assert process.said() == "second\n"
    assert (tmp_path / "program.log").read_text() == "first\nsecond\n"
    assert process.code == 0


def test_a_program_keeps_what_python_compiled_for_its_next_start_whatever_our_own_environment_says(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    process = start("import sys; print(sys.dont_write_bytecode)")
    until(lambda: not process.alive, "the program to end")

    assert process.said() == "False\n"


def test_a_program_that_does_not_listen_is_ended_when_its_time_is_over(start: Start) -> None:
    process = start(DEAF)
    until(lambda: "up" in process.said(), "the program to be up")
    began = time.monotonic()
    end([process], grace=0.3)

    assert process.code == -signal.SIGKILL
    assert 0.3 <= time.monotonic() - began < 2


def test_what_a_program_started_itself_ends_with_it(start: Start) -> None:
    process = start(PARENT)
    until(process.said, "the program to have a child")
    child = int(process.said().split()[0])
    until(lambda: "up" in process.said(), "the child to be up")
    end([process], grace=0.1)

    until(lambda: _gone(child), "the child to be gone", within=5)


def test_several_programs_share_one_grace(start: Start) -> None:
    programs = [start(DEAF, f"program-{number}") for number in range(4)]
    for program in programs:
        until(lambda program=program: "up" in program.said(), "the program to be up")  # type: ignore[misc]
    began = time.monotonic()
    end(programs, grace=0.3)

    assert time.monotonic() - began < 1.5
    assert not any(program.alive for program in programs)


def test_what_a_killed_launcher_left_running_is_found_and_ended(start: Start, tmp_path: Path) -> None:
    process = start(DEAF)
    until(lambda: "up" in process.said(), "the program to be up")

    assert sweep(tmp_path / "run", grace=0.2) == ["program"]
    until(lambda: not process.alive, "the program to be gone", within=5)
    assert list((tmp_path / "run").iterdir()) == []


def test_a_process_number_that_went_to_somebody_else_is_left_alone(tmp_path: Path) -> None:
    record = tmp_path / "program.json"
    write_record(record, os.getpid())
    written = json.loads(record.read_text())
    record.write_text(json.dumps({name: value if name == "pid" else value - 60 for name, value in written.items()}))

    assert living(record) is None
    assert sweep(tmp_path, grace=0) == []


@pytest.mark.skipif(not psutil.LINUX, reason="elsewhere the time at which a process was started stays what it was")
def test_a_process_is_found_again_after_the_clock_was_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    record = tmp_path / "program.json"
    write_record(record, os.getpid())
    booted = psutil.boot_time()
    monkeypatch.setattr(psutil._pslinux, "boot_time", lambda: booted + 3_600)

    assert living(record) == psutil.Process()


def test_a_record_that_was_cut_off_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "program.json").write_text('{"pid": 12')

    assert sweep(tmp_path, grace=0) == []
    assert list(tmp_path.iterdir()) == []


def test_its_last_words_are_its_own_and_not_those_of_a_program_before_it(start: Start) -> None:
    before = start("print('ERROR of yesterday')")
    until(lambda: not before.alive, "it to end")

    now = start("print('the settings are wrong'); raise SystemExit(2)")
    until(lambda: not now.alive, "it to end")

    assert now.last_words() == "    the settings are wrong"
