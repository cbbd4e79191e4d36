"""What a reader has kept and what is there are the same, whatever was written, lost or set back in between; and a change that nobody is told of would be noticed here."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from hashlib import sha1
from typing import Any, Final

import pytest

from schemas.events import Event
from tests.support.cells import Numbers
from tests.support.losing import Chances, Losing
from views_api.stored import course as calls_of
from views_api.stored import store as store_module
from views_api.stored.connection import Script
from views_api.stored.heard import Heard
from views_api.stored.readings import Group, Read, Reading
from views_api.stored.store import Store

VIEWS: Final = "okszfnwirqjtml"
SEEDS: Final = 12


class Course:
    """One seed's course: a worker that counts, a store that loses things, a reader that keeps what it read."""

    def __init__(self, url: str, seed: int) -> None:
        chances = Chances(kept=0.04, set_back=0.02, trimmed=0.02, emptied=0.005)
        self.written = Losing(url, seed, chances, groups=(1, 1, 3, 3, 150), as_of=0)
        self.rng = self.written.rng
        self.keeping, self._url = Store(url, None, "g1"), url

    def spoil_reader(self, old: str, new: str) -> None:
        assert old in self.keeping._cells.text
        text = self.keeping._cells.text.replace(old, new)
        self.keeping._cells = Script("cells", text, sha1(text.encode(), usedforsecurity=False).hexdigest())

    async def run(self) -> bool:
        """Whether whatever was kept was always what was there."""
        await self.written.claim()
        questions = list(self._questions())
        while not self.written.done:
            await self.written.write()
            self.written.lose()
            tenant, campaign, reads = self.rng.choice(questions)
            if shown(await self.keeping.cells(tenant, campaign, reads)) != await self._there(tenant, campaign, reads):
                return False
        return True

    async def close(self) -> None:
        await self.written.close()
        await self.keeping.close()

    def _questions(self) -> Iterator[tuple[str, str, list[Read]]]:
        """A few, of any shape, asked again and again."""
        whos = sorted({(event.tenant, event.data.campaign_id) for event in self.written.events if isinstance(event, Event) and getattr(event.data, "campaign_id", None)})  # fmt: skip
        for tenant, campaign in [*self.rng.sample(whos, min(len(whos), 4)), (whos[0][0], "")]:
            for _ in range(2):
                first = date(2026, 4, 24) - timedelta(days=self.rng.randrange(60))
                days = [(first + timedelta(days=n)).isoformat() for n in range(70)]
                groups = self.rng.choice(
                    (
                        [Group("", "")],
                        [Group("", days[30])],
                        [Group(days[0], days[-1], days)],
                        [Group(days[n], days[n + 6], days[n : n + 7]) for n in range(0, 70, 7)],
                        [Group("", days[6]), Group(days[7], days[13], days[7:14]), Group(days[14], "")],
                    )
                )
                reads = [Read(view, self.rng.choice(([], ["n", "a", "gross"])), groups) for view in self.rng.sample(VIEWS, 5)]
                yield tenant, campaign, reads
                if not campaign:
                    theirs = [identity for of, identity in whos if of == tenant]
                    yield tenant, "", [read._replace(campaign=identity) for identity in theirs for read in reads]

    async def _there(self, tenant: str, campaign: str, reads: list[Read]) -> Any:
        fresh = Store(self._url, None, "g1")
        try:
            return shown(await fresh.cells(tenant, campaign, reads))
        finally:
            await fresh.close()


def shown(reading: Reading) -> Any:
    return reading.facts, reading.rows, reading.settings, [[dict(sums) for sums in groups] for groups in reading.sums]


@pytest.fixture(name="any_budget", params=[(8_000, 400), (60, 400), (60, 1)], ids=["one call", "many calls", "one read a call"])
def _any_budget(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in zip(("BUDGET", "READS"), request.param, strict=True):
        monkeypatch.setattr(calls_of, name, value)


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


@pytest.mark.usefixtures("any_budget")
async def test_what_is_kept_is_what_is_there_in_any_course_of_events(redis_url: str) -> None:
    for seed in range(SEEDS):
        assert await holds(redis_url, seed), seed


WRITERS: Final = {
    "only one hash of a campaign is named": ("told[#told + 1] = hashes[i]", "told[#told + 1] = hashes[h + 1]"),
    "hashes that are too many are named by nobody": ("told[#told + 1] = '*'", "told[#told + 1] = ''"),
}
READERS: Final = {
    "a revision that the outbox does not have is believed": ("outbox[1] and outbox[1][1] == heard", "heard ~= ''"),
    "days that changed are not looked for": ("if asked_for[who] and changed[who] ~= false then", "if false then"),
    "that any day may have changed is not understood": ("if asked_for[who] and sub(where, 1, 1) == '*' then changed[who] = false end", ""),
}


@pytest.mark.parametrize("fault", WRITERS)
async def test_a_writer_with_this_fault_would_be_noticed(redis_url: str, fault: str) -> None:
    assert await noticed(redis_url, lambda course: course.written.spoil(*WRITERS[fault]))


@pytest.mark.parametrize("fault", READERS)
async def test_a_reader_with_this_fault_would_be_noticed(redis_url: str, fault: str) -> None:
    assert await noticed(redis_url, lambda course: course.spoil_reader(*READERS[fault]))


def _does_not_look_up(course: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    changed = Heard.changed
    monkeypatch.setattr(Heard, "changed", lambda *asked: None if changed(*asked) is None else [])


async def test_what_was_read_of_a_store_that_was_set_back_is_not_taken_for_older_than_what_it_says_now(redis_url: str) -> None:
    """Its revisions go on as if nothing had been: between two that are there lies one that is no more."""
    numbers, store, who = Numbers(redis_url), Store(redis_url, None, "g1"), ("default", "c")
    one, other = [Read("o", [], [Group("", "")])], [Read("s", [], [Group("", "")])]
    numbers.cells("o", "2026-11-01", {"n|o|r|s1": 1})
    numbers.changed("c", "o|2026-11-01")
    copy: list[tuple[Any, Any]] = [(key, numbers.redis.dump(key)) for key in numbers.redis.scan_iter()]
    await store.cells(*who, one)
    numbers.cells("o", "2026-11-02", {"n|o|r|s1": 5})
    numbers.changed("c", "o|2026-11-02")
    assert [*(await store.cells(*who, one)).sums[0][0].values()] == [6]

    numbers.redis.flushdb()
    for key, value in copy:
        numbers.redis.restore(key, 0, value)
    await store.cells(*who, other)
    numbers.changed("c", "s|2026-11-01")
    await store.cells(*who, other)

    assert [*(await store.cells(*who, one)).sums[0][0].values()] == [1]
    await store.close()
    numbers.redis.close()


async def test_a_reader_that_forgets_what_it_heard_would_be_noticed(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert await noticed(redis_url, lambda course: _does_not_look_up(course, monkeypatch))


@pytest.mark.parametrize("most", [1, 7, 10**6])
async def test_what_was_heard_long_ago_may_be_forgotten(redis_url: str, monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    monkeypatch.setattr(store_module, "Heard", lambda newest="": Heard(newest, most))
    for seed in range(SEEDS):
        assert await holds(redis_url, seed), seed
