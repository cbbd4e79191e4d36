from __future__ import annotations

import json
from pathlib import Path

import pytest

from deploy.local import addresses
from deploy.local.addresses import Addresses

WHERE = Addresses(
    kafka="127.0.0.1:9092",
    redis="redis://127.0.0.1:6379/0",
    api="http://127.0.0.1:8000",
    dashboard="http://127.0.0.1:8000/",
    token="secret",
)


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(addresses, "ADDRESSES", tmp_path / "addresses.json")
    monkeypatch.setattr(addresses, "LOCAL", tmp_path)
    monkeypatch.delenv("KPI_TOKEN", raising=False)


def test_the_file_has_exactly_the_promised_names(tmp_path: Path) -> None:
    addresses.write(WHERE)

    assert json.loads((tmp_path / "addresses.json").read_text()) == {
        "kafka": "127.0.0.1:9092",
        "redis": "redis://127.0.0.1:6379/0",
        "api": "http://127.0.0.1:8000",
        "dashboard": "http://127.0.0.1:8000/",
        "token": "secret",
    }
    assert addresses.read() == WHERE


def test_only_the_user_may_read_the_token(tmp_path: Path) -> None:
    addresses.write(WHERE)
    addresses.token()

    assert (tmp_path / "addresses.json").stat().st_mode & 0o077 == 0
    assert (tmp_path / "token").stat().st_mode & 0o077 == 0


def test_the_token_stands_where_no_browser_sends_it() -> None:
    assert WHERE.link == "http://127.0.0.1:8000/#token=secret"


def test_the_token_is_random_stays_the_same_and_can_be_given(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = addresses.token()

    assert len(drawn) >= 32
    assert addresses.token() == drawn
    monkeypatch.setenv("KPI_TOKEN", "given")
    assert addresses.token() == "given"


def test_nothing_is_found_where_nothing_runs() -> None:
    addresses.remove()

    assert addresses.read() is None


def test_a_start_that_is_cut_off_while_the_token_is_drawn_does_not_spoil_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as cut:
        cut.setattr("deploy.local.addresses.secrets.token_urlsafe", _cut_off)
        with pytest.raises(KeyboardInterrupt):
            addresses.token()

    assert len(addresses.token()) >= 32


def _cut_off(*_: object) -> str:
    raise KeyboardInterrupt
