"""`python -m processor explain` against the whole product: from a number to the records in Kafka behind it."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable

import pytest

from processor.__main__ import main
from processor.recount.__main__ import EQUAL, arguments, compare
from tests.support.said import campaign, message, opportunity, order, tombstone
from tests.support.sending import send
from tests.support.servers import Broker, Product

EVENTS = [
    campaign(steps=["s1", "s2"], currency="USD"),
    opportunity(version=1, at="2026-03-03T00:00:00Z", step_id="s1", owner_id="an"),
    opportunity(version=2, at="2026-03-10T12:00:00Z", step_id="s2", owner_id="an")._replace(partition=1),
    opportunity("gone"),
    order(opportunity_id="op"),
    order("draft", opportunity_id="op", status="draft"),
    message("sent"),
]
LATER = [tombstone("opportunities", "gone")]
"""Sent when the others are counted: of what was deleted before it was ever counted, no campaign knows."""


Answer = tuple[int, str, str]
"""(exit code, what it printed, what it told beside)."""


@pytest.fixture(name="explained")
def _explained(
    product: Callable[..., Product],
    broker: Broker,
    redis_url: str,
    topic_prefix: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Callable[..., Answer]:
    """Runs the command on a product that has counted all events."""
    running = product(KPI_PARTITIONS="2")
    running.start_worker()
    where = ["--kafka", broker.address, "--redis", redis_url, "--topic-prefix", topic_prefix]
    for events in (EVENTS, LATER):
        asyncio.run(send(broker.address, topic_prefix, events))
        assert asyncio.run(compare(arguments([*where, "--once-settled"]))) == EQUAL
    for name, value in {"KPI_KAFKA": broker.address, "KPI_REDIS": redis_url, "KPI_TOPIC_PREFIX": topic_prefix}.items():
        monkeypatch.setenv(name, value)

    def run(*words: str) -> Answer:
        monkeypatch.setattr(sys, "argv", ["processor", "explain", *words])
        capsys.readouterr()
        return (main(), *capsys.readouterr())

    return run


def test_a_number_is_explained_down_to_its_records(explained: Callable[..., Answer], topic_prefix: str) -> None:
    code, won, _ = explained("c", "won", "--day", "2026-03-02")

    assert code == 0
    assert won.startswith("won of c, on 2026-03-02: 1\n")
    assert "+1 opportunity op" in won
    assert "it is won because step s2 was the last step of c at 2026-03-10T12:00:00Z (version 2)" in won
    assert "Everything adds up" in won

    code, op, beside = explained("c", "won", "--events", "op")

    assert code == 0
    assert "opportunity op adds to won of c:\n    +1 to o n of 2026-03-02" in op
    assert "told by 2 events:" in op
    assert f"{topic_prefix}opportunities, partition 0, offset 0: opportunity.updated op at 2026-03-03T00:00:00Z" in op
    assert f"{topic_prefix}opportunities, partition 1, offset 0: opportunity.updated op at 2026-03-10T12:00:00Z" in op
    assert f"read {len(EVENTS + LATER)} of {len(EVENTS + LATER)} records" in beside

    _, gone, _ = explained("c", "won", "--events", "gone")

    assert "opportunity gone adds to won of c:\n    nothing\n    opportunity gone counts nowhere: it was deleted for good" in gone
    assert f"{topic_prefix}opportunities, partition 0, offset 2: tombstone of opportunity gone" in gone

    _, draft, _ = explained("c", "orders", "--events", "draft", "--dimension", "staff=an")

    assert "order draft adds to orders of c:\n    nothing" in draft
    assert "not counted: status draft is none of those that the tenant counts" in draft

    _, sent, _ = explained("c", "messages_sent", "--events", "m")

    assert "message m adds to messages_sent of c" in sent
    assert f"{topic_prefix}messages, partition 0, offset 0: message.sent m" in sent

    for words, sentence in {
        ("nowhere", "won"): "there is no campaign 'nowhere' of tenant 'default': nothing was ever counted for it\n",
        ("c", "wins"): "there is no number 'wins'; there is expected_wins (all names: make kpis)\n",
        ("c", "won", "--dimension", "staff"): "--dimension is NAME=VALUE; 'staff' is not\n",
        ("c", "won", "--day", "2026-03-02", "--to", "2026-03-03"): "give either --day or --from and --to, not both\n",
    }.items():
        assert explained(*words) == (2, "", sentence)

    code, nothing, beside = explained("c", "won", "--events", "nobody")

    assert (code, nothing) == (2, "")
    assert beside.endswith("nothing was ever said of 'nobody' that won could be made of\n")
