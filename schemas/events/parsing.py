"""From one record of Kafka to what it says: `parse` is the only door by which events come in.

Pure: the broker's timestamp stands in for a clock, so that a replay tomorrow decides the same. Whatever the bytes are, nothing is raised.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from schemas.events import binding, hot, strict_json
from schemas.events.cloudevent import DEFAULT_TENANT
from schemas.events.fields import AMOUNT_OUT_OF_RANGE, CURRENCY_UNKNOWN, Contract, Id
from schemas.events.instants import DAY_MS
from schemas.events.kinds import ENDED_BY_TOMBSTONE, event_model, verb_of
from schemas.events.outcome import Event, Reason, Rejected, Tombstone

_PROBLEMS_NAMED: Final = 3

Headers = Sequence[tuple[str, bytes]]


def parse(
    value: bytes | None, key: bytes | None, headers: Headers, topic_kinds: tuple[str, ...], timestamp_ms: int
) -> Event | Tombstone | Rejected:
    """What a record says, or why it says nothing.

    `topic_kinds` are the kinds that the record's topic carries (`TOPICS`). `timestamp_ms` is the broker's; a negative one means that there is none,
    then no event is in the future.
    """
    if value is None:
        return _tombstone(key, headers, topic_kinds)
    if headers and binding.is_binary(headers):
        return _decide(binding.document(value, headers), topic_kinds, timestamp_ms)
    return hot.decoder(topic_kinds)(value, timestamp_ms) or _decide(strict_json.read(value), topic_kinds, timestamp_ms)


def _decide(document: Any, topic_kinds: tuple[str, ...], timestamp_ms: int) -> Event | Rejected:
    """What the models of the contract say about a document: slower than `hot`, and always right."""
    if isinstance(document, Rejected):
        return document
    if not isinstance(document, dict):
        return Rejected("schema_invalid", "Input should be an object")
    kind = _kind(document.get("type"), topic_kinds)
    if isinstance(kind, Rejected):
        return kind
    try:
        event = event_model(kind).model_validate(document)
    except ValidationError as error:
        return _rejected(error)
    ahead_ms = event.time - timestamp_ms
    if ahead_ms > DAY_MS and timestamp_ms >= 0:
        return Rejected("event_time_future", f"time: {ahead_ms / 3_600_000:.1f} h ahead of the broker's timestamp, at most 24 are allowed")
    verb = event.type.removeprefix(f"{kind}.")
    return Event(kind, verb, event.tenantid or DEFAULT_TENANT, event.subject, event.time, event.data, timestamp_ms)


def _kind(event_type: object, topic_kinds: tuple[str, ...]) -> str | Rejected:
    """The kind whose model decides. Of a type that is no text any model will say so."""
    if not isinstance(event_type, str):
        return topic_kinds[0]
    kind = event_type.partition(".")[0]
    if kind not in topic_kinds:
        return Rejected("unknown_event_type", f"type: the kind should be one of {', '.join(topic_kinds)}")
    if verb_of(kind, event_type) is None:
        return Rejected("unknown_event_type", "type: should be <kind>.<verb>; the verb of a message is its stage")
    return kind


def _tombstone(key: bytes | None, headers: Headers, topic_kinds: tuple[str, ...]) -> Tombstone | Rejected:
    if key is None or ENDED_BY_TOMBSTONE.isdisjoint(topic_kinds):  # whatever its headers say
        return Rejected("null_value", "a record without a value deletes something only on a topic of entities, and by its key")
    attributes = binding.attributes(headers)
    if isinstance(attributes, Rejected):
        return Rejected("null_value", attributes.detail)
    try:
        subject = _id().validate_python(key.decode())
        tenant = _id().validate_python(attributes.get("tenantid", DEFAULT_TENANT))
    except (ValidationError, UnicodeDecodeError):
        return Rejected("null_value", "key and ce_tenantid should be ids in UTF-8: 1 to 128 characters, none a control character")
    kind = attributes["type"].partition(".")[0] if "type" in attributes else topic_kinds[0]
    if kind not in topic_kinds:
        return Rejected("unknown_event_type", f"ce_type: the kind should be one of {', '.join(topic_kinds)}")
    return Tombstone(kind, tenant, subject)


def _rejected(error: ValidationError) -> Rejected:
    """Names where the document is wrong and what is allowed there. A wrong amount or currency has a reason of its own, unless the shape is wrong as well."""
    problems = error.errors(include_input=False, include_url=False, include_context=False)
    named = [f"{_path(problem['loc'])}: {problem['msg']}" for problem in problems[:_PROBLEMS_NAMED]]
    if len(problems) > len(named):
        named.append(f"and {len(problems) - len(named)} more")
    return Rejected(_reason({problem["type"] for problem in problems}), "; ".join(named))


def _reason(problems: set[str]) -> Reason:
    if problems <= {AMOUNT_OUT_OF_RANGE, CURRENCY_UNKNOWN}:
        return "amount_out_of_range" if AMOUNT_OUT_OF_RANGE in problems else "currency_unknown"
    return "schema_invalid"


def _path(location: tuple[int | str, ...]) -> str:
    """`data.refunds[0].amount_minor`. A name that is not the contract's own is content, and hidden."""
    path = ""
    for part in location:
        path += f"[{part}]" if isinstance(part, int) else f".{part if part in _names() else '*'}"
    return path.removeprefix(".")


@cache
def _id() -> TypeAdapter[str]:
    return TypeAdapter(Id)


@cache
def _names() -> frozenset[str]:
    """All field names of the contract."""
    models: list[type[Contract]] = [Contract]
    for model in models:
        models += model.__subclasses__()
    return frozenset(field.alias or name for model in models for name, field in model.model_fields.items())
