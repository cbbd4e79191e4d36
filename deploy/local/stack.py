"""The whole product on this machine: what is started in which order, what side by side, and how all of it ends."""

from __future__ import annotations

import asyncio
import os
import shutil
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeVar

from deploy.local import addresses, issuer, kafka, positions, readiness, valkey
from deploy.local.aside import Aside
from deploy.local.console import Console
from deploy.local.keeper import Keeper
from deploy.local.page import Page
from deploy.local.places import LOGS, RECORDS
from deploy.local.ports import HOST, any_free, choose
from deploy.local.processes import Process, end
from deploy.local.programs import Programs, worker_names
from deploy.local.trouble import LocalError, need_room

NEEDED_MEGABYTES: Final = 500
PATIENCE: Final = 120.0
"""Seconds that a started program gets until it is ready: a large store may have to be loaded first."""
TALK_EVERY: Final = 5.0
GRACE: Final = 4.0
"""Seconds to end by oneself. Given twice (first to what works, then to what that stands on), so that all is over in less than 10."""

T = TypeVar("T")


class Stopped(Exception):
    """Somebody asked for the end while things were still starting."""


def _forget(home: Path) -> None:
    """Remove what Kafka and the store hold: both or neither, since numbers without their events, or the other way round, are worse than the old ones. Raises LocalError."""
    gone = home.with_name(f"{home.name}.gone")
    try:
        for _ in range(2):  # what an earlier removal that was cut off has left, then what is there
            if gone.exists():
                shutil.rmtree(gone)
            if home.exists():
                home.rename(gone)
    except OSError as error:
        raise LocalError(f"What the product held cannot be removed: {error}") from error


def _last_words(process: Process) -> str:
    return f"Its last words ({process.log}):\n{process.last_words()}"


