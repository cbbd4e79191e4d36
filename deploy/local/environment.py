"""Makes `.venv` what requirements.lock says, and shows how far it is: the first thing that each `make` target does.

Runs on a bare Python 3.11 to 3.13, before anything is installed: it imports nothing but the standard library.
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import threading
import time
from collections import deque
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
LOCK = ROOT / "requirements.lock"
STAMP = VENV / "installed"
LOG = ROOT / ".local" / "log" / "pip.log"

NEEDED_BYTES = 1_500_000_000
"""The environment (0.9 GB), the jars, the page's packages, and room for a demo's data."""
WAITS = (5, 15, 45)
"""Seconds before each further try when an installation failed: by then a network has often come back."""
HOPELESS = ("DO NOT MATCH THE HASHES", "No space left on device", "Permission denied")
"""What no further try would change."""
TALK_EVERY = 5.0
"""Seconds after which somebody who waits hears again that the work goes on."""


class SetupError(Exception):
    """The environment cannot be made; the message tells a person why and what to do."""


def main() -> int:
    """Bring the environment up to date; 0 when it is. Silent and quick (no pip) when it already was."""
    try:
        (ROOT / ".local" / "log").mkdir(parents=True, exist_ok=True)
        with (ROOT / ".local" / "environment.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # two targets started at once: the second waits and then finds it done
            if not _is_current():
                _install()
    except (SetupError, OSError) as error:
        print(f"\nThe environment could not be made: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def _fingerprint() -> str:
    """What the environment depends on: the lock, the project's own entry, where it lies, and the Python that runs it."""
    digest = hashlib.sha256()
    for part in (LOCK.read_bytes(), (ROOT / "pyproject.toml").read_bytes(), str(ROOT).encode(), _python_version().encode()):
        digest.update(part)
        digest.update(b"\0")
    return digest.hexdigest()


def _python_version() -> str:
    return f"{sys.version_info.major}.{sys.version_info.minor}"


def _is_current() -> bool:
    return PYTHON.exists() and STAMP.exists() and STAMP.read_text() == _fingerprint()


def _install() -> None:
    began = time.monotonic()
    free = shutil.disk_usage(ROOT).free
    if not VENV.exists() and free < NEEDED_BYTES:
        raise SetupError(f"{free // 10**6} MB are free on the disk of {ROOT}, {NEEDED_BYTES // 10**6} MB are needed")
    if not _has_this_python():
        _create()
    STAMP.unlink(missing_ok=True)
    _remove_halves()
    _install_lock()
    # The checkout itself comes last and in no time: nothing is fetched for it, its build backend is in the lock.
    _pip_or_fail(["install", "--quiet", "--no-deps", "--no-build-isolation", "--editable", str(ROOT)])
    STAMP.write_text(_fingerprint())
    print(f"Environment ready in {time.monotonic() - began:.0f} s.", flush=True)


def _has_this_python() -> bool:
    """Whether `.venv` works, in this place and with this version (a moved checkout or an upgraded system breaks it)."""
    if not PYTHON.exists():
        return False
    probe = "import sys, pip; print(f'{sys.version_info.major}.{sys.version_info.minor} {sys.prefix}')"
    found = subprocess.run([str(PYTHON), "-c", probe], capture_output=True, text=True, check=False)
    return found.stdout.rstrip("\n") == f"{_python_version()} {VENV}"


