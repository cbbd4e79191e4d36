"""A browser's session: what the cookie opens, for whom, for how long, and that no other site can use it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest

from schemas.durations import DAY
from tests.support.cells import Numbers, a_campaign
from tests.unit.views_api.conftest import NOON, TOKEN, Clock
from views_api.principals.api_keys import ApiKeys, Author
from views_api.principals.sessions import LASTS_S, MOST_BYTES, NAME, Sessions
from views_api.problems import Unauthorized
from views_api.scope import Right
from views_api.settings import Settings
from views_api.web.limits import network

HERE = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture(name="settings")
def _settings(settings: Settings, tmp_path: Path) -> Settings:
    return settings.model_copy(update={"keys": tmp_path / "keys.db"})


@pytest.fixture(name="keys")
def _keys(settings: Settings) -> Any:
    assert settings.keys
    keys = ApiKeys(settings.keys, lambda: NOON)
    yield keys
    keys.close()


async def log_in(api: httpx.AsyncClient, token: str = TOKEN) -> str:
    """The cookie, as a browser sends it back."""
    answer = await api.post("/v1/session", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 201, answer.text
    api.headers.pop("authorization", None)
    api.cookies.clear()  # this client would not send a secure cookie over http
    return str(answer.headers["set-cookie"].partition(";")[0])


async def test_a_token_becomes_a_cookie_that_no_script_and_no_other_site_gets(api: httpx.AsyncClient) -> None:
    answer = await api.post("/v1/session")
    value, *attributes = answer.headers["set-cookie"].split("; ")

    assert value.startswith(f"{NAME}=")
    assert {*attributes} == {"Path=/", "Secure", "HttpOnly", "SameSite=Strict", f"Max-Age={LASTS_S}"}
    assert TOKEN not in answer.text + value
    assert answer.json() == {"tenant": "default", "staff": None, "rights": sorted(Right)}


async def test_the_cookie_opens_what_its_token_opens(api: httpx.AsyncClient, numbers: Numbers, keys: ApiKeys) -> None:
    numbers.campaign(a_campaign("c", participant_ids=["an"]))
    numbers.campaign(a_campaign("x", participant_ids=[]))
    key, token = keys.make("default", "a", {Right.VIEW}, "an", NOON + DAY, Author("a test"))
    cookie = {"Cookie": f"other=1; {await log_in(api, token)}"}

    listed = await api.get("/v1/campaigns", headers=cookie)
    me = await api.get("/v1/session", headers=cookie)
    keys.revoke("default", key.id, Author("a test"))
    revoked = await api.get("/v1/campaigns", headers=cookie)

    assert [item["id"] for item in listed.json()["items"]] == ["c"]
    assert me.json() == {"tenant": "default", "staff": "an", "rights": ["view"]}
    assert "cookie" in listed.headers["vary"]
    assert revoked.status_code == 401


async def test_a_session_ends_by_itself_and_by_logging_out(api: httpx.AsyncClient, clock: Clock) -> None:
    cookie = {"Cookie": await log_in(api)}
    clock.now += LASTS_S * 1000 - 1
    before = await api.get("/v1/session", headers=cookie)
    clock.now += 1
    after = await api.get("/v1/session", headers=cookie)
    out = await api.delete("/v1/session", headers=cookie)

    assert (before.status_code, after.status_code, out.status_code) == (200, 401, 204)
    assert out.headers["set-cookie"].startswith(f"{NAME}=; ")
    assert "Max-Age=0" in out.headers["set-cookie"]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        (HERE, 200),
        ({"Sec-Fetch-Site": "none"}, 200),
        ({"Origin": "http://api"}, 200),
        ({"Sec-Fetch-Site": "cross-site"}, 401),
        ({"Sec-Fetch-Site": "same-site"}, 401),
        ({"Origin": "https://evil.example"}, 401),
        ({"Origin": "null"}, 401),
        ({"Origin": "http://["}, 401),
        ({**HERE, "Origin": "https://evil.example"}, 401),
    ],
)
async def test_a_cookie_counts_only_for_our_own_page(api: httpx.AsyncClient, headers: dict[str, str], status: int) -> None:
    cookie = {"Cookie": await log_in(api)}

    assert (await api.get("/v1/campaigns", headers=cookie | headers)).status_code == status


@pytest.mark.parametrize(
    ("headers", "status"), [({}, 401), (HERE, 201), ({"Origin": "http://api"}, 201), ({"Origin": "http://api.evil.example"}, 401)]
)
async def test_what_changes_something_must_say_that_it_comes_from_our_page(
    api: httpx.AsyncClient, headers: dict[str, str], status: int
) -> None:
    cookie = {"Cookie": await log_in(api)}

    made = await api.post("/v1/keys", json={"name": "a", "rights": ["view"]}, headers=cookie | headers)

    assert made.status_code == status


async def test_a_token_in_the_header_wins_over_the_cookie(api: httpx.AsyncClient) -> None:
    cookie = await log_in(api)

    assert (await api.get("/v1/session", headers={"Cookie": cookie, "Authorization": "Bearer wrong"})).status_code == 401


@pytest.mark.parametrize("spoilt", [lambda c: c[:-1], lambda c: c + "A", lambda c: f"{NAME}=a.b.c.d.e", lambda c: f"{NAME}={TOKEN}", lambda c: f'{NAME}="', lambda c: c.replace(NAME, "kpi")])  # fmt: skip
async def test_a_cookie_that_was_not_made_here_opens_nothing(api: httpx.AsyncClient, spoilt: Any) -> None:
    cookie = await log_in(api)

    assert (await api.get("/v1/session", headers={"Cookie": spoilt(cookie)})).status_code == 401


def test_processes_with_the_same_key_know_each_others_cookies_and_others_do_not() -> None:
    made = Sessions("secret", lambda: NOON).cookie("a-token").partition(";")[0]

    assert Sessions("secret", lambda: NOON).token(made) == "a-token"
    for other in (Sessions("other", lambda: NOON), Sessions(None, lambda: NOON)):
        with pytest.raises(Unauthorized):
            other.token(made)


def test_every_token_that_is_taken_fits_into_a_cookie_that_browsers_keep() -> None:
    assert len(Sessions(None, lambda: NOON).cookie("x" * MOST_BYTES)) <= 4096


class TestStrangers:
    @pytest.fixture(name="settings")
    def _settings(self, settings: Settings) -> Settings:
        return settings.model_copy(update={"rate_unknown": "3/hour"})

    async def test_who_fails_too_often_is_told_to_come_back_and_keeps_nobody_out(self, api: httpx.AsyncClient) -> None:
        wrong = {"Authorization": "Bearer wrong"}
        failed = [await api.get("/v1/campaigns", headers=wrong) for _ in range(4)]
        good = await api.get("/v1/campaigns")

        assert [answer.status_code for answer in failed] == [401, 401, 401, 429]
        assert int(failed[-1].headers["retry-after"]) > 0
        assert good.status_code == 200

    async def test_what_needs_no_token_is_limited_too_where_it_costs_something(self, api: httpx.AsyncClient) -> None:
        answers = [(await api.get(path)).status_code for path in ("/readyz", "/metrics", "/readyz", "/readyz", "/healthz")]

        assert answers == [200, 200, 200, 429, 200]


def test_an_address_of_the_new_kind_counts_with_all_that_its_owner_has() -> None:
    assert network("2001:db8::1") == network("2001:db8::ffff:1") != network("2001:db8:0:1::1")
    assert network("192.0.2.1") != network("192.0.2.2")
    assert network("") == ""
