"""Which campaigns, whose rows and which amounts a caller sees, by role."""

from __future__ import annotations

from collections.abc import AsyncIterator

import msgspec
import pytest
from msgspec import inspect
from redis.asyncio import Redis

from schemas.answers import OF_MONEY, Changes, Figures
from schemas.cells import Basis
from schemas.errors import NotFound
from schemas.kpis import MONEY
from schemas.rows import TenantRow
from tests.support.cells import Numbers, a_campaign, an_opportunity, an_order
from tests.unit.views_api.conftest import NOON
from views_api.answers import comparing, drilldown, messages, order_list
from views_api.answers.reader import Reader
from views_api.app import ANSWERS
from views_api.problems import Forbidden
from views_api.scope import Right, Scope
from views_api.stored.store import Store
from views_api.views import campaigns, orders
from views_api.views.compared import Base, To
from views_api.views.opportunities import Filters
from views_api.views.periods import By, Preset, ask
from views_api.views.withheld import shown

ALL_DAYS = ask(Preset.ALL, None, None, None, Basis.CREATED)
ALL_OF_2026 = ask(None, "2026-01-01", "2026-12-31", None, Basis.CREATED)
NO_FILTERS = campaigns.Filters(search=None, active=None, created_from=None, created_to=None)
ADMIN = Scope.of_all("default")


def someone(*rights: Right, staff: str | None = "an", tenant: str = "default") -> Scope:
    return Scope("someone", tenant, frozenset({Right.VIEW, *rights}), staff)


@pytest.fixture(name="reader")
async def _reader(redis_url: str) -> AsyncIterator[Reader]:
    store = Store(redis_url, None, "g1")
    yield Reader(store, lambda: NOON)
    await store.close()


@pytest.fixture(name="filled")
def _filled(numbers: Numbers) -> Numbers:
    """`an` takes part in c, manages m and has nothing to do with x; each has one opportunity of an's and one of binh's, and an order."""
    numbers.campaign(a_campaign("c", participant_ids=["an", "binh"], manager_id="chi"))
    numbers.campaign(a_campaign("m", participant_ids=["binh"], manager_id="an"))
    numbers.campaign(a_campaign("x", participant_ids=["binh"]))
    for campaign in "cmx":
        numbers.cells("o", "2026-11-03", {"n|o|r|s1": 2}, campaign)
        numbers.cells("s", "2026-11-03", {"n|an|o|s1": 1, "n|binh|o|s1": 1}, campaign)
        numbers.cells("r", "2026-11-03", {"n|1": 1, "gross|1|VND": 500}, campaign)
        for owner in ("an", "binh"):
            numbers.opportunity(
                an_opportunity(f"{campaign}-{owner}", campaign_id=campaign, owner_id=owner, amount_minor=7, currency="VND"), "2026-11-03"
            )
    numbers.cells("l", "2026-11-03", {f"{cell}": 1 for cell in ("n|c", "n|m", "n|x", "pending")}, "")
    numbers.cells("l", "2026-11-03", {"net|c|VND": 500, "net|m|VND": 500, "net|x|USD": 500}, "")
    return numbers


@pytest.mark.parametrize(
    ("scope", "seen"),
    [
        (ADMIN, "cmx"),
        (someone(Right.VIEW_ALL, staff=None), "cmx"),
        (someone(), "cm"),
        (someone(Right.MONEY), "cm"),
        (someone(staff="binh"), "cmx"),
        (someone(staff="chi"), "c"),
        (someone(staff="nobody"), ""),
        (someone(staff=None), ""),
        (someone(Right.VIEW_ALL, tenant="acme"), ""),
    ],
)
async def test_one_sees_what_one_manages_or_takes_part_in_and_totals_over_that_alone(
    reader: Reader, filled: Numbers, scope: Scope, seen: str
) -> None:
    await reader.overview(ADMIN, "x", ALL_DAYS)  # what is kept of another's question must not matter

    found = await reader.campaigns(scope, ALL_DAYS, NO_FILTERS, campaigns.Sort.NAME, 10, None)
    for campaign in "cmx":
        if campaign in seen:
            assert (await reader.overview(scope, campaign, ALL_DAYS)).totals.opportunities == 2  # type: ignore[attr-defined]
        else:
            with pytest.raises(NotFound):
                await reader.overview(scope, campaign, ALL_DAYS)

    assert [item.id for item in found.items] == [*seen]
    assert (found.totals.campaigns, found.totals.orders) == (len(seen), len(seen))
    assert found.totals.pending_attribution == (
        1 if scope.all_campaigns and scope.tenant == "default" else 0 if scope.all_campaigns else None
    )
    if scope.money:
        assert [*found.totals.by_currency] == (["USD", "VND"] if "x" in seen else ["VND"])


async def test_who_is_taken_out_of_a_campaign_no_longer_sees_it(reader: Reader, filled: Numbers) -> None:
    await reader.overview(someone(), "c", ALL_DAYS)

    filled.campaign(a_campaign("c", participant_ids=["binh"]))

    with pytest.raises(NotFound):
        await reader.overview(someone(), "c", ALL_DAYS)
    with pytest.raises(NotFound):
        await reader.staff(someone(), "c", ALL_DAYS, 10, None)


