"""The contract for those who do not read Python: JSON Schemas and an AsyncAPI document, made from the models, so that they cannot say anything else."""

from __future__ import annotations

from typing import Any, Final

import msgspec
from pydantic.json_schema import GenerateJsonSchema

from schemas import updates
from schemas.events.cloudevent import CloudEvent
from schemas.events.examples import EXAMPLES
from schemas.events.fields import NO_CONTROL_CHARACTERS, Contract
from schemas.events.kinds import ENDED_BY_TOMBSTONE, KINDS, TOPICS, event_model
from schemas.events.messages import STAGES
from schemas.events.outcome import REASONS

Document = dict[str, Any]

_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_COMPONENTS: Final = "#/components/schemas/{model}"
_CONTRACT_VERSION: Final = "1.0.0"

ABOUT_TOPICS: Final = {
    "campaigns": "What campaigns are, and what is spent on them.",
    "opportunities": "Customers on their way through campaigns, and what people did with them.",
    "orders": "What customers bought, and what they got back.",
    "tasks": "What staff have to do.",
    "messages": "What became of each message.",
    "settings": "What tenants decide: their settings, staff, targets and exchange rates.",
}

_ABOUT_AUDIT: Final = "Who asked for which change over the API, written before the event itself; who made and who revoked an API key. Ids and versions, never what was said."

_ABOUT_UPDATES: Final = (
    "The newest totals of each campaign and day, written by the product. One partition; read it from its start, committed records alone."
)

_ABOUT: Final = """\
Send these events in any order, as often as you like: a duplicate changes nothing, and the newest version of an entity counts, whenever it arrives.
Each image is whole (it replaces the one before it). Unknown attributes and fields are ignored.
The key of a record may be anything; by convention it is the subject. The binary content mode of CloudEvents is accepted as well.

Beyond what JSON Schema can say: a name may not be repeated in one object; at most 64 levels and 256 KiB; integers are written without fraction or exponent;
a time zone is one of the IANA database; a day exists in the calendar; `time` is at most 24 h ahead of the broker's timestamp.
What breaks a rule is kept in the topic's dead letters, with the reason."""


class _WithoutFieldTitles(GenerateJsonSchema):
    """A title that repeats the field's name says nothing."""

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002 (whatever the schema is)
        return False


def json_schemas() -> dict[str, Document]:
    """`envelope`, and each kind as a whole event -> its JSON Schema."""
    return {"envelope": {"$schema": _DIALECT, **_envelope_schema()}} | {
        kind: {"$schema": _DIALECT, **_event_schema(kind)} for kind in KINDS
    }


def asyncapi() -> Document:
    """The AsyncAPI 3.0 document: topics, dead letters, kinds and an example of each."""
    schemas: Document = {}
    for kind in KINDS:
        event = _event_schema(kind, _COMPONENTS)
        schemas |= event.pop("$defs") | {event["title"]: event}
    channels: Document = {}
    operations: Document = {}
    for topic, kinds in TOPICS.items():
        deletes = kinds[0] in ENDED_BY_TOMBSTONE
        channels[topic] = _channel(topic, ABOUT_TOPICS[topic], [*kinds, "tombstone"] if deletes else list(kinds))
        channels[f"{topic}.dlq"] = _channel(f"{topic}.dlq", f"Records of `{topic}` that could not be read, unchanged.", ["deadLetter"])
        operations[f"read.{topic}"] = {"action": "receive", "channel": {"$ref": f"#/channels/{topic}"}}
        operations[f"park.{topic}"] = {"action": "send", "channel": {"$ref": f"#/channels/{topic}.dlq"}}
    channels[updates.TOPIC] = _channel(updates.TOPIC, _ABOUT_UPDATES, ["dayUpdate"], policy="compact")
    operations[f"publish.{updates.TOPIC}"] = {"action": "send", "channel": {"$ref": f"#/channels/{updates.TOPIC}"}}
    channels[updates.AUDIT] = _channel(updates.AUDIT, _ABOUT_AUDIT, ["audit"])
    operations[f"publish.{updates.AUDIT}"] = {"action": "send", "channel": {"$ref": f"#/channels/{updates.AUDIT}"}}
    (update, told), others = msgspec.json.schema_components(
        [updates.DayUpdate, updates.Audit], ref_template=_COMPONENTS.replace("{model}", "{name}")
    )
    schemas |= others
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "Campaign KPIs: events", "version": _CONTRACT_VERSION, "description": _ABOUT, "license": {"name": "Apache-2.0"}},
        "defaultContentType": "application/cloudevents+json",
        "channels": channels,
        "operations": operations,
        "components": {
            "messages": {kind: _message(kind) for kind in KINDS}
            | {
                "tombstone": _TOMBSTONE,
                "deadLetter": _DEAD_LETTER,
                "dayUpdate": _DAY_UPDATE | {"payload": update},
                "audit": _AUDIT | {"payload": told},
            },
            "schemas": dict(sorted(schemas.items())),
        },
    }


