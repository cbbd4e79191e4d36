"""Commands through a real Kafka: what the API writes, the processor counts and the API reads."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import httpx
import msgspec
import pytest

from schemas.brokers import Connection
from schemas.errors import Unavailable
from schemas.updates import AUDIT
from tests.support import traffic
from tests.support.servers import TOKEN, Broker, Product, until
from views_api.commands.kafka_log import KafkaLog

CAMPAIGN: dict[str, Any] = {"name": "Spring", "status": "active", "participant_ids": [], "steps": [], "promo_codes": []}


def test_who_changes_something_reads_it_as_soon_as_it_is_counted(
    product: Callable[..., Product], broker: Broker, topic_prefix: str
) -> None:
    running = product(KPI_PARTITIONS="2")
    running.start_worker()
    with httpx.Client(base_url=running.start_api(), headers={"Authorization": f"Bearer {TOKEN}"}, timeout=20) as api:
        made = api.post("/v1/campaigns", json={"id": "c", **CAMPAIGN}, headers={"Idempotency-Key": "k"}).raise_for_status().json()
        again = api.post("/v1/campaigns", json={"id": "c", **CAMPAIGN}, headers={"Idempotency-Key": "k"}).raise_for_status().json()
        found = api.get("/v1/campaigns/c", headers={"Min-Revision": made["position"]}).raise_for_status()
        changed = api.put("/v1/campaigns/c", json=CAMPAIGN | {"name": "Summer"}, headers={"If-Match": found.headers["etag"]})
        position = changed.raise_for_status().json()["position"]
        (item,) = api.get("/v1/campaigns", headers={"Min-Revision": position}).raise_for_status().json()["items"]
        late = api.put("/v1/campaigns/c", json=CAMPAIGN, headers={"If-Match": found.headers["etag"]})
        set_to = api.put("/v1/settings", json={"currency": "VND"}, headers={"If-Match": '"none"'}).raise_for_status().json()
        settings = api.get("/v1/settings", headers={"Min-Revision": set_to["position"]}).raise_for_status().json()

    assert item["name"] == "Summer"
    assert again["position"] in (made["position"], None)
    assert late.status_code == 412
    assert settings["definition"] == {"currency": "VND"}
    records = asyncio.run(traffic.read(broker.address, [f"{topic_prefix}campaigns", f"{topic_prefix}settings", f"{topic_prefix}audit"], 6))
    told = {
        topic: [json.loads(each.value) for each in records if each.topic == topic_prefix + topic]
        for topic in ("campaigns", "settings", "audit")
    }
    assert [event["type"] for event in sorted(told["campaigns"], key=lambda event: event["time"])] == [
        "campaign.created",
        "campaign.updated",
    ]
    assert [(each["action"], each["version"]) for each in told["audit"]] == [
        ("campaign.created", 1),
        ("campaign.updated", 2),
        ("tenant.updated", 1),
    ]
    assert {each["event"] for each in told["audit"]} == {event["id"] for topic in ("campaigns", "settings") for event in told[topic]}


def test_without_kafka_everything_can_be_read_and_a_command_says_that_it_may_be_asked_for_again(product: Callable[..., Product]) -> None:
    running = product(KPI_PARTITIONS="2", KPI_KAFKA="127.0.0.1:1")
    with httpx.Client(base_url=running.start_api(), headers={"Authorization": f"Bearer {TOKEN}"}, timeout=30) as api:
        answer = api.post("/v1/campaigns", json=CAMPAIGN)
        listed = api.get("/v1/campaigns")

    assert (answer.status_code, answer.headers["retry-after"], listed.status_code) == (503, "2", 200)


async def test_who_reads_while_another_gives_up_is_told_to_come_again(broker: Broker, topic_prefix: str) -> None:
    """The audit of the keys writes through the same log, and closes it when Kafka is away: no fault of the server."""
    log = KafkaLog(Connection(broker.address), topic_prefix, 1)
    at = await log.append(AUDIT, b"t", msgspec.json.encode({}))
    await log.until(at)
    waiting = asyncio.create_task(log.until(at._replace(offset=at.offset + 1)))
    await asyncio.sleep(0.1)

    await log.close()

    with pytest.raises(Unavailable):
        await waiting


def test_a_broker_that_was_away_takes_commands_again(product: Callable[..., Product], broker: Broker) -> None:
    running = product(KPI_PARTITIONS="2")
    running.start_worker()
    with httpx.Client(base_url=running.start_api(), headers={"Authorization": f"Bearer {TOKEN}"}, timeout=60) as api:
        before = api.post("/v1/campaigns", json={"id": "c", **CAMPAIGN})
        broker.kill()
        away = api.post("/v1/campaigns", json={"id": "d", **CAMPAIGN})
        broker.start()
        until(lambda: api.post("/v1/campaigns", json={"id": "d", **CAMPAIGN}).status_code == 202, "the command to be taken")
        until(lambda: api.get("/v1/campaigns/d").status_code == 200, "the campaign to be there")

    assert (before.status_code, away.status_code) == (202, 503)