async def test_what_is_foreign_is_not_asked_more_of_than_what_is_absent(reader: Reader, filled: Numbers, redis_url: str) -> None:
    async def asked_for(campaign: str) -> str:
        async with Redis.from_url(redis_url) as redis:
            await redis.config_resetstat()
            with pytest.raises(NotFound):
                await reader.series(someone(staff="chi"), campaign, ALL_DAYS, "won", By.DAY)
            stats = await redis.info("commandstats")
            return str({name: each["calls"] for name, each in stats.items() if "hget" in name or "eval" in name})

    await reader.overview(ADMIN, "x", ALL_DAYS)

    assert await asked_for("x") == await asked_for("nope") == "{'cmdstat_hget': 1}"


async def test_a_participant_sees_their_own_row_beside_the_totals_of_the_team(reader: Reader, filled: Numbers) -> None:
    people = [[row.staff_id for row in (await reader.staff(someone(), each, ALL_DAYS, 10, None)).items] for each in "cm"]
    owners = [[(row.staff_id, row.opportunities) for row in (await reader.customers(someone(), each, ALL_DAYS)).owners] for each in "cm"]

    assert people == [["an"], ["an", "binh", None]]
    assert owners == [[("an", 1)], [("an", 1), ("binh", 1)]]
    assert (await reader.overview(someone(), "c", ALL_DAYS)).totals.opportunities == 2  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        (Filters(), ["c-an"]),
        (Filters(owner="an"), ["c-an"]),
        (Filters(owner="binh"), []),
        (Filters(owner=""), []),
        (Filters(registered=True), ["c-an"]),
        (Filters(registered=False), []),
    ],
)
async def test_a_participant_is_listed_the_opportunities_that_are_theirs(
    reader: Reader, filled: Numbers, filters: Filters, found: list[str]
) -> None:
    listed = await drilldown.opportunities(reader, someone(), "c", ALL_DAYS, filters, 10, None)

    assert ([item.opportunity_id for item in listed.items], listed.total) == (found, len(found))


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        (orders.Filters(), ["c-an"]),
        (orders.Filters(owner="an", counted=True), ["c-an"]),
        (orders.Filters(owner="binh"), []),
        (orders.Filters(owner=""), []),
        (orders.Filters(rule=2), []),
        (orders.Filters(pending=True), []),
    ],
)
async def test_a_participant_is_listed_the_orders_that_are_credited_to_them(
    reader: Reader, filled: Numbers, filters: orders.Filters, found: list[str]
) -> None:
    filled.listed_order(an_order("c-an"), "2026-11-03", owner="an")
    filled.listed_order(an_order("c-binh"), "2026-11-03", owner="binh")
    filled.listed_order(an_order("of nobody"), "2026-11-03", rule=2)
    filled.listed_order(an_order("pending"), "2026-11-03", rule=0)

    listed = await order_list.orders(reader, someone(), "c", ALL_DAYS, filters, 10, None)
    recent = await order_list.newest(reader.store, someone(), await reader.looks.at(someone(), "c", ALL_DAYS, lambda _: []), filters, 10)

    assert ([item.order_id for item in listed.items], listed.total, listed.totals.orders) == (found, len(found), len(found))
    assert [item.order_id for item in recent] == found


async def test_a_tenant_may_show_everybody_to_every_participant(reader: Reader, filled: Numbers) -> None:
    await reader.staff(someone(), "c", ALL_DAYS, 10, None)
    filled.settings(participant_sees="all")

    people = (await reader.staff(someone(), "c", ALL_DAYS, 10, None)).items
    listed = await drilldown.opportunities(reader, someone(), "c", ALL_DAYS, Filters(), 10, None)

    assert [row.staff_id for row in people] == ["an", "binh", None]
    assert listed.total == 2


async def test_without_the_right_to_money_no_amount_is_in_any_answer(reader: Reader, filled: Numbers) -> None:
    poor = someone(Right.VIEW_ALL)
    answers = [
        await reader.overview(poor, "c", ALL_DAYS),
        await reader.staff(poor, "c", ALL_DAYS, 10, None),
        await reader.customers(poor, "c", ALL_DAYS),
        await reader.campaigns(poor, ALL_DAYS, NO_FILTERS, campaigns.Sort.NAME, 10, None),
        await comparing.overview(reader, poor, "c", ALL_OF_2026, Base(To.PREVIOUS)),
        await messages.messages(reader, poor, "c", ALL_DAYS, None),
        await order_list.orders(reader, poor, "c", ALL_DAYS, orders.Filters(), 10, None),
        await drilldown.opportunities(reader, poor, "c", ALL_DAYS, Filters(), 10, None),
    ]
    everything = [msgspec.json.encode(shown(ADMIN, answer)) for answer in answers]
    without = [msgspec.json.encode(shown(poor, answer)) for answer in answers]

    assert b'"revenue_net":500' in everything[0]
    assert b'"amount":7' in everything[-1]
    for text in without:
        assert b"500" not in text
        assert b'"amount":7' not in text
        assert b'"revenue_net":0' not in text
        assert b'"by_currency":{"' not in text
    assert b'"opportunities":2' in without[0]
    assert [b'"withheld":true' in text for text in without] == [b'"withheld":false' in text for text in everything]
    assert b'"withheld":true' in without[0]
    assert [msgspec.json.encode(shown(ADMIN, answer)) for answer in answers] == everything, "what is shared was changed"


