"""Which totals are new? Follows the outbox, and writes what differs from what the topic holds.

It keeps nothing: the topic itself says how far it has come. Its last record names the state of the store in which it was read, and up to which change everything
is written. If the outbox still knows both, the publisher goes on from there. Otherwise (trimmed, store set back, emptied or another generation) all that there
is is compared with all that the topic holds. While the numbers are being rebuilt nothing is said.
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from hashlib import blake2b
from typing import Final, NamedTuple, Protocol

from schemas.errors import KpiError, Unavailable
from schemas.keys import EVER, NEVER
from schemas.updates import Place, Update
from views_api.stored.readings import NOTHING_YET, Change, Facts, position
from views_api.stored.store import Store
from views_api.updates.daily import Daily, Rebuilding
from views_api.updates.watching import Watching
from views_api.views.stamps import state

log = logging.getLogger(__name__)

EVERY_S: Final = 1.0
"""Changes are gathered for so long."""
PAUSE_S: Final = 2.0
"""Until store or brokers are asked again."""
AT_ONCE: Final = 200
"""Records in one transaction."""
OUTBOX: Final = 12_000
"""More changes than it ever keeps."""


class Fenced(KpiError):
    """A newer publisher writes now; this one must not any more."""


class Held(NamedTuple):
    """What a topic holds."""

    values: dict[Place, bytes]
    """Without what is gone."""
    revision: str
    through: str
    """Of its last record; empty: it has none."""


class Topic(Protocol):
    """Raises `Unavailable` while the brokers are away; then it is to be opened again."""

    async def open(self) -> Held:
        """From now on nobody who opened it before can write to it. What is in it."""

    async def write(self, updates: Sequence[Update], through: str) -> None:
        """At its end, in this order, all or none. Each of them says `through`. Raises `Fenced`."""


class Publisher:
    def __init__(self, store: Store, topic: Topic, clock: Callable[[], int], watching: Watching) -> None:
        """`clock`: ms since 1970 UTC, now. `watching` is told how far it is."""
        self._store, self._topic, self._clock, self._watching = store, topic, clock, watching
        self._daily = Daily(store, clock)
        self._held: defaultdict[tuple[str, str], dict[str, bytes]] = defaultdict(dict)
        """(tenant, campaign) -> day -> digest of the value."""
        self._through: str | None = None
        """As the topic says it; None: it has not been asked yet."""
        watching.days.set_function(lambda: sum(map(len, self._held.values())))

    async def run(self) -> None:
        """Until `Fenced` is raised."""
        while True:
            pause = EVERY_S
            try:
                await self.step()
            except Unavailable as error:
                log.warning("%s; trying again", error)
                self._watching.problem = str(error)
                pause = PAUSE_S
            else:
                self._watching.problem = None
            await asyncio.sleep(pause)

    async def step(self) -> None:
        """Write what is new now, if anything is. Raises `Fenced`, `Unavailable`."""
        if self._through is None:
            await self._begin()
        began = self._clock()
        facts = await self._store.facts()
        if state(facts, began) == "rebuilding":
            return
        if facts.revision == self._through or await self._catch_up(facts):
            self._watching.complete(began)

    async def _catch_up(self, facts: Facts) -> bool:
        """False: the numbers are being rebuilt."""
        changes = await self._since(self._through or "")
        try:
            if changes is None:
                log.info("comparing all that there is with what the topic holds")
                self._watching.compared.inc()
                await self._write(self._everything(facts.revision), facts, "", facts.revision)
            elif changes:
                await self._write(self._changed(changes, facts.revision), facts, self._through or "", changes[-1].revision)
        except Rebuilding:
            return False
        return True

    async def _begin(self) -> None:
        held = await self._topic.open()
        self._held.clear()
        for place, value in held.values.items():
            self._held[place.tenant, place.campaign][place.day] = _digest(value)
        known = await self._since(held.revision) is not None
        self._through = held.through if known else ""
        log.info("the topic holds %d days; it goes on %s", len(held.values), "from its last record" if known else "with everything")

    async def _since(self, revision: str) -> list[Change] | None:
        if revision in ("", NOTHING_YET):
            return None
        return await self._store.outbox.since(revision, OUTBOX)

    async def _everything(self, revision: str) -> AsyncIterator[Update]:
        for who in {*await self._all(await self._store.tenants()), *self._held}:
            async for update in self._daily.of(*who, lambda _: True, [*self._held[who]], revision):
                yield update

    async def _changed(self, changes: Sequence[Change], revision: str) -> AsyncIterator[Update]:
        wanted: defaultdict[tuple[str, str], _Days] = defaultdict(_Days)
        for touched in {one for change in changes for one in change.touched}:
            if touched.campaign:
                wanted[touched.tenant, touched.campaign].add(touched.days, touched.differs_from)
            elif touched.differs_from not in (None, NEVER):
                for who in await self._all([touched.tenant]):
                    wanted[who].add(frozenset(), touched.differs_from)
        for who, days in wanted.items():
            async for update in self._daily.of(*who, days.holds, [*self._held[who]], revision):
                yield update

    async def _all(self, tenants: Iterable[str]) -> list[tuple[str, str]]:
        return [(tenant, campaign) for tenant in tenants for campaign in await self._store.campaigns(tenant)]

    async def _write(self, found: AsyncIterator[Update], facts: Facts, before: str, through: str) -> None:
        """What differs of what was found. The last ones say `through`, those before them `before`."""
        waiting: list[Update] = []
        async for update in found:
            if self._differs(update):
                waiting.append(update)
            if len(waiting) > AT_ONCE:
                await self._put(waiting[:AT_ONCE], facts, before)
                del waiting[:AT_ONCE]
        if waiting:
            await self._put(waiting, facts, through)
        self._through = through

    async def _put(self, updates: Sequence[Update], facts: Facts, through: str) -> None:
        now = await self._store.facts()
        if state(now, self._clock()) == "rebuilding" or position(now.revision) < position(facts.revision):
            raise Rebuilding  # and so it was, perhaps, when these were read
        try:
            await self._topic.write(updates, through)
        except Unavailable:
            self._through = None  # whether they are written only the topic knows
            raise
        for place, value, _ in updates:
            self._watching.written.labels("gone" if value is None else "totals").inc()
            days = self._held[place.tenant, place.campaign]
            if value is None:
                del days[place.day]
            else:
                days[place.day] = _digest(value)

    def _differs(self, update: Update) -> bool:
        place, value, _ = update
        held = self._held[place.tenant, place.campaign].get(place.day)
        return held != (None if value is None else _digest(value))


class _Days:
    """Which days of a campaign are to be read again."""

    def __init__(self) -> None:
        self._named: set[str] = set()
        self._since = NEVER

    def add(self, named: frozenset[str] | None, since: str | None) -> None:
        """`named`: None for all of them. `since`: and all from this day on."""
        self._named.update(named or ())
        self._since = min(self._since, since or NEVER, EVER if named is None else NEVER)

    def holds(self, day: str) -> bool:
        return day in self._named or day >= self._since


def _digest(value: bytes) -> bytes:
    return blake2b(value, digest_size=8).digest()
