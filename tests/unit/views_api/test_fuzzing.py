"""Whatever the OpenAPI document allows is answered as it says, and whatever it does not is refused: Schemathesis against a real server over real numbers.

By hand and longer: `KPI_FUZZ=500 .venv/bin/pytest -s tests/unit/views_api/test_fuzzing.py`.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import redis
import uvicorn
from pydantic_core import Url

from deploy.local.places import ROOT
from processor.explain.serving import application
from processor.kinds.frame import frame_ref
from processor.store.redis import RedisStore
from schemas import keys
from tests.support.cells import Numbers, a_campaign, a_task, an_opportunity, an_order
from tests.support.fuzzing import CAMPAIGN, TARGET
from tests.support.servers import Store
from tests.unit.views_api.conftest import NOON, TOKEN
from views_api.settings import Settings

EXAMPLES = int(os.environ.get("KPI_FUZZ", "5"))
"""Per operation and way of making requests."""
DAY = "2026-11-03"
LEFT_OUT = {
    "--exclude-path-regex": "stream$",  # do not end
    "--exclude-checks": "positive_data_acceptance",  # that `from` does not go with `period` is nothing that a schema of parameters can say
}


_CONFIGURATION = """
[checks.negative_data_rejection]
expected-statuses = [400, 401, 403, 404, 405, 406, 409, 413, 415, 422, 428, 429, "5xx"]
"""
"""A text that is too long for its field may be too long for a body first."""


@pytest.fixture(name="settings")
async def _settings(settings: Settings, kpi_store: Store, tmp_path: Path) -> AsyncIterator[Settings]:
    """With somebody who explains; of the entities behind the numbers here he knows none."""
    store = RedisStore(kpi_store.url_of("worker"), generation=settings.generation)
    known, field = frame_ref("default", CAMPAIGN)
    with redis.Redis.from_url(kpi_store.url) as client:
        client.hset(keys.prefix(settings.generation, 0) + known, field, b"heard of")
    server = uvicorn.Server(uvicorn.Config(application(store, None), port=0, log_config=None))
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110  # uvicorn tells it by this flag alone
        await asyncio.sleep(0.01)
    explained_at = Url(f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}")
    limits = {"rate": "1000000/second", "rate_unknown": "1000000/second"}
    yield settings.model_copy(update={"keys": tmp_path / "keys.db", "explain": explained_at, **limits})
    server.should_exit = True
    await serving
    await store.close()


async def test_no_request_gets_what_the_document_does_not_say(address: str, numbers: Numbers, tmp_path: Path) -> None:
    numbers.campaign(a_campaign(CAMPAIGN, participant_ids=["an", "binh"], created_at=NOON))
    numbers.definition(CAMPAIGN, currency="VND")
    numbers.target(TARGET, measure="won", campaign_id=CAMPAIGN, from_day=DAY, to_day="2026-11-30", value=5)
    numbers.cells("o", DAY, {"n|o|r|s1": 1, "n|l|r|s1": 1, "lost|price|": 1, "p|50": 1}, CAMPAIGN)
    numbers.cells("s", DAY, {"n|an|o|s1": 1, "n|an|l|s1": 1}, CAMPAIGN)
    numbers.cells("r", DAY, {"n|1": 1, "gross|1|VND": 500}, CAMPAIGN)
    numbers.cells("l", DAY, {f"n|{CAMPAIGN}": 1, f"net|{CAMPAIGN}|VND": 500}, "")
    for n, status in enumerate(("open", "lost")):
        row = an_opportunity(f"o{n}", campaign_id=CAMPAIGN, status=status, amount_minor=7, currency="VND", created_at=NOON, closed_at=NOON)
        numbers.opportunity(row, DAY)
    numbers.order(an_order("r1", opportunity_id="o0", purchased_at=NOON), "o0")
    numbers.task(a_task("t1", opportunity_id="o0"), "o0")

    (tmp_path / "schemathesis.toml").write_text(_CONFIGURATION)
    command = ["run", f"{address}/openapi.json", "--header", f"Authorization: Bearer {TOKEN}", "--max-examples", str(EXAMPLES)]
    phases = ["--phases", "examples,coverage,fuzzing,stateful", "--seed", "1", "--workers", "2"]
    options = [part for option in LEFT_OUT.items() for part in option]
    fuzzing = await asyncio.create_subprocess_exec(
        Path(sys.executable).with_name("schemathesis"), *command, *phases, *options,
        cwd=tmp_path, env=os.environ | {"SCHEMATHESIS_HOOKS": "tests.support.fuzzing", "PYTHONPATH": str(ROOT)},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    said, _ = await fuzzing.communicate()
    print(said.decode())

    assert fuzzing.returncode == 0, said.decode()
    assert b"Stateful" in said, "it came to its end"
