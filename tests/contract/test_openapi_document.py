"""Whoever was made for the last release's document can go on: nothing that it promises is taken back."""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from tests.support.breaking import breaking
from views_api.app import routed

RELEASED = Path(__file__).with_name("openapi.released.json")
LIST, KEYS = "/v1/campaigns", "/v1/keys"


@pytest.fixture(name="released")
def _released() -> Any:
    return json.loads(RELEASED.read_text(encoding="utf-8"))


def test_nothing_breaks_whoever_was_made_for_the_last_release(released: Any) -> None:
    """Is it meant? Then a new major version is due, and `python -m views_api openapi > tests/contract/openapi.released.json`."""
    assert breaking(released, routed().openapi()) == []


def test_each_question_says_how_it_may_be_refused() -> None:
    asked = {
        path: each["get"]["responses"] for path, each in routed().openapi()["paths"].items() if path.startswith("/v1/") and "get" in each
    }

    assert "/v1/campaigns/{campaign}/stream" in asked
    assert all({*responses} - {"200"} == {"401", "403", "404", "422", "429", "503"} for responses in asked.values())
    assert all({*responses["422"]["content"]} == {"application/problem+json"} for responses in asked.values())


def parameter(document: Any, name: str, path: str = LIST) -> Any:
    return next(each for each in document["paths"][path]["get"]["parameters"] if each["name"] == name)


def schema(document: Any, name: str) -> Any:
    return document["components"]["schemas"][name]


def drop_field(document: Any) -> None:
    item = schema(document, "CampaignItem")
    item["properties"].pop("orders")
    item["required"].remove("orders")


def drop_parameter(document: Any) -> None:
    document["paths"][LIST]["get"]["parameters"].remove(parameter(document, "search"))


def require_body_field(document: Any) -> None:
    schema(document, "NewKey")["required"].append("days")


BREAKS: dict[str, Callable[[Any], Any]] = {
    "a route is gone": lambda d: d["paths"].pop("/v1/kpis"),
    "a method is gone": lambda d: d["paths"][KEYS].pop("post"),
    "a parameter is gone": drop_parameter,
    "a parameter has become required": lambda d: parameter(d, "search").update(required=True),
    "a parameter is new and required": lambda d: d["paths"][LIST]["get"]["parameters"].append(
        {"name": "x", "in": "query", "required": True, "schema": {"type": "string"}}
    ),
    "fewer values are taken": lambda d: schema(d, "Sort")["enum"].remove("name"),
    "a smaller number is the largest": lambda d: parameter(d, "limit")["schema"].update(maximum=100),
    "text is shorter": lambda d: [each.update(maxLength=10) for each in parameter(d, "search")["schema"]["anyOf"]],
    "another type is taken": lambda d: parameter(d, "limit")["schema"].update(type="string"),
    "a field of a body has become required": require_body_field,
    "a field of a body is no longer taken": lambda d: schema(d, "NewKey")["properties"].pop("staff"),
    "a field of an answer is gone": drop_field,
    "a field of an answer may be absent": lambda d: schema(d, "Stamp")["required"].remove("revision"),
    "a field of an answer may be null": lambda d: schema(d, "Stamp")["properties"].update(
        revision={"anyOf": [{"type": "string"}, {"type": "null"}]}
    ),
    "a field of an answer is of another type": lambda d: schema(d, "Stamp")["properties"].update(revision={"type": "integer"}),
    "an answer may say what it never said": lambda d: schema(d, "Stamp")["properties"]["state"]["enum"].append("lost"),
    "an instant is no longer one": lambda d: schema(d, "CampaignItem")["properties"]["created_at"].pop("format"),
    "an answer has another status": lambda d: d["paths"][KEYS]["post"]["responses"].pop("201"),
    "an answer is no longer to be had as a file": lambda d: d["paths"][LIST]["get"]["responses"]["200"]["content"].pop("text/csv"),
}


@pytest.mark.parametrize("change", BREAKS.values(), ids=BREAKS)
def test_what_would_break_is_found(released: Any, change: Callable[[Any], Any]) -> None:
    new = deepcopy(released)
    change(new)

    assert breaking(released, new)


HARMLESS: dict[str, Callable[[Any], Any]] = {
    "a route is new": lambda d: d["paths"].update({"/v1/new": d["paths"]["/v1/kpis"]}),
    "a parameter is new": lambda d: d["paths"][LIST]["get"]["parameters"].append(
        {"name": "x", "in": "query", "required": False, "schema": {"type": "string"}}
    ),
    "more values are taken": lambda d: schema(d, "Sort")["enum"].append("luck"),
    "a field of a body is new": lambda d: schema(d, "NewKey")["properties"].update(why={"type": "string"}),
    "a field of an answer is new": lambda d: schema(d, "Stamp")["properties"].update(more={"type": "string"}),
    "an answer no longer says what it said": lambda d: schema(d, "Stamp")["properties"]["state"]["enum"].remove("stale"),
    "a field of an answer is never null": lambda d: schema(d, "Stamp")["properties"].update(
        as_of={"type": "string", "format": "date-time"}
    ),
    "a text is another": lambda d: parameter(d, "search").update(description="!"),
}


@pytest.mark.parametrize("change", HARMLESS.values(), ids=HARMLESS)
def test_what_breaks_nobody_is_let_through(released: Any, change: Callable[[Any], Any]) -> None:
    new = deepcopy(released)
    change(new)

    assert breaking(released, new) == []
