"""The topic of updates equals what the API answers, whatever was written, lost or set back, wherever a publisher ended, and whoever wrote beside it."""

from __future__ import annotations

import contextlib
import random
from collections.abc import AsyncIterator, Callable, Sequence
from itertools import count
from typing import Any, Final

import msgspec
import pytest

from processor.store.redis import RedisStore
from schemas.cells import Basis
from schemas.errors import NotFound
from schemas.events import Event, Tombstone
from schemas.updates import Place, Update
from tests.support.losing import Chances, Losing
from tests.support.values import NOW
from tests.support.world import Worker, an
from views_api.answers.reader import Reader
from views_api.scope import Scope
from views_api.stored.outbox import Outbox
from views_api.stored.store import Store
from views_api.updates import publisher as module
from views_api.updates.publisher import Fenced, Held, Publisher
from views_api.updates.watching import Watching
from views_api.views.periods import ask

SEEDS: Final = 6
NOTHING_HAPPENED: Final = "1990-01-01"


class Crash(Exception):
    """The publisher's process ends here."""


class Log:
    """What the brokers hold: records in order, of which compaction may drop what has been replaced; only the newest that opened it may write."""

    def __init__(self) -> None:
        self.records: list[tuple[Update, str]] = []
        self.epoch = 0

    def compact(self, rng: random.Random) -> None:
        newest = {update.place: n for n, (update, _) in enumerate(self.records)}
        last = len(self.records) - 1
        self.records = [record for n, record in enumerate(self.records) if n == last or newest[record[0].place] == n or rng.random() < 0.5]

    def values(self) -> dict[Place, bytes]:
        newest = {update.place: update.value for update, _ in self.records}
        return {place: value for place, value in newest.items() if value is not None}


class LogTopic:
    """One publisher's way to the log. Its process may end at any write, before it or behind it."""

    def __init__(self, log: Log, ends: Callable[[], bool]) -> None:
        self._log, self._ends, self._epoch = log, ends, 0

    async def open(self) -> Held:
        self._log.epoch += 1
        self._epoch = self._log.epoch
        last = self._log.records[-1:]
        return Held(self._log.values(), last[0][0].revision if last else "", last[0][1] if last else "")

    async def write(self, updates: Sequence[Update], through: str) -> None:
        if self._ends():
            raise Crash
        if self._epoch != self._log.epoch:
            raise Fenced("another writes")
        self._log.records += [(update, through) for update in updates]
        if self._ends():
            raise Crash


class Course:
    """One seed's course: a worker that counts, a store that loses things, publishers that end anywhere."""

    def __init__(self, url: str, seed: int) -> None:
        chances = Chances(kept=0.06, set_back=0.06, trimmed=0.03, emptied=0.02)
        self.written = Losing(url, seed, chances, groups=(1, 3, 30, 30, 150), as_of=NOW)
        self.rng = self.written.rng
        self.rng.shuffle(self.written.events)
        self._reading = Store(url, None, "g1")
        self.log = Log()
        self._faults = True
        self._publisher = self._another()

    async def run(self) -> bool:
        """Whether in the end the topic holds what the API answers, and ids are unique."""
        await self.written.claim()
        while not self.written.done:
            await self.written.write()
            self.written.lose()
            if self.rng.random() < 0.4:
                await self._publish()
        self._faults = False
        await self.written.write()  # a store that lost something in the last round is filled again
        while not self.written.done:
            await self.written.write()
        await self.written.settle()
        for _ in range(3):
            await self._publish()
        ids: dict[str, bytes | None] = {}
        for update, through in self.log.records:
            identity = dict(update.headers("/test", through))["ce_id"].decode()
            if ids.setdefault(identity, update.value) != update.value:
                return False
        return await self._agrees()

    async def close(self) -> None:
        await self.written.close()
        await self._reading.close()

    def _another(self) -> Publisher:
        """A new process. What it reads may be the last thing that it does."""

        def clock() -> int:
            if self._ends(0.01):
                raise Crash
            return NOW

        return Publisher(self._reading, LogTopic(self.log, lambda: self._ends(0.1)), clock, Watching(lambda: NOW))

    def _ends(self, probability: float) -> bool:
        return self._faults and self.rng.random() < probability

    async def _publish(self) -> None:
        if self.log.records and self.rng.random() < 0.1:
            self.log.compact(self.rng)
        before = self._publisher
        try:
            await self._publisher.step()
            if self._ends(0.1):
                self._publisher = self._another()  # beside the other, who does not know
                await self._publisher.step()
                await before.step()
        except Fenced:
            assert self._publisher is not before
        except Crash:
            self._publisher = self._another()

    async def _agrees(self) -> bool:
        """Whether the API says the same of each campaign and day, and of a day that is not there what it says of one on which nothing happened."""
        held = {place: msgspec.json.decode(value) for place, value in self.log.values().items()}
        reader = Reader(self._reading, lambda: NOW)
        for place in {*held, *[place async for place in self._places()]}:
            try:
                said = await _said(reader, place)
            except NotFound:
                if place in held:
                    return False
                continue
            if said != (held[place] if place in held else await _said(reader, place, NOTHING_HAPPENED)):
                return False
        return True

    async def _places(self) -> AsyncIterator[Place]:
        for tenant in await self._reading.tenants():
            for campaign in await self._reading.campaigns(tenant):
                for day in {day for _, day in await self._reading.days(tenant, campaign)}:
                    yield Place(tenant, campaign, day)


