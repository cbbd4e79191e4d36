"""Starts a program again when it has died, soon at first, more slowly when that does not help, and says so when it gets nowhere."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Generic, Protocol, TypeVar

FIRST_PAUSE: Final = 0.2
"""Seconds before a new start. It doubles with each death that follows without progress. After a steady life there is no pause."""
LONGEST_PAUSE: Final = 30.0
STEADY: Final = 10.0
"""Seconds of life after which a death is a new story, not the next of a series."""
STUCK_AFTER: Final = 5
"""Deaths in a row at one position after which a person is told."""


class Startable(Protocol):
    """What is kept: `deploy.local.processes.Process`."""

    name: str

    @property
    def alive(self) -> bool: ...
    @property
    def code(self) -> int | None: ...
    def start(self) -> None: ...


P = TypeVar("P", bound=Startable)


class Keeper(Generic[P]):
    """Keeps one program running. `position` says how far its work is (None: it has no such thing): a death further on is no series."""

    def __init__(
        self,
        process: P,
        say: Callable[[str], None],
        position: Callable[[], object] = lambda: None,
        explain: Callable[[], str] = lambda: "",
    ) -> None:
        self.process = process
        self.deaths = 0
        """In a row, without progress in between."""
        self._say = say
        self._position = position
        self._explain = explain
        self._died_at: object = None
        self._started = 0.0
        self._start_again: float | None = None

    def start(self, now: float) -> None:
        """Start it for the first time."""
        self._started = now
        self.process.start()

    def look(self, now: float) -> None:
        """Notice a death, and end the pause after one. Called several times a second; `now` is monotonic seconds."""
        if self._start_again is None and not self.process.alive:
            self._note_death(now)
        if self._start_again is not None and now >= self._start_again:
            self._start_again = None
            self.start(now)

    def _note_death(self, now: float) -> None:
        position = self._position()
        lived = now - self._started
        if lived >= STEADY or position != self._died_at:
            self.deaths = 0
        self.deaths += 1
        self._died_at = position
        pause: float = 0.0 if lived >= STEADY else min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** (self.deaths - 1))
        self._start_again = now + pause
        when = f"in {pause:.1f} s" if pause else "at once"
        self._say(f"{self.process.name} {_ending(self.process.code)} after {lived:.1f} s; started again {when}")
        if self.deaths == STUCK_AFTER:
            self._say(f"{self.process.name} has died {STUCK_AFTER} times without getting any further. {self._explain()}")


def _ending(code: int | None) -> str:
    return f"was ended by signal {-code}" if code is not None and code < 0 else f"ended with code {code}"
