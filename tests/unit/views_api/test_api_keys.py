"""API keys: made, used, told, revoked; over HTTP and by the command line, in one file."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

from schemas.durations import DAY
from schemas.errors import Unavailable
from tests.support.cells import Numbers, a_campaign
from tests.unit.views_api.conftest import ACME, NOON, TOKEN, Clock
from views_api.principals.api_keys import ApiKeys, Author
from views_api.scope import Right
from views_api.settings import Settings


@pytest.fixture(name="settings")
def _settings(settings: Settings, tmp_path: Path) -> Settings:
    return settings.model_copy(update={"keys": tmp_path / "keys.db"})


def as_(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


async def made(api: httpx.AsyncClient, by: str = TOKEN, **body: Any) -> Any:
    answer = await api.post("/v1/keys", json={"name": "a board", "rights": ["view", "view_all"], **body}, headers=as_(by))
    assert answer.status_code == 201, answer.text
    return answer.json()


async def test_a_key_opens_what_its_rights_say_and_only_in_its_tenant(api: httpx.AsyncClient, numbers: Numbers) -> None:
    numbers.campaign(a_campaign(currency="VND"))
    numbers.campaign(a_campaign("foreign"), tenant="acme")
    key = await made(api)

    found = await api.get("/v1/campaigns", headers=as_(key["token"]))

    assert key["token"].startswith(f"kpi_{key['id']}_")
    assert [(item["id"], item["revenue_net"]) for item in found.json()["items"]] == [("c", None)]
    assert (await api.get("/v1/campaigns/foreign/overview", headers=as_(key["token"]))).status_code == 404
    assert (await api.get("/v1/keys", headers=as_(key["token"]))).status_code == 403


async def test_a_key_of_a_member_of_staff_sees_their_campaigns(api: httpx.AsyncClient, numbers: Numbers) -> None:
    numbers.campaign(a_campaign("c", participant_ids=["an"]))
    numbers.campaign(a_campaign("d", participant_ids=["binh"]))
    key = await made(api, rights=["view"], staff="an")

    assert [item["id"] for item in (await api.get("/v1/campaigns", headers=as_(key["token"]))).json()["items"]] == ["c"]


async def test_a_key_is_over_when_it_ends_or_is_revoked(api: httpx.AsyncClient, clock: Clock) -> None:
    short, long = await made(api, days=1), await made(api, days=2)
    clock.now = NOON + DAY - 1
    assert (await api.get("/v1/kpis", headers=as_(short["token"]))).status_code == 200
    clock.now = NOON + DAY
    assert (await api.get("/v1/kpis", headers=as_(short["token"]))).status_code == 401

    assert (await api.get("/v1/kpis", headers=as_(long["token"]))).status_code == 200
    assert [(await api.delete(f"/v1/keys/{long['id']}")).status_code for _ in range(2)] == [204, 204]
    assert (await api.get("/v1/kpis", headers=as_(long["token"]))).status_code == 401


async def test_the_list_tells_of_each_key_all_but_its_secret(api: httpx.AsyncClient, clock: Clock, settings: Settings) -> None:
    one, another = await made(api), await made(api, name="unused", rights=["view"], staff="an")
    await made(api, by=ACME)
    clock.now += 1000
    await api.get("/v1/kpis", headers=as_(one["token"]))
    clock.now += 1000
    await api.get("/v1/kpis", headers=as_(one["token"]))  # within the minute: not written again

    answer = await api.get("/v1/keys")

    assert [item["name"] for item in answer.json()["items"]] == ["a board", "unused"]
    assert answer.json()["items"][0] == {name: value for name, value in one.items() if name != "token"} | {
        "used_at": "2026-11-24T05:00:01Z"
    }
    assert answer.json()["items"][1]["used_at"] is None
    assert "token" not in answer.text
    assert settings.keys
    for secret in (one["token"].split("_", 2)[2], another["token"].split("_", 2)[2]):
        assert all(secret.encode() not in file.read_bytes() for file in settings.keys.parent.iterdir())


@pytest.mark.parametrize("change", [lambda t: t[:-1], lambda t: f"{t}x", lambda t: t[:-1] + ("A" if t[-1] != "A" else "B"), lambda t: t.replace("kpi_", "kpi_0")])  # fmt: skip
async def test_a_near_miss_opens_nothing(api: httpx.AsyncClient, change: Any) -> None:
    key = await made(api)

    assert (await api.get("/v1/kpis", headers=as_(key["token"]))).status_code == 200
    assert (await api.get("/v1/kpis", headers=as_(change(key["token"])))).status_code == 401


@pytest.mark.parametrize("token", ["kpi_", "kpi__", "kpi_x", "kpi_x_", "kpi_' OR 1=1 --_x"])
async def test_what_only_looks_like_a_key_opens_nothing(api: httpx.AsyncClient, token: str) -> None:
    await made(api)

    assert (await api.get("/v1/kpis", headers=as_(token))).status_code == 401


@pytest.mark.parametrize(
    ("body", "parameter"),
    [
        ({"rights": ["view", "everything"]}, "rights"),
        ({"rights": []}, "rights"),
        ({"days": 0}, "days"),
        ({"days": 3651}, "days"),
        ({"name": ""}, "name"),
        ({"luck": 1}, "luck"),
        ({"staff": "a\nb"}, "staff"),
        ({"tenant": "acme"}, "tenant"),
    ],
)
async def test_a_wrong_body_is_refused_by_name(api: httpx.AsyncClient, body: Any, parameter: str) -> None:
    answer = await api.post("/v1/keys", json={"name": "a", "rights": ["view"], **body})

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["parameter"].split(".")[0] == parameter


async def test_a_body_that_is_no_json_is_refused(api: httpx.AsyncClient) -> None:
    answer = await api.post("/v1/keys", content=b"{", headers={"content-type": "application/json"})

    assert (answer.status_code, answer.json()["errors"][0]["parameter"]) == (422, "body")


async def test_nobody_gives_a_key_what_they_may_not_do_themselves(api: httpx.AsyncClient) -> None:
    admin = await made(api, rights=["view", "admin"], staff="an")

    beyond = await api.post("/v1/keys", json={"name": "more", "rights": ["view", "money"]}, headers=as_(admin["token"]))
    other = await api.post("/v1/keys", json={"name": "other", "rights": ["view"], "staff": "binh"}, headers=as_(admin["token"]))

    assert (beyond.status_code, beyond.json()["errors"][0]["parameter"]) == (422, "rights")
    assert (other.status_code, other.json()["errors"][0]["parameter"]) == (422, "staff")
    assert (await made(api, by=admin["token"], rights=["view"], staff="an"))["staff"] == "an"


async def test_a_key_of_another_tenant_is_absent(api: httpx.AsyncClient) -> None:
    key = await made(api, by=ACME)

    assert (await api.delete(f"/v1/keys/{key['id']}")).status_code == 404
    assert (await api.get("/v1/kpis", headers=as_(key["token"]))).status_code == 200


def command(file: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("KPI_")} | {"KPI_KEYS": str(file)}
    return subprocess.run(
        [sys.executable, "-m", "views_api", "keys", *words], capture_output=True, text=True, env=environment, check=False, timeout=60
    )


async def test_the_command_line_makes_lists_and_revokes_while_the_api_runs(api: httpx.AsyncClient, settings: Settings) -> None:
    assert settings.keys
    done = command(settings.keys, "make", "first one", "--rights", "view,admin", "--days", "30")
    token = done.stdout.strip()
    identity = token.split("_")[1]

    assert (done.returncode, "shown this once" in done.stderr) == (0, True)
    listed = (await api.get("/v1/keys")).json()["items"]
    assert [(item["id"], item["name"], item["rights"]) for item in listed] == [(identity, "first one", ["admin", "view"])]
    assert f"{identity}  first one" in command(settings.keys, "list").stdout
    assert token not in command(settings.keys, "list").stdout
    assert command(settings.keys, "revoke", "nope").returncode == 1
    assert command(settings.keys, "revoke", identity).returncode == 0
    assert "revoked" in command(settings.keys, "list").stdout
    assert command(settings.keys, "make", "x", "--rights", "luck").returncode == 2


def test_the_file_is_for_its_owner_alone_and_what_is_broken_is_said(tmp_path: Path, clock: Clock) -> None:
    file = tmp_path / "keys.db"
    keys = ApiKeys(file, clock)
    keys.make("default", "a", {Right.VIEW}, None, NOON + 1, Author("me"))
    keys.close()
    assert file.stat().st_mode & 0o077 == 0

    (tmp_path / "broken.db").write_text(json.dumps({"no": "database"}) * 100)
    with pytest.raises(Unavailable) as caught:
        ApiKeys(tmp_path / "broken.db", clock)
    assert isinstance(caught.value.__cause__, sqlite3.DatabaseError)
