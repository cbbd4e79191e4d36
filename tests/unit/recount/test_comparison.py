"""How the recount says where the store differs, and whom to ask."""

from __future__ import annotations

import pytest

from processor.recount import Cell, contributions, recount
from processor.recount.__main__ import DIFFERENT, Verdict, arguments, kafka_connection, told
from processor.recount.comparison import differences, explained
from processor.recount.stored import Seen
from tests.support.said import order, task

CELL = Cell("default", "c", "r", "2026-03-05", "n\x1f2")
DUE = "2026-03-10T00:00:00Z"
AFTER_IT_WAS_DUE = 1_773_100_800_001
ORDERS = [order("a", campaign_id="c"), order("b", campaign_id="c")]


def test_equal_cells_do_not_differ() -> None:
    assert differences(recount(ORDERS), recount(ORDERS)) == []


def test_a_cell_of_another_value_one_too_many_and_one_too_few_differ() -> None:
    counted = recount(ORDERS)
    extra = CELL._replace(campaign="nobody")
    missing = CELL._replace(field="gross\x1f2\x1fUSD")
    stored = {**counted, CELL: 3, extra: 1}
    del stored[missing]

    assert differences(counted, stored) == sorted([CELL, extra, missing])


def test_a_stored_zero_is_as_good_as_no_cell() -> None:
    assert differences({}, {CELL: 0}) == []


def test_a_difference_names_the_entities_behind_the_cell() -> None:
    counted = recount(ORDERS)

    lines = list(explained([CELL], counted, {CELL: 5}, contributions(ORDERS)))

    assert lines == [
        "default / c / r / 2026-03-05 / n | 2: stored 5, recounted 2",
        "    +1 order a: rule 2, it names the campaign",
        "    +1 order b: rule 2, it names the campaign",
    ]


def test_a_tenants_own_cell_is_named_as_such() -> None:
    (line,) = explained([CELL._replace(campaign="", view="l", field="pending")], {}, {}, [])

    assert line == "default / (the tenant) / l / 2026-03-05 / pending: stored 0, recounted 0"


def test_connections_come_from_the_environment_unless_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KPI_KAFKA", "there:9092")
    monkeypatch.setenv("KPI_REDIS", "redis://there")

    assert arguments([]).kafka == "there:9092"
    assert arguments(["--redis", "redis://here"]).redis == "redis://here"


def test_a_watermark_is_an_instant() -> None:
    assert arguments(["--watermark", "2026-03-10T00:00:00Z"]).watermark == 1_773_100_800_000


def test_anything_else_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        arguments(["--watermark", "yesterday"])

    assert "not an instant" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("stored", "given", "state"),
    [
        (None, [], "p"),
        (AFTER_IT_WAS_DUE, [], "d"),
        (AFTER_IT_WAS_DUE, ["--watermark", DUE], "p"),
        (None, ["--watermark", "2026-04-01T00:00:00Z"], "d"),
    ],
)
def test_the_watermark_is_the_stores_unless_another_is_given(stored: int | None, given: list[str], state: str) -> None:
    counted = Cell("default", "c", "t", "2026-03-06", f"n\x1f{state}\x1f")

    assert Verdict([task(due_at=DUE)], Seen({counted: 1}, None, stored), arguments([*given, "--without", "h"])).is_equal


def test_what_is_left_out_differs_on_neither_side() -> None:
    counted = recount(ORDERS)
    stored = {cell: value for cell, value in counted.items() if cell.view != "h"} | {CELL._replace(view="v", field="moved_in"): 1}

    verdict = Verdict(ORDERS, Seen(stored, None, None), arguments(["--without", "h", "--without", "v.moved_in"]))

    assert verdict.is_equal
    assert not Verdict(ORDERS, Seen(stored, None, None), arguments(["--without", "h"])).is_equal


def test_it_tells_each_difference_and_the_counts(capsys: pytest.CaptureFixture[str]) -> None:
    verdict = Verdict(ORDERS, Seen({}, None, None), arguments(["--without", "h", "--without", "q", "--without", "l", "--without", "j"]))

    assert told(verdict, limit=1) == DIFFERENT
    first, *_, last = capsys.readouterr().out.splitlines()
    assert first == "default / c / r / 2026-03-05 / gross | 2 | USD: stored 0, recounted 2000"
    assert last == "2 records, 0 of them rejected; 2 cells recounted, 2 differ"


def test_a_secured_kafka_is_reached_with_the_settings_of_the_product() -> None:
    environment = {
        "KPI_KAFKA_SECURITY_PROTOCOL": "SASL_PLAINTEXT",
        "KPI_KAFKA_SASL_MECHANISM": "SCRAM-SHA-512",
        "KPI_KAFKA_SASL_USERNAME": "reader",
        "KPI_KAFKA_SASL_PASSWORD": "secret",
    }

    assert kafka_connection("there:9092", environment) == {
        "bootstrap_servers": "there:9092",
        "security_protocol": "SASL_PLAINTEXT",
        "sasl_mechanism": "SCRAM-SHA-512",
        "sasl_plain_username": "reader",
        "sasl_plain_password": "secret",
    }
    assert kafka_connection("there:9092", {}) == {"bootstrap_servers": "there:9092", "security_protocol": "PLAINTEXT"}
