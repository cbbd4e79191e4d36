"""What changed, as it changes: server-sent events.

One task follows the outbox for the whole process. Each view that somebody watches is a *feed*: worked out again when its campaign changed, at most once a
second, however many watch it. Each reader has a *mailbox* (`mailbox.py`) that keeps the newest frame of each view and nothing else: who reads slowly misses steps, never
the end, and costs no memory.

Events: `snapshot` (id: its revision; data: the answer of the view's own route, with its name as `view`), `patch` (id: the revision to which it leads; data: `schemas.live.Patch`,
what to change in the view as the stream gave it last), `heartbeat` (data: {"stamp": ...}; the numbers stand, and are complete until later), `stale` (the same, when the
numbers are no longer live), `reset` (what was sent before no longer leads to what is now: ask again).

A patch is worked out once for all who watch a view, from the frame before it. Whoever has not been sent that one gets a snapshot: at the start, after a reset, or because
they read too slowly for every step; and so does everybody where the patch would be no shorter.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import Final, NamedTuple, TypeAlias

import msgspec

from schemas.answers import Stamp
from schemas.errors import NotFound, Unavailable
from schemas.live import Heartbeat
from views_api.answers.reader import Reader
from views_api.answers.standing import QUARTER_MS
from views_api.live.mailbox import Frame, Mailbox, event
from views_api.metrics import Metrics
from views_api.problems import Exceeded, Refused, TooMany
from views_api.scope import Scope
from views_api.stored.readings import Change, Facts, position
from views_api.views.stamps import stamp, state

log = logging.getLogger(__name__)

EVERY_S: Final = 1.0
"""No view is sent more often."""
HEARTBEAT_S: Final = 5.0
PULSE_S: Final = 1.0
AGAIN_S: Final = 5
"""When somebody with too many streams may try again."""
_WAIT_MS: Final = 1_000
GATHER_S: Final = 0.1
"""What changes within so long is heard of together: no view is worked out for each of the changes, and each time that this process is told takes its time."""
_PAUSES_S: Final = (0.2, 0.5, 1.0, 2.0)
_BEHIND_MS: Final = 60_000
"""By so much more than one view can be sent later than another of its stream: a second, as long as it takes to work it out, and to send it."""


Render: TypeAlias = Callable[[], Awaitable[tuple[bytes, Stamp]]]
"""Works a view out: (its JSON, its stamp)."""


class Watched(NamedTuple):
    """What a stream is to show: a name, whose numbers it rests on, what tells it from others, and how to work it out."""

    view: str
    campaign: str
    """Empty: all campaigns of the tenant."""
    key: tuple[str, ...]
    render: Render


class Moved(NamedTuple):
    """What may read differently now."""

    campaigns: frozenset[tuple[str, str]]
    """(tenant, campaign); an empty campaign: what is said of all of the tenant's."""
    tenants: frozenset[str]
    """Those of which each campaign may."""

    @classmethod
    def by(cls, changes: Iterable[Change]) -> Moved:
        touched = [one for change in changes for one in change.touched]
        campaigns = {pair for one in touched for pair in ((one.tenant, one.campaign), (one.tenant, ""))}
        return cls(frozenset(campaigns), frozenset(one.tenant for one in touched if one.campaign == "" and one.differs_from is not None))


class _Resumed(NamedTuple):
    """What a reader has who was here before."""

    moved: Moved
    """What may read differently since."""
    newest: str
    """Revision up to which the rest stands."""


