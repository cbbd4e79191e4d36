"""From a Kafka record to a fact, or to the reason why it is none. A second reading of the event contract, apart from the product's own."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from processor.recount.contract import KINDS, STAGES, TOMBSTONE_TOPICS, TOPICS, Data
from processor.recount.fields import LONGEST_LABEL, RefusedError, identifier, instant, invalid, name_of, optional_label, text

LARGEST_BYTES = 256 * 1024
LONGEST_TYPE = 256
DEEPEST = 64
FARTHEST_AHEAD_MS = 24 * 60 * 60 * 1000
DEFAULT_TENANT = "default"


class Record(NamedTuple):
    """One record as Kafka holds it. `topic` is the contract's name, without the set-up's prefix."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes]]
    timestamp_ms: int


@dataclass(frozen=True)
class Fact:
    """One accepted event. `data` is checked (see contract), `canonical` is its canonical JSON: known fields, without those that are null, false or an empty list
    (of settings an empty list stays).
    """

    kind: str
    verb: str
    tenant: str
    subject: str
    time: int
    data: Data
    canonical: str
    taken: int
    """When Kafka had the record, ms."""


@dataclass(frozen=True)
class Tombstone:
    """The entity is deleted for good."""

    kind: str
    tenant: str
    subject: str


def understand(record: Record) -> Fact | Tombstone:
    """What the record says. Raises RefusedError with the reason code of the dead letters."""
    if record.value is None:
        return _tombstone(record)
    if len(record.value) > LARGEST_BYTES:
        raise RefusedError("oversized")
    if _is_binary(record):
        envelope: Mapping[str, Any] = _binary_envelope(_text_headers(record))
        data = parse_json(record.value)
    else:  # whatever its headers say
        envelope, data = _structured(parse_json(record.value))
    fact = _fact(record.topic, envelope, data, record.timestamp_ms)
    if fact.time > record.timestamp_ms + FARTHEST_AHEAD_MS and record.timestamp_ms >= 0:  # below 0: Kafka does not say when it had it
        raise RefusedError("event_time_future")
    return fact


def rejection(record: Record) -> str | None:
    """The reason code under which the record belongs to the dead letters; None when it counts."""
    try:
        understand(record)
    except RefusedError as refused:
        return refused.reason
    return None


def _tombstone(record: Record) -> Tombstone:
    if record.key is None or record.topic not in TOMBSTONE_TOPICS:
        raise RefusedError("null_value")
    kinds = TOPICS[record.topic]
    try:
        headers = _text_headers(record)
        tenant, subject = identifier(headers.get("ce_tenantid", DEFAULT_TENANT)), identifier(_decode(record.key))
    except RefusedError as error:
        raise RefusedError("null_value", "key and tenant are no ids") from error
    kind = headers["ce_type"].split(".")[0] if "ce_type" in headers else kinds[0]
    if kind not in kinds:
        raise RefusedError("unknown_event_type")
    return Tombstone(kind, tenant, subject)


def _decode(raw: bytes) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise RefusedError("invalid_utf8") from error


def _is_binary(record: Record) -> bool:
    """Whether the attributes are headers. A content type of CloudEvents' own says that they are not, whatever else does."""
    names = {name for name, _ in record.headers}
    types = [value or b"" for name, value in record.headers if name == "content-type"]
    return "ce_specversion" in names and not any(value.startswith(b"application/cloudevents") for value in types)


def _text_headers(record: Record) -> dict[str, str]:
    """The attributes in the headers. A header may have no value, which is no attribute; one attribute in two headers is none that can be trusted."""
    found: dict[str, str] = {}
    for name, value in record.headers:
        if not name.startswith("ce_") or value is None:
            continue
        if name in found:
            raise invalid(name)
        found[name] = _decode(value)
    return found


def _binary_envelope(headers: Mapping[str, str]) -> dict[str, Any]:
    return {name.removeprefix("ce_"): value for name, value in headers.items()}


def _structured(body: Any) -> tuple[dict[str, Any], Any]:
    if type(body) is not dict:
        raise invalid("not an object")
    return body, body.get("data")


def _fact(topic: str, envelope: Mapping[str, Any], data: Any, taken: int) -> Fact:
    if envelope.get("specversion") != "1.0":
        raise invalid("specversion")
    identifier(envelope.get("id"))
    name_of(LONGEST_LABEL)(envelope.get("source"))
    optional_label(envelope.get("datacontenttype"))
    kind, _, verb = text(envelope.get("type")).partition(".")
    if kind in TOPICS[topic]:
        name_of(LONGEST_TYPE)(envelope["type"])
    if kind not in TOPICS[topic] or not verb or (kind == "message" and verb not in STAGES):
        raise RefusedError("unknown_event_type")
    tenant = envelope.get("tenantid")
    checked = KINDS[kind](data)
    return Fact(
        kind=kind,
        verb=verb,
        tenant=DEFAULT_TENANT if tenant is None else identifier(tenant),
        subject=identifier(envelope.get("subject")),
        time=instant(envelope.get("time")),
        data=checked,
        canonical=json.dumps(
            _without_nothing(checked, keep_empty=kind == "tenant"), sort_keys=True, separators=(",", ":"), ensure_ascii=False
        ),
        taken=taken,
    )


def _without_nothing(value: Any, *, keep_empty: bool = False) -> Any:
    """`keep_empty`: an empty list says something."""
    if isinstance(value, dict):
        said = {name: item for name, item in value.items() if item is not None and item is not False and (keep_empty or item != [])}
        return {name: _without_nothing(item) for name, item in said.items()}
    if isinstance(value, list):
        return [_without_nothing(item) for item in value]
    return value


def parse_json(raw: bytes) -> Any:
    """JSON as RFC 8259 has it, and stricter: no key twice, no NaN, no lone surrogate, at most 64 levels."""
    try:
        value = json.loads(_decode(raw), object_pairs_hook=_object, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise RefusedError("invalid_json") from error
    _check_levels(value, 1)
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise ValueError("a key twice")
    return result


def _refuse_constant(name: str) -> Any:
    raise ValueError(name)


def _check_levels(value: Any, level: int) -> None:
    if isinstance(value, str):
        try:
            value.encode("utf-8")
        except UnicodeEncodeError as error:
            raise RefusedError("invalid_json", "lone surrogate") from error
    elif isinstance(value, dict | list):
        if level > DEEPEST:
            raise RefusedError("invalid_json", "too deep")
        for item in value:
            _check_levels(item, level + 1)
        if isinstance(value, dict):
            for item in value.values():
                _check_levels(item, level + 1)