class Stack:
    """Kafka, Valkey, the page, the workers and the API, and what else is given to `keep`."""

    def __init__(self, home: Path, console: Console, stop: threading.Event) -> None:
        self._home = home
        self._console = console
        self._stop = stop
        self._page = Page(console.say, wait=self._pause)
        self._ground: list[Keeper[Process]] = []
        self._upon: list[Keeper[Process]] = []
        self._starting = threading.Lock()

    def start(self, *, fresh: bool) -> tuple[Programs, addresses.Addresses]:
        """Everything is up and ready when this returns. Raises LocalError, or Stopped."""
        if fresh:
            _forget(self._home)
        need_room(self._home, NEEDED_MEGABYTES)
        page = Aside(self._page.build)
        kafka_at, redis_at = Aside(self._start_kafka), Aside(self._start_valkey)
        explained_at = any_free()
        settings = {"KPI_EXPLAIN": f"http://{HOST}:{explained_at}", "KPI_EXPLAIN_PORT": str(explained_at), **issuer.settings()}
        programs = Programs(kafka=self._wait_for(kafka_at), redis=self._wait_for(redis_at), token=addresses.token(), settings=settings)

        waiting = []
        for name in worker_names():
            port = any_free()
            waiting.append((self._start_worker(programs, name, port), port))
        if page.is_alive():
            self._console.say("The page is still being built")
        self._wait_for(page)
        api_port = choose("KPI_API_PORT", 8000)
        api = programs.api(api_port)
        self.keep(api)
        for process, port in [(api, api_port), *waiting]:
            self._until(lambda port=port: readiness.is_ready(port), process)  # type: ignore[misc]
            self._console.say(f"{process.name} is ready")
        origin = f"http://{HOST}:{api_port}"
        return programs, addresses.Addresses(
            kafka=programs.kafka, redis=programs.redis, api=origin, dashboard=f"{origin}/", token=programs.token
        )

    def keep(self, process: Process) -> None:
        """Start another program upon the rest, and keep it running like the rest."""
        self._keep(self._upon, Keeper(process, self._console.say, explain=lambda: _last_words(process)))

    def look(self) -> None:
        """Start again what has died. To be called several times a second."""
        for keeper in (*self._ground, *self._upon):
            keeper.look(time.monotonic())

    def end(self) -> None:
        """End everything; nothing that was started is left. Takes less than 10 s."""
        self._stop.set()
        self._page.stop()
        with self._starting:  # nothing slips in from another thread: `_keep` looks at `_stop` under this lock
            upon, ground = [keeper.process for keeper in self._upon], [keeper.process for keeper in self._ground]
        end(upon, GRACE)
        end(ground, GRACE)

    def _start_kafka(self) -> str:
        if existing := os.environ.get("KPI_KAFKA"):
            self._console.say(f"Kafka is the existing one, {existing}")
            return existing
        port = choose("KPI_LOCAL_KAFKA_PORT", 9092)
        process = kafka.prepare(self._home / "kafka", port, any_free(), LOGS / "kafka.log", RECORDS, self._console.say)
        self._keep(self._ground, Keeper(process, self._console.say, explain=lambda: _last_words(process)))
        self._until(lambda: kafka.is_ready(process), process)
        self._console.say(f"Kafka is up, {HOST}:{port}")
        return f"{HOST}:{port}"

    def _start_valkey(self) -> str:
        if existing := os.environ.get("KPI_REDIS"):
            self._console.say("The store is the existing one, KPI_REDIS")
            return existing
        port = choose("KPI_LOCAL_REDIS_PORT", 6379)
        process = valkey.prepare(self._home / "valkey", port, LOGS / "valkey.log", RECORDS)
        self._keep(self._ground, Keeper(process, self._console.say, explain=lambda: _last_words(process)))
        self._until(lambda: valkey.is_ready(port), process)
        self._console.say(f"Valkey is up, {HOST}:{port}")
        return f"redis://{HOST}:{port}/0"

    def _start_worker(self, programs: Programs, name: str, metrics_port: int) -> Process:
        process = programs.worker(name, metrics_port)

        def explain() -> str:
            try:
                behind = asyncio.run(positions.behind(programs.kafka, programs.redis))
            except Exception as error:  # noqa: BLE001  # an explanation must never be what stops the rest
                return f"Where it stands cannot be read ({error}). {_last_words(process)}"
            unread = ", ".join(f"{partition} at {here} of {there}" for partition, (here, there) in sorted(behind.items()))
            return f"Unread: {unread or 'nothing'}. {_last_words(process)}"

        self._keep(self._upon, Keeper(process, self._console.say, lambda: positions.stored(programs.redis), explain))
        return process

    def _keep(self, group: list[Keeper[Process]], keeper: Keeper[Process]) -> None:
        with self._starting:
            self._raise_if_stopped()
            group.append(keeper)
            keeper.start(time.monotonic())

    def _wait_for(self, work: Aside[T]) -> T:
        """The result of work aside, unless somebody asks for the end before."""
        while work.is_alive():
            self._pause(0.05)
        return work.result()

    def _until(self, ready: Callable[[], bool], process: Process) -> None:
        """Wait until `ready`, and say so now and then. Raises LocalError when the program dies over it, or takes too long."""
        began = told = time.monotonic()
        while not ready():
            now = time.monotonic()
            if not process.alive:
                raise LocalError(
                    f"{process.name} ended at once, with code {process.code}. The end of {process.log}:\n{process.last_words()}"
                )
            if now - began > PATIENCE:
                raise LocalError(f"{process.name} was not ready after {PATIENCE:.0f} s. The end of {process.log}:\n{process.last_words()}")
            if now - told > TALK_EVERY:
                told = now
                self._console.say(f"Waiting for {process.name} to be ready")
            self._pause(0.05)

    def _pause(self, seconds: float) -> None:
        self._stop.wait(seconds)
        self._raise_if_stopped()

    def _raise_if_stopped(self) -> None:
        if self._stop.is_set():
            raise Stopped