class _Feed:
    """One view that somebody watches."""

    def __init__(self, tenant: str, watched: Watched, metrics: Metrics, building: Callable[[], Awaitable[bool]]) -> None:
        """`building`: whether what is not there may only not have been counted yet."""
        self.tenant, self.watched, self._metrics, self._building = tenant, watched, metrics, building
        self.mailboxes: set[Mailbox] = set()
        self.newest: Frame | None = None
        self.changed = asyncio.Event()
        self.changed.set()
        self.over = False
        """Nobody watches. Told beside the task's cancellation, which `asyncio.wait_for` may swallow (Python 3.11)."""

    def rests_on(self, moved: Moved) -> bool:
        return (self.tenant, self.watched.campaign) in moved.campaigns or self.tenant in moved.tenants

    async def run(self) -> None:
        """Work the view out whenever it changed, until there is none."""
        loop = asyncio.get_running_loop()
        while not self.over:
            await self.changed.wait()
            self.changed.clear()
            started = loop.time()
            try:
                with self._metrics.views.labels(self.watched.view).time():
                    text, found = await self.watched.render()
            except (NotFound, Refused) as error:  # deleted, not theirs any more, or the period has left the calendar
                if isinstance(error, Refused) or not await self._building():
                    for mailbox in self.mailboxes:
                        mailbox.reset("absent")
                    return
                self.changed.set()
            except Unavailable:
                self.changed.set()
            else:
                view = self.watched.view
                named = b'{"view":' + msgspec.json.encode(view) + b"," + text[1:]
                self.newest = Frame.after(self.newest, view, named, found)
                for mailbox in self.mailboxes:
                    mailbox.put(view, self.newest)
            await asyncio.sleep(started + EVERY_S - loop.time())


