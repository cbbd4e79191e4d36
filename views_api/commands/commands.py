"""How does a command become an event? Checked like any other producer's, written behind the version that its author saw, and told to the audit first.

A command that comes again changes nothing: what it would make of the version that it names is what is there already. So no answers need to be kept.
What was written and is not counted yet is remembered, so that of two authors in this process the second is told of the first; of two in two processes whoever comes later
in the audit (`claims.py`). A command with the same key may be written by both: its event has one id.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, Final, NamedTuple

import msgspec

from schemas.errors import NotFound, Unavailable
from schemas.events import TOPICS, Event, Rejected, canonical, parse
from schemas.updates import AUDIT, Audit
from views_api.commands.claims import Claims, Version
from views_api.commands.images import Image, image, newest
from views_api.commands.log import Log, Position
from views_api.problems import Clash, Outdated, Refused
from views_api.scope import Scope
from views_api.stored.store import Store
from views_api.views.stamps import instant, state

SOURCE: Final = "/campaign-kpis/api"
_TOPIC: Final = {kind: topic for topic, kinds in TOPICS.items() for kind in kinds}
TURN_S: Final = 10.0
"""So long a command waits for its turn."""
_REMEMBERED: Final = 10_000
"""Commands of a few seconds are waiting to be counted, not more."""

Make = Callable[[Image | None], dict[str, Any]]
"""From what is there to the data of the new version, without its number. Raises what the author may not."""


@dataclass(frozen=True, slots=True)
class Command:
    """What somebody asks for."""

    scope: Scope
    kind: str
    verb: str
    subject: str
    expected: int | None
    """The version that its author saw; None: there is to be none."""
    make: Make
    request: str
    """Id of the request."""
    key: str
    """The author's own name for this command (`Idempotency-Key`), or one that is as good."""

    def event_id(self, version: int) -> str:
        """The same for the same command with the same key."""
        scope = self.scope
        named = (scope.tenant, scope.principal, self.key, self.kind, self.subject, version)
        return blake2b(msgspec.json.encode(named), digest_size=16).hexdigest()


class Done(NamedTuple):
    kind: str
    subject: str
    version: int
    position: Position | None
    """None: it had been done before, and is counted."""


class _Written(NamedTuple):
    image: Image
    position: Position


class Commands:
    def __init__(self, store: Store, log: Log, clock: Callable[[], int]) -> None:
        """`clock`: ms since 1970 UTC, now."""
        self._store, self._log, self._clock = store, log, clock
        self._written: dict[tuple[str, str, str], _Written] = {}
        """(tenant, kind, subject) -> what was written last, oldest first."""
        self._claims = Claims()
        self._one_by_one = asyncio.Lock()

    async def close(self) -> None:
        await self._log.close()

    async def newest(self, kind: str, tenant: str, subject: str) -> Image | None:
        """With what this process has written and nobody has counted yet. Raises `Clash`."""
        known, written = await newest(self._store, kind, tenant, subject), self._written.get((tenant, kind, subject))
        if written and (known is None or written.image.version > known.version):
            return written.image
        return known

    async def check_known(self) -> None:
        """Raises `Unavailable` while the store is being built anew: what is there may be an old version, or not there yet, and a command would go by it."""
        if state(await self._store.facts(), self._clock()) == "rebuilding":
            raise Unavailable("what there is now is not known yet")

    async def do(self, command: Command) -> Done:
        """Raises `NotFound`, `Clash` (there is one already), `Outdated`, `Refused`, and `Unavailable`: then it may have been done, and may be asked for again."""
        who = (command.scope.tenant, command.kind, command.subject)
        async with self._turn():
            await self.check_known()
            now = await self.newest(command.kind, command.scope.tenant, command.subject)
            value, wanted = self._event(command, command.make(now))
            if now and now.says_the_same(wanted):
                written = self._written.get(who)
                return Done(command.kind, command.subject, now.version, written.position if written else None)
            self._check(now, command)
            position = await self._write(command, value, wanted.version)
            self._written.pop(who, None)
            self._written[who] = _Written(wanted, position)
            if len(self._written) > _REMEMBERED:
                self._written.pop(next(iter(self._written)))
            return Done(command.kind, command.subject, wanted.version, position)

    async def _write(self, command: Command, value: bytes, version: int) -> Position:
        event = command.event_id(version)
        try:
            told = await self._log.append(AUDIT, command.scope.tenant.encode(), self._audit(command, version))
            self._claims.hear(await self._log.until(told))
            if self._claims.holds(Version(command.scope.tenant, command.kind, command.subject, version), event):
                return await self._log.append(_TOPIC[command.kind], command.subject.encode(), value)
        except BaseException:
            self._claims.give_up(event)
            raise
        if command.expected is None:
            raise Clash("another process makes one of this id")
        raise Outdated(version)

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        """One command after the other; while Kafka is away nobody waits for all who came before."""
        try:
            await asyncio.wait_for(self._one_by_one.acquire(), TURN_S)
        except TimeoutError as error:
            raise Unavailable("other commands wait to be written") from error
        try:
            yield
        finally:
            self._one_by_one.release()

    @staticmethod
    def _check(now: Image | None, command: Command) -> None:
        if command.expected is None and now:
            raise Clash("there is one of this id already")
        if command.expected is not None and now is None:
            raise NotFound
        if now and now.version != command.expected:
            raise Outdated(now.version)

    def _event(self, command: Command, data: dict[str, Any]) -> tuple[bytes, Image]:
        now, version = self._clock(), 1 if command.expected is None else command.expected + 1
        event = {
            "specversion": "1.0",
            "id": command.event_id(version),
            "source": SOURCE,
            "type": f"{command.kind}.{command.verb}",
            "subject": command.subject,
            "time": instant(now),
            "tenantid": command.scope.tenant,
            "datacontenttype": "application/json",
            "data": {**data, "version": version},
        }
        try:
            value = msgspec.json.encode(event)
        except UnicodeEncodeError as error:  # in a part that no event knows, so that nobody has looked at it
            raise Refused("body", "half a surrogate pair") from error
        found = parse(value, None, [], TOPICS[_TOPIC[command.kind]], now)
        if isinstance(found, Rejected):
            raise Refused("body", found.detail)
        assert isinstance(found, Event), "it has a value"
        return value, image(command.kind, canonical(found.data))

    def _audit(self, command: Command, version: int) -> bytes:
        """Who, what, when. Ids alone: what was said stands in the event."""
        told = Audit(
            at=instant(self._clock()),
            principal=command.scope.principal,
            staff=command.scope.staff,
            tenant=command.scope.tenant,
            action=f"{command.kind}.{command.verb}",
            subject=command.subject,
            version=version,
            event=command.event_id(version),
            request=command.request,
        )
        return msgspec.json.encode(told)
