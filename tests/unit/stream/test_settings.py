"""What the processor can be told, and how it says what is wrong."""

from __future__ import annotations

import os

import pytest

from processor.__main__ import USAGE, main
from processor.settings import Unusable, read


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("KPI_"):
            monkeypatch.delenv(name)


def test_the_defaults_are_usable() -> None:
    settings = read()

    assert (settings.kafka, settings.partitions, settings.generation, settings.group) == ("127.0.0.1:9092", 8, "g1", "campaign-kpis")
    assert settings.instance is None


def test_all_errors_come_at_once_by_the_name_of_their_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = {
        "KPI_KAFKA": "localhost",
        "KPI_KAFKA_SECURITY_PROTOCOL": "SASL_SSL",
        "KPI_FETCH_MAX_WAIT_MS": "21",
        "KPI_REDIS": "http://x",
        "KPI_GENERATION": "g:1",
        "KPI_TOPIC_PREFIX": "a b",
        "KPI_KAFKA_CA_FILE": "/nowhere/ca.pem",
    }
    for name, value in wrong.items():
        monkeypatch.setenv(name, value)

    with pytest.raises(Unusable) as error:
        read()

    named = {line.partition(":")[0] for line in str(error.value).splitlines()}
    assert named == set(wrong) - {"KPI_KAFKA_SECURITY_PROTOCOL"} | {"KPI_KAFKA_SASL_USERNAME", "KPI_KAFKA_SASL_PASSWORD"}


def test_a_password_shows_up_in_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KPI_KAFKA_SASL_PASSWORD", "hunter2")
    monkeypatch.setenv("KPI_REDIS", "nonsense://:hunter3@x")

    with pytest.raises(Unusable) as error:
        read()

    assert "hunter" not in str(error.value)
    assert "hunter" not in repr(error.value)


@pytest.mark.parametrize("address", ["a:1", "a.b:9092,c:9093", "[::1]:9092", " a:1 , b:2 "])
def test_addresses_of_several_brokers_are_taken(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setenv("KPI_KAFKA", address)

    assert read().kafka == address.replace(" ", "")


def test_checking_the_settings_ends_with_a_status(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.argv", ["processor", "--check-settings"])
    assert main() == 0

    monkeypatch.setenv("KPI_PARTITIONS", "0")
    assert main() == USAGE
    assert "KPI_PARTITIONS" in capsys.readouterr().err
