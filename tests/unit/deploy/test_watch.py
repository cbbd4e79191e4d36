from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from io import StringIO
from pathlib import Path

import pytest

from deploy.local import addresses, background, stack
from deploy.local.console import Console
from deploy.local.processes import Process, write_record
from deploy.local.trouble import LocalError

WAITS = "from deploy.local.watch import _stop_signals\nwith _stop_signals() as stop:\n print('up', flush=True)\n while not stop.wait(0.05): pass"
IS_INTERRUPTED = """
import signal
from deploy.local.watch import _stop_signals

with _stop_signals() as stop:
    with stop._cond:  # as in the middle of a wait, or of another signal
        signal.raise_signal(signal.SIGTERM)
    stop.wait()
"""


def test_a_signal_ends_it_at_whatever_moment_it_comes() -> None:
    assert subprocess.run([sys.executable, "-c", IS_INTERRUPTED], check=False, timeout=20).returncode == 0


def test_it_goes_on_when_nobody_reads_what_it_says(monkeypatch: pytest.MonkeyPatch) -> None:
    class Closed(StringIO):
        def flush(self) -> None:
            raise BrokenPipeError

    monkeypatch.setattr(sys, "stdout", Closed())
    console = Console()

    console.say("Stopping everything")
    console.show("where it is")


def test_down_ends_a_product_that_ctrl_z_has_suspended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    supervisor = subprocess.Popen([sys.executable, "-c", WAITS], stdout=subprocess.PIPE)
    assert supervisor.stdout is not None
    supervisor.stdout.readline()
    for name, place in (("RECORDS", tmp_path), ("SUPERVISOR", tmp_path / "supervisor.json")):
        monkeypatch.setattr(background, name, place)
    monkeypatch.setattr(addresses, "ADDRESSES", tmp_path / "addresses.json")
    write_record(tmp_path / "supervisor.json", supervisor.pid)
    supervisor.send_signal(signal.SIGSTOP)

    try:
        background.down()

        assert supervisor.wait(timeout=5) == 0
    finally:
        supervisor.kill()
        supervisor.stdout.close()
    assert capsys.readouterr().out == "Stopped.\n"


def test_what_is_to_be_forgotten_is_forgotten_whole_or_the_person_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "demo"
    (home / "kafka").mkdir(parents=True)
    (home / "valkey").mkdir()
    with monkeypatch.context() as cut:
        cut.setattr("deploy.local.stack.shutil.rmtree", _refuses)
        with pytest.raises(LocalError, match="cannot be removed"):
            stack._forget(home)
    assert not home.exists()

    home.mkdir()
    stack._forget(home)
    assert list(tmp_path.iterdir()) == []
    stack._forget(home)


def _refuses(*_: object, **__: object) -> None:
    raise PermissionError("another user's")


def test_why_a_program_gets_nowhere_is_said_of_each_of_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("deploy.local.keeper.FIRST_PAUSE", 0.0)
    whole = stack.Stack(tmp_path, Console(), threading.Event())
    whole.keep(Process("kafka", [sys.executable, "-c", "raise OSError('No space left on device')"], tmp_path / "kafka.log", tmp_path))

    said = ""
    deadline = time.monotonic() + 20
    while "without getting any further" not in said and time.monotonic() < deadline:
        whole.look()
        said += capsys.readouterr().out
    whole.end()

    assert "No space left on device" in said
