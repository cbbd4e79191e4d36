"""What every route has in common: who may ask, what is refused, ids in paths, stamps, tags, documents."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import httpx
import jsonschema
import pytest
from fastapi.openapi.models import OpenAPI

from tests.support.cells import Numbers, a_campaign, an_opportunity
from tests.unit.views_api.conftest import NOON, TOKEN, Clock
from views_api.web.edge import BODY_BYTES, HEADER_BYTES

OF_A_CAMPAIGN = ["overview", "staff", "customers", "leaderboard", "messages", "opportunities", "orders", "quiet", "series?measure=won"]
ROUTES = ["/v1/campaigns", "/v1/overview", *(f"/v1/campaigns/c/{name}" for name in OF_A_CAMPAIGN)]
LIVE = ["/v1/stream", "/v1/campaigns/c/stream"]


@pytest.fixture(name="filled")
def _filled(numbers: Numbers) -> Numbers:
    numbers.campaign(a_campaign())
    numbers.cells("o", "2026-11-03", {"n|l|r|s1": 1, "lost|price|": 1})
    numbers.cells("s", "2026-11-03", {"n|an|l|s1": 1})
    numbers.opportunity(an_opportunity("1", status="lost", closed_at=NOON), "2026-11-03")
    return numbers


@pytest.mark.parametrize("path", [*ROUTES, *LIVE, "/v1/kpis"])
@pytest.mark.parametrize("header", [None, "Bearer", "Bearer wrong", f"Basic {TOKEN}", f"Bearer {TOKEN}x", f"Bearer {TOKEN[:-1]}", TOKEN])
async def test_without_a_known_token_nothing_is_told(api: httpx.AsyncClient, filled: Numbers, path: str, header: str | None) -> None:
    api.headers.pop("authorization")
    answer = await api.get(f"{path.split('?', maxsplit=1)[0]}?luck=1", headers={} if header is None else {"Authorization": header})

    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == 401


async def test_the_scheme_of_the_header_is_not_case_sensitive(api: httpx.AsyncClient, filled: Numbers) -> None:
    assert (await api.get("/v1/campaigns", headers={"Authorization": f"bearer {TOKEN}"})).status_code == 200


@pytest.mark.parametrize("path", [*ROUTES, "/v1/kpis", *LIVE])
async def test_an_unknown_parameter_is_refused_by_name_with_those_there_are(api: httpx.AsyncClient, filled: Numbers, path: str) -> None:
    answer = await api.get(path, params={"luck": "1"} | ({"measure": "won"} if "series" in path else {}))

    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert (error["parameter"], error["detail"]) == ("luck", "there is no such parameter")
    assert ("period" in error.get("allowed", [])) == (path != "/v1/kpis")


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("period=decade", "period"),
        ("period=", "period"),
        ("basis=yesterday", "basis"),
        ("from=2026-11-01", "to"),
        ("to=2026-11-01", "from"),
        ("from=2026-11-02&to=2026-11-01", "from"),
        ("from=2026-02-30&to=2026-11-01", "from"),
        ("from=20261101&to=2026-11-01", "from"),
        ("from=2026-11-01&to=2026-W45-1", "to"),
        ("from=2026-11-01&to=2026-11-02&period=week", "period"),
        ("from=2026-11-01&to=2026-11-02&at=2026-11-01", "at"),
        ("at=today", "at"),
        ("period=last_90_days&at=0001-01-05", "at"),
        ("period=week&period=month", "period"),
        ("limit=0", "limit"),
        ("limit=201", "limit"),
        ("limit=many", "limit"),
        ("cursor=!", "cursor"),
        ("cursor=W10", "cursor"),
    ],
)
async def test_a_wrong_parameter_is_named(api: httpx.AsyncClient, filled: Numbers, query: str, parameter: str) -> None:
    for path in ("/v1/campaigns", "/v1/campaigns/c/staff", "/v1/campaigns/c/opportunities"):
        answer = await api.get(f"{path}?{query}")

        assert answer.status_code == 422, path
        assert [error["parameter"] for error in answer.json()["errors"]] == [parameter]


async def test_all_wrong_parameters_are_named_at_once(api: httpx.AsyncClient, filled: Numbers) -> None:
    answer = await api.get("/v1/campaigns?limit=0&active=perhaps&sort=luck&created_from=never")

    assert {error["parameter"] for error in answer.json()["errors"]} == {"limit", "active", "sort", "created_from"}


@pytest.mark.parametrize(
    "path",
    [
        "/v1/campaigns/nope/overview",
        "/v1/campaigns/c",
        "/v1/campaigns/nope",
        "/v1/nothing",
        "/v1/campaigns/%FF/overview",
        "/v1/campaigns//overview",
    ],
)
async def test_what_is_absent_is_a_404_that_tells_nothing(api: httpx.AsyncClient, filled: Numbers, path: str) -> None:
    answer = await api.get(path)

    assert answer.status_code == 404
    assert answer.json() == {
        "type": "urn:campaign-kpis:problem:absent", "title": "Not Found", "status": 404, "detail": "there is no such thing, or you may not see it",
    }  # fmt: skip


@pytest.mark.parametrize("name", [*OF_A_CAMPAIGN, "stream"])
async def test_a_deleted_campaign_is_absent(api: httpx.AsyncClient, filled: Numbers, name: str) -> None:
    filled.campaign(a_campaign(deleted=True))

    assert (await api.get(f"/v1/campaigns/c/{name}")).status_code == 404


@pytest.mark.parametrize("identity", ["a/b", "/", "..", ".", "%", "%2F", "é" * 64, "(none)", "a b", "a?b=c&d#e", "a:b|c=d{e}", "overview", "~pending", "null", "+", "\\"])  # fmt: skip
async def test_every_id_can_be_asked_for(api: httpx.AsyncClient, numbers: Numbers, identity: str) -> None:
    numbers.campaign(a_campaign(identity))
    numbers.campaign(a_campaign("other"))
    numbers.cells("o", "2026-11-03", {"n|l|r|s1": 1}, campaign=identity)
    raw = f"/v1/campaigns/{quote(identity, safe='').replace('.', '%2E')}/overview"  # a client would take dots for folders

    answer = await api.get(httpx.URL("http://api", raw_path=raw.encode()))

    assert answer.status_code == 200, answer.text
    assert (answer.json()["campaign"]["id"], answer.json()["totals"]["lost"]) == (identity, 1)


async def test_too_large_requests_are_refused(api: httpx.AsyncClient, filled: Numbers) -> None:
    assert (await api.get("/v1/campaigns", headers={"X": "a" * HEADER_BYTES})).status_code == 431
    assert (await api.get(f"/v1/campaigns?search={'a' * HEADER_BYTES}")).status_code == 431
    assert (await api.request("GET", "/v1/campaigns", content=b"a" * (BODY_BYTES + 1))).status_code == 413
    assert (await api.get("/v1/campaigns", headers={"Content-Length": "many"})).status_code == 413


async def test_what_is_only_read_takes_no_post(api: httpx.AsyncClient, filled: Numbers) -> None:
    answer = await api.post("/v1/campaigns/c/overview")

    assert (answer.status_code, answer.headers["content-type"]) == (405, "application/problem+json")


@pytest.mark.parametrize("path", [*ROUTES, "/v1/campaigns/c/overview?format=csv", "/v1/campaigns/none/overview", "/v1/kpis", "/healthz"])
async def test_the_head_of_an_answer_can_be_asked_for_alone(api: httpx.AsyncClient, filled: Numbers, path: str) -> None:
    whole, head = await api.get(path), await api.head(path)

    assert (head.status_code, head.content) == (whole.status_code, b"")
    assert [head.headers.get(name) for name in ("content-type", "content-length", "etag")] == [
        whole.headers.get(name) for name in ("content-type", "content-length", "etag")
    ]


@pytest.mark.parametrize("path", ROUTES)
async def test_an_unchanged_answer_is_not_sent_twice(api: httpx.AsyncClient, filled: Numbers, clock: Clock, path: str) -> None:
    first = await api.get(path)
    clock.now += 1000
    again = await api.get(path, headers={"If-None-Match": f'"other", {first.headers["etag"]}'})
    filled.changed()
    changed = await api.get(path, headers={"If-None-Match": first.headers["etag"]})

    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", first.headers["etag"])
    assert changed.status_code == 200
    assert changed.headers["etag"] != first.headers["etag"]


async def test_a_tag_of_which_a_proxy_made_a_strong_one_is_known(api: httpx.AsyncClient, filled: Numbers) -> None:
    tag = (await api.get("/v1/campaigns/c/overview")).headers["etag"]

    again = await api.get("/v1/campaigns/c/overview", headers=[("If-None-Match", '"other"'), ("If-None-Match", tag.removeprefix("W/"))])

    assert (again.status_code, again.headers["etag"]) == (304, tag)


async def test_the_tag_tells_questions_callers_days_and_trust_apart(api: httpx.AsyncClient, filled: Numbers, clock: Clock) -> None:
    filled.campaign(a_campaign(), tenant="acme")

    async def tag(path: str, token: str = TOKEN) -> str:
        return (await api.get(path, headers={"Authorization": f"Bearer {token}"})).headers["etag"]

    tags = [
        await tag("/v1/campaigns/c/overview"),
        await tag("/v1/campaigns/c/overview?period=week"),
        await tag("/v1/campaigns/c/customers"),
    ]
    tags += [await tag("/v1/campaigns/c/overview", "token-of-acme")]
    filled.dirty("something")
    tags += [await tag("/v1/campaigns/c/overview")]
    clock.now += 11_000
    tags += [await tag("/v1/campaigns/c/overview")]
    clock.now += 7 * 86_400_000
    tags += [await tag("/v1/campaigns/c/overview")]

    assert len({*tags}) == len(tags)


Prepare = Callable[[Numbers, Clock], object]


@pytest.mark.parametrize(
    ("prepare", "state"),
    [
        (lambda numbers, clock: None, "live"),
        (lambda numbers, clock: setattr(clock, "now", NOON + 10_000), "live"),
        (lambda numbers, clock: setattr(clock, "now", NOON + 10_001), "delayed"),
        (lambda numbers, clock: setattr(clock, "now", NOON + 120_001), "stale"),
        (lambda numbers, clock: numbers.meta("tasks-3", x=9, b=10, f=NOON), "rebuilding"),
        (lambda numbers, clock: numbers.meta("tasks-3", x=10, b=10, f=NOON, i=1), "incomplete"),
        (lambda numbers, clock: numbers.meta("tasks-3", x=10), "rebuilding"),
        (lambda numbers, clock: numbers.redis.flushall() and numbers.campaign(a_campaign()), "rebuilding"),
    ],
)
async def test_the_stamp_says_how_far_the_numbers_can_be_trusted(
    api: httpx.AsyncClient, filled: Numbers, clock: Clock, prepare: Prepare, state: str
) -> None:
    prepare(filled, clock)

    assert (await api.get("/v1/campaigns/c/overview")).json()["stamp"]["state"] == state


@pytest.mark.parametrize(
    "path", ["/v1/campaigns/none/overview", "/v1/campaigns/none", "/v1/campaigns/none/stream", "/v1/overview?campaigns=c,none"]
)
async def test_what_may_only_not_have_been_counted_yet_is_not_said_to_be_absent(api: httpx.AsyncClient, filled: Numbers, path: str) -> None:
    filled.meta("tasks-3", x=9, b=10, f=NOON)
    building = await api.get(path)
    filled.meta("tasks-3", x=10)
    built = await api.get(path)

    assert (building.status_code, building.headers["retry-after"]) == (503, "2")
    assert built.status_code == 404


async def test_nor_is_it_said_of_what_is_not_theirs(api: httpx.AsyncClient, filled: Numbers) -> None:
    filled.meta("tasks-3", x=9, b=10, f=NOON)
    theirs = {"Authorization": "Bearer token-of-acme"}

    answers = [await api.get(f"/v1/campaigns/{identity}/overview", headers=theirs) for identity in ("c", "none")]

    assert [(answer.status_code, answer.content) for answer in answers] == [(503, answers[0].content)] * 2


async def test_the_stamp_has_the_oldest_partition_the_revision_and_what_is_unsettled(api: httpx.AsyncClient, filled: Numbers) -> None:
    filled.meta("tasks-3", x=1, f=NOON - 1500)
    filled.dirty("something")
    revision = filled.changed()

    assert (await api.get("/v1/campaigns/c/overview")).json()["stamp"] == {
        "as_of": "2026-11-24T04:59:58.500Z", "lag_ms": 1500, "revision": revision, "settled": False, "state": "live",
        "definition_version": 1, "timezone": "Asia/Ho_Chi_Minh", "currency": "VND",
    }  # fmt: skip


async def test_while_the_store_is_away_the_answer_is_503_and_comes_back(api: httpx.AsyncClient, filled: Numbers, kpi_store: Any) -> None:
    kpi_store.stop()
    away = [await api.get(path) for path in [*ROUTES, "/readyz"]]
    alive = await api.get("/healthz")
    kpi_store.start()
    filled.fresh(NOON)
    filled.campaign(a_campaign())
    back = await api.get("/v1/campaigns/c/overview")

    assert {answer.status_code for answer in away} == {503}
    assert {answer.headers["retry-after"] for answer in away} == {"2"}
    assert {answer.headers["content-type"] for answer in away} == {"application/problem+json"}
    assert "127.0.0.1" not in away[0].text
    assert (alive.status_code, back.status_code) == (200, 200)


async def test_numbers_in_another_form_are_not_read(api: httpx.AsyncClient, filled: Numbers) -> None:
    filled.redis.hset("g1:{b00}:meta", "version", "999")

    assert (await api.get("/v1/campaigns/c/overview")).status_code == 503
    assert (await api.get("/readyz")).status_code == 503


async def test_every_answer_keeps_a_browser_safe(api: httpx.AsyncClient, filled: Numbers) -> None:
    for path in ("/v1/campaigns", "/v1/nothing", "/", "/healthz"):
        headers = (await api.get(path)).headers
        assert headers["content-security-policy"].startswith("default-src 'none'; script-src 'self';")
        assert (headers["x-content-type-options"], headers["referrer-policy"]) == ("nosniff", "no-referrer")
        assert "server" not in headers
    assert (await api.get("/v1/campaigns")).headers["cache-control"] == "private, no-store"


async def test_the_metrics_count_by_route_and_name_nobody(api: httpx.AsyncClient, filled: Numbers) -> None:
    await api.get("/v1/campaigns/c/overview")
    await api.get("/v1/campaigns/secret/overview")

    text = (await api.get("/metrics")).text

    assert 'kpi_api_requests_total{route="/v1/campaigns/{campaign}/overview",status="200"} 1.0' in text
    assert 'kpi_api_requests_total{route="/v1/campaigns/{campaign}/overview",status="404"} 1.0' in text
    assert "secret" not in text


async def document(api: httpx.AsyncClient) -> Any:
    answer = await api.get("/openapi.json")
    assert answer.status_code == 200
    return answer.json()


async def test_the_document_is_valid_openapi_3_1_and_lists_every_route(api: httpx.AsyncClient) -> None:
    found = await document(api)

    assert found["openapi"].startswith("3.1")
    OpenAPI.model_validate(found)
    for schema in found["components"]["schemas"].values():
        jsonschema.Draft202012Validator.check_schema(schema)
    named = set(re.findall(r'"#/components/schemas/([^"]+)"', json.dumps(found)))
    assert named <= {*found["components"]["schemas"]}
    assert {path.replace("{campaign}", "c") for path in found["paths"]} == {
        *(route.split("?")[0] for route in ROUTES), *LIVE, "/v1/campaigns/c/explain", "/v1/kpis", "/v1/keys", "/v1/keys/{key}", "/v1/session", "/healthz", "/readyz", "/metrics",
        "/v1/campaigns/c", "/v1/campaigns/c/copy", "/v1/campaigns/c/restore", "/v1/campaigns/c/targets", "/v1/targets", "/v1/targets/{target}",
        "/v1/settings",
    }  # fmt: skip


@pytest.mark.parametrize("query", ["", "basis=closed", "basis=as_of"])
@pytest.mark.parametrize("path", [*ROUTES, "/v1/kpis"])
async def test_each_answer_is_as_the_document_says(api: httpx.AsyncClient, filled: Numbers, path: str, query: str) -> None:
    if path == "/v1/kpis" or (("opportunities" in path or "orders" in path) and query == "basis=as_of") or "quiet" in path:
        query = ""
    found = await document(api)
    operation = found["paths"][path.split("?", maxsplit=1)[0].replace("/c/", "/{campaign}/")]["get"]
    schema = operation["responses"]["200"]["content"]["application/json"]["schema"]
    closed = {
        name: {**each, "additionalProperties": False} if each.get("properties") else each
        for name, each in found["components"]["schemas"].items()
    }

    answer = await api.get(f"{path}{'&' if '?' in path else '?'}{query}" if query else path)

    assert answer.status_code == 200
    jsonschema.Draft202012Validator({**schema, "components": {"schemas": closed}}).validate(answer.json())


async def test_every_number_is_explained_in_both_languages(api: httpx.AsyncClient, filled: Numbers) -> None:
    items = (await api.get("/v1/kpis")).json()["items"]
    totals = (await api.get("/v1/campaigns/c/overview")).json()["totals"]

    assert [item["name"] for item in items] == [*totals]
    assert all(
        item["title"]["en"] and item["title"]["vi"] and item["definition"]["en"] and item["definition"]["vi"] and item["row"]
        for item in items
    )
    (aov,) = (item for item in items if item["name"] == "aov")
    assert (aov["kind"], aov["unit"], aov["bases"]) == ("kpi", "minor_units", ["created", "closed"])
    assert aov["uses"] == ["revenue_gross", "refunds", "orders"]