async def test_money_decides_neither_a_series_nor_an_order_for_those_who_may_not_see_it(reader: Reader, filled: Numbers) -> None:
    poor = someone(Right.VIEW_ALL)

    for name in ("revenue_net", "aov", "roi"):
        with pytest.raises(Forbidden, match="money"):
            await reader.series(poor, "c", ALL_DAYS, name, By.DAY)
    with pytest.raises(Forbidden, match="money"):
        await reader.campaigns(poor, ALL_DAYS, NO_FILTERS, campaigns.Sort.REVENUE_DOWN, 10, None)
    assert (await reader.series(poor, "c", ALL_DAYS, "orders", By.DAY)).points[-1].value == 1


COUNTS = {
    "campaigns", "active_campaigns", "orders", "pending_attribution", "lag_ms", "definition_version", "position", "current", "lost", "share", "reached",
    "reached_of_first", "reached_of_previous", "registered", "unregistered", "time_in_step_median", "time_in_step_p90", "opportunities", "customers", "from_",
    "to", "probability", "tasks", "total", "status", "value", "orders_all", "attribution_rule", "messages", "rank", "of", "least", "people",
    "warn_days", "stall_days", "open", "warned", "stalled", "uncontacted", "quiet_days", "uncontacted_days",
    "adds", "explained", "values", "weight", "entities", "unsettled", "version", "partition", "offset", "actual", "elapsed", "expected", "pace", "projected",
}  # fmt: skip
"""Numbers of answers that tell no amount, whichever answer they are in. `value`: of a series, which is refused as a whole where it is money, or of
a target, which is not shown at all then; so is an explanation, which has those from `adds` on."""


def numbers_of(declared: inspect.Type, name: str = "", *, money: bool = False) -> set[tuple[str, bool]]:
    """(field, whether it is marked as money) of all numbers in an answer."""
    match declared:
        case inspect.StructType(cls=cls, fields=fields):
            found = set[tuple[str, bool]]()
            for field in fields:
                if not (
                    issubclass(cls, Figures | Changes) and field.name in Figures.__struct_fields__
                ):  # these are told by their declarations
                    found |= numbers_of(field.type, field.name)
            return found
        case inspect.Metadata(type=inner, extra=extra):
            return numbers_of(inner, name, money=bool(extra and extra.items() >= OF_MONEY.items()))
        case inspect.UnionType(types=types):
            return set().union(*(numbers_of(each, name, money=money) for each in types))
        case inspect.ListType(item_type=item) | inspect.DictType(value_type=item):
            return numbers_of(item, name, money=money)
        case inspect.IntType() | inspect.FloatType():
            return {(name, money)}
    return set()


def test_each_number_of_each_answer_is_said_to_be_money_or_is_known_to_be_none() -> None:
    """A new field fails here until it is marked in `schemas`, or named in COUNTS."""
    found = set().union(*(numbers_of(inspect.type_info(answer)) for answer in ANSWERS))

    assert {name for name, money in found if not money} <= COUNTS
    assert {"revenue_net", "by_currency", "amount", "gross", "refunds", "net"} <= {name for name, money in found if money}


def test_the_totals_that_rest_on_amounts_are_marked() -> None:
    for kind in (Figures, Changes):
        marked = {name for name, money in ((f.name, f.type) for f in inspect.type_info(kind).fields) if getattr(money, "extra", None)}  # type: ignore[attr-defined]
        assert marked == MONEY
    assert {"roi", "aov", "budget_used_pct", "value_weighted", "spend"} <= MONEY
    assert not {"orders", "won", "expected_wins"} & MONEY


def test_the_key_tells_apart_whoever_sees_something_else() -> None:
    scopes = [
        ADMIN,
        Scope.of_all("acme"),
        someone(),
        someone(staff="binh"),
        someone(staff=None),
        someone(Right.MONEY),
        someone(Right.VIEW_ALL),
    ]

    assert len({scope.key for scope in scopes}) == len(scopes)
    assert someone(Right.VIEW_ALL).key == someone(Right.VIEW_ALL, Right.EXPORT, staff="binh").key


def test_a_service_takes_part_in_nothing_even_where_nobody_manages() -> None:
    service, campaign = someone(staff=None), a_campaign(manager_id=None, participant_ids=[])

    assert not service.sees(campaign)
    assert someone(staff="an").only(a_campaign(), TenantRow()) == "an"
