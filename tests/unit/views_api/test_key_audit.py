"""Who made and who revoked an API key is in the topic `audit`, whoever did it and whatever was away."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from schemas.durations import DAY
from schemas.errors import NotFound, Unavailable
from schemas.updates import AUDIT
from tests.support.commands import MemoryLog
from tests.unit.views_api.conftest import NOON, TOKEN, Clock
from tests.unit.views_api.test_api_keys import command
from views_api.commands import key_audit
from views_api.principals.api_keys import ApiKeys, Author
from views_api.scope import Right
from views_api.settings import Settings

PATIENCE_S = 20


@pytest.fixture(name="settings")
def _settings(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setattr(key_audit, "EVERY_S", 0.02)
    return settings.model_copy(update={"keys": tmp_path / "keys.db"})


@pytest.fixture(name="keys")
def _keys(tmp_path: Path, clock: Clock) -> Any:
    keys = ApiKeys(tmp_path / "keys.db", clock)
    yield keys
    keys.close()


def made(keys: ApiKeys, by: str = "an") -> str:
    return keys.make("acme", "a", {Right.VIEW}, None, NOON + DAY, Author(by, "st-1", "r-1"))[0].id


async def told(log: MemoryLog, number: int) -> list[dict[str, Any]]:
    async with asyncio.timeout(PATIENCE_S):
        while len(found := log.events(AUDIT)) < number:  # noqa: ASYNC110  # a log tells nobody
            await asyncio.sleep(0.01)
    return found


async def test_what_is_asked_for_over_http_is_told_with_who_asked(address: str, log: MemoryLog) -> None:
    async with httpx.AsyncClient(base_url=address, headers={"Authorization": f"Bearer {TOKEN}"}) as client:
        answer = await client.post("/v1/keys", json={"name": "a secret purpose", "rights": ["view"]})
        key = answer.json()
        gone = await client.delete(f"/v1/keys/{key['id']}")
        await client.delete(f"/v1/keys/{key['id']}")
        found = await told(log, 2)

    assert [(each["action"], each["subject"], each["version"], each["tenant"], each["staff"]) for each in found] == [
        ("key.made", key["id"], 1, "default", None),
        ("key.revoked", key["id"], 2, "default", None),
    ]
    assert {each["principal"] for each in found} == {"token default"}
    assert [each["request"] for each in found] == [answer.headers["x-request-id"], gone.headers["x-request-id"]]
    assert "secret" not in json.dumps(found)


async def test_what_the_command_line_does_is_told_by_the_api_that_has_the_file(address: str, log: MemoryLog, settings: Settings) -> None:
    assert settings.keys
    done = await asyncio.to_thread(command, settings.keys, "make", "a", "--rights", "view", "--tenant", "acme")
    (found,) = await told(log, 1)

    assert done.returncode == 0
    assert (found["action"], found["tenant"], found["request"]) == ("key.made", "acme", "")
    assert found["principal"].startswith("the command line")


async def test_a_key_is_revoked_while_kafka_is_away_and_that_is_told_later(address: str, log: MemoryLog) -> None:
    log.away = True
    async with httpx.AsyncClient(base_url=address, headers={"Authorization": f"Bearer {TOKEN}"}) as client:
        key = (await client.post("/v1/keys", json={"name": "a", "rights": ["view"]})).json()
        gone = await client.delete(f"/v1/keys/{key['id']}")
        refused = await client.get("/v1/campaigns", headers={"Authorization": f"Bearer {key['token']}"})
        before = log.events(AUDIT)
        log.away = False
        found = await told(log, 2)

    assert (gone.status_code, refused.status_code, before) == (204, 401, [])
    assert [each["action"] for each in found] == ["key.made", "key.revoked"]


async def test_a_fault_is_no_end_of_telling(keys: ApiKeys, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """A task that ended would be missed by nobody, and the audit never told again."""
    monkeypatch.setattr(key_audit, "EVERY_S", 0.02)
    log, _ = MemoryLog(), made(keys)
    append, faults = log.append, [ZeroDivisionError()]

    async def at_first(*args: Any) -> Any:
        if faults:
            raise faults.pop()
        return await append(*args)

    monkeypatch.setattr(log, "append", at_first)
    telling = asyncio.create_task(key_audit.run(keys, log))
    (found,) = await told(log, 1)
    telling.cancel()

    assert found["action"] == "key.made"
    assert "tried again" in caplog.text


async def test_each_change_is_told_once_and_what_changed_nothing_is_not(keys: ApiKeys) -> None:
    log, identity = MemoryLog(), made(keys)
    keys.revoke("acme", identity, Author("binh"))
    keys.revoke("acme", identity, Author("chi"))
    for tenant, key in (("default", identity), ("acme", "none")):
        with pytest.raises(NotFound):
            keys.revoke(tenant, key, Author("chi"))
    for _ in range(2):
        await key_audit.tell(keys, log)

    assert [(each["action"], each["principal"]) for each in log.events(AUDIT)] == [("key.made", "an"), ("key.revoked", "binh")]
    assert [key for key, _ in log.records[AUDIT]] == [b"acme", b"acme"]


async def test_who_ends_between_telling_and_knowing_tells_it_again_by_the_same_id(keys: ApiKeys, monkeypatch: pytest.MonkeyPatch) -> None:
    log, _ = MemoryLog(), made(keys)

    def ends(_: int) -> None:
        raise Unavailable("the process is gone")

    with monkeypatch.context() as broken:
        broken.setattr(keys, "told", ends)
        with pytest.raises(Unavailable):
            await key_audit.tell(keys, log)
    await key_audit.tell(keys, log)
    await key_audit.tell(keys, log)

    first, second = log.events(AUDIT)
    assert first == second


@pytest.mark.parametrize("change", [made, lambda keys: keys.revoke("acme", keys.of("acme")[0].id, Author("binh"))], ids=["made", "revoked"])
def test_a_change_that_could_not_be_told_is_none(keys: ApiKeys, monkeypatch: pytest.MonkeyPatch, change: Callable[[ApiKeys], Any]) -> None:
    made(keys)
    before = keys.of("acme")

    def breaks(*_: Any) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr(keys, "_audit", breaks)
    with pytest.raises(Unavailable):
        change(keys)

    assert keys.of("acme") == before
    monkeypatch.undo()
    made(keys)  # and the file is as good as before
    assert len(keys.of("acme")) == len(before) + 1
