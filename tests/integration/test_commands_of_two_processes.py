"""Two processes of the API that are asked at the same moment, on a real Kafka: of two changes of one version one is taken; the same command is done once."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

from tests.support import traffic
from tests.support.servers import TOKEN, Broker, Product, until
from tests.unit.views_api.test_api_keys import command

CAMPAIGN: Final[dict[str, Any]] = {"name": "Spring", "status": "active", "participant_ids": [], "steps": [], "promo_codes": []}
ROUNDS: Final = 8


class Two:
    """Two processes that take commands, and no worker yet that counts these."""

    def __init__(self, running: Product) -> None:
        self.running = running
        self._apis = [
            httpx.Client(base_url=running.start_api(name), headers={"Authorization": f"Bearer {TOKEN}"}, timeout=60)
            for name in ("api", "api-2")
        ]
        self._threads = ThreadPoolExecutor(2)

    def ask(self, method: str, path: str, bodies: list[dict[str, Any]], **headers: str) -> list[httpx.Response]:
        """Both at once."""
        asked = [
            self._threads.submit(api.request, method, path, json=body, headers=headers)
            for api, body in zip(self._apis, bodies, strict=True)
        ]
        return [each.result() for each in asked]

    def get(self, path: str, **headers: str) -> httpx.Response:
        return self._apis[0].get(path, headers=headers)

    def close(self) -> None:
        self._threads.shutdown()
        for api in self._apis:
            api.close()


@pytest.fixture(name="two")
def _two(product: Callable[..., Product], tmp_path: Path) -> Iterator[Two]:
    running = product(KPI_PARTITIONS="2", KPI_KEYS=str(tmp_path / "keys.db"))
    running.start_worker()
    found = Two(running)
    yield found
    found.close()


def named(name: str) -> dict[str, Any]:
    return CAMPAIGN | {"name": name}


def test_of_two_changes_at_once_one_is_taken_and_the_other_is_told(two: Two) -> None:
    made = [two.ask("POST", "/v1/campaigns", [{"id": f"c-{n}", **named(who)} for who in "ab"]) for n in range(ROUNDS)]
    for answers in made:
        taken = next(each for each in answers if each.status_code == 202)
        two.get("/v1/campaigns", **{"Min-Revision": taken.json()["position"]}).raise_for_status()
    two.running.kill("worker-1")  # so that neither can read from the store what the other wrote
    changed = [two.ask("PUT", f"/v1/campaigns/c-{n}", [named("first"), named("second")], **{"If-Match": '"1"'}) for n in range(ROUNDS)]
    late = [two.ask("PUT", f"/v1/campaigns/c-{n}", [named("third"), named("fourth")], **{"If-Match": '"1"'}) for n in range(ROUNDS)]
    two.running.start_worker()
    for answers in changed:
        taken = next(each for each in answers if each.status_code == 202)
        two.get("/v1/campaigns", **{"Min-Revision": taken.json()["position"]}).raise_for_status()
    names = [two.get(f"/v1/campaigns/c-{n}").json()["definition"]["name"] for n in range(ROUNDS)]

    assert [sorted(each.status_code for each in answers) for answers in made] == [[202, 409]] * ROUNDS
    assert [sorted(each.status_code for each in answers) for answers in changed] == [[202, 412]] * ROUNDS
    assert {each.headers["etag"] for answers in (*changed, *late) for each in answers} == {'"2"'}
    assert {each.status_code for answers in late for each in answers} == {412}
    assert names == [("first", "second")[[each.status_code for each in answers].index(202)] for answers in changed]


def test_the_same_command_at_both_is_done_once(two: Two, broker: Broker, topic_prefix: str) -> None:
    answers = two.ask("POST", "/v1/campaigns", [CAMPAIGN, CAMPAIGN], **{"Idempotency-Key": "k"})
    for answer in answers:
        if position := answer.raise_for_status().json()["position"]:
            two.get("/v1/campaigns", **{"Min-Revision": position}).raise_for_status()
    (item,) = two.get("/v1/campaigns").json()["items"]

    assert {(each.status_code, each.json()["id"], each.json()["version"]) for each in answers} == {(202, item["id"], 1)}
    written = asyncio.run(traffic.read(broker.address, [f"{topic_prefix}audit"], 1))
    assert len({json.loads(each.value)["event"] for each in written}) == 1


def test_a_key_that_the_command_line_made_and_revoked_is_in_the_audit(two: Two, broker: Broker, topic_prefix: str, tmp_path: Path) -> None:
    made = command(tmp_path / "keys.db", "make", "a board", "--rights", "view")
    identity = made.stdout.removeprefix("kpi_").partition("_")[0]
    command(tmp_path / "keys.db", "revoke", identity)

    def audited() -> list[tuple[str, str]]:
        told = [json.loads(each.value) for each in asyncio.run(traffic.read(broker.address, [f"{topic_prefix}audit"], 2, timeout=2))]
        return [(each["action"], each["subject"]) for each in {each["event"]: each for each in told}.values()]

    until(lambda: audited() == [("key.made", identity), ("key.revoked", identity)], "the audit to be told")