async def _said(reader: Reader, place: Place, day: str | None = None) -> dict[str, Any]:
    """The answer of the API, in the shape of a record; of another day, if one is named."""
    day = day or place.day
    answer = await reader.overview(Scope.of_all(place.tenant), place.campaign, ask(None, day, day, None, Basis.CREATED))
    named = {
        "campaign_id": place.campaign,
        "day": place.day,
        "timezone": answer.stamp.timezone,
        "currency": answer.stamp.currency,
        "definition_version": answer.stamp.definition_version,
    }
    rest = {name: getattr(answer, name) for name in ("totals", "by_currency", "unconverted", "rate_day")}
    found: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(named | rest))
    return found


@pytest.fixture(autouse=True)
def _small_transactions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "AT_ONCE", 7)


async def holds(url: str, seed: int, spoil: Callable[[Course], None] = lambda course: None) -> bool:
    course = Course(url, seed)
    spoil(course)
    try:
        return await course.run()
    finally:
        await course.close()


async def noticed(url: str, spoil: Callable[[Course], None]) -> bool:
    for seed in range(SEEDS):
        if not await holds(url, seed, spoil):
            return True
    return False


@pytest.mark.parametrize("seed", range(SEEDS))
async def test_the_topic_is_what_the_api_answers_after_any_course_of_events(redis_url: str, seed: int) -> None:
    assert await holds(redis_url, seed)


BOUGHT: Final = [an("campaign", "c", currency="VND"), an("order", "o", campaign_id="c", currency="USD", gross_minor=1000)]
READS_DIFFERENTLY: Final = {
    "a rate of the day": (an("rate", "USD/VND/2026-03-02", base="USD", quote="VND", day="2026-03-02", rate="25000"), 250_000, "VND"),
    "a rate of an earlier day": (an("rate", "USD/VND/2026-01-01", base="USD", quote="VND", day="2026-01-01", rate="25000"), 250_000, "VND"),
    "a rate of a later day": (an("rate", "USD/VND/2026-03-03", base="USD", quote="VND", day="2026-03-03", rate="25000"), 0, "VND"),
    "another currency of the campaign": (an("campaign", "c", version=2, currency="USD"), 1000, "USD"),
    "revenue is what was won": (an("tenant", "default", revenue_basis="won_amount"), 0, "VND"),
}
"""What happens -> the event, revenue and currency of the day after it."""


async def _last_said(url: str, event: Event | Tombstone, spoil: tuple[str, str] = ("", "")) -> tuple[int, str, int]:
    """What the topic says of the order's day after an event that comes when the order is published, and how many records that took."""
    writing, reading, log = RedisStore(url), Store(url, None, "g1"), Log()
    writing._sources["apply"] = writing._sources["apply"].replace(*spoil) if all(spoil) else writing._sources["apply"]
    try:
        worker = await Worker.on(writing, "t-0")
        await worker.read_up_to(NOW)
        publisher = Publisher(reading, LogTopic(log, lambda: False), lambda: NOW, Watching(lambda: NOW))
        for events in (BOUGHT, [event]):
            await worker.commit(*events)
            await worker.settle()
            await publisher.step()
    finally:
        await writing.close()
        await reading.close()
    ((_, value),) = log.values().items()
    said = msgspec.json.decode(value)
    return said["totals"]["revenue_net"], said["currency"], len(log.records)


