"""A sales team's opportunities and tasks against numbers that another program recomputed from the raw tables; what is left out: docs/golden.md.

The data is not ours to ship: it is read from the folder that KPI_GOLDEN_DATA names, else from `shared/data` beside the checkout.
"""

from __future__ import annotations

import gzip
import json
import os
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from tests.golden.counting import Counted, shuffled
from tests.golden.sales_sample import CUTS, NONE, WHOLE, translate
from tests.golden.spelling import Same, as_is, compared, money, month, percentage, week
from tests.support.servers import Store

pytestmark = pytest.mark.xdist_group("sales sample")

DATA: Final = Path(os.environ.get("KPI_GOLDEN_DATA") or Path(__file__).parents[3] / "shared" / "data")
COUNTS: Final[list[Same]] = [
    ("created", "opportunities", as_is),
    ("won", "won", as_is),
    ("lost", "lost", as_is),
    ("in_progress", "open", as_is),
]
SHARES: Final[list[Same]] = [
    ("won_pct", "won_share", percentage),
    ("lost_pct", "lost_share", percentage),
    ("in_progress_pct", "open_share", percentage),
    ("win_rate_closed_pct", "win_rate", percentage),
]
VALUES: Final[list[Same]] = [
    ("revenue_won", "value_won", money),
    ("open_value", "value_open", money),
    ("weighted_open_value", "value_weighted", money),
]


@pytest.fixture(scope="module", name="sample")
def _sample() -> Path:
    if not (DATA / "msft_ai_sample.json").exists():
        pytest.skip(f"THE SALES SAMPLE IS NOT COMPARED: there is no msft_ai_sample.json in {DATA} (KPI_GOLDEN_DATA names another folder)")
    return DATA


@pytest.fixture(scope="module", name="answers")
def _answers(sample: Path) -> dict[str, Any]:
    answers: dict[str, Any] = json.loads((sample / "msft_ai_sample.json").read_text())["kpis"]
    return answers


@pytest.fixture(scope="module", name="counted", params=["in order of time", "shuffled, a fifth of it twice"])
def _counted(request: pytest.FixtureRequest, sample: Path, any_store: Store) -> Iterator[Counted]:
    any_store.empty()
    lines = gzip.decompress((sample / "msft_ai_sample.events.ndjson.gz").read_bytes()).splitlines()
    records = translate(json.loads(line) for line in lines)
    tenants = [WHOLE, *CUTS]
    counted = Counted(any_store.url, records if request.param == "in order of time" else shuffled(records, 2), tenants)
    yield counted
    counted.close()


@pytest.mark.parametrize(("theirs", "ours", "spelled"), compared([*COUNTS, *SHARES, *VALUES]))
def test_the_whole_has_the_number(counted: Counted, answers: dict[str, Any], theirs: str, ours: str, spelled: Callable[[Any], Any]) -> None:
    assert spelled(counted.totals(WHOLE, WHOLE)[ours]) == answers["totals"][theirs]


@pytest.mark.parametrize("cut", CUTS)
@pytest.mark.parametrize(("theirs", "ours", "spelled"), compared([*COUNTS, *SHARES, *VALUES]))
def test_each_part_of_a_dimension_has_the_number(
    counted: Counted, answers: dict[str, Any], theirs: str, ours: str, spelled: Callable[[Any], Any], cut: str
) -> None:
    found = {part: spelled(counted.totals(cut, part)[ours]) for part in answers[cut]}

    assert found == {part: row[theirs] for part, row in answers[cut].items()}


@pytest.mark.parametrize(("theirs", "ours", "spelled"), compared([*COUNTS, *SHARES]))
def test_each_owner_has_the_number(
    counted: Counted, answers: dict[str, Any], theirs: str, ours: str, spelled: Callable[[Any], Any]
) -> None:
    found = {row["staff_id"]: spelled(row[ours]) for row in counted.answer(WHOLE, WHOLE, "staff")["items"] if row["staff_id"]}

    assert found == {owner: row[theirs] for owner, row in answers["by_owner"].items()}


def test_each_stage_has_its_opportunities(counted: Counted, answers: dict[str, Any]) -> None:
    funnel = counted.answer(WHOLE, WHOLE, "overview")["funnel"]

    assert {row["step_id"]: (row["current"], row["lost"]) for row in funnel} == {
        stage: (row["won"] + row["in_progress"], row["lost"]) for stage, row in answers["by_stage"].items()
    }


def test_each_method_has_its_opportunities_and_those_without_one_have_their_stage(counted: Counted, answers: dict[str, Any]) -> None:
    found: Counter[str] = Counter()
    for owner in counted.answer(WHOLE, WHOLE, "customers")["owners"]:
        found.update({row["method"]: row["opportunities"] for row in owner["methods"]})
    without = sum(found.pop(stage) for stage in answers["by_stage"])

    assert found | {NONE: without} == {method: row["created"] for method, row in answers["by_method"].items()}


