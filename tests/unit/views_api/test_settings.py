from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import ValidationError

from views_api.settings import Settings

ROOT = Path(__file__).parents[3]


def check(*command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "views_api", "--check-settings", *command],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_good_settings_pass_and_nothing_starts() -> None:
    done = check(KPI_TOKEN="t", KPI_KAFKA="kafka:9092")

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_all_that_is_wrong_is_said_at_once() -> None:
    done = check(KPI_API_PORT="70000", KPI_REDIS="http://x", KPI_LOG_LEVEL="LOUD", KPI_GENERATION="a b", KPI_TOKEN="t")

    assert done.returncode == 2
    assert {line.split(":")[0] for line in done.stderr.splitlines()} == {"KPI_REDIS", "KPI_GENERATION", "KPI_API_PORT", "KPI_LOG_LEVEL"}


def test_what_is_to_be_json_and_is_not_is_said_with_all_the_rest_and_without_what_it_holds() -> None:
    done = check(KPI_TOKENS='{"acme": "hush', KPI_OIDC_ALGORITHMS="ES256", KPI_API_PORT="many")

    assert done.returncode == 2
    assert {line.split(":")[0] for line in done.stderr.splitlines()} == {"KPI_TOKENS", "KPI_OIDC_ALGORITHMS", "KPI_API_PORT"}
    assert "hush" not in done.stderr
    assert check(KPI_TOKENS='{"acme": "hush"}', KPI_OIDC_ALGORITHMS='["ES256"]').returncode == 0


def test_the_publisher_of_updates_is_told_what_is_wrong_with_its_own_settings() -> None:
    done = check("updates", KPI_KAFKA="localhost", KPI_REDIS="http://x", KPI_API_PORT="70000")

    assert done.returncode == 2
    assert {line.split(":")[0] for line in done.stderr.splitlines()} == {"KPI_KAFKA", "KPI_REDIS"}
    assert check("updates").returncode == 0


def test_a_token_that_sees_everything_is_warned_of_where_others_can_reach_it() -> None:
    here, beyond = Settings.model_validate({"token": "t"}), Settings.model_validate({"token": "t", "api_host": "0.0.0.0"})
    without = Settings.model_validate({"keys": "keys.db", "api_host": "0.0.0.0"})

    assert (here.warnings(), without.warnings()) == ([], [])
    assert "KPI_TOKEN" in beyond.warnings()[0]


@pytest.mark.parametrize(
    "wrong",
    [
        {"oidc_issuer": "https://id"},
        {"oidc_issuer": "https://id", "oidc_audience": "a"},
        {"oidc_issuer": "https://id", "oidc_audience": "a", "oidc_keys": "http://id/keys"},
        {"oidc_algorithms": ["none"]},
        {"oidc_algorithms": ["HS256"]},
        {"oidc_algorithms": []},
        {"rate": "often"},
        {"streams_each": 0},
    ],
)
def test_settings_that_would_let_anybody_in_or_nobody_are_refused(wrong: dict[str, object]) -> None:
    Settings.model_validate({"token": "t", "oidc_issuer": "https://id", "oidc_audience": "a", "oidc_keys": "https://id/keys"})

    with pytest.raises(ValidationError):
        Settings.model_validate({"token": "t", **wrong})


def test_nobody_could_read_without_a_token() -> None:
    done = check()

    assert done.returncode == 2
    assert "set KPI_TOKEN" in done.stderr


@pytest.mark.parametrize("tokens", [{"acme": "same"}, {"acme": ""}, {"acme": "a", "emca": "a"}, {"default": "other"}])
def test_no_two_tenants_share_a_token_and_none_is_empty(tokens: dict[str, str]) -> None:
    with pytest.raises(ValidationError, match="each tenant needs a token of its own"):
        Settings.model_validate({"token": "same", "tokens": tokens})


def test_a_secret_is_not_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KPI_TOKEN", "hush")
    monkeypatch.setenv("KPI_TOKENS", '{"acme": "hush-too"}')
    monkeypatch.setenv("KPI_REDIS_PASSWORD", "hush-as-well")

    settings = Settings()

    assert "hush" not in repr(settings)
    assert settings.tenants() == {"hush": "default", "hush-too": "acme"}
