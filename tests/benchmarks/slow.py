"""Which calls held the store up, for how long, and was it at work all that time? As its SLOWLOG has it: by its own clock, commands, not the waiting for their turn.

A call is as slow on that clock while the machine does something else. So the store is asked every millisecond what was slow, and how much CPU its thread has had: a
call lay between two answers, hence took no more CPU than the store got between them. The kernel says how long that thread waited for a core meanwhile.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterator
from hashlib import sha1
from importlib.resources import files
from pathlib import Path
from typing import Any, Final, NamedTuple

import redis

from tests.benchmarks.servers import Servers

_PAUSE: Final = 0.001
_KEPT: Final = 1_000
"""Entries of the SLOWLOG: more than can come in between two looks."""
_SCRIPTS: Final = {
    sha1(script.read_bytes(), usedforsecurity=False).hexdigest(): script.name.removesuffix(".lua")
    for script in files("processor.store").iterdir()
    if script.name.endswith(".lua")
}
_NO_SLOTS: Final = b"\x9e\x90"
"""How the argument of `apply` begins if it moves no position: fourteen elements, the first of them empty."""


class Call(NamedTuple):
    name: str
    """The script, or a command; those that a script runs are here too, before it."""
    milliseconds: float
    cpu: float
    """Milliseconds of CPU that it took at the most."""
    waited: float
    """Milliseconds in which the store was ready to run and another had its core, at the most; 0 where the system does not say."""

    @property
    def ours(self) -> float:
        """How long it would have taken with a core for itself: at least its CPU, and what it waited for that was no core, such as the disk."""
        return max(min(self.cpu, self.milliseconds), self.milliseconds - self.waited)

    def show(self) -> str:
        return f"{self.name} {self.milliseconds:.1f} ({min(self.cpu, self.milliseconds):.1f})"


@contextlib.contextmanager
def watched(servers: Servers, above: int, pause: float = _PAUSE) -> Iterator[list[Call]]:
    """The calls inside that take more than so many µs, in the order in which they ended; whole once left. The longer the pause, the rougher what is said of CPU."""
    found: list[Call] = []
    store = servers.store
    store.config_set("slowlog-log-slower-than", above)
    store.config_set("slowlog-max-len", _KEPT)
    store.slowlog_reset()
    done = threading.Event()
    looking = threading.Thread(target=_look, args=(servers, found, done, pause))
    looking.start()
    try:
        yield found
    finally:
        done.set()
        looking.join()


def longest(calls: list[Call]) -> str:
    """Of each script and command the longest call and, in brackets, its CPU; the longest first."""
    of: dict[str, Call] = {}
    for call in sorted(calls, key=lambda call: call.milliseconds, reverse=True):
        of.setdefault(call.name, call)
    return ", ".join(call.show() for call in of.values())


def _look(servers: Servers, found: list[Call], done: threading.Event, pause: float) -> None:
    with contextlib.suppress(OSError, AttributeError):  # not root, or not Linux: then looks are further apart, and what they say is rougher
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
    thread = Path(f"/proc/{servers.valkey.pid}/schedstat")
    with redis.Redis.from_url(servers.redis) as store:
        over, waited, (cpu, _) = False, _waited(thread), _answer(store)
        while not over:
            over = done.wait(pause)
            next_waited = _waited(thread)
            next_cpu, calls = _answer(store)
            after = _waited(thread)
            found += [Call(_named(call["command"]), call["duration"] / 1000, next_cpu - cpu, after - waited) for call in reversed(calls)]
            waited, cpu = next_waited, next_cpu


def _answer(store: Any) -> tuple[float, list[dict[str, Any]]]:
    """Milliseconds of CPU of the thread that runs commands (where the system has none for threads: of the store), and what was slow since the last time."""
    info, calls, _ = store.pipeline().info("cpu").slowlog_get(_KEPT).slowlog_reset().execute()
    return 1000 * sum(info.get(f"{name}_main_thread", info[name]) for name in ("used_cpu_user", "used_cpu_sys")), calls


def _waited(thread: Path) -> float:
    """For a core, ms so far."""
    try:
        return int(thread.read_text().split()[1]) / 1e6
    except OSError:
        return 0.0


def _named(command: bytes) -> str:
    word, *rest = command.split(b" ", 4)
    if word.upper() != b"EVALSHA":
        return word.decode().lower()
    script = _SCRIPTS.get(rest[0].decode(), "a reader's")
    if script != "apply":
        return script
    return "apply of a step" if rest[3].startswith(_NO_SLOTS) else "apply of a group"
