"""The worked example of the documentation, through Kafka, the workers, the store and the API: in other orders, and each event more than once."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import httpx
import pytest
from aiokafka import AIOKafkaProducer

from processor.recount.__main__ import EQUAL, arguments, compare
from tests.support.servers import TOKEN, Broker, Product, until

PAGE = Path(__file__).parents[2] / "docs" / "worked-example.md"
PARTITIONS = 3
CLOCK_FIELDS = ("as_of", "lag_ms", "revision")


def events() -> list[tuple[str, dict[str, Any]]]:
    """(topic, event) in the order of the page."""
    return [
        (topic, json.loads(event)) for topic, event in re.findall(r"^```json (\w+)\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    ]


def answers() -> dict[str, dict[str, Any]]:
    """Request -> answer."""
    found = re.findall(r"^`GET (\S+)`\n+```json\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    return {path: json.loads(answer) for path, answer in found}


def test_the_page_has_what_it_promises() -> None:
    assert len(events()) == 14
    assert {path.split("?")[0].rsplit("/", 1)[1] for path in answers()} == {"overview", "staff", "series"}
    assert [path for path in answers() if "basis=as_of" in path]


@pytest.mark.parametrize("seed", range(3))
def test_the_answers_are_those_of_the_page_in_any_order(
    seed: int, product: Callable[..., Product], broker: Broker, redis_url: str, topic_prefix: str
) -> None:
    running = product(KPI_PARTITIONS=str(PARTITIONS))
    running.start_worker()
    api = running.start_api()
    asyncio.run(_send_shuffled(broker.address, topic_prefix, Random(seed)))
    where = ["--kafka", broker.address, "--redis", redis_url, "--topic-prefix", topic_prefix]
    assert asyncio.run(compare(arguments([*where, "--once-settled"]))) == EQUAL

    with httpx.Client(base_url=api, headers={"Authorization": f"Bearer {TOKEN}"}) as client:
        for path, expected in answers().items():
            assert _as_far_as(expected, _answer(client, path)) == expected, path


def _answer(client: httpx.Client, path: str) -> dict[str, Any]:
    """Without the clock. On a loaded machine an answer may be delayed for a moment: then it is asked for again."""
    answer: dict[str, Any] = {}

    def is_live() -> bool:
        answer.update(client.get(path).raise_for_status().json())
        return bool(answer["stamp"]["state"] == "live")

    until(is_live, f"a live answer to {path}")
    stamp = {name: value for name, value in answer["stamp"].items() if name not in CLOCK_FIELDS}
    return {**answer, "stamp": stamp}


def _as_far_as(shown: Any, answer: Any) -> Any:
    """Of an answer the fields that the page shows; of a list all items."""
    if isinstance(shown, dict) and isinstance(answer, dict):
        return {name: _as_far_as(shown[name], value) for name, value in answer.items() if name in shown}
    if isinstance(shown, list) and isinstance(answer, list) and len(shown) == len(answer):
        return [_as_far_as(*pair) for pair in zip(shown, answer, strict=True)]
    return answer


async def _send_shuffled(bootstrap: str, prefix: str, rng: Random) -> None:
    """Each event once, and a third of them once more, in any order, on any partition."""
    stream = [*events(), *(each for each in events() if rng.random() < 1 / 3)]
    rng.shuffle(stream)
    async with AIOKafkaProducer(bootstrap_servers=bootstrap) as producer:
        for topic, event in stream:
            await producer.send_and_wait(
                prefix + topic, json.dumps(event).encode(), key=event["subject"].encode(), partition=rng.randrange(PARTITIONS)
            )
