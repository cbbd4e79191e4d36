"""A fresh clone of this repository, and its commands as a person types them."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import threading
import time
from pathlib import Path
from typing import IO, Any, Final
from urllib.parse import urlsplit

import psutil

from deploy.local.places import ROOT
from deploy.local.processes import living

COLD: Final = 600.0
"""Seconds that a first command may take here: it installs the environment, beside other tests. The bar of 180 s is for a machine of its own."""


class Checkout:
    """A clone of what is committed, with an environment of the person's shell but none of this test run's settings."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        subprocess.run(["git", "clone", "--quiet", str(ROOT), str(folder)], check=True, capture_output=True)
        foreign = ("KPI_", "PYTEST_", "VIRTUAL_ENV", "MAKE", "MFLAGS", "PYTHONPATH")
        self._environment = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}

    def make(self, *arguments: str, timeout: float = COLD, **settings: str) -> subprocess.CompletedProcess[str]:
        """Run a target to its end."""
        return subprocess.run(
            ["make", *arguments],
            cwd=self.folder,
            env=self._environment | settings,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=timeout,
            check=False,
        )

    def begin(self, *arguments: str) -> Foreground:
        """Run a target at a terminal of its own, until somebody presses Ctrl-C."""
        return Foreground(["make", *arguments], self.folder, self._environment)

    @property
    def addresses(self) -> dict[str, str]:
        found: dict[str, str] = json.loads((self.folder / ".local" / "addresses.json").read_text())
        return found

    def get(self, path: str, *, token: str | None = None, at: str = "api") -> tuple[int, Any]:
        """Status and answer of the running product; JSON is decoded."""
        address = urlsplit(self.addresses[at])
        assert address.hostname is not None
        connection = http.client.HTTPConnection(address.hostname, address.port, timeout=10)
        try:
            connection.request("GET", path, headers={"Authorization": f"Bearer {token}"} if token else {})
            answer = connection.getresponse()
            text = answer.read().decode()
            return answer.status, json.loads(text) if "json" in (answer.getheader("content-type") or "") else text
        finally:
            connection.close()

    def campaigns(self) -> list[dict[str, Any]]:
        """What the list of campaigns shows, with the token of the addresses; empty while nobody answers."""
        try:
            status, answer = self.get("/v1/campaigns?period=all&limit=200", token=self.addresses["token"])
        except (OSError, http.client.HTTPException):
            return []
        items: list[dict[str, Any]] = answer["items"] if status == 200 else []
        return items

    def pid(self, name: str) -> int | None:
        """The number of a program that runs out of this checkout, by its name: `worker-1`, `api`, `kafka` …"""
        process = living(self.folder / ".local" / "run" / f"{name}.json")
        return process.pid if process else None

    def processes(self) -> list[str]:
        """Every process of the machine that works in this folder or out of it."""
        found = []
        for process in psutil.process_iter(["pid", "cmdline", "cwd"]):
            command = process.info["cmdline"] or []
            where = [process.info["cwd"] or "", *command]
            if any(place.startswith(str(self.folder)) for place in where):
                found.append(f"{process.info['pid']} {' '.join(command)[:100]}")
        return found


class Foreground:
    """A command at a terminal: what it has said so far, and the keys that end it."""

    def __init__(self, command: list[str], folder: Path, environment: dict[str, str]) -> None:
        self._popen = subprocess.Popen(
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,  # a process group of its own, as a shell makes for each command
        )
        assert self._popen.stdout is not None
        self._lines: list[str] = []
        threading.Thread(target=self._listen, args=(self._popen.stdout,), daemon=True).start()

    def _listen(self, output: IO[str]) -> None:
        with output:
            self._lines.extend(output)

    @property
    def said(self) -> str:
        return "".join(self._lines)

    @property
    def alive(self) -> bool:
        return self._popen.poll() is None

    def press_ctrl_c(self, within: float) -> float:
        """SIGINT to all of the command, as a terminal sends it; the seconds until it is over."""
        began = time.monotonic()
        os.killpg(self._popen.pid, signal.SIGINT)
        self._popen.wait(timeout=within)
        return time.monotonic() - began
