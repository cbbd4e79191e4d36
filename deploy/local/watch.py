"""Runs the product until somebody asks for the end: in the foreground with the demo's data, or as what `make up` leaves behind."""

from __future__ import annotations

import fcntl
import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from typing import Final

from deploy.local import addresses, readiness
from deploy.local.console import Console, Follower
from deploy.local.places import DATA, LOCAL, LOGS, RECORDS
from deploy.local.ports import any_free
from deploy.local.processes import sweep, write_record
from deploy.local.programs import Programs
from deploy.local.stack import Stack, Stopped
from deploy.local.trouble import LocalError

SUPERVISOR: Final = RECORDS / "supervisor.json"
LOOK_EVERY: Final = 0.05
"""Seconds between two looks at what runs: far below the second within which a dead worker is to be started again."""


def empty(*, fresh: bool) -> None:
    """The product without data, until SIGTERM. What it holds stays from one start to the next, unless `fresh`."""

    def serve(running: Running) -> None:
        _keep_the_rest(running)
        running.console.say("Ready")
        while not running.stop.wait(LOOK_EVERY):
            running.stack.look()

    _run(DATA / "up", serve, fresh=fresh)


def demo(*, fresh: bool) -> None:
    """The product with real data replayed and live traffic, until Ctrl-C. Goes on where the last one stopped, unless `fresh`."""
    _run(DATA / "demo", _feed, fresh=fresh)


@dataclass(frozen=True)
class Running:
    """The product once all of it is up."""

    stack: Stack
    programs: Programs
    where: addresses.Addresses
    console: Console
    stop: threading.Event
    """Set when somebody asks for the end."""


def _feed(running: Running) -> None:
    source, where, say = running.programs.demo_data(), running.where, running.console.say
    progress = Follower(source.log)
    running.stack.keep(source)
    running.console.show(
        f"    Campaign KPIs:  {where.link}\n\n    Ctrl-C ends everything. `make demo` goes on from there, `make demo FRESH=1` starts from nothing."
    )
    port = int(where.api.rpartition(":")[2])
    shown = False
    while not running.stop.wait(LOOK_EVERY):
        running.stack.look()
        for line in progress.lines():
            say(line)
        if not shown and readiness.shows_numbers(port, where.token):
            shown = True
            say(f"The first numbers are on the page: {where.link}")
            _keep_the_rest(running)


def _keep_the_rest(running: Running) -> None:
    """What nobody waits for: started before the first numbers are there, it would only take time from them."""
    running.stack.keep(running.programs.explainer())
    running.stack.keep(running.programs.updates(any_free()))


def _run(home: Path, serve: Callable[[Running], None], *, fresh: bool) -> None:
    """Start everything, `serve`, end everything: nothing is left, however that goes."""
    console = Console()
    with _stop_signals() as stop, _only_one():
        addresses.remove()
        if orphans := sweep(RECORDS, grace=2):
            console.say(f"Ended what an earlier run had left: {', '.join(orphans)}")
        write_record(SUPERVISOR, os.getpid())
        stack = Stack(home, console, stop)
        try:
            programs, where = stack.start(fresh=fresh)
            addresses.write(where)
            serve(Running(stack, programs, where, console, stop))
        except Stopped:
            pass
        finally:
            addresses.remove()
            console.say("Stopping everything")
            stack.end()
            SUPERVISOR.unlink(missing_ok=True)
            console.say("Stopped")


@contextmanager
def _only_one() -> Iterator[None]:
    """Only one product at a time runs out of a checkout: it has one set of addresses."""
    LOCAL.mkdir(exist_ok=True)
    LOGS.mkdir(exist_ok=True)
    with (LOCAL / "supervisor.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise LocalError("The product already runs out of this checkout. `make status` says where, `make down` stops it.") from None
        yield


@contextmanager
def _stop_signals() -> Iterator[threading.Event]:
    """An event that is set by Ctrl-C, by SIGTERM, and by a terminal that closes. More of them change nothing: the end is under way.

    They come in twos: a terminal that closes tells the session's leader and, when that ends, everybody. An event is set under a lock, so a handler that
    set it itself would wait for ever for what it has interrupted: another handler, or the main thread on its way into `wait`. Handlers run in the main
    thread alone, and one that another thread was told of does not wake it: whoever waits there waits for moments.
    """
    stop = threading.Event()
    heard: SimpleQueue[int] = SimpleQueue()  # its `put` may be interrupted by another

    def pass_on() -> None:
        heard.get()
        stop.set()

    threading.Thread(target=pass_on, daemon=True).start()
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = [signal.signal(number, lambda number, _: heard.put(number)) for number in numbers]
    try:
        yield stop
    finally:
        heard.put(0)
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)
