"""Answers as files: what is in them, who gets them, and what a spreadsheet makes of hostile text."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import openpyxl
import pytest

from schemas.durations import DAY
from schemas.rows import Step
from tests.support.cells import Numbers, a_campaign, a_task, an_opportunity, an_order
from tests.unit.views_api.conftest import NOON
from views_api.app import ANSWERS
from views_api.files.delimited import MEDIA_TYPE as CSV
from views_api.files.tables import tables_of
from views_api.files.workbook import MEDIA_TYPE as XLSX
from views_api.principals.api_keys import ApiKeys, Author
from views_api.routes import files
from views_api.scope import Right
from views_api.settings import Settings

JSON = "application/json"
HOSTILE = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "＝1+1",
    "＠x",
    '=cmd|" /C calc"!A0',
    'quo"te',
    "a,b\r\nc",
    "Chiến dịch",
    "\u202edekcah",
]
TABLES = {
    "/v1/campaigns": "items",
    "/v1/campaigns/c/overview": "totals",
    "/v1/campaigns/c/staff": "items",
    "/v1/campaigns/c/customers": "totals",
    "/v1/campaigns/c/opportunities": "items",
    "/v1/campaigns/c/series?measure=revenue_net": "points",
}


@pytest.fixture(name="settings")
def _settings(settings: Settings, tmp_path: Path) -> Settings:
    return settings.model_copy(update={"keys": tmp_path / "keys.db"})


@pytest.fixture(name="filled")
def _filled(numbers: Numbers) -> Numbers:
    numbers.campaign(a_campaign(currency="USD", participant_ids=["an", "binh"], steps=[Step("s1", "=Call", 1)], created_at=NOON))
    numbers.cells("o", "2026-11-03", {"n|o|r|s1": 2, "n|l|r|s1": 1, "lost|price|": 1})
    numbers.cells("s", "2026-11-03", {"n|an|o|s1": 2, "n|an|l|s1": 1})
    numbers.cells("r", "2026-11-03", {"n|1": 1, "gross|1|USD": 12345, "refunds|1|USD": 45})
    numbers.cells("q", "2026-11-03", {"n|an|s1": 1, "gross|an|s1|USD": 12345})
    numbers.cells("l", "2026-11-03", {"n|c": 1, "net|c|USD": 12300}, "")
    for n in range(2):
        row = an_opportunity(f"o{n}", customer_name="=1+1", amount_minor=150 + n, currency="KWD" if n else None, created_at=NOON)
        numbers.opportunity(row, "2026-11-03")
    numbers.order(an_order("r1", opportunity_id="o0", gross_minor=500, currency="VND", purchased_at=NOON), "o0")
    numbers.task(a_task("t1", opportunity_id="o0", title="+call"), "o0")
    return numbers


def of_csv(answer: httpx.Response) -> tuple[dict[str, str], list[str], list[dict[str, str]]]:
    """Its heading, the names of its columns, and its rows by these."""
    assert answer.status_code == 200, answer.text
    lines = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))
    said = {line[0][2:]: line[1] for line in lines if line[0].startswith("# ")}
    names, *rows = lines[len(said) :]
    return said, names, [dict(zip(names, row, strict=True)) for row in rows]


def of_workbook(answer: httpx.Response) -> dict[str, list[list[Any]]]:
    """Rows by sheet, from the titles of the columns on."""
    assert answer.status_code == 200, answer.text
    book = openpyxl.load_workbook(io.BytesIO(answer.content), read_only=True)
    sheets = {}
    for sheet in book:
        rows = [list(row) for row in sheet.iter_rows(values_only=True)]
        blank = next(n for n, row in enumerate(rows) if not any(cell is not None for cell in row))
        sheets[sheet.title] = rows[blank + 1 :]
    book.close()
    return sheets


@pytest.mark.parametrize(("path", "first"), TABLES.items())
async def test_each_answer_is_to_be_had_as_csv_and_as_a_workbook(api: httpx.AsyncClient, filled: Numbers, path: str, first: str) -> None:
    delimited = await api.get(path, params={"format": "csv"} | ({"measure": "revenue_net"} if "series" in path else {}))
    book = await api.get(path, headers={"Accept": XLSX})
    json = (await api.get(path)).json()

    assert (delimited.headers["content-type"], book.headers["content-type"]) == (f"{CSV}; charset=utf-8", XLSX)
    assert delimited.headers["content-disposition"].startswith("attachment; filename=")
    said, names, rows = of_csv(delimited)
    assert (said["stamp.as_of"], said["stamp.currency"], said["stamp.timezone"]) == (
        json["stamp"]["as_of"], json["stamp"]["currency"], json["stamp"]["timezone"],
    )  # fmt: skip
    assert said["period.from"] == "2026-11-01"
    sheets = of_workbook(book)
    assert {*sheets} <= {name for view in ANSWERS for name in tables_of(view)} | {path.rpartition("/")[2]}
    assert len(rows) == len(json[first])
    assert len(next(iter(sheets.values()))[0]) == len(names)


async def test_a_workbook_has_a_sheet_for_each_table_of_the_answer(api: httpx.AsyncClient, filled: Numbers) -> None:
    sheets = of_workbook(await api.get("/v1/campaigns/c/opportunities?format=xlsx"))
    of_staff = of_workbook(await api.get("/v1/campaigns/c/staff?format=xlsx"))
    of_overview = of_workbook(await api.get("/v1/campaigns/c/overview?format=xlsx"))

    assert [*sheets] == ["opportunities", "related_tasks", "related_orders"]
    assert [*of_staff] == ["staff", "steps"]
    assert [*of_overview] == ["totals", "by_currency", "funnel", "outcomes", "probability", "forecast", "comparison"]
    titles, first = sheets["related_orders"]
    assert dict(zip(titles, first, strict=True)) | {"Gross": 500, "Opportunity id": "o0", "Order id": "r1"} == dict(
        zip(titles, first, strict=True)
    )
    titles, *steps = of_staff["steps"]
    assert titles[0] == "Staff id"
    assert steps[0][:3] == ["an", "s1", 3]


async def test_revenue_by_which_people_are_ranked_is_in_whole_units(api: httpx.AsyncClient, filled: Numbers) -> None:
    _, _, rows = of_csv(await api.get("/v1/campaigns/c/leaderboard?by=revenue_net&format=csv"))
    sheets = of_workbook(await api.get("/v1/campaigns/c/leaderboard?by=revenue_net&format=xlsx"))
    _, _, by_won = of_csv(await api.get("/v1/campaigns/c/leaderboard?by=won&format=csv"))
    _, _, staff = of_csv(await api.get("/v1/campaigns/c/staff?format=csv"))

    assert (rows[0]["staff_id"], rows[0]["value"]) == ("an", "123.45")
    assert rows[0]["value"] == staff[0]["revenue_net"]
    assert sheets["leaderboard"][1][3] == 123.45
    assert {row["value"] for row in by_won} == {"0"}


@pytest.mark.parametrize(
    ("answer", "column", "row"), [("overview?", "name", "revenue_net"), ("series?measure=revenue_net&by=month&", "start", "2026-10-01")]
)
async def test_what_is_compared_with_has_the_decimals_of_its_own_currency(
    api: httpx.AsyncClient, numbers: Numbers, answer: str, column: str, row: str
) -> None:
    """The campaign names none: it is in that of its orders, which was another one a month ago."""
    numbers.campaign(a_campaign(currency=None))
    numbers.cells("r", "2026-11-03", {"n|1": 1, "gross|1|USD": 12345})
    numbers.cells("r", "2026-10-03", {"n|1": 1, "gross|1|VND": 777})
    days = "from=2026-11-01&to=2026-11-23&compare=custom&compare_from=2026-10-01&compare_to=2026-10-23"

    said, _, rows = of_csv(await api.get(f"/v1/campaigns/c/{answer}{days}&format=csv&table=comparison"))

    assert (said["stamp.currency"], said["comparison.currency"]) == ("USD", "VND")
    assert [found["value"] for found in rows if found[column] == row] == ["777"]


async def test_amounts_have_the_decimals_of_their_currency_and_times_are_times(api: httpx.AsyncClient, filled: Numbers) -> None:
    _, _, rows = of_csv(await api.get("/v1/campaigns/c/opportunities?format=csv"))
    sheets = of_workbook(await api.get("/v1/campaigns/c/opportunities?format=xlsx"))
    _, _, campaigns = of_csv(await api.get("/v1/campaigns?format=csv"))
    _, _, points = of_csv(await api.get("/v1/campaigns/c/series?measure=revenue_net&by=month&format=csv"))
    titles, first, *_ = sheets["opportunities"]

    assert [row["amount"] for row in rows] == ["1.50", "0.151"]  # of the campaign's currency, and of its own
    assert (rows[0]["created_at"], rows[0]["won_at"]) == ("2026-11-24T05:00:00Z", "")
    assert dict(zip(titles, first, strict=True))["Amount"] == 1.5
    assert dict(zip(titles, first, strict=True))["Created at"] == datetime(2026, 11, 24, 12)  # noqa: DTZ001  # in the campaign's zone
    assert campaigns[0]["revenue_net"] == "123.00"
    assert points == [{"start": "2026-11-01", "end": "2026-11-30", "complete": "false", "value": "123.00"}]


@pytest.mark.parametrize("name", HOSTILE)
async def test_text_is_no_formula_in_any_file(api: httpx.AsyncClient, filled: Numbers, name: str) -> None:
    filled.campaign(a_campaign(name=name))

    _, _, rows = of_csv(await api.get("/v1/campaigns?format=csv"))
    said, _, _ = of_csv(await api.get("/v1/campaigns/c/overview?format=csv"))
    book = openpyxl.load_workbook(io.BytesIO((await api.get("/v1/campaigns?format=xlsx")).content))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]

    for shown in (rows[0]["name"], said["campaign.name"]):
        assert shown == (f"'{name}" if name[0] in "=+-@\t\r＝＠" else name)
    assert not [cell for cell in cells if cell.data_type == "f"]
    if "\r" not in name:
        assert name in [cell.value for cell in cells]


async def test_what_was_asked_stands_in_the_heading(api: httpx.AsyncClient, filled: Numbers) -> None:
    said, _, rows = of_csv(await api.get("/v1/campaigns/c/opportunities?format=csv&status=open&owner=%3Dan"))

    assert (said["asked.campaign"], said["asked.status"], said["asked.owner"], said["total"]) == ("c", "open", "'=an", "0")
    assert rows == []


async def test_an_id_stands_there_as_it_is_not_as_it_is_written_in_an_address(api: httpx.AsyncClient, numbers: Numbers) -> None:
    numbers.campaign(a_campaign("a/b c"))

    said, _, _ = of_csv(await api.get("/v1/campaigns/a%2Fb%20c/orders?format=csv"))

    assert said["asked.campaign"] == "a/b c"


async def test_one_table_of_several_is_chosen_by_name(api: httpx.AsyncClient, filled: Numbers) -> None:
    _, names, rows = of_csv(await api.get("/v1/campaigns/c/customers?format=csv&table=lost_reasons"))
    only = of_workbook(await api.get("/v1/campaigns/c/customers?format=xlsx&table=lost_reasons"))
    wrong = await api.get("/v1/campaigns/c/customers?format=csv&table=luck")
    aimless = await api.get("/v1/campaigns/c/customers?table=owners")

    assert (names, rows) == (["reason", "opportunities", "share"], [{"reason": "price", "opportunities": "1", "share": "100.0"}])
    assert only == {"lost_reasons": [["Reason", "Opportunities", "Share"], ["price", 1, 100]]}
    assert (wrong.status_code, wrong.json()["errors"][0]["parameter"]) == (422, "table")
    assert "lost_reasons" in wrong.json()["errors"][0]["allowed"]
    assert aimless.status_code == 422


async def test_a_file_has_all_rows_however_many_pages_they_are(
    api: httpx.AsyncClient, filled: Numbers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "ROWS_AT_ONCE", 90)
    for n in range(500):
        filled.opportunity(an_opportunity(f"more-{n:03}", status="lost" if n % 2 else "open", closed_at=NOON), f"2026-11-{n % 20 + 1:02}")
        if n % 2:
            filled.cells("e", f"2026-11-{n % 20 + 1:02}", {"n|l|r|s1": 1})

    _, _, rows = of_csv(await api.get("/v1/campaigns/c/opportunities?format=csv"))
    sheet = of_workbook(await api.get("/v1/campaigns/c/opportunities?format=xlsx&table=items"))["opportunities"]
    said, _, lost = of_csv(await api.get("/v1/campaigns/c/opportunities?format=csv&basis=closed&period=all"))
    for parameter in ("limit=10", "cursor=W10"):
        assert (await api.get(f"/v1/campaigns/c/opportunities?format=csv&{parameter}")).status_code == 422

    ids = [row["opportunity_id"] for row in rows]
    assert len(ids) == len({*ids}) == 502
    assert [row[0] for row in sheet[1:]] == ids
    assert len({row["opportunity_id"] for row in lost}) == len(lost) == 250 == int(said["total"])


@pytest.fixture(name="caller")
def _caller(api: httpx.AsyncClient, settings: Settings, request: pytest.FixtureRequest) -> httpx.AsyncClient:
    """Someone with these rights, as `an`."""
    assert settings.keys
    keys = ApiKeys(settings.keys, lambda: NOON)
    _, token = keys.make("default", "a test", request.param, "an", NOON + DAY, Author("a test"))
    keys.close()
    api.headers["authorization"] = f"Bearer {token}"
    return api


@pytest.mark.parametrize(
    ("accept", "given"),
    [
        ("", JSON), ("*/*", JSON), ("text/html, */*;q=0.8", JSON), ("application/json, text/csv", JSON), ("application/xml", JSON),
        ("text/csv;q=0.1, application/json", JSON), ("text/csv;q=0", JSON), ("text/*;q=0.5, application/json;q=0.6", JSON),
        ("TEXT/CSV; charset=utf-8", CSV), ("application/json;q=0.5, text/csv", CSV), ("text/csv, */*;q=0.1", CSV), ("text/*", CSV),
        (f"{CSV};q=0.5, {XLSX}", XLSX), ("text/csv;q=many", CSV),
    ],
)  # fmt: skip
async def test_the_form_is_the_one_that_is_liked_best(api: httpx.AsyncClient, filled: Numbers, accept: str, given: str) -> None:
    answer = await api.get("/v1/campaigns/c/staff", headers={"Accept": accept})

    assert (answer.status_code, answer.headers["content-type"].partition(";")[0]) == (200, given)


@pytest.mark.parametrize("caller", [{Right.VIEW, Right.VIEW_ALL, Right.MONEY}], indirect=True)
@pytest.mark.parametrize("path", [*TABLES, "/v1/campaigns/nope/staff"])
async def test_without_the_right_to_export_there_is_no_file(caller: httpx.AsyncClient, filled: Numbers, path: str) -> None:
    by_header = await caller.get(path, headers={"Accept": CSV})

    assert by_header.status_code == 403
    assert "export" in by_header.json()["detail"]


@pytest.mark.parametrize("caller", [{Right.VIEW, Right.EXPORT}], indirect=True)
async def test_a_file_shows_no_more_than_the_answer_does(caller: httpx.AsyncClient, filled: Numbers) -> None:
    texts = [(await caller.get(f"{path.split('?')[0]}?format=csv" + ("&measure=won" if "series" in path else ""))).text for path in TABLES]
    money = await caller.get("/v1/campaigns/c/series?measure=revenue_net&format=csv")
    book = of_workbook(await caller.get("/v1/campaigns/c/overview?format=xlsx"))
    _, _, people = of_csv(await caller.get("/v1/campaigns/c/staff?format=csv"))

    assert not [text for text in texts if "123" in text or "1.50" in text]
    assert money.status_code == 403
    assert {row[0]: row[2] for row in book["totals"]}["revenue_net"] is None
    assert len(book["by_currency"]) == 1
    assert [row["staff_id"] for row in people] == ["an"]
    assert (await caller.get("/v1/campaigns/nope/staff?format=csv")).status_code == 404


async def test_what_has_no_currency_or_no_end_is_still_shown(api: httpx.AsyncClient, numbers: Numbers) -> None:
    numbers.campaign(a_campaign(currency=None, created_at=int(datetime(1850, 1, 1, tzinfo=UTC).timestamp() * 1000)))
    numbers.cells("o", "2026-11-03", {"n|o|r|s1": 1, "open|||2026-12": 12 * 10**15})

    book = of_workbook(await api.get("/v1/campaigns/c/overview?format=xlsx&period=all"))

    assert {row[0]: row[2] for row in book["totals"]}["value_open"] == "12000000000000000"


def test_the_tables_of_an_answer_have_names_of_their_own() -> None:
    for view in ANSWERS:
        tables = tables_of(view)
        for table in tables.values():
            names = [name for name, _ in table.columns]
            assert len(names) == len({*names}), table.name