def _create() -> None:
    print(f"Creating .venv with Python {_python_version()} ...", flush=True)
    base = getattr(sys, "_base_executable", sys.executable)  # never build an environment with the Python inside it
    if importlib.util.find_spec("ensurepip") is not None:
        commands = [[base, "-m", "venv", "--clear", str(VENV)]]
    elif importlib.util.find_spec("pip") is not None:
        # Debian ships a Python without ensurepip; its own pip can put one into the new environment.
        commands = [
            [base, "-m", "venv", "--clear", "--without-pip", str(VENV)],
            [base, "-m", "pip", "--python", str(PYTHON), "install", "--quiet", "pip"],
        ]
    else:
        raise SetupError(
            f"{base} has neither ensurepip nor pip. Install one of them (on Debian and Ubuntu: the package python3-venv), "
            "or name another Python: make PYTHON=/path/to/python3 ..."
        )
    for command in commands:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise SetupError(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")


def _remove_halves() -> None:
    """Forget what pip was unpacking when it was cut off: it would take that for installed. That it has installed something is what it notes last."""
    for installed in VENV.glob("lib/python*/site-packages/*.dist-info"):
        if not (installed / "INSTALLER").exists():
            shutil.rmtree(installed)


def _install_lock() -> None:
    """Install the lock, every file checked by its hash, with pip's own settings for mirrors and proxies."""
    for wait in (*WAITS, None):
        # Not compiled: Python compiles what is imported, when it is; most of the developers' tools never are.
        code, last_words = _pip(["install", "--require-hashes", "--no-compile", "--progress-bar", "off", "--requirement", str(LOCK)])
        if code == 0:
            return
        words = "".join(last_words)
        if wait is None or any(mark in words for mark in HOPELESS):
            raise SetupError(f"pip ended with {code} (all it said: {LOG})\n{words}")
        print(f"  pip failed, most likely for the network; again in {wait} s. It said: {last_words[-1].strip()}", flush=True)
        time.sleep(wait)


def _pip_or_fail(arguments: list[str]) -> None:
    code, last_words = _pip(arguments)
    if code != 0:
        raise SetupError(f"pip ended with {code} (all it said: {LOG})\n{''.join(last_words)}")


def _pip(arguments: list[str]) -> tuple[int, list[str]]:
    """Run pip, show how far it is; its exit code and the last lines that it said."""
    progress = _Progress(total=len(re.findall(r"(?m)^[a-z0-9].*==", LOCK.read_text())))
    last_words: deque[str] = deque(maxlen=12)
    command = [str(PYTHON), "-m", "pip", "--disable-pip-version-check", "--no-input", *arguments]
    with (
        LOG.open("a") as log,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=_quiet_environment()) as pip,
    ):
        assert pip.stdout is not None
        for line in pip.stdout:
            log.write(line)
            last_words.append(line)
            progress.hear(line)
    progress.end()
    return pip.returncode, list(last_words) or ["nothing"]


def _quiet_environment() -> dict[str, str]:
    # An outer setting such as PIP_REQUIRE_VIRTUALENV must not stop us, and pip must find this environment, not an outer one.
    return {name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "PYTHONHOME", "PIP_TARGET", "PIP_USER"}}


class _Progress:
    """Tells what pip is at: on a terminal in one line that changes, elsewhere in a line now and then."""

    def __init__(self, total: int) -> None:
        self.total = total
        self.count = 0
        self.doing = ""
        self.live = sys.stdout.isatty()
        self.told_at = time.monotonic()
        self.over = threading.Event()
        self.ticker = threading.Thread(target=self._tick, daemon=True)
        self.ticker.start()

    def hear(self, line: str) -> None:
        if found := re.match(r"(?:Collecting|Requirement already satisfied:) (\S+?)(?:==|$|\s)", line):
            self.count += 1
            self.doing = found.group(1)
        elif found := re.match(r"\s+Downloading (\S+?)-\d\S* \((.+?)\)", line):
            self.doing = f"downloading {found.group(1)}, {found.group(2)}"
        elif line.startswith("Installing collected packages"):
            self.count = self.total
            self.doing = "unpacking all of them"
        else:
            return
        if self.live or time.monotonic() - self.told_at > TALK_EVERY:
            self._tell()

    def end(self) -> None:
        self.over.set()
        self.ticker.join()
        if self.live and self.doing:
            print("\r\033[K", end="", flush=True)

    def _tick(self) -> None:
        began = time.monotonic()
        while not self.over.wait(1):
            if self.doing and time.monotonic() - self.told_at > TALK_EVERY:
                self._tell(f" ({time.monotonic() - began:.0f} s)")

    def _tell(self, suffix: str = "") -> None:
        self.told_at = time.monotonic()
        text = f"  Python packages, {min(self.count, self.total)} of {self.total}: {self.doing}{suffix}"
        print(f"\r\033[K{text[:110]}" if self.live else text, end="" if self.live else "\n", flush=True)


if __name__ == "__main__":
    sys.exit(main())
