"""The reader over a real store: sums of any cells, in one call or in many, while others write, on servers old and new."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date, timedelta
from random import Random
from typing import Any

import pytest

from schemas import keys
from schemas.cells import Basis
from schemas.errors import NotFound, Unavailable
from schemas.kpis import Totals
from schemas.measures import Kpi, Unit
from tests.support.cells import Numbers, a_campaign, an_opportunity
from views_api.answers import drilldown
from views_api.answers.reader import Reader
from views_api.scope import Scope
from views_api.stored import course
from views_api.stored.readings import Group, Read
from views_api.stored.store import Store
from views_api.views.opportunities import Filters
from views_api.views.periods import Asked, By, Preset, ask

NOW = 1_795_500_000_000  # 24 November 2026
SCOPE = Scope.of_all("default")
FIRST, LAST = date(2026, 8, 20), date(2026, 11, 24)


@pytest.fixture(name="numbers")
def _numbers(redis_url: str) -> Any:
    numbers = Numbers(redis_url)
    numbers.fresh(NOW)
    numbers.campaign(a_campaign())
    yield numbers
    numbers.redis.close()


@pytest.fixture(name="store")
async def _store(redis_url: str) -> AsyncIterator[Store]:
    store = Store(redis_url, None, "g1")
    yield store
    await store.close()


@pytest.fixture(name="reader")
def _reader(store: Store) -> Reader:
    return Reader(store, lambda: NOW)


def fill(numbers: Numbers, rng: Random) -> None:
    """Any cells on any days, as the documentation of the cells allows them."""
    steps, staff = ["s1", "s2", "gone", ""], ["an", "binh", ""]
    for _ in range(120):
        day = (FIRST + timedelta(days=rng.randrange((LAST - FIRST).days + 1))).isoformat()
        status, owner, step, amount = rng.choice("owl"), rng.choice(staff), rng.choice(steps), rng.randrange(1, 10**6)
        registered = "r" if owner else "u"
        views = [("o", "s")] + ([("k", "z")] if status != "o" else [])
        for head, people in views:
            fields = {f"n|{status}|{registered}|{step}": 1, "won|VND": amount if status == "w" else 0}
            if status == "l":
                fields |= {f"lost|{rng.choice(['price', ''])}|{rng.choice(['retail', ''])}": 1}
            numbers.cells(head, day, fields)
            numbers.cells(people, day, {f"n|{owner}|{status}|{step}": 1})
            if status != "o":
                numbers.cells(people, day, {f"c|{owner}|{status}": -1})
                numbers.cells(people, day, {f"c|{rng.choice(staff)}|{status}": 1})
        if status == "o":
            probability = rng.randrange(101)
            numbers.cells("o", day, {f"p|{probability}": 1, f"open|VND|{probability}|": amount})
        numbers.cells("f", day, {f"n|{status}|{owner}|{step}": rng.choice([-1, 1]), "open|VND": amount})
        numbers.cells(
            "r", day, {f"n|{rng.choice('123')}": 1, "gross|1|VND": amount, "refunds|1|VND": amount // 3, "rest|2": 1, "pending": 1}
        )
        numbers.cells("q", day, {f"n|{owner}|{step}": 1, f"gross|{owner}|{step}|VND": amount})
        numbers.cells("t", day, {f"n|{rng.choice('clxp')}|{owner}": 1})
        numbers.cells("m", day, {f"{rng.choice(['targeted', 'sent', 'failed'])}|sms|a|": 1})


CALENDAR = [by for by in By if by is not By.HOUR]
ADDITIVE = [name for name in Totals.published() if not isinstance(Totals.published()[name], Kpi) and not name.startswith("customers")]


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("basis", [Basis.CREATED, Basis.CLOSED])
async def test_the_points_of_every_series_add_up_to_the_total(reader: Reader, numbers: Numbers, seed: int, basis: Basis) -> None:
    rng = Random(seed)
    fill(numbers, rng)
    asked = ask(None, "2026-09-03", "2026-11-20", None, basis)
    totals = (await reader.overview(SCOPE, "c", asked)).totals

    for name in rng.sample([*ADDITIVE, "revenue_net"], 8):
        for by in CALENDAR:
            points = (await reader.series(SCOPE, "c", asked, name, by)).points
            values = [point.value for point in points]
            total = getattr(totals, name)
            assert (sum(values) if None not in values else None) == total, (name, by)  # type: ignore[arg-type]


@pytest.mark.parametrize("seed", range(3))
async def test_as_of_the_last_point_of_a_series_is_the_total(reader: Reader, numbers: Numbers, seed: int) -> None:
    fill(numbers, Random(seed))
    asked = ask(None, "2026-09-03", "2026-10-20", None, Basis.AS_OF)
    totals = (await reader.overview(SCOPE, "c", asked)).totals

    for name in ("opportunities", "registered", "open", "won", "lost", "value_open", "value_won", "orders"):
        for by in CALENDAR:
            points = (await reader.series(SCOPE, "c", asked, name, by)).points
            assert points[-1].value == getattr(totals, name), (name, by)


@pytest.mark.parametrize("seed", range(3))
async def test_what_must_add_up_adds_up(reader: Reader, numbers: Numbers, seed: int) -> None:
    fill(numbers, Random(seed))
    for basis in (Basis.CREATED, Basis.CLOSED):
        asked = ask(Preset.ALL, None, None, None, basis)
        overview = await reader.overview(SCOPE, "c", asked)
        customers = await reader.customers(SCOPE, "c", asked)
        staff = await reader.staff(SCOPE, "c", asked, 200, None)
        totals: Any = overview.totals

        assert totals.registered + totals.unregistered == totals.opportunities == (totals.open or 0) + totals.won + totals.lost
        assert sum(row.current + row.lost for row in overview.funnel) == totals.opportunities
        assert sum((row.registered or 0) + (row.unregistered or 0) for row in overview.funnel) == totals.opportunities
        assert sum(row.share or 0 for row in overview.outcomes) == pytest.approx(100)
        assert sum(row.opportunities for row in customers.owners) == totals.opportunities
        for rows in (customers.lost_reasons, customers.lost_industries):
            assert rows is not None
            assert sum(row.opportunities for row in rows) == totals.lost
            assert sum(row.share or 0 for row in rows) == pytest.approx(100)
        items: list[Any] = staff.items
        for name in ("opportunities", "won", "lost"):
            assert sum(getattr(item, name) for item in items) == getattr(totals, name)
        assert sum(item.tasks_created for item in items) == totals.tasks_created
        for item in items:
            assert sum(step.opportunities for step in item.steps) == item.opportunities
            assert sum(step.revenue_net for step in item.steps) == item.revenue_net
        if overview.probability:
            assert sum(row.opportunities for row in overview.probability) == totals.open
            assert sum(row.share or 0 for row in overview.probability) == pytest.approx(100)


def everything() -> Asked:
    return ask(Preset.ALL, None, None, None, Basis.CREATED)


async def test_what_takes_many_calls_says_the_same_as_one(reader: Reader, numbers: Numbers, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(numbers, Random(1))
    numbers.cells("o", "2026-11-01", {"open|VND||": 9_007_199_254_740_993})
    whole = await reader.overview(SCOPE, "c", everything())
    monkeypatch.setattr(course, "BUDGET", 40)

    pieces = await reader.overview(SCOPE, "c", everything())

    assert pieces == whole


class Busy(Store):
    """Somebody writes between any two calls."""

    calls = 0
    numbers: Numbers
    campaign_written = "c"
    told: tuple[str, ...] = ()

    async def _call(self, script: Any, question: Any, told: Any) -> Any:
        answer = await super()._call(script, question, told)
        self.calls += 1
        self.numbers.cells("o", "2026-11-01", {"n|o|r|s1": 1, "n|w|r|s1": 1}, self.campaign_written)
        self.numbers.changed(self.campaign_written, *self.told)
        return answer


@pytest.mark.parametrize(
    ("written", "told", "budget", "calls"),
    [
        ("c", (), 3, 8),
        ("other", (), 3, 4),
        ("c", ("o|2026-11-01",), 12, 3),
        ("c", ("o|2026-11-01",), 3, 4 + 7),  # more changes than may be read: at last all at once
    ],
)
async def test_an_answer_is_of_one_revision_though_others_write_between_its_calls(
    redis_url: str, numbers: Numbers, monkeypatch: pytest.MonkeyPatch, written: str, told: tuple[str, ...], budget: int, calls: int
) -> None:
    monkeypatch.setattr(course, "BUDGET", budget)
    for day in ("2026-11-01", "2026-11-02", "2026-11-03"):
        numbers.cells("o", day, {"n|o|r|s1": 1, "n|w|r|s1": 1, "n|l|r|s1": 0, "reached|s1": 1})
    busy = Busy(redis_url, None, "g1")
    busy.numbers, busy.campaign_written, busy.told = numbers, written, told
    numbers.changed()

    reading = await busy.cells(
        "default", "c", [Read("o", [], [Group("", "")]), Read("o", [], [Group("2026-11-01", "2026-11-01", ["2026-11-01"])])]
    )
    await busy.close()

    (all_days,), (one_day,) = reading.sums
    opened = "n\x1fo\x1fr\x1fs1"
    assert all_days[opened] == one_day[opened] + 2
    assert busy.calls == calls


async def test_each_of_thousands_of_groups_has_its_own_days(redis_url: str, numbers: Numbers) -> None:
    """Weeks of a century, asked of a campaign with years of days: they find their days by halves, in the store."""
    first = date(2020, 1, 6)
    days = [first + timedelta(days=n) for n in range(2_000)]
    for day in days:
        numbers.cells("r", day.isoformat(), {"n|1": 1})
    weeks = [first + timedelta(weeks=n) for n in range(-3_500, 400)]
    of_weeks = [Group(week.isoformat(), (week + timedelta(days=6)).isoformat()) for week in weeks]
    anew = Store(redis_url, None, "g1")

    reading = await anew.cells("default", "c", [Read("r", [], of_weeks)])
    await anew.close()

    sums = [found.get(f"n{keys.SEP}1", 0) for found in reading.sums[0]]
    assert sums == [sum(week <= day < week + timedelta(days=7) for day in days) for week in weeks]


async def test_a_script_that_the_server_has_lost_is_sent_again(store: Store, numbers: Numbers) -> None:
    await store.facts()
    numbers.redis.script_flush()

    assert (await store.facts()).partitions == 2


async def test_rows_of_another_form_are_no_fault_but_not_to_be_read_for_now(store: Store, numbers: Numbers) -> None:
    """Such as while a newer version of the processor has begun to write."""
    for key in (keys.campaigns("default"), keys.settings("default")):
        numbers.redis.hset(f"g1:{{b00}}:{key}", mapping={"c": b"\x93\x01\x02\x03", "settings": b"\x93\x01\x02\x03"})

    with pytest.raises((ValueError, TypeError)):  # a fault, since the store says that it is of the form that is read
        await store.campaign("default", "c")
    numbers.redis.hset(f"g1:{{b00}}:{keys.META}", "version", "999")

    with pytest.raises(Unavailable, match="form 999"):
        await store.campaign("default", "c")
    with pytest.raises(Unavailable, match="form 999"):
        await store.settings("default")


async def test_a_server_without_read_only_calls_is_read_as_well(store: Store, numbers: Numbers) -> None:
    store._connection._suffix = "_AS_UNKNOWN_AS_IN_REDIS_6"

    assert (await store.facts()).partitions == 2
    assert store._connection._suffix == ""


async def test_no_command_of_the_reader_writes(redis_url: str, numbers: Numbers) -> None:
    numbers.redis.acl_setuser("reader", enabled=True, passwords=["+secret"], keys=["%R~g1:{b00}:*"], commands=["-@all", "+@read", "+@connection", "+eval_ro", "+evalsha_ro", "+multi", "+exec"])  # fmt: skip
    fill(numbers, Random(1))
    since = numbers.changed()
    store = Store(redis_url.replace("//", "//reader:secret@"), None, "g1")
    reader = Reader(store, lambda: NOW)
    try:
        await reader.overview(SCOPE, "c", everything())
        assert await store.outbox.unmoved("default", "c", since)
        assert await store.outbox.follow(since, 10) == []
        assert await store.span("default", "c")
    finally:
        await store.close()
        numbers.redis.acl_deluser("reader")


async def test_a_server_that_refuses_is_unavailable_not_a_bug(redis_url: str) -> None:
    store = Store(redis_url, "a wrong password", "g1")
    with pytest.raises(Unavailable):
        await store.facts()
    await store.close()


async def test_a_change_is_found_in_the_outbox_or_said_to_be_unknowable(store: Store, numbers: Numbers) -> None:
    assert await store.outbox.unmoved("default", "c", "0-0")
    first = numbers.changed("other")
    second = numbers.changed("c")

    assert not await store.outbox.unmoved("default", "c", first)
    assert await store.outbox.unmoved("default", "other", first)
    assert await store.outbox.unmoved("default", "c", second)
    assert await store.outbox.since("1-1") is None
    assert await store.outbox.since("9999999999999-0") is None
    assert [[one[:2] for one in change.touched] for change in await store.outbox.since(first) or []] == [[("default", "c")]]


async def test_units_are_what_the_numbers_are(reader: Reader, numbers: Numbers) -> None:
    fill(numbers, Random(2))
    totals = (await reader.overview(SCOPE, "c", everything())).totals

    for name, figure in Totals.published().items():
        value = getattr(totals, name)
        if value is not None and figure.unit in (Unit.COUNT, Unit.MONEY):
            assert isinstance(value, int), name
        if value is not None and name.endswith("_share"):
            assert 0 <= value <= 100, name


async def test_what_was_read_is_kept_as_long_as_it_stands(reader: Reader, store: Store, numbers: Numbers) -> None:
    numbers.cells("o", "2026-11-01", {"n|o|r|s1": 1})
    numbers.changed()
    asked = everything()
    first: Any = (await reader.overview(SCOPE, "c", asked)).totals
    numbers.cells("o", "2026-11-01", {"n|o|r|s1": 1})  # which nobody is told of: so it is seen what is read again
    other = numbers.changed("other")
    kept = await reader.overview(SCOPE, "c", asked)
    same: Any = kept.totals
    numbers.changed()
    again: Any = (await reader.overview(SCOPE, "c", asked)).totals

    assert (first.opportunities, same.opportunities, again.opportunities) == (1, 1, 2)
    assert kept.stamp.revision == other


async def test_a_campaign_that_is_deleted_is_gone_though_it_was_read_before(reader: Reader, numbers: Numbers) -> None:
    await reader.overview(SCOPE, "c", everything())
    numbers.campaign(a_campaign(deleted=True))

    with pytest.raises(NotFound):
        await reader.overview(SCOPE, "c", everything())


@pytest.mark.parametrize("lost", ["the outbox", "an entry", "far behind"])
async def test_what_was_read_is_not_kept_when_the_outbox_cannot_vouch_for_it(reader: Reader, numbers: Numbers, lost: str) -> None:
    numbers.cells("o", "2026-11-01", {"n|o|r|s1": 1})
    revision = numbers.changed()
    await reader.overview(SCOPE, "c", everything())
    numbers.cells("o", "2026-11-01", {"n|o|r|s1": 1})
    if lost == "the outbox":
        numbers.redis.delete("g1:{b00}:out")
    elif lost == "an entry":
        numbers.redis.xdel("g1:{b00}:out", revision)
        numbers.changed("other")
    else:
        for _ in range(500):
            numbers.changed("other")

    totals: Any = (await reader.overview(SCOPE, "c", everything())).totals

    assert totals.opportunities == 2


async def test_a_campaign_that_is_renamed_is_read_by_its_new_name_though_its_numbers_are_kept(reader: Reader, numbers: Numbers) -> None:
    numbers.cells("o", "2026-11-01", {"n|o|r|s1": 1})
    numbers.changed()
    await reader.overview(SCOPE, "c", everything())
    numbers.campaign(a_campaign(name="renamed"))

    assert (await reader.overview(SCOPE, "c", everything())).campaign.name == "renamed"


class Stale(Store):
    """What it says of a campaign beforehand is already out of date, once."""

    async def campaign(self, tenant: str, campaign: str) -> Any:
        row = await super().campaign(tenant, campaign)
        return row and row._replace(zone="America/Los_Angeles", currency=None)


async def test_days_and_currency_are_those_of_the_campaign_as_it_is_read_with_its_numbers(redis_url: str, numbers: Numbers) -> None:
    numbers.cells("o", "2026-11-24", {"n|o|r|s1": 1, "open|||": 5})
    numbers.cells("o", "2026-11-23", {"n|o|r|s1": 10, "open|USD||": 7})
    stale = Stale(redis_url, None, "g1")
    four_in_vietnam = NOW // 86_400_000 * 86_400_000 - 3 * 3_600_000

    answer = await Reader(stale, lambda: four_in_vietnam).overview(SCOPE, "c", ask(Preset.TODAY, None, None, None, Basis.CREATED))
    await stale.close()

    totals: Any = answer.totals
    assert (answer.period.from_, totals.opportunities, totals.value_open) == ("2026-11-24", 1, 5)
    assert (answer.stamp.timezone, answer.stamp.currency) == ("Asia/Ho_Chi_Minh", "VND")


class Moving(Store):
    """An opportunity is lost just before the rows of the first page are read."""

    numbers: Numbers
    moved = False

    async def opportunities(self, tenant: str, ids: Any) -> Any:
        if not self.moved:
            self.moved = True
            self.numbers.redis.delete(f"g1:{{b00}}:{keys.cells('default', 'c', 'i', '2026-11-01')}")
            self.numbers.cells("o", "2026-11-01", {"n|o|r|s1": -1, "n|l|r|s1": 1})
            self.numbers.opportunity(an_opportunity("2"), "2026-11-01")
            self.numbers.opportunity(an_opportunity("1", status="lost"), "2026-11-01")
            self.numbers.changed()
        return await super().opportunities(tenant, ids)


async def test_a_list_and_its_total_are_of_one_revision(redis_url: str, numbers: Numbers) -> None:
    for identity in ("1", "2"):
        numbers.opportunity(an_opportunity(identity), "2026-11-01")
    numbers.cells("o", "2026-11-01", {"n|o|r|s1": 2})
    moving = Moving(redis_url, None, "g1")
    moving.numbers = numbers

    answer = await drilldown.opportunities(Reader(moving, lambda: NOW), SCOPE, "c", everything(), Filters(status="open"), 200, None)
    await moving.close()

    assert moving.moved
    assert ([(item.opportunity_id, item.status) for item in answer.items], answer.total) == ([("2", "open")], 1)