def test_each_industry_has_its_losses(counted: Counted, answers: dict[str, Any]) -> None:
    found = counted.answer(WHOLE, WHOLE, "customers")["lost_industries"]

    assert {row["industry"]: row["opportunities"] for row in found} == {
        industry: row["lost"] for industry, row in answers["by_industry"].items() if row["lost"]
    }


def test_each_week_has_the_opportunities_that_were_created_in_it(counted: Counted, answers: dict[str, Any]) -> None:
    for campaign, expected in answers["created_per_campaign_per_week"].items():
        found = counted.series("by_campaign", campaign, "opportunities", "week")

        assert {week(day): number for day, number in found.items()} == expected, campaign


def test_each_week_has_the_opportunities_that_were_closed_in_it(counted: Counted, answers: dict[str, Any]) -> None:
    for name, expected in answers["closed_per_campaign_per_week"].items():
        campaign, _, status = name.partition("|")
        found = counted.series("by_campaign", campaign, status, "week", basis="closed")

        assert {week(day): number for day, number in found.items()} == expected, name


def test_each_month_has_what_was_won_in_it(counted: Counted, answers: dict[str, Any]) -> None:
    found = counted.series(WHOLE, WHOLE, "value_won", "month", basis="closed")

    assert {month(day): money(amount) for day, amount in found.items()} == answers["won_revenue_per_month"]


WON_AMOUNTS: Final = compared([("revenue_won", "revenue_net", money)])


@pytest.mark.parametrize(("theirs", "ours", "spelled"), WON_AMOUNTS)
def test_what_was_won_is_the_revenue_where_the_tenant_says_so(
    counted: Counted, answers: dict[str, Any], theirs: str, ours: str, spelled: Callable[[Any], Any]
) -> None:
    totals, people = counted.totals(WHOLE, WHOLE), counted.answer(WHOLE, WHOLE, "staff")["items"]
    months = counted.series(WHOLE, WHOLE, ours, "month", basis="closed")

    assert spelled(totals[ours]) == answers["totals"][theirs]
    assert {row["staff_id"]: spelled(row[ours]) for row in people if row["staff_id"]} == {
        owner: row[theirs] for owner, row in answers["by_owner"].items()
    }
    assert {month(day): spelled(amount) for day, amount in months.items()} == answers["won_revenue_per_month"]


AS_OF: Final[list[Same]] = [*COUNTS, ("revenue_won", "value_won", money)]


@pytest.mark.parametrize("moment", ["2020-06-30 23:59:59", "2021-01-31 23:59:59", "2021-08-31 23:59:59"])
@pytest.mark.parametrize(("theirs", "ours", "spelled"), compared(AS_OF))
def test_at_the_end_of_a_past_day_the_number_was_the_same(
    counted: Counted, answers: dict[str, Any], theirs: str, ours: str, spelled: Callable[[Any], Any], moment: str
) -> None:
    past = answers["as_of"][moment]
    then = {"basis": "as_of", "to": moment[:10]}

    assert spelled(counted.totals(WHOLE, WHOLE, **then)[ours]) == past["totals"][theirs]
    assert {campaign: spelled(counted.totals("by_campaign", campaign, **then)[ours]) for campaign in past["by_campaign"]} == {
        campaign: row[theirs] for campaign, row in past["by_campaign"].items()
    }


def test_the_report_of_the_sample_itself_says_the_same(counted: Counted, answers: dict[str, Any]) -> None:
    totals, published = counted.totals(WHOLE, WHOLE), answers["dax_measures"]

    assert [money(totals["value_won"]), money(totals["value_open"])] == [published["Revenue Won"], published["Revenue Open"]]
    assert [totals["opportunities"], totals["won"], totals["lost"], percentage(totals["win_rate"])] == [
        published[name] for name in ("Opportunity Count", "Count of Won", "Count of Lost", "Close %")
    ]


def test_each_person_has_the_tasks(counted: Counted, answers: dict[str, Any]) -> None:
    totals = counted.totals("by_campaign", NONE)
    rows = counted.answer("by_campaign", NONE, "staff")["items"]

    assert (totals["tasks_created"], totals["tasks_completed"]) == (answers["tasks"]["total"], answers["tasks"]["by_state"]["Closed"])
    assert {row["staff_id"]: row["tasks_completed"] for row in rows if row["tasks_created"]} == {
        person: row["Closed"] for person, row in answers["tasks"]["by_owner"].items()
    }


def test_each_week_has_the_tasks_that_were_created_in_it(counted: Counted, answers: dict[str, Any]) -> None:
    found = counted.series("by_campaign", NONE, "tasks_created", "week")

    assert {week(day): number for day, number in found.items()} == answers["tasks"]["created_per_week"]


def test_each_cell_equals_the_independent_recount(counted: Counted) -> None:
    assert counted.wrong_cells() == {}