@pytest.mark.parametrize("what", READS_DIFFERENTLY)
async def test_numbers_that_read_differently_although_no_cell_has_changed_are_said_again(redis_url: str, what: str) -> None:
    event, revenue, currency = READS_DIFFERENTLY[what]

    assert await _last_said(redis_url, event) == (revenue, currency, 1 if what == "a rate of a later day" else 2)


async def test_an_outbox_that_does_not_say_so_would_be_noticed(redis_url: str) -> None:
    event, revenue, _ = READS_DIFFERENTLY["a rate of the day"]

    said = await _last_said(redis_url, event, ("told[#told + 1] = '=' .. c[2]", "told[#told + 1] = '=9999-12-31'"))

    assert said[0] != revenue


async def _ended_in_between(url: str) -> set[int]:
    """Revenue of all days after a rate that concerns all of them, where the publisher ended when it had said so of some, and another went on."""
    writing, reading, log = RedisStore(url), Store(url, None, "g1"), Log()
    days = [f"2026-03-{day:02}T12:00:00Z" for day in range(1, 3 * module.AT_ONCE)]
    orders = [an("order", day, campaign_id="c", currency="USD", gross_minor=1000, purchased_at=day) for day in days]
    writes = count()
    try:
        worker = await Worker.on(writing, "t-0")
        await worker.read_up_to(NOW)
        await worker.commit(BOUGHT[0], *orders)
        await Publisher(reading, LogTopic(log, lambda: False), lambda: NOW, Watching(lambda: NOW)).step()
        await worker.commit(READS_DIFFERENTLY["a rate of an earlier day"][0])
        with pytest.raises(Crash):
            await Publisher(reading, LogTopic(log, lambda: next(writes) == 1), lambda: NOW, Watching(lambda: NOW)).step()
        await Publisher(reading, LogTopic(log, lambda: False), lambda: NOW, Watching(lambda: NOW)).step()
    finally:
        await writing.close()
        await reading.close()
    return {msgspec.json.decode(value)["totals"]["revenue_net"] for value in log.values().values()}


async def test_a_publisher_that_ended_in_between_leaves_nothing_out(redis_url: str) -> None:
    assert await _ended_in_between(redis_url) == {250_000}


async def test_a_publisher_that_says_it_is_through_before_it_is_would_be_noticed(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    write = Publisher._write

    async def too_early(self: Publisher, found: Any, facts: Any, before: str, through: str) -> None:
        await write(self, found, facts, through, through)

    monkeypatch.setattr(Publisher, "_write", too_early)

    assert await _ended_in_between(redis_url) == {0, 250_000}


async def test_a_publisher_that_believes_what_was_read_in_a_store_that_is_no_more_would_be_noticed(
    redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    since = Outbox.since

    async def from_any(self: Outbox, revision: str, most: int = 500) -> Any:
        return await since(self, revision, most) or []

    monkeypatch.setattr(Outbox, "since", from_any)

    assert await noticed(redis_url, lambda course: None)


async def test_while_the_numbers_are_rebuilt_nothing_is_said(redis_url: str) -> None:
    course = Course(redis_url, 1)
    try:
        assert await course.run()
        said = len(course.log.records)
        course.written.redis.flushdb()
        await course._publisher.step()
        await course.written.claim()
        await course.written.write()
        await course._publisher.step()
    finally:
        await course.close()

    assert said == len(course.log.records) > 0


async def test_the_lag_is_the_time_since_all_that_was_counted_was_in_the_topic(redis_url: str) -> None:
    writing, reading, now, breaks = RedisStore(redis_url), Store(redis_url, None, "g1"), [NOW], [False]
    watching = Watching(lambda: now[0])
    publisher = Publisher(reading, LogTopic(Log(), lambda: breaks[0]), lambda: now[0], watching)

    async def lag_after(seconds: int) -> float | None:
        now[0] += seconds * 1000
        with contextlib.suppress(Crash):
            await publisher.step()
        return watching.registry.get_sample_value("kpi_updates_lag_seconds")

    try:
        worker = await Worker.on(writing, "t-0")
        await worker.read_up_to(NOW)
        await worker.commit(*BOUGHT)

        assert await lag_after(7) == 0
        assert await lag_after(7) == 0  # nothing new
        breaks[0] = True
        await worker.commit(READS_DIFFERENTLY["a rate of the day"][0])
        await worker.settle()
        assert await lag_after(7) == 7
    finally:
        await writing.close()
        await reading.close()
