"""How a CloudEvent lies in a Kafka record (CloudEvents' Kafka protocol binding): which mode, and what the headers say."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from schemas.events import strict_json
from schemas.events.outcome import Rejected

_PREFIX: Final = "ce_"
_STRUCTURED: Final = b"application/cloudevents"


def is_binary(headers: Sequence[tuple[str, bytes]]) -> bool:
    """Whether the attributes are headers and the value is `data` alone. Else the value is the whole event."""
    binary = False
    for name, content in headers:
        if name == "content-type" and content and content.startswith(_STRUCTURED):
            return False
        binary = binary or name == "ce_specversion"
    return binary


def attributes(headers: Sequence[tuple[str, bytes]]) -> dict[str, str] | Rejected:
    """The attributes that are headers, by their names in the contract. Twice the same one is refused, as in JSON."""
    named: dict[str, str] = {}
    for header, content in headers:
        if not header.startswith(_PREFIX) or content is None:
            continue
        name = header.removeprefix(_PREFIX)
        if name in named:
            return Rejected("schema_invalid", "an attribute in two headers")
        try:
            named[name] = content.decode()
        except UnicodeDecodeError as error:
            return Rejected("invalid_utf8", f"a header is not UTF-8 at byte {error.start}")
    return named


def document(value: bytes, headers: Sequence[tuple[str, bytes]]) -> dict[str, Any] | Rejected:
    """What the record would be in structured mode."""
    named = attributes(headers)
    if isinstance(named, Rejected):
        return named
    data = strict_json.read(value)
    if isinstance(data, Rejected):
        return data
    return {**named, "data": data}
