"""The issuer of the local set-up: its tokens make callers of the API that is told of it, and its secret stays with the user."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from pydantic_core import Url
from starlette.requests import Request

from deploy.local import addresses, issuer
from views_api.app import create_app
from views_api.scope import Right
from views_api.settings import Settings


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(issuer, "LOCAL", tmp_path)
    monkeypatch.setattr(addresses, "LOCAL", tmp_path)
    for name in ("KPI_TOKEN", "KPI_SESSION_KEY", "KPI_KEYS", "KPI_OIDC_ISSUER", "KPI_OIDC_AUDIENCE", "KPI_OIDC_KEYS"):
        monkeypatch.delenv(name, raising=False)


def test_sessions_of_browsers_outlive_the_api() -> None:
    assert issuer.settings()["KPI_SESSION_KEY"] == issuer.settings()["KPI_SESSION_KEY"] != ""


async def test_its_tokens_are_accepted_by_an_api_with_its_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in issuer.settings().items():
        monkeypatch.setenv(name, value)
    edge, _ = create_app(Settings(redis=Url("redis://127.0.0.1:1/0")), lambda: time.time_ns() // 1_000_000)

    made = issuer.token("an", {Right.VIEW, Right.MONEY}, tenant="acme", hours=1)
    found = await edge.bearer.scope(Request({"type": "http", "headers": [(b"authorization", f"Bearer {made}".encode())]}))
    edge.bearer.close()

    assert (found.tenant, found.staff, found.rights) == ("acme", "an", frozenset({Right.VIEW, Right.MONEY}))


def test_the_key_is_drawn_once_and_only_its_public_half_may_be_read_by_others(tmp_path: Path) -> None:
    issuer.settings()
    first = (tmp_path / "issuer" / "keys.json").read_text()
    issuer.settings()

    assert (tmp_path / "issuer" / "keys.json").read_text() == first
    assert (tmp_path / "issuer" / "key.json").stat().st_mode & 0o077 == 0
    assert all("d" not in key for key in json.loads(first)["keys"])


def test_an_issuer_of_the_users_own_goes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KPI_OIDC_ISSUER", "https://id.example")

    assert not any(name.startswith("KPI_OIDC_") for name in issuer.settings())


def test_a_start_that_is_cut_off_while_the_key_is_drawn_does_not_spoil_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as cut:
        cut.setattr("deploy.local.issuer.ECKey.as_dict", _cut_off)
        with pytest.raises(KeyboardInterrupt):
            issuer.settings()

    assert issuer.settings()["KPI_OIDC_KEYS"]


def _cut_off(*_: object, **__: object) -> dict[str, str]:
    raise KeyboardInterrupt
