"""The published contract: in step with the models, valid in itself, and true of real events."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from schemas.__main__ import DEFAULT_FOLDER, texts
from schemas.events import KINDS, REASONS, TOPICS, Event
from schemas.events.documents import ABOUT_TOPICS, asyncapi, json_schemas
from tests.unit.schemas.building import ABSENT, an_event, encoded, read

SCHEMAS = json_schemas()


def all_references(part: Any) -> set[str]:
    if isinstance(part, dict):
        own = {part["$ref"]} if isinstance(part.get("$ref"), str) else set()
        return own.union(*(all_references(value) for value in part.values()))
    return set().union(*(all_references(value) for value in part)) if isinstance(part, list) else set()


def found(document: Any, reference: str) -> Any:
    for name in reference.removeprefix("#/").split("/"):
        document = document[name]
    return document


def test_the_committed_documents_are_what_the_models_say() -> None:
    committed = {path.name: path.read_text(encoding="utf-8") for path in DEFAULT_FOLDER.iterdir()}

    assert committed == texts(), "run `python -m schemas` and commit what it writes"


def test_the_command_writes_them_where_it_is_told(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "documents"

    subprocess.run([sys.executable, "-m", "schemas", str(folder)], check=True)

    assert {path.name for path in folder.iterdir()} == set(texts())


def test_whoever_asks_for_help_gets_no_folder_of_that_name(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "schemas", "--help"]
    said = subprocess.run(command, check=True, cwd=tmp_path, capture_output=True, text=True)

    assert said.stdout.startswith("usage: python -m schemas")
    assert [*tmp_path.iterdir()] == []


@pytest.mark.parametrize("name", ["envelope", *KINDS])
def test_each_json_schema_is_one(name: str) -> None:
    schema = SCHEMAS[name]

    jsonschema.Draft202012Validator.check_schema(schema)
    assert all(found(schema, reference) for reference in all_references(schema))


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_an_event_to_us_is_one_to_the_schema(kind: str) -> None:
    for event in (an_event(kind), an_event(kind, {"unknown": 1}, unknown=[]), an_event(kind, tenantid=ABSENT)):
        assert isinstance(read(event, kind), Event)
        for name in ("envelope", kind):
            jsonschema.Draft202012Validator(SCHEMAS[name]).validate(event)


@pytest.mark.parametrize(
    ("kind", "event"),
    [
        ("order", an_event("order", {"gross_minor": 10**13 + 1})),
        ("order", an_event("order", {"currency": "usd"})),
        ("order", an_event("order", {"customer_id": "a\nb"})),
        ("order", an_event("order", {"refunds": [{"id": "r"}]})),
        ("order", an_event("order", {"purchased_at": "2026-11-20 10:11:12Z"})),
        ("order", an_event("order", {"version": None})),
        ("order", an_event("order", type="orders.paid")),
        ("order", an_event("order", type="order.")),
        ("message", an_event("message", type="message.read")),
        ("message", an_event("message", specversion="0.3")),
        ("opportunity", an_event("opportunity", {"probability": 101})),
        ("tenant", an_event("tenant", {"retention_days": {"message": 0}})),
        ("campaign", an_event("campaign", subject="x" * 129)),
    ],
)
def test_what_we_refuse_the_schema_refuses(kind: str, event: dict[str, Any]) -> None:
    assert not isinstance(read(event, kind), Event)
    assert not jsonschema.Draft202012Validator(SCHEMAS[kind]).is_valid(event)


def test_each_field_is_explained_by_its_type_or_in_words() -> None:
    unexplained = [
        (schema["title"], name)
        for model in KINDS.values()
        for schema in [model.model_json_schema()]
        for part in [schema, *schema["$defs"].values()]
        for name, field in part.get("properties", {}).items()
        if not {"$ref", "description", "anyOf", "enum", "items", "allOf"} & field.keys() and field.get("type") != "boolean"
    ]

    assert unexplained == []


def test_the_asyncapi_document_has_each_topic_its_dead_letters_and_an_example_of_each_kind() -> None:
    document = asyncapi()
    channels, messages = document["channels"], document["components"]["messages"]

    assert document["asyncapi"] == "3.0.0"
    assert {channel["address"] for channel in channels.values()} == {*TOPICS, *(f"{topic}.dlq" for topic in TOPICS), "kpi-updates", "audit"}
    for topic, kinds in TOPICS.items():
        assert set(channels[topic]["messages"]) - {"tombstone"} == set(kinds)
    assert {topic for topic in TOPICS if "tombstone" in channels[topic]["messages"]} == {"campaigns", "opportunities", "orders", "tasks"}
    for kind in KINDS:
        (example,) = messages[kind]["examples"]
        assert isinstance(read(encoded(example["payload"]), kind), Event)


def test_the_asyncapi_document_refers_to_nothing_that_is_not_in_it_and_holds_nothing_that_is_not_referred_to() -> None:
    document = asyncapi()
    references = all_references(document)

    assert all(found(document, reference) is not None for reference in references)
    for group in ("messages", "schemas"):
        assert {f"#/components/{group}/{name}" for name in document["components"][group]} <= references
    assert {operation["channel"]["$ref"] for operation in document["operations"].values()} == {
        f"#/channels/{name}" for name in document["channels"]
    }


def test_each_payload_of_the_asyncapi_document_is_true_of_its_example() -> None:
    document = asyncapi()

    for message in document["components"]["messages"].values():
        for example in message.get("examples", []):
            schema = {**message["payload"], "components": document["components"]}
            jsonschema.Draft202012Validator(schema).validate(example["payload"])


def test_the_dead_letters_name_every_reason() -> None:
    headers = asyncapi()["components"]["messages"]["deadLetter"]["headers"]

    assert set(headers["properties"]["__campaign.errors.reason"]["enum"]) == {*REASONS, "processing_bug", "too_late"}


def test_each_topic_is_described() -> None:
    assert set(ABOUT_TOPICS) == set(TOPICS)
