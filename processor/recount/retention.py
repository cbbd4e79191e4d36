"""Which facts about messages are too late? By what the tenant said of how long messages are kept (docs/definitions.md, "What is kept")."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from processor.recount.days import DAY_MS
from processor.recount.records import Fact

FOREVER = 1 << 62
SECOND_MS = 1000


class Retention:
    """`settings`: every fact about tenants."""

    def __init__(self, settings: Iterable[Fact]) -> None:
        self._said: dict[str, list[Fact]] = defaultdict(list)
        self._stretches: dict[str, list[tuple[int, int, int | None]]] = {}
        for fact in settings:
            if fact.tenant == fact.subject:
                self._said[fact.tenant].append(fact)

    def in_time(self, tenant: str, facts: Iterable[Fact]) -> list[Fact]:
        """Those that came to Kafka while what they say was still kept."""
        return [fact for fact in facts if fact.taken <= self.kept_until(tenant, fact.time)]

    def of_message(self, tenant: str, facts: Sequence[Fact]) -> list[Fact]:
        """Of those about one message the ones that happened while it was kept. `facts`: at least one, all in time."""
        first = min(fact.time for fact in facts) // SECOND_MS * SECOND_MS
        last = self.kept_until(tenant, first) // SECOND_MS
        return [fact for fact in facts if fact.time // SECOND_MS <= last]

    def kept_until(self, tenant: str, instant: int) -> int:
        """The last moment at which what happened at an instant is kept: at each moment by the days in force then, and what is gone does not come back."""
        if tenant not in self._stretches:
            self._stretches[tenant] = list(self._in_force(tenant))
        for start, stop, days in self._stretches[tenant]:
            until = max(instant + days * DAY_MS, start) if days else FOREVER
            if until < stop:
                return until
        return FOREVER

    def _in_force(self, tenant: str) -> Iterator[tuple[int, int, int | None]]:
        """(from, until, days): the greatest version among those that Kafka had a day before."""
        said = self._said[tenant]
        for start, stop in pairwise([*sorted({fact.taken + DAY_MS for fact in said}), FOREVER]):
            known = [fact for fact in said if fact.taken + DAY_MS <= start]
            newest = max(known, key=lambda fact: (fact.data["version"], fact.time, fact.canonical))
            yield start, stop, (newest.data["retention_days"] or {}).get("message")
