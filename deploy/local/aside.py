"""Work that goes on beside other work: a thread that keeps its result or its error, and that nobody has to wait for at the end."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Aside(threading.Thread, Generic[T]):
    """Runs `work` at once. A daemon: when somebody asks for the end in the middle of a download, the program ends."""

    def __init__(self, work: Callable[[], T]) -> None:
        super().__init__(daemon=True)
        self._work = work
        self._result: T
        self._error: BaseException | None = None
        self.start()

    def run(self) -> None:
        try:
            self._result = self._work()
        except BaseException as error:  # noqa: BLE001  # handed on to whoever asks for the result
            self._error = error

    def result(self) -> T:
        """What the work returned; raises what it raised. To be asked for once it is over."""
        self.join()
        if self._error is not None:
            raise self._error
        return self._result
