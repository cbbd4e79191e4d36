"""What a person who waits gets to read: one line per step, with the seconds since the beginning."""

from __future__ import annotations

import contextlib
import threading
import time
from pathlib import Path


class Console:
    """Lines for a terminal, from any thread."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._lock = threading.Lock()

    @property
    def seconds(self) -> float:
        """Since the beginning."""
        return time.monotonic() - self._began

    def say(self, text: str) -> None:
        """One step, or how far it is."""
        self._print(f"[{self.seconds:6.1f} s] {text}")

    def show(self, block: str) -> None:
        """Lines to be found again among the others: an address, an error."""
        self._print(f"\n{block}\n")

    def _print(self, text: str) -> None:
        # A terminal that was closed, `| head`, a log on a full disk: that nobody reads on must not keep us from going on, least of all from ending things.
        with self._lock, contextlib.suppress(OSError):
            print(text, flush=True)


class Follower:
    """Reads on in a log that another program writes: from its present end, or from its beginning."""

    def __init__(self, log: Path, *, from_start: bool = False) -> None:
        self._log = log
        self._at = log.stat().st_size if log.exists() and not from_start else 0

    def lines(self) -> list[str]:
        """The whole lines that were added since the last call."""
        if not self._log.exists():
            return []
        if self._log.stat().st_size < self._at:
            self._at = 0  # the log was set aside and began anew
        with self._log.open("rb") as log:
            log.seek(self._at)
            text = log.read()
        whole = text[: text.rfind(b"\n") + 1]
        self._at += len(whole)
        return whole.decode(errors="replace").splitlines()