def _schema(model: type[Contract], ref_template: str = "#/$defs/{model}") -> Document:
    return model.model_json_schema(ref_template=ref_template, schema_generator=_WithoutFieldTitles)


def _envelope_schema() -> Document:
    schema = _schema(CloudEvent[Contract])
    del schema["$defs"][Contract.__name__]
    schema["properties"]["data"] = {"type": "object", "description": schema["properties"]["data"]["description"]}
    return schema | {"title": "Envelope"}


def _event_schema(kind: str, ref_template: str = "#/$defs/{model}") -> Document:
    schema = _schema(event_model(kind), ref_template)
    about_type = schema["properties"]["type"]
    if kind == "message":
        del about_type["pattern"]
        about_type["enum"] = [f"message.{stage}" for stage in STAGES]
    else:
        about_type["pattern"] = NO_CONTROL_CHARACTERS.replace("^", rf"^{kind}\.", 1).replace("*$", "+$")
    return schema


def _channel(address: str, about: str, messages: list[str], policy: str = "delete") -> Document:
    return {
        "address": address,
        "description": about,
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in messages},
        "bindings": {"kafka": {"topicConfiguration": {"cleanup.policy": [policy]}}},
    }


def _message(kind: str) -> Document:
    data = KINDS[kind]
    return {
        "name": kind,
        "title": data.__name__,
        "summary": (data.__doc__ or "").partition("\n")[0],
        "contentType": "application/cloudevents+json",
        "payload": {"$ref": _COMPONENTS.format(model=event_model(kind).__name__)},
        "examples": [{"name": EXAMPLES[kind]["type"], "payload": EXAMPLES[kind]}],
    }


def _texts(about: dict[str, str]) -> Document:
    return {name: {"type": "string", "description": text} for name, text in about.items()}


_TOMBSTONE: Final[Document] = {
    "name": "tombstone",
    "title": "Tombstone",
    "summary": "A record without a value: the entity that its key names is deleted for good, above every version, whatever arrives later.",
    "headers": {
        "type": "object",
        "properties": _texts(
            {
                "ce_type": "`<kind>.<verb>`. Absent: the first kind of the topic.",
                "ce_tenantid": "The tenant. Absent: `default`.",
            }
        ),
    },
    "payload": {"type": "null"},
}

_DAY_UPDATE: Final[Document] = {
    "name": "dayUpdate",
    "title": "Day update",
    "summary": "The newest totals of one campaign on one day; without a value: there is nothing on that day any more. The key is JSON: [tenant, campaign, day].",
    "contentType": "application/json",
    "headers": {"type": "object", "properties": _texts(updates.HEADERS), "required": [*updates.HEADERS]},
}

_AUDIT: Final[Document] = {
    "name": "audit",
    "title": "Audit",
    "summary": "Somebody asked for a change. The key is the tenant.",
    "contentType": "application/json",
}

_ERRORS: Final = "__campaign.errors."

_DEAD_LETTER: Final[Document] = {
    "name": "deadLetter",
    "title": "Dead letter",
    "summary": "A record that could not be read, with the key, bytes and headers that it had.",
    "headers": {
        "type": "object",
        "properties": {
            f"{_ERRORS}reason": {"type": "string", "enum": [*REASONS, "processing_bug", "too_late"]},
            **_texts(
                {
                    f"{_ERRORS}exception.message": "Where the record is wrong and what is allowed there; never what stood there.",
                    f"{_ERRORS}topic": "Where the record was.",
                    f"{_ERRORS}partition": "Where the record was.",
                    f"{_ERRORS}offset": "Where the record was.",
                    f"{_ERRORS}timestamp": "The broker's timestamp of the record, milliseconds since 1970 UTC.",
                }
            ),
        },
        "required": [f"{_ERRORS}{name}" for name in ("reason", "topic", "partition", "offset")],
    },
    "payload": {},
}
