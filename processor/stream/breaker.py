"""Is it the records, or is it this program? Where record after record fails for a fault of its own, parking them all would only hide it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final


class Breaker:
    """Stops a worker that would park record after record for a fault of its own. What producers send wrong does not count: that never stops anything."""

    IN_A_ROW: Final = 100
    WINDOW: Final = 10_000
    """Records; more than one in a hundred of them is too many."""

    def __init__(self, trip: Callable[[str], None]) -> None:
        self._trip = trip
        self._row = self._seen = self._bugs = 0

    def counted(self, records: int) -> None:
        """So many records went well."""
        if records:
            self._row = 0
            self._seen += records
            if self._seen >= self.WINDOW:
                self._seen = self._bugs = 0

    def bug(self) -> None:
        """A record is about to be parked because the program failed on it. Trips before that happens."""
        self._row += 1
        self._seen += 1
        self._bugs += 1
        if self._row > self.IN_A_ROW:
            self._trip(f"{self._row} records in a row could not be counted for an error of this program")
        elif self._bugs > self.WINDOW // 100:
            self._trip(f"{self._bugs} of the last {self._seen} records could not be counted for an error of this program")
