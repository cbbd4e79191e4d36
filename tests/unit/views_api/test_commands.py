"""Commands: what becomes of them, who may give them, what is refused, and what happens when they come twice or at once."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

from schemas.durations import DAY
from schemas.events import Tombstone
from tests.support.cells import Numbers
from tests.support.commands import Counting, MemoryLog
from tests.support.world import an
from tests.unit.views_api.conftest import NOON
from views_api.answers import waiting
from views_api.commands import commands
from views_api.principals.api_keys import ApiKeys, Author
from views_api.scope import Right
from views_api.settings import Settings

CAMPAIGN: Final[dict[str, Any]] = {
    "name": "Spring",
    "status": "active",
    "manager_id": "chi",
    "participant_ids": ["an"],
    "steps": [{"id": "s1", "name": "Call", "position": 1}],
    "promo_codes": ["TET"],
    "budget_minor": 500,
    "currency": "VND",
    "start_at": "2026-11-01T00:00:00+07:00",
}
TARGET: Final[dict[str, Any]] = {"measure": "orders", "campaign_id": "c", "from": "2026-11-01", "to": "2026-11-30", "value": 60}


@pytest.fixture(name="settings")
def _settings(settings: Settings, tmp_path: Path) -> Settings:
    return settings.model_copy(update={"keys": tmp_path / "keys.db"})


@pytest.fixture(name="counting")
async def _counting(redis_url: str, numbers: Numbers, log: MemoryLog) -> AsyncIterator[Counting]:
    numbers.redis.flushall()
    counting = Counting(redis_url, log, NOON)
    await counting.count()
    yield counting
    await counting.close()


@pytest.fixture(name="made")
async def _made(api: httpx.AsyncClient, counting: Counting) -> httpx.AsyncClient:
    """The API once it has the campaign c."""
    answer = await api.post("/v1/campaigns", json={"id": "c", **CAMPAIGN})
    assert answer.status_code == 202, answer.text
    await counting.count()
    return api


def as_(settings: Settings, *rights: Right, staff: str | None = None, tenant: str = "default") -> dict[str, str]:
    assert settings.keys
    keys = ApiKeys(settings.keys, lambda: NOON)
    _, token = keys.make(tenant, "a test", {Right.VIEW, *rights}, staff, NOON + DAY, Author("a test"))
    keys.close()
    return {"Authorization": f"Bearer {token}"}


def of(version: int | str, **more: str) -> dict[str, str]:
    return {"If-Match": f'"{version}"', **more}


async def names(api: httpx.AsyncClient) -> list[str]:
    return [item["name"] for item in (await api.get("/v1/campaigns?sort=name")).json()["items"]]


async def test_a_campaign_is_made_changed_copied_deleted_and_restored(made: httpx.AsyncClient, counting: Counting, log: MemoryLog) -> None:
    found = await made.get("/v1/campaigns/c")
    assert (found.headers["etag"], found.json()["id"], found.json()["version"]) == ('"1"', "c", 1)
    definition = found.json()["definition"]
    assert definition == CAMPAIGN | {"start_at": "2026-10-31T17:00:00Z", "created_at": "2026-11-24T05:00:00Z"}

    changed = await made.put("/v1/campaigns/c", json=CAMPAIGN | {"name": "Summer"}, headers=of(1))
    assert (changed.status_code, changed.headers["etag"], changed.json()["position"]) == (202, '"2"', "campaigns-0@1")
    await counting.count()
    assert await names(made) == ["Summer"]

    copied = await made.post("/v1/campaigns/c/copy", json={"id": "d", "name": "Autumn"})
    await counting.count()
    copy = (await made.get("/v1/campaigns/d")).json()["definition"]
    assert copied.status_code == 202
    assert copy == {name: value for name, value in definition.items() if name != "start_at"} | {
        "name": "Autumn",
        "status": "not_active",
        "promo_codes": [],
    }

    assert (await made.delete("/v1/campaigns/c", headers=of(2))).status_code == 202
    await counting.count()
    assert await names(made) == ["Autumn"]
    assert (await made.get("/v1/campaigns/c")).status_code == 404

    assert (await made.post("/v1/campaigns/c/restore", headers=of(3))).status_code == 202
    await counting.count()
    assert await names(made) == ["Autumn", "Summer"]
    assert [event["type"] for event in log.events("campaigns")] == [f"campaign.{verb}" for verb in ("created", "updated", "copied", "deleted", "restored")]  # fmt: skip


async def test_a_definition_can_be_put_back_as_it_was_shown(made: httpx.AsyncClient, counting: Counting) -> None:
    for version in (1, 2):
        shown = (await made.get("/v1/campaigns/c")).json()["definition"]
        changed = await made.put("/v1/campaigns/c", json=shown | {"name": f"Summer {version}"}, headers=of(version))
        await counting.count()

        assert changed.status_code == 202, changed.text
        assert await names(made) == [f"Summer {version}"]
        assert (await made.get("/v1/campaigns/c")).json()["definition"]["created_at"] == shown["created_at"]


async def test_when_a_campaign_was_made_is_not_for_a_command_to_say(made: httpx.AsyncClient, counting: Counting) -> None:
    await made.put("/v1/campaigns/c", json=CAMPAIGN | {"created_at": "2020-01-01T00:00:00Z"}, headers=of(1))
    await counting.count()

    assert (await made.get("/v1/campaigns/c")).json()["definition"]["created_at"] == "2026-11-24T05:00:00Z"


async def test_settings_and_targets_are_said_changed_and_taken_back(made: httpx.AsyncClient, counting: Counting) -> None:
    nothing = await made.get("/v1/settings")
    assert (nothing.headers["etag"], nothing.json()["definition"]) == ('"none"', {})
    assert (await made.put("/v1/settings", json={"currency": "USD"}, headers=of("none"))).status_code == 202
    assert (await made.post("/v1/targets", json={"id": "t", **TARGET})).status_code == 202
    await counting.count()

    assert (await made.get("/v1/settings")).json() == {"id": "default", "version": 1, "definition": {"currency": "USD"}}
    assert (await made.put("/v1/settings", json={"currency": "EUR"}, headers=of(1))).json()["version"] == 2
    assert (await made.get("/v1/targets/t")).json() == {"id": "t", "version": 1, "definition": TARGET}
    assert (await made.put("/v1/targets/t", json=TARGET | {"value": 30}, headers=of(1))).status_code == 202
    await counting.count()
    (item,) = (await made.get("/v1/campaigns/c/targets")).json()["items"]
    assert (item["value"], item["version"]) == (30, 2)

    assert (await made.delete("/v1/targets/t", headers=of(2))).status_code == 202
    await counting.count()
    assert (await made.get("/v1/campaigns/c/targets")).json()["items"] == []
    assert (await made.get("/v1/targets/t")).status_code == 404


async def test_a_target_tells_what_is_reached_what_should_be_and_where_it_leads(made: httpx.AsyncClient, counting: Counting) -> None:
    for target in (
        {"id": "a", **TARGET},
        {"id": "b", **TARGET, "staff_id": "an"},
        {"id": "c", **TARGET, "measure": "aov", "value": 2000},
        {"id": "d", **TARGET, "from": "2026-12-01", "to": "2026-12-31"},
    ):
        assert (await made.post("/v1/targets", json=target)).status_code == 202
    orders = [an("order", f"o{n}", campaign_id="c", currency="VND", purchased_at="2026-11-20T05:00:00Z") for n in range(40)]
    await counting.count(*orders)

    items = (await made.get("/v1/campaigns/c/targets")).json()["items"]

    team, person, ratio, later = items
    assert (team["actual"], team["profile"], team["state"]) == (40, "linear", "at_risk")
    assert team["elapsed"] == pytest.approx(100 * (23 + 5 / 24) / 30)  # the campaign lies in UTC, where it is five in the morning
    assert team["expected"] == pytest.approx(60 * team["elapsed"] / 100)
    assert team["projected"] == pytest.approx(40 * 100 / team["elapsed"])
    assert (person["staff_id"], person["actual"], person["pace"]) == ("an", 0, 0)
    assert (ratio["actual"], ratio["expected"], ratio["elapsed"], ratio["state"]) == (1000, 2000, None, "off")
    assert (later["elapsed"], later["expected"], later["pace"], later["state"]) == (0, 0, None, None)


async def test_a_target_over_all_campaigns_is_reached_by_all_of_them(
    made: httpx.AsyncClient, counting: Counting, settings: Settings
) -> None:
    of_all = {name: value for name, value in TARGET.items() if name != "campaign_id"}
    for target in ({"id": "all", **of_all}, {"id": "an", **of_all, "staff_id": "an"}, {"id": "c", **TARGET}):
        assert (await made.post("/v1/targets", json=target)).status_code == 202
    assert (await made.post("/v1/campaigns", json={"id": "d", **CAMPAIGN})).status_code == 202
    orders = [an("order", f"o{campaign}", campaign_id=campaign, purchased_at="2026-11-20T05:00:00Z") for campaign in "cd"]
    await counting.count(*orders)

    items = (await made.get("/v1/targets")).json()["items"]

    assert [(item["target_id"], item["actual"], item["profile"]) for item in items] == [("all", 2, "linear"), ("an", None, "linear")]
    assert (await made.get("/v1/targets", headers=as_(settings, staff="chi"))).json()["items"] == []


async def test_a_change_of_another_version_than_the_newest_is_refused(made: httpx.AsyncClient, log: MemoryLog) -> None:
    first = await made.put("/v1/campaigns/c", json=CAMPAIGN | {"name": "A"}, headers=of(1))
    second = await made.put("/v1/campaigns/c", json=CAMPAIGN | {"name": "B"}, headers=of(1))
    unsaid = await made.put("/v1/campaigns/c", json=CAMPAIGN)

    assert (first.status_code, second.status_code, second.headers["etag"], unsaid.status_code) == (202, 412, '"2"', 428)
    assert [event["data"]["name"] for event in log.events("campaigns")] == ["Spring", "A"]


async def test_of_many_at_once_one_is_taken(made: httpx.AsyncClient, log: MemoryLog) -> None:
    asked = [made.put("/v1/campaigns/c", json=CAMPAIGN | {"name": str(n)}, headers=of(1)) for n in range(20)]

    statuses = sorted(answer.status_code for answer in await asyncio.gather(*asked))

    assert statuses == [202, *[412] * 19]
    assert len(log.events("campaigns")) == 2


@pytest.mark.parametrize("counted", ["counted", ""])
async def test_a_command_that_comes_again_is_done_once(made: httpx.AsyncClient, counting: Counting, log: MemoryLog, counted: str) -> None:
    async def twice(method: str, path: str, **more: Any) -> list[Any]:
        found = []
        for _ in range(2):
            answer = await made.request(method, path, **more)
            assert answer.status_code == 202, answer.text
            found.append(answer.json())
            if counted:
                await counting.count()
        return found

    named = {"Idempotency-Key": "mine"}
    for one, other in (
        await twice("POST", "/v1/campaigns", json=CAMPAIGN | {"name": "new"}, headers=named),
        await twice("PUT", "/v1/campaigns/c", json=CAMPAIGN | {"name": "A"}, headers=of(1, **named)),
        await twice("POST", "/v1/targets", json=TARGET, headers=named),
        await twice("DELETE", "/v1/campaigns/c", headers=of(2)),
    ):
        assert (one["id"], one["version"]) == (other["id"], other["version"])
        assert other["position"] in (one["position"], None)

    assert len(log.events("campaigns")) == 4
    assert len(log.events("settings")) == 1


async def test_the_same_key_for_something_else_is_refused(made: httpx.AsyncClient) -> None:
    named = {"Idempotency-Key": "mine"}
    await made.post("/v1/campaigns", json=CAMPAIGN | {"name": "one"}, headers=named)

    other = await made.post("/v1/campaigns", json=CAMPAIGN | {"name": "another"}, headers=named)

    assert other.status_code == 409


async def test_what_was_deleted_for_good_is_not_made_again(made: httpx.AsyncClient, counting: Counting) -> None:
    await counting.count(Tombstone("campaign", "default", "c"))

    assert (await made.post("/v1/campaigns", json={"id": "c", **CAMPAIGN})).status_code == 409
    assert (await made.post("/v1/campaigns/c/restore", headers=of(1))).status_code == 409


async def test_who_asked_for_what_is_told_without_what_was_said(made: httpx.AsyncClient, log: MemoryLog) -> None:
    answer = await made.put("/v1/campaigns/c", json=CAMPAIGN | {"name": "Nguyễn Văn An"}, headers=of(1, **{"X-Request-Id": "r-1"}))

    assert answer.status_code == 202
    told = log.events("audit")[-1]
    assert told == {
        "at": "2026-11-24T05:00:00Z",
        "principal": "token default",
        "staff": None,
        "tenant": "default",
        "action": "campaign.updated",
        "subject": "c",
        "version": 2,
        "event": log.events("campaigns")[-1]["id"],
        "request": "r-1",
    }


async def test_while_the_numbers_are_built_anew_nothing_is_commanded_by_what_is_there_so_far(
    made: httpx.AsyncClient, numbers: Numbers, log: MemoryLog
) -> None:
    numbers.meta("tasks-3", x=9, b=10, f=NOON)
    refused = [
        await made.post("/v1/campaigns", json={"id": "d", **CAMPAIGN}),  # there may be one
        await made.put("/v1/campaigns/c", json=CAMPAIGN | {"name": "A"}, headers=of(1)),  # there may be a newer version
        await made.get("/v1/settings"),  # somebody may have said something
        await made.put("/v1/settings", json={}, headers=of("none")),
    ]
    written = [len(log.events(topic)) for topic in ("campaigns", "settings", "audit")]
    numbers.meta("tasks-3", x=10)

    assert [(answer.status_code, answer.headers["retry-after"]) for answer in refused] == [(503, "2")] * 4
    assert written == [1, 0, 1]
    assert (await made.put("/v1/settings", json={}, headers=of("none"))).status_code == 202


async def test_a_read_waits_for_what_was_written_and_says_when_that_takes_too_long(
    made: httpx.AsyncClient, counting: Counting, monkeypatch: pytest.MonkeyPatch
) -> None:
    position = (await made.put("/v1/campaigns/c", json=CAMPAIGN | {"name": "A"}, headers=of(1))).json()["position"]
    reading = asyncio.create_task(made.get("/v1/campaigns/c/overview", headers={"Min-Revision": position}))
    await asyncio.sleep(0)
    await counting.count()
    answer = (await reading).json()
    assert answer["campaign"]["name"] == "A"
    assert (await made.get("/v1/kpis", headers={"Min-Revision": answer["stamp"]["revision"]})).status_code == 200

    monkeypatch.setattr(waiting, "MOST_S", 0.1)
    for never in ("campaigns-0@99", "nowhere-0@0", "99999999999999-0"):
        late = await made.get("/v1/campaigns", headers={"Min-Revision": never})
        assert (late.status_code, late.headers["retry-after"]) == (503, "2")
    for nonsense in ("", "campaigns", "campaigns-0@", "a b-0@1", "1", "-1-0"):
        refused = await made.get("/v1/campaigns", headers={"Min-Revision": nonsense})
        assert (refused.status_code, refused.json()["errors"][0]["parameter"]) == (422, "Min-Revision"), nonsense


async def test_without_kafka_a_command_is_to_be_asked_for_again(made: httpx.AsyncClient, log: MemoryLog) -> None:
    log.away = True
    assert (await made.put("/v1/campaigns/c", json=CAMPAIGN | {"name": "A"}, headers=of(1))).status_code == 503
    assert (await made.get("/v1/campaigns/c")).status_code == 200

    log.away = False
    assert (await made.put("/v1/campaigns/c", json=CAMPAIGN | {"name": "A"}, headers=of(1))).status_code == 202


async def test_nobody_waits_for_all_commands_that_came_before(
    made: httpx.AsyncClient, log: MemoryLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commands, "TURN_S", 0.05)
    log.held.clear()
    first = asyncio.create_task(made.put("/v1/campaigns/c", json=CAMPAIGN | {"name": "A"}, headers=of(1)))
    await log.asked.wait()
    second = await made.put("/v1/settings", json={}, headers=of("none"))
    log.held.set()

    assert (second.status_code, (await first).status_code) == (503, 202)
    assert (await made.put("/v1/settings", json={}, headers=of("none"))).status_code == 202


@pytest.mark.parametrize(
    ("path", "body", "parameter"),
    [
        ("/v1/campaigns", {"name": 1}, "name"),
        ("/v1/campaigns", {"version": 7}, "version"),
        ("/v1/campaigns", {"created_at": "2026-01-01T00:00:00Z"}, "created_at"),
        ("/v1/campaigns", {"deleted": True}, "deleted"),
        ("/v1/campaigns", {"luck": 1}, "luck"),
        ("/v1/campaigns", {"id": "a\nb"}, "id"),
        ("/v1/campaigns", {"id": "x" * 129}, "id"),
        ("/v1/campaigns", {"status": "on"}, "status"),
        ("/v1/campaigns", {"timezone": "Mars"}, "timezone"),
        ("/v1/campaigns", {"steps": [{"id": "", "name": "a", "position": 1}]}, "steps.0.id"),
        ("/v1/campaigns", {"start_at": "tomorrow"}, "start_at"),
        ("/v1/campaigns", {"budget_minor": 10**14}, "budget_minor"),
        ("/v1/targets", {"measure": "luck"}, "measure"),
        ("/v1/targets", {"from": "2026-02-30"}, "from"),
        ("/v1/targets", {"from": "2026-12-01"}, "body"),
        ("/v1/targets", {"value": "many"}, "value"),
        ("/v1/targets", {"value": None}, "value"),
    ],
)
async def test_what_no_event_may_say_no_command_may(
    made: httpx.AsyncClient, log: MemoryLog, path: str, body: dict[str, Any], parameter: str
) -> None:
    answer = await made.post(path, json=(CAMPAIGN if path == "/v1/campaigns" else TARGET) | body)

    assert (answer.status_code, answer.json()["errors"][0]["parameter"]) == (422, parameter)
    assert len(log.events("campaigns")) == 1
    assert log.events("settings") == []


@pytest.mark.parametrize("unknown", ['"\\ud800": 1', '"x": "\\ud800"', '"x": ["\\udc00"]'])
async def test_what_no_event_can_be_written_with_is_refused_where_nobody_knows_it_too(
    made: httpx.AsyncClient, log: MemoryLog, unknown: str
) -> None:
    """Unknown fields inside of known ones are let be, as in events; but there is no UTF-8 for half a surrogate pair."""
    body = json.dumps(CAMPAIGN)[:-1] + f', "segment": {{"id": "a", "name": "b", {unknown}}}}}'

    answer = await made.post("/v1/campaigns", content=body, headers={"Content-Type": "application/json"})

    assert (answer.status_code, answer.json()["errors"][0]["parameter"]) == (422, "body")
    assert len(log.events("campaigns")) == 1


@pytest.mark.parametrize("tag", ["1", 'W/"1"', '""', '"x"', "*", '"1", "2"', '"99999999999999999999"'])
async def test_a_version_that_is_none_is_refused(made: httpx.AsyncClient, tag: str) -> None:
    answer = await made.put("/v1/campaigns/c", json=CAMPAIGN, headers={"If-Match": tag})

    assert (answer.status_code, answer.json()["errors"][0]["parameter"]) == (422, "If-Match")


@pytest.mark.parametrize("key", ["", "a b", "x" * 201, "é".encode().decode("latin-1")])
async def test_a_key_that_is_none_is_refused(made: httpx.AsyncClient, key: str) -> None:
    answer = await made.post("/v1/campaigns", json=CAMPAIGN, headers={b"Idempotency-Key": key.encode("latin-1")})

    assert (answer.status_code, answer.json()["errors"][0]["parameter"]) == (422, "Idempotency-Key")


W, M, A = Right.WRITE, Right.MONEY, Right.VIEW_ALL


@pytest.mark.parametrize(
    ("who", "asks", "status"),
    [
        (((), "chi"), ("PUT", "/v1/campaigns/c", CAMPAIGN), 403),
        (((W, M), "chi"), ("PUT", "/v1/campaigns/c", CAMPAIGN), 202),
        (((W, M), "an"), ("PUT", "/v1/campaigns/c", CAMPAIGN | {"name": "b"}), 202),
        (((W, M), "an"), ("PUT", "/v1/campaigns/c", CAMPAIGN | {"manager_id": "an"}), 403),
        (((W, M), "chi"), ("PUT", "/v1/campaigns/c", CAMPAIGN | {"participant_ids": []}), 202),
        (((W,), "chi"), ("PUT", "/v1/campaigns/c", CAMPAIGN), 403),
        (((W, M), "nobody"), ("PUT", "/v1/campaigns/c", CAMPAIGN), 404),
        (((W, M, A), None), ("PUT", "/v1/campaigns/c", CAMPAIGN), 202),
        (((W, M), "an"), ("DELETE", "/v1/campaigns/c", None), 403),
        (((W, M), "chi"), ("DELETE", "/v1/campaigns/c", None), 202),
        (((W, M), "nobody"), ("DELETE", "/v1/campaigns/c", None), 404),
        (((W, M), "chi"), ("POST", "/v1/campaigns", CAMPAIGN), 202),
        (((W, M), "binh"), ("POST", "/v1/campaigns", CAMPAIGN), 422),
        (((W,), "chi"), ("POST", "/v1/campaigns", CAMPAIGN), 403),
        (((W, M), "nobody"), ("POST", "/v1/campaigns/c/copy", {}), 404),
        (((W, M, A), None), ("PUT", "/v1/settings", {}), 403),
        (((Right.ADMIN,), None), ("PUT", "/v1/settings", {}), 202),
        (((W,), "chi"), ("POST", "/v1/targets", TARGET), 202),
        (((W,), "an"), ("POST", "/v1/targets", TARGET), 403),
        (((W,), "an"), ("POST", "/v1/targets", TARGET | {"staff_id": "an"}), 202),
        (((W,), "nobody"), ("POST", "/v1/targets", TARGET), 404),
        (((W,), "chi"), ("POST", "/v1/targets", TARGET | {"measure": "revenue_net"}), 403),
        (((W,), "chi"), ("POST", "/v1/targets", {name: value for name, value in TARGET.items() if name != "campaign_id"}), 403),
    ],
)
async def test_each_may_decide_what_is_theirs(
    made: httpx.AsyncClient, settings: Settings, who: tuple[tuple[Right, ...], str | None], asks: tuple[str, str, Any], status: int
) -> None:
    (rights, staff), (method, path, body) = who, asks
    conditional = of("none") if path == "/v1/settings" else of(1)

    answer = await made.request(method, path, json=body, headers=as_(settings, *rights, staff=staff) | conditional)

    assert answer.status_code == status, answer.text


async def test_an_amount_that_one_may_not_see_is_kept_by_a_change_and_left_out_of_what_is_shown(
    made: httpx.AsyncClient, counting: Counting, settings: Settings
) -> None:
    poor = as_(settings, W, staff="chi")
    said = (await made.get("/v1/campaigns/c", headers=poor)).json()["definition"]
    assert "budget_minor" not in said

    assert (await made.put("/v1/campaigns/c", json=said | {"name": "A"}, headers=poor | of(1))).status_code == 202
    await counting.count()

    assert (await made.get("/v1/campaigns/c")).json()["definition"]["budget_minor"] == 500


async def test_targets_of_others_and_of_amounts_are_shown_to_those_who_may_see_them(
    made: httpx.AsyncClient, counting: Counting, settings: Settings
) -> None:
    for target in (
        {"id": "all"},
        {"id": "an", "staff_id": "an"},
        {"id": "binh", "staff_id": "binh"},
        {"id": "money", "measure": "revenue_net"},
    ):
        assert (await made.post("/v1/targets", json=TARGET | target)).status_code == 202
    await counting.count()

    async def seen(*rights: Right, staff: str | None) -> set[str]:
        answer = await made.get("/v1/campaigns/c/targets", headers=as_(settings, *rights, staff=staff))
        return {item["target_id"] for item in answer.json()["items"]}

    assert await seen(M, staff="chi") == {"all", "an", "binh", "money"}
    assert await seen(staff="chi") == {"all", "an", "binh"}
    assert await seen(M, staff="an") == {"all", "an", "money"}
    assert (await made.get("/v1/targets/binh", headers=as_(settings, staff="an"))).status_code == 404
    assert (await made.get("/v1/targets/an", headers=as_(settings, staff="an"))).status_code == 200
