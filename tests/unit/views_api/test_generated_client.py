"""A client that a program made from the OpenAPI document does a whole journey, without a line of ours between it and the API."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.support.cells import Numbers, a_campaign, an_opportunity
from tests.unit.views_api.conftest import NOON, TOKEN
from views_api.app import routed
from views_api.settings import Settings

PACKAGE = "kpi_client"


@pytest.fixture(name="settings")
def _with_keys(settings: Settings, tmp_path: Path) -> Settings:
    return settings.model_copy(update={"keys": tmp_path / "keys.db"})


@pytest.fixture(name="client_of", scope="module")
def _client_of(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], ModuleType]]:
    """The modules of the client, by name."""
    folder = tmp_path_factory.mktemp("client")
    (folder / "openapi.json").write_text(json.dumps(routed().openapi()))
    (folder / "config.yaml").write_text("post_hooks: []\n")
    command = [
        "generate",
        "--path",
        "openapi.json",
        "--config",
        "config.yaml",
        "--meta",
        "none",
        "--output-path",
        PACKAGE,
        "--fail-on-warning",
    ]
    made = subprocess.run(
        [sys.executable, "-m", "openapi_python_client", *command], cwd=folder, capture_output=True, text=True, check=False
    )
    assert made.returncode == 0, made.stdout + made.stderr
    sys.path.insert(0, str(folder))
    yield lambda name: importlib.import_module(f"{PACKAGE}.{name}")
    sys.path.remove(str(folder))


async def test_a_generated_client_finds_a_campaign_reads_it_in_full_and_hands_on_what_it_may(
    client_of: Callable[[str], ModuleType], address: str, numbers: Numbers
) -> None:
    for n in range(3):
        numbers.campaign(a_campaign(f"c{n}/ü", name=f"Chiến dịch {n}", participant_ids=["an", "binh"], created_at=NOON + n))
        numbers.cells("l", "2026-11-03", {f"n|c{n}/ü": n, f"net|c{n}/ü|VND": 100 * n}, "")
    campaign = "c2/ü"
    numbers.cells("o", "2026-11-03", {"n|o|r|s1": 1, "n|l|r|s1": 1, "lost|price|": 1}, campaign)
    numbers.cells("s", "2026-11-03", {"n|an|o|s1": 1, "n|an|l|s1": 1}, campaign)
    numbers.opportunity(an_opportunity("1", campaign_id=campaign, created_at=NOON), "2026-11-03")
    numbers.opportunity(an_opportunity("2", campaign_id=campaign, status="lost", closed_at=NOON, lost_reason="price"), "2026-11-03")
    api, models = client_of, client_of("models")
    me = api("client").AuthenticatedClient(base_url=address, token=TOKEN)

    async def ask(name: str, *ids: str, caller: Any = me, **query: Any) -> Any:
        return await api(f"api.{name}").asyncio(*ids, client=caller, **query)

    # Which campaigns are there? Page by page, found by a name without its accents.
    items, cursor = [], None
    while True:
        page = await ask("campaigns.campaigns", search="chien dich", limit=2, **({} if cursor is None else {"cursor": cursor}))
        items += page.items
        cursor = page.next_cursor
        if cursor is None:
            break
    assert [(item.id, item.orders, item.revenue_net) for item in items] == [("c2/ü", 2, 200), ("c1/ü", 1, 100), ("c0/ü", 0, 0)]
    assert items[0].created_at == datetime.fromtimestamp((NOON + 2) / 1000, UTC)
    assert page.totals.by_currency["VND"]["revenue_net"] == 300

    # One of them, from all sides.
    overview = await ask("overview.overview", campaign, period=models.Preset.MONTH)
    assert (overview.totals.opportunities, overview.totals.lost, overview.stamp.state) == (2, 1, models.StampState.LIVE)
    assert overview.period.from_ == date(2026, 11, 1)
    people = await ask("staff.staff", campaign)
    assert [(person.staff_id, person.opportunities) for person in people.items] == [("an", 2), ("binh", 0), (None, 0)]
    reasons = (await ask("customers.customers", campaign)).lost_reasons
    lost = await ask("opportunities.opportunities", campaign, status=models.OpportunitiesStatusType0.LOST)
    assert [(reason.reason, reason.opportunities) for reason in reasons] == [("price", lost.total)]
    series = await ask("series.series", campaign, measure=models.SeriesMeasure.OPPORTUNITIES, by=models.SeriesBy.MONTH)
    assert [point.value for point in series.points] == [2]
    assert {each.name for each in (await ask("definitions.kpis")).items} >= {"opportunities", "win_rate"}

    # What is wrong, or not there, is told in a form that the client knows.
    refused = await ask("overview.overview", campaign, at="2026-11-01", from_="2026-11-01", to="2026-11-02")
    assert (refused.status, refused.errors[0].parameter) == (422, "at")
    assert (await ask("overview.overview", "nope")).status == 404

    # A key for another program, which may do less, and which ends.
    made = await ask("keys.make_key", body=models.NewKey(name="reports", rights=[models.Right.VIEW], staff="binh"))
    other = api("client").AuthenticatedClient(base_url=address, token=made.token)
    assert [person.staff_id for person in (await ask("staff.staff", campaign, caller=other)).items] == ["binh"]
    assert (await ask("keys.list_keys", caller=other)).status == 403
    await ask("keys.revoke_key", made.id)
    assert (await ask("overview.overview", campaign, caller=other)).status == 401
    for each in (me, other):
        await each.get_async_httpx_client().aclose()
