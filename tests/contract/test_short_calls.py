"""However much is read, the calls are all short, and yet what they give is of one moment, while others write."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest

from schemas import keys
from schemas.keys import SEP
from tests.support.cells import GENERATION, TENANT, Numbers, a_campaign
from views_api.stored import course
from views_api.stored import entries as entries_module
from views_api.stored.entries import EVERYTHING
from views_api.stored.readings import Group, Read
from views_api.stored.store import Store

DAYS = ["2026-11-01", "2026-11-02", "2026-11-03"]
MANY = 700
"""Of one day: more than a hash keeps as a list."""
NONE: list[list[str]] = []


@pytest.fixture(name="numbers")
def _numbers(redis_url: str) -> Iterator[Numbers]:
    numbers = Numbers(redis_url)
    numbers.fresh(1)
    numbers.campaign(a_campaign())
    for day in DAYS:
        numbers.cells("i", day, {entry(day, n): 1 for n in range(MANY)})
    numbers.changed()
    yield numbers
    numbers.redis.close()


@pytest.fixture(name="store")
async def _store(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Store]:
    monkeypatch.setattr(entries_module, "BUDGET", 100)
    store = Store(redis_url, None, GENERATION)
    yield store
    await store.close()


def entry(day: str, n: int, status: str = "o") -> str:
    return f"{status}|r|s1|an|{day}-{n}"


def between(monkeypatch: pytest.MonkeyPatch, store: Store, change: Callable[[int], object]) -> list[int]:
    """Changes the store after each call; the entries that these gave."""
    ask, given = store._some_entries, list[int]()

    async def asked(*question: Any) -> Any:
        answer = await ask(*question)
        given.append(len(answer[1]) // 2)
        change(len(given))
        return answer

    monkeypatch.setattr(store, "_some_entries", asked)
    return given


async def listed(store: Store, limit: int = EVERYTHING, filters: Any = NONE, first: str = "", last: str = "") -> set[tuple[str, str]]:
    found = [(day, parts[-1]) for day, parts in await store.entries(TENANT, "c", "i", first, last, limit, filters)]
    assert len({*found}) == len(found)
    return {*found}


EVERY = {(day, f"{day}-{n}") for day in DAYS for n in range(MANY)}


async def test_no_call_gives_many_entries_and_together_they_give_each_once(
    store: Store, numbers: Numbers, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = between(monkeypatch, store, lambda _: None)

    assert await listed(store) == EVERY
    assert max(given) < 300
    assert await listed(store, limit=1) == {each for each in EVERY if each[0] == DAYS[-1]}
    assert await listed(store, last=DAYS[0], filters=[["o"]]) == {each for each in EVERY if each[0] == DAYS[0]}
    assert await listed(store, filters=[["w"]]) == set()


async def test_what_is_found_far_behind_is_found(store: Store, numbers: Numbers) -> None:
    numbers.cells("i", DAYS[0], {entry(DAYS[0], 10_000, "w"): 1})
    numbers.changed("c", f"i|{DAYS[0]}")

    assert await listed(store, limit=1, filters=[["w"]]) == {(DAYS[0], f"{DAYS[0]}-10000")}


@pytest.mark.parametrize("limit", [EVERYTHING, 3 * MANY])
@pytest.mark.parametrize("named", ["days", ""])
async def test_what_moves_from_day_to_day_meanwhile_is_listed_once(
    store: Store, numbers: Numbers, monkeypatch: pytest.MonkeyPatch, named: str, limit: int
) -> None:
    """From the oldest day, which is still to be read, to the newest, which was read; and the other way round."""
    moved = [(DAYS[0], DAYS[2], n) for n in range(0, MANY, 50)] + [(DAYS[2], DAYS[0], n) for n in range(0, MANY, 50)]

    def move(call: int) -> None:
        if call % 9 == 8 and moved:
            was, now, n = moved.pop()
            numbers.redis.hdel(keys.prefix(GENERATION, 0) + keys.cells(TENANT, "c", "i", was), entry(was, n).replace("|", SEP))
            numbers.cells("i", now, {entry(was, n): 1})
            numbers.changed("c", *([f"i|{was}", f"i|{now}"] if named else []))

    between(monkeypatch, store, move)
    found = await listed(store, limit)

    assert {identity for _, identity in found} == {identity for _, identity in EVERY}
    assert len(found) == len(EVERY)


async def test_of_days_that_changed_alone_is_asked_again(store: Store, numbers: Numbers, monkeypatch: pytest.MonkeyPatch) -> None:
    def change(call: int) -> None:
        if call == 15:
            numbers.cells("i", DAYS[2], {entry(DAYS[2], MANY): 1})
            numbers.changed("c", f"i|{DAYS[2]}", "o|2026-11-01")
            numbers.changed("d", f"i|{DAYS[1]}")

    given = between(monkeypatch, store, change)

    assert await listed(store) == EVERY | {(DAYS[2], f"{DAYS[2]}-{MANY}")}
    assert sum(given) == pytest.approx(4 * MANY, rel=0.05)


async def test_what_never_stands_still_is_read_in_one_call_at_last(store: Store, numbers: Numbers, monkeypatch: pytest.MonkeyPatch) -> None:
    given = between(monkeypatch, store, lambda _: numbers.changed("c"))

    assert await listed(store) == EVERY
    assert given[-1] == 3 * MANY
    assert max(given[:-1]) < 300


async def test_days_that_changed_are_read_some_at_a_time(redis_url: str, numbers: Numbers, monkeypatch: pytest.MonkeyPatch) -> None:
    """All 30 of them between two questions, and others while these are read: none is read twice but for what it changed."""
    days = [f"2026-11-{day:02d}" for day in range(1, 31)]
    reads, given = [Read("o", [], [Group("", "")]), Read("r", [], [Group(days[0], days[-1], days)])], list[int]()

    class Watched(Store):
        async def _call(self, script: Any, question: Any, told: Any) -> Any:
            answer = await super()._call(script, question, told)
            given.append(sum(len(one.days) for one in answer[2]))
            if len(given) in (4, 8):
                write(days[len(given) % 30], "r")
            return answer

    def write(day: str, view: str) -> None:
        numbers.cells(view, day, {"n|o|r|s1": 1} if view == "o" else {"n|1": 1})
        numbers.changed("c", f"{view}|{day}")

    for day in days:
        write(day, "o")
        write(day, "r")
    monkeypatch.setattr(course, "BUDGET", 20)
    store = Watched(redis_url, None, GENERATION)
    await store.cells("default", "c", reads)
    for day in days:
        write(day, "o")
        write(day, "r")
    given.clear()

    found = await store.cells("default", "c", reads)
    fresh = Store(redis_url, None, GENERATION)
    expected = await fresh.cells("default", "c", reads)
    await store.close()
    await fresh.close()

    assert [*found.sums] == [*expected.sums]
    assert max(given) <= 10
    assert 60 <= sum(given) <= 64


async def test_where_the_outbox_says_much_it_is_heard_first_and_read_then(redis_url: str, numbers: Numbers) -> None:
    names = [f"{view}|{day}" for day in DAYS for view in "orqkz"]
    reads, given = [Read("o", [], [Group("", "")])], list[tuple[int, int]]()

    class Watched(Store):
        async def _call(self, script: Any, question: Any, told: Any) -> Any:
            answer = await super()._call(script, question, told)
            given.append((len(answer[1] or ()), sum(len(one.days) for one in answer[2])))
            return answer

    store = Watched(redis_url, None, GENERATION)
    numbers.cells("o", DAYS[0], {"n|o|r|s1": 1})
    await store.cells(TENANT, "c", reads)
    numbers.cells("o", DAYS[0], {"n|o|r|s1": 2})
    for _ in range(450):
        numbers.changed("c", *names)
    given.clear()

    found = await store.cells(TENANT, "c", reads)
    await store.close()

    assert found.sums[0][0] == {"n|o|r|s1".replace("|", SEP): 3}
    assert given == [(450, 0), (0, 3)]
