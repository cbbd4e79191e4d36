"""The fast way from bytes to an event, for the kinds that come by the million.

It accepts, with the same result as the contract's models, or gives up (None) and says nothing about why: it may be narrower than they are, never wider.
Its structs are derived from the JSON Schemas of those models, so that no limit is written twice. A schema it cannot express is refused when it is built.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, Final

import msgspec

from schemas.events.cloudevent import DEFAULT_TENANT
from schemas.events.derived import Shape, derive
from schemas.events.instants import day, milliseconds
from schemas.events.kinds import HOT, event_model, verb_of
from schemas.events.messages import STAGES
from schemas.events.outcome import Event
from schemas.events.strict_json import DEEPEST

Decode = Callable[[bytes, int], Event | None]

_BACKSLASH: Final = ord("\\")
_DELETE: Final = 0x7F
_BEFORE_C1: Final = 0xC2
"""What U+0080 to U+00BF begin with in UTF-8. The first half of them are control characters."""

_encode: Final = msgspec.json.Encoder().encode
_decode_anything: Final = msgspec.json.Decoder().decode


@cache
def decoder(topic_kinds: tuple[str, ...]) -> Decode:
    """`decode(value, latest)` for the hot kinds of a topic: the event, if it is one of them and not after `latest` (in ms); else None."""
    hot = [(f"{kind}.".encode(), _decoder(kind)) for kind in topic_kinds if kind in HOT]
    if len(topic_kinds) == len(hot) == 1:
        return hot[0][1]

    def decode(value: bytes, latest: int) -> Event | None:
        for named, decode_kind in hot:
            if named in value and (event := decode_kind(value, latest)) is not None:
                return event
        return None

    return decode


def _decoder(kind: str) -> Decode:
    envelope_shape = derive(event_model(kind))
    decode_envelope = msgspec.json.Decoder(envelope_shape.struct).decode
    data_shape = envelope_shape.parts["data"]
    unfinished = bool(data_shape.instants or data_shape.days or data_shape.lists or data_shape.parts)
    stages = {f"message.{stage}": stage for stage in STAGES} if kind == "message" else {}

    def decode(value: bytes, latest: int) -> Event | None:
        try:
            envelope: Any = decode_envelope(value)
            if (_BACKSLASH in value or _DELETE in value or _BEFORE_C1 in value) and (
                b"u0022" in value or not _printable(envelope_shape, envelope)
            ):
                return None
            again = _encode(envelope)
            if len(again) != len(value) and not _each_name_once(again, value):
                return None
            time = milliseconds(envelope.time)
            if unfinished:
                _finish(data_shape, envelope.data)
        except (ValueError, OverflowError, RecursionError):
            return None
        verb = stages.get(envelope.type) or verb_of(kind, envelope.type)
        if verb is None or time > latest:
            return None
        return Event(kind, verb, envelope.tenantid or DEFAULT_TENANT, envelope.subject, time, envelope.data)

    return decode


def _each_name_once(again: bytes, value: bytes) -> bool:
    r"""Whether no object in `value` has a name twice; `again` is what was decoded from it, encoded.

    Decoding keeps one of two equal names, encoding writes what was kept. Each name costs two quotes, and quotes inside text are written as they were
    (the caller has excluded `\u0022`). So fewer quotes mean that something was dropped: an unknown field or a null, which are harmless, or a
    repeated name. Decoded without a struct, only the last is dropped.

    The caller need not ask if both have one length: encoded text is compact and never longer, so nothing at all was dropped.
    """
    quotes = value.count(b'"')
    if again.count(b'"') == quotes:
        return True
    if value.count(b"{") + value.count(b"[") > DEEPEST:
        return False
    return _encode(_decode_anything(value)).count(b'"') == quotes


def _printable(shape: Shape, part: Any) -> bool:
    """Whether no id holds a control character. Some other rare characters are refused as well: the models decide about those."""
    ids = "".join([getattr(part, name) or "" for name in shape.ids])
    return ids.isprintable() and all(_printable(inner, item) for name, inner in shape.parts.items() for item in _items(getattr(part, name)))


def _finish(shape: Shape, part: Any) -> None:
    """Put into place what the models would hold: instants as milliseconds, lists where there were none. ValueError if a text is no instant or day."""
    for name in shape.instants:
        if (text := getattr(part, name)) is not None:
            setattr(part, name, milliseconds(text))
    for name in shape.days:
        if (text := getattr(part, name)) is not None:
            day(text)
    for name in shape.lists:
        if getattr(part, name) is None:
            setattr(part, name, [])
    for name, inner in shape.parts.items():
        for item in _items(getattr(part, name)):
            _finish(inner, item)


def _items(value: Any) -> list[Any]:
    if isinstance(value, list):
        return value
    return [] if value is None else [value]
