"""That an answer stands is told without working it out, and only while it does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest

from schemas import keys
from schemas.durations import DAY
from tests.support.cells import Numbers, a_campaign
from tests.unit.views_api.conftest import Clock
from views_api.answers.standing import LONG, MOST, QUARTER_MS, Standing
from views_api.settings import Settings
from views_api.stored.readings import Facts
from views_api.views.stamps import stamp

OVERVIEW = "/v1/campaigns/c/overview?period=all"


@pytest.fixture(name="settings")
def _settings(settings: Settings, tmp_path: Path) -> Settings:
    return settings.model_copy(update={"keys": tmp_path / "keys.db"})


@pytest.fixture(name="client")
def _client(api: httpx.AsyncClient, numbers: Numbers) -> httpx.AsyncClient:
    numbers.campaign(a_campaign(participant_ids=["an"], currency="VND"))
    numbers.cells("o", "2026-11-03", {"n|o|r|s1": 2})
    numbers.cells("r", "2026-11-03", {"n|1": 1, "gross|1|VND": 500})
    numbers.changed()
    return api


async def asked(client: httpx.AsyncClient, tag: str | None = None, **headers: str) -> tuple[int, str]:
    answer = await client.get(OVERVIEW, headers=headers | ({"If-None-Match": tag} if tag else {}))
    return answer.status_code, answer.headers.get("etag", "")


async def test_what_stands_is_not_worked_out(client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    _, tag = await asked(client)

    def worked_out(*_: Any) -> None:
        raise AssertionError

    monkeypatch.setattr("views_api.answers.comparing.overview", worked_out)

    assert await asked(client, tag) == (304, tag)


async def test_another_quarter_of_an_hour_of_the_same_day_is_worked_out_and_stands(
    client: httpx.AsyncClient, clock: Clock, numbers: Numbers
) -> None:
    _, tag = await asked(client)
    clock.now += QUARTER_MS
    numbers.fresh(clock.now)

    assert await asked(client, tag) == (304, tag)


@pytest.mark.parametrize(
    ("path", "later_ms"),
    [
        ("/v1/campaigns/c/overview?compare=previous", DAY),
        ("/v1/overview?compare=previous", DAY),
        ("/v1/campaigns/c/series?measure=won&by=day", DAY),
        ("/v1/campaigns/c/series?measure=orders&by=hour&from=2026-11-24&to=2026-11-24", 4 * QUARTER_MS),
    ],
)
async def test_what_reads_differently_later_has_another_tag_although_nothing_new_is_counted(
    client: httpx.AsyncClient, clock: Clock, numbers: Numbers, path: str, later_ms: int
) -> None:
    first = await client.get(path)
    clock.now += later_ms
    numbers.fresh(clock.now)

    later = await client.get(path, headers={"If-None-Match": first.headers["etag"]})

    assert later.status_code == 200
    assert later.json() | {"stamp": None} != first.json() | {"stamp": None}


async def test_numbers_that_are_no_longer_live_do_not_stand(client: httpx.AsyncClient, clock: Clock) -> None:
    _, tag = await asked(client)
    clock.now += 15_000

    assert (await asked(client, tag))[0] == 200


async def test_numbers_that_are_not_settled_do_not_stand(client: httpx.AsyncClient, numbers: Numbers) -> None:
    _, tag = await asked(client)
    numbers.redis.sadd(keys.prefix("g1", 0) + keys.DIRTY, "a mark")

    assert (await asked(client, tag))[0] == 200


async def test_numbers_that_moved_do_not_stand(client: httpx.AsyncClient, numbers: Numbers) -> None:
    _, tag = await asked(client)
    numbers.changed("another")

    assert (await asked(client, tag))[0] == 200


async def test_the_tag_of_one_is_none_of_those_who_see_less(client: httpx.AsyncClient, numbers: Numbers) -> None:
    _, tag = await asked(client)
    made = (await client.post("/v1/keys", json={"name": "a", "rights": ["view"], "staff": "an"})).json()
    theirs = {"Authorization": f"Bearer {made['token']}"}
    status, their_tag = await asked(client, tag, **theirs)
    assert (status, await asked(client, their_tag, **theirs)) == (200, (304, their_tag))

    numbers.campaign(a_campaign(participant_ids=["binh"], currency="VND"))
    numbers.changed()

    assert [(await asked(client, each, **theirs))[0] for each in (tag, their_tag)] == [404, 404]


def test_an_answer_that_was_begun_before_midnight_does_not_stand_after_it() -> None:
    standing, question = Standing(), ("us", b"/", b"")
    midnight = 100 * QUARTER_MS
    facts = Facts("3", "1-1", midnight, 1, 0, 0, 0)
    standing.given(question, "tag", stamp(facts, midnight, "UTC", None), midnight - 1)

    assert not standing.does(question, "tag", facts, midnight)
    assert standing.does(question, "tag", facts, midnight - 1)


def test_an_answer_of_before_a_day_was_over_does_not_stand_once_it_is() -> None:
    standing, question = Standing(), ("us", b"/", b"")
    midnight = 100 * QUARTER_MS
    before, after = (Facts("3", "1-1", as_of, 1, 0, 0, 0) for as_of in (midnight - 1, midnight))
    standing.given(question, "tag", stamp(before, midnight + 1, "UTC", None), midnight + 1)

    assert standing.does(question, "tag", before, midnight + 2)
    assert not standing.does(question, "tag", after, midnight + 2)


def test_the_tags_that_were_given_longest_ago_are_forgotten() -> None:
    standing, facts = Standing(), Facts("3", "1-1", 1, 1, 0, 0, 0)
    for n in range(MOST + 1):
        standing.given((str(n), b"/", b""), "tag", stamp(facts, 1, "UTC", None), 1)

    assert [standing.may((str(n), b"/", b""), {"tag"}, "1-1") for n in (0, 1)] == [None, "tag"]


async def test_of_long_addresses_nothing_is_kept(client: httpx.AsyncClient) -> None:
    """Thousands of them, each with kilobytes of a filter that lets nothing through, would take hundreds of megabytes."""
    standing = Standing()
    question = ("everybody", b"/v1/campaigns/c/opportunities", b"owner=" + b"x" * LONG)
    standing.given(question, "tag", stamp(Facts("", "1-0", 1, 1, 0, 0, 0), 1, "UTC", None), 1)
    first = await client.get("/v1/campaigns/c/opportunities", params={"owner": "x" * LONG})
    again = await client.get(
        "/v1/campaigns/c/opportunities", params={"owner": "x" * LONG}, headers={"If-None-Match": first.headers["etag"]}
    )

    assert standing.may(question, {"tag"}, "1-0") is None
    assert (first.status_code, again.status_code) == (200, 304)  # it stands, and is worked out to tell
