"""What goes wrong on a person's machine, told so that they know what to do; and how often a download is tried."""

from __future__ import annotations

import errno
import re
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeVar

RETRY_WAITS: Final = (3.0, 10.0, 30.0)
"""Seconds before the second, third and fourth try of a download: a network that is away for a moment is back by then."""


T = TypeVar("T")

_ERROR: Final = re.compile(r"\b(ERROR|FATAL|Traceback|[A-Za-z.]*Exception)\b")


class LocalError(Exception):
    """The local set-up cannot go on. The message is for a person: what failed, why, what to do."""


def need_room(path: Path, megabytes: int) -> None:
    """Refuse to begin on a full disk: Kafka and Valkey would stop in the middle of things."""
    while not path.exists():
        path = path.parent
    free = shutil.disk_usage(path).free // 10**6
    if free < megabytes:
        raise LocalError(f"Only {free} MB are free on the disk of {path}; {megabytes} MB are needed.")


def with_retries(what: str, attempt: Callable[[], T], say: Callable[[str], None], wait: Callable[[float], object] = time.sleep) -> T:
    """The result of `attempt`, tried again after a pause while it raises; a full disk is not tried again.

    Raises LocalError with the last reason. `wait` may raise to give up early.
    """
    for pause in RETRY_WAITS:
        try:
            return attempt()
        except LocalError:
            raise  # already told in full: no further try would change it
        except Exception as error:  # foreign download code raises whatever it likes
            if isinstance(error, OSError) and error.errno == errno.ENOSPC:
                raise LocalError(f"{what}: the disk is full") from error
            say(f"{what}: {_first_line(error)}; again in {pause:.0f} s")
            wait(pause)
    try:
        return attempt()
    except LocalError:
        raise
    except Exception as error:
        tries = len(RETRY_WAITS) + 1
        raise LocalError(
            f"{what} failed {tries} times. Is the network there, and the mirror or proxy set? The last time:\n{error}"
        ) from error


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:160]


def tail(log: Path, lines: int = 20, since: int = 0) -> str:
    """The last lines of a log, indented, to be shown under an error; from the first one on that speaks of an error, where one does.

    `since`: the byte at which a program began to speak. What lies before was said by an earlier one, of troubles that are over.
    """
    try:
        with log.open("rb") as file:
            file.seek(max(since, log.stat().st_size - 32_768))
            said = file.read().decode(errors="replace").splitlines()
    except FileNotFoundError:
        return "    (no log)"
    error = next((number for number, line in enumerate(said) if _ERROR.search(line)), len(said))
    begin = min(error, max(0, len(said) - lines))
    return "\n".join(f"    {line}" for line in said[begin : begin + lines]) or "    (nothing)"
