"""A real Kafka, a real Valkey and the product's own programs for the tests that need them: to be killed, stopped, emptied and started again at will.

Everything lies under `.local/tests/<process number>/`, its logs too. What a killed test run left behind is ended and removed by the next one.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import psutil
import redis

from deploy.local import kafka, readiness, valkey
from deploy.local.places import LOCAL, ROOT
from deploy.local.ports import HOST, any_free
from deploy.local.processes import Process, end, sweep
from deploy.local.programs import Programs
from deploy.local.trouble import tail

USERS: Final = ROOT / "deploy" / "valkey" / "users.acl"
FOLDER: Final = LOCAL / "tests"
READY_WITHIN: Final = 60.0
TOKEN: Final = "a-token-for-tests"


def until(met: Callable[[], object], what: str, within: float = READY_WITHIN, alive: Process | None = None) -> None:
    """Wait on a condition; fails with `what` when it is not met in time, or when the program that was to bring it about ends."""
    deadline = time.monotonic() + within
    while not met():
        assert alive is None or alive.alive, f"{alive.name} ended with code {alive.code} while waiting for {what}:\n{tail(alive.log, 40)}"
        assert time.monotonic() < deadline, f"not within {within:.0f} s: {what}" + (f"\n{tail(alive.log, 40)}" if alive else "")
        time.sleep(0.02)


def home() -> Path:
    """The folder of this test process."""
    return FOLDER / str(os.getpid())


def clear_what_others_left() -> None:
    """End and remove what test runs left that are no more."""
    for folder in FOLDER.glob("*"):
        if folder.name.isdecimal() and not psutil.pid_exists(int(folder.name)):
            sweep(folder / "run", grace=2)
            shutil.rmtree(folder, ignore_errors=True)


class _Server:
    """What Kafka and Valkey have in common here."""

    def __init__(self, process: Process, ready: Callable[[], bool]) -> None:
        self.process = process
        self._ready = ready
        self.start()

    def start(self) -> None:
        """It answers when this returns. What it held before, it still holds."""
        self.process.start()
        until(self._ready, f"{self.process.name} to be ready", alive=self.process)

    def stop(self) -> None:
        """End it in order."""
        end([self.process], grace=10)

    def kill(self) -> None:
        """kill -9."""
        self.process.kill()

    def restart(self) -> None:
        """Stopped in order, started again."""
        self.stop()
        self.start()


class Broker(_Server):
    """Kafka. Tests keep apart by a topic prefix each."""

    def __init__(self, folder: Path) -> None:
        port = any_free()
        self.address = f"{HOST}:{port}"
        process = kafka.prepare(folder / "kafka", port, any_free(), folder / "log" / "kafka.log", folder / "run", say=print)
        super().__init__(process, lambda: kafka.is_ready(process))


class Store(_Server):
    """Valkey."""

    def __init__(self, folder: Path) -> None:
        self.port = any_free()
        self.url = f"redis://{HOST}:{self.port}/0"
        process = valkey.prepare(folder / "valkey", self.port, folder / "log" / "valkey.log", folder / "run")
        super().__init__(process, lambda: valkey.is_ready(self.port))

    def start(self) -> None:
        """With the users of `deploy/valkey/users.acl`, beside the one who may do everything."""
        super().start()
        with redis.Redis.from_url(self.url) as client:
            for name, rules in _users().items():
                client.execute_command("ACL", "SETUSER", name, "reset", *rules)

    def url_of(self, user: str) -> str:
        """Its address for one of these users."""
        password = next(rule[1:] for rule in _users()[user] if rule.startswith(">"))
        return self.url.replace("://", f"://{user}:{password}@")

    def empty(self) -> None:
        """FLUSHALL."""
        with redis.Redis.from_url(self.url) as client:
            client.flushall()


def _users() -> dict[str, list[str]]:
    """Name -> rules."""
    lines = [line.split() for line in USERS.read_text(encoding="utf-8").splitlines()]
    return {name: rules for _, name, *rules in lines if name != "default"}


class Product:
    """Workers and an API around a Kafka and a store, with settings of the test's own."""

    def __init__(self, kafka: str, redis: str, folder: Path, settings: Mapping[str, str]) -> None:
        self.settings = dict(settings)
        self._programs = Programs(kafka, redis, TOKEN, settings=self.settings, logs=folder / "log", records=folder / "run")
        self._started: dict[str, Process] = {}
        self._ports: dict[str, int] = {}
        self._updates: list[Process] = []

    def start_worker(self, name: str = "worker-1", *, wait: bool = True) -> Process:
        """A worker, as a new one or again under its old name; ready when this returns, if one waits for it."""
        port = any_free()
        return self._start(self._programs.worker(name, port), port, wait=wait)

    def start_api(self, name: str = "api") -> str:
        """The API's address; it answers when this returns. By another name it is one more."""
        port = any_free()
        self._start(self._programs.api(port, name), port, wait=True)
        return f"http://{HOST}:{port}"

    def start_explainer(self) -> str:
        """What explains, ready; the API that is started next asks it there."""
        port = any_free()
        self.settings |= {"KPI_EXPLAIN": f"http://{HOST}:{port}", "KPI_EXPLAIN_PORT": str(port)}
        self._start(self._programs.explainer(), port, wait=True)
        return self.settings["KPI_EXPLAIN"]

    def start_updates(self) -> Process:
        """One more publisher of updates, of which `is_ready` and `metrics` tell from now on; it has begun to start when this returns."""
        port = self._ports["updates"] = any_free()
        process = self._programs.updates(port)
        self._updates.append(process)
        process.start()
        return process

    def process(self, name: str) -> Process:
        """The program that was started under this name."""
        return self._started[name]

    def is_ready(self, name: str) -> bool:
        """What `/readyz` of a worker, or of the API, says now."""
        return readiness.is_ready(self._ports[name])

    def troubles(self, name: str) -> str:
        """The page that says of a worker what keeps it from being ready."""
        return readiness.get(self._ports[name], "/readyz")[1].decode()

    def metrics(self, name: str) -> str:
        """The page of metrics of a worker or of the API."""
        return readiness.get(self._ports[name], "/metrics")[1].decode()

    def kill(self, name: str) -> None:
        """kill -9."""
        self._started[name].kill()

    def stop(self, name: str) -> None:
        """End it in order, as a deployment would."""
        end([self._started[name]], grace=10)

    def end(self) -> None:
        """Nothing is left."""
        end([*self._started.values(), *self._updates], grace=5)

    def _start(self, process: Process, port: int, *, wait: bool) -> Process:
        self._started[process.name], self._ports[process.name] = process, port
        process.start()
        if wait:
            until(lambda: readiness.is_ready(port), f"{process.name} to be ready", alive=process)
        return process