class Live:
    """All streams of this process."""

    def __init__(self, reader: Reader, metrics: Metrics, limit: int, each: int) -> None:
        """`limit`: how many at a time; `each`: of one principal."""
        self._reader, self._metrics, self._limit, self._each = reader, metrics, limit, each
        self._feeds: dict[tuple[str, ...], tuple[_Feed, asyncio.Task[None]]] = {}
        self._mailboxes: set[Mailbox] = set()
        self._open: Counter[str] = Counter()
        """Streams by principal."""
        self._facts: Facts | None = None
        self._closed = False

    async def run(self) -> None:
        """Follow the outbox and the clock until `close`."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._follow())
            group.create_task(self._pulse())

    def close(self) -> None:
        """End every stream, and take no more: the process is about to stop."""
        self._closed = True
        for mailbox in self._mailboxes:
            mailbox.close()

    @asynccontextmanager
    async def watch(self, principal: str, scope: Scope, watched: Sequence[Watched], last_event_id: str | None) -> AsyncIterator[Mailbox]:
        """A mailbox that these views go into; those who watch by the same scope share the work. With the id of the last event, what the reader has is left out."""
        if self._open[principal] >= self._each:
            raise Exceeded(f"you have {self._each} live streams open; one can show several views", AGAIN_S)
        if self._closed or len(self._mailboxes) >= self._limit:
            raise TooMany
        mailbox = Mailbox()
        self._mailboxes.add(mailbox)
        self._open[principal] += 1
        self._metrics.streams.set(len(self._mailboxes))
        feeds: list[_Feed] = []
        try:
            resumed = None if last_event_id is None else await self._resumed(mailbox, last_event_id, several=len(watched) > 1)
            # From here on nothing is waited for: a feed that nobody watches yet would end with the last of those who watched it.
            feeds += [self._feed(scope, one) for one in watched]
            for feed in feeds:
                feed.mailboxes.add(mailbox)
                if resumed and not feed.rests_on(resumed.moved):
                    mailbox.knows(feed.watched.view, resumed.newest)
                if feed.newest:
                    mailbox.put(feed.watched.view, feed.newest)
            yield mailbox
        finally:
            self._mailboxes.discard(mailbox)
            self._open -= Counter([principal])
            self._metrics.streams.set(len(self._mailboxes))
            for feed in feeds:
                feed.mailboxes.discard(mailbox)
                self._drop(scope, feed)

    def _feed(self, scope: Scope, watched: Watched) -> _Feed:
        key = (scope.key, *watched.key)
        if key not in self._feeds:
            feed = _Feed(scope.tenant, watched, self._metrics, self._reader.building)
            task = asyncio.create_task(feed.run())
            task.add_done_callback(lambda done: self._ended(feed, done))
            self._feeds[key] = feed, task
        return self._feeds[key][0]

    def _drop(self, scope: Scope, feed: _Feed) -> None:
        key = (scope.key, *feed.watched.key)
        if not feed.mailboxes and key in self._feeds and self._feeds[key][0] is feed:
            feed.over = True
            self._feeds.pop(key)[1].cancel()

    def _ended(self, feed: _Feed, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()):
            log.error("a live view could not be worked out", exc_info=error)
        for mailbox in feed.mailboxes:
            mailbox.close()
        self._feeds = {key: (kept, running) for key, (kept, running) in self._feeds.items() if kept is not feed}

    async def _resumed(self, mailbox: Mailbox, last_event_id: str, *, several: bool) -> _Resumed | None:
        """What may read differently than the reader has it; None: any view may. `several`: the id is of one view alone: of another the reader may not have been sent
        what led there.
        """
        try:
            changes = await self._reader.store.outbox.since(last_event_id)
        except ValueError:
            changes = None
        if changes is None:
            mailbox.reset("gap")
            return None
        if position(last_event_id)[0] // QUARTER_MS != self._reader.clock() // QUARTER_MS:
            return None  # "today" may have been another day when the reader was sent what belongs to the id
        newest = changes[-1].revision if changes else last_event_id
        if several:
            before = await self._reader.store.outbox.until(last_event_id, _BEHIND_MS)
            if before is None:
                return None
            changes = [*before, *changes]
        return _Resumed(Moved.by(changes), newest)

    async def _follow(self) -> None:
        """Mark the views whose campaign changed. After any gap, all of them."""
        after, failures = None, 0
        while not self._closed:
            try:
                if after is None:
                    after = (await self._reader.facts()).revision
                    self._mark()
                changes = await self._reader.store.outbox.follow(after, _WAIT_MS)
                went_back = not changes and position((await self._reader.facts()).revision) < position(after)
                failures = 0
            except Unavailable:
                after = None
                await asyncio.sleep(_PAUSES_S[min(failures, len(_PAUSES_S) - 1)])
                failures += 1
                continue
            if changes:
                after = changes[-1].revision
                self._mark(Moved.by(changes))
                await asyncio.sleep(GATHER_S)
            elif went_back:  # the store was restored, or emptied and is being rebuilt
                after = None
                for mailbox in self._mailboxes:
                    mailbox.reset("rebuilt")

    def _mark(self, moved: Moved | None = None) -> None:
        """The views that rest on what moved, else all, are worked out again."""
        for feed, _ in self._feeds.values():
            if moved is None or feed.rests_on(moved):
                feed.changed.set()

    async def _pulse(self) -> None:
        """Say how fresh the numbers are: at once when that changes, else with each heartbeat."""
        said, due, quarter = "", 0.0, 0
        loop = asyncio.get_running_loop()
        while not self._closed:
            reachable = True
            try:
                self._facts = await self._reader.facts()
            except Unavailable:
                reachable = False
            now = self._reader.clock()
            if self._facts:
                self._metrics.lag.set(max(0, now - self._facts.as_of) / 1000)
                fresh = state(self._facts, now) if reachable else "unreachable"
                if fresh != said or loop.time() >= due:
                    said, due = fresh, loop.time() + HEARTBEAT_S
                    self._beat("heartbeat" if fresh == "live" else "stale", self._facts, now)
            if now // QUARTER_MS != quarter:
                quarter = now // QUARTER_MS
                self._mark()
            await asyncio.sleep(PULSE_S)

    def _beat(self, name: str, facts: Facts, now: int) -> None:
        said: dict[tuple[str, str | None], bytes] = {}
        for mailbox in self._mailboxes:
            if shown := mailbox.stamp:
                of = shown.timezone, shown.currency
                if of not in said:
                    said[of] = event(name, msgspec.json.encode(Heartbeat(stamp=stamp(facts, now, *of))))
                mailbox.beat(said[of])
