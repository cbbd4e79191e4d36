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
from schemas.events.instants import DAY_MS, day, milliseconds
from schemas.events.kinds import HOT, event_model, verb_of
from schemas.events.outcome import Event
from schemas.events.strict_json import DEEPEST, LARGEST_VALUE

Decode = Callable[[bytes, int], Event | None]

_BACKSLASH: Final = ord("\\")
_DELETE: Final = 0x7F
_BEFORE_C1: Final = 0xC2
"""What U+0080 to U+00BF begin with in UTF-8. The first half of them are control characters."""

_TYPES_REMEMBERED: Final = 1024

_encode: Final = msgspec.json.Encoder().encode
_decode_anything: Final = msgspec.json.Decoder().decode


class _Verbs(dict[str, str | None]):
    """The type of an event -> its verb, None if it is not of the kind. Asked for each event, so that what was seen is remembered."""

    def __init__(self, kind: str) -> None:
        super().__init__()
        self._kind = kind

    def __missing__(self, event_type: str) -> str | None:
        verb = verb_of(self._kind, event_type)
        if len(self) < _TYPES_REMEMBERED:
            self[event_type] = verb
        return verb


@cache
def decoder(topic_kinds: tuple[str, ...]) -> Decode:
    """`decode(value, timestamp_ms)` for the hot kinds of a topic: the event, if it is one of them and good; else None."""
    hot = [(f"{kind}.".encode(), _decoder(kind)) for kind in topic_kinds if kind in HOT]
    if len(topic_kinds) == len(hot) == 1:
        return hot[0][1]

    def decode(value: bytes, timestamp_ms: int) -> Event | None:
        for named, decode_kind in hot:
            if named in value and (event := decode_kind(value, timestamp_ms)) is not None:
                return event
        return None

    return decode


def _decoder(kind: str) -> Decode:
    envelope_shape = derive(event_model(kind))
    data_shape = envelope_shape.parts["data"]
    finish = None if data_shape.is_final else _finish(data_shape)
    decode_envelope = msgspec.json.Decoder(envelope_shape.struct).decode
    verbs = _Verbs(kind)

    def decode(value: bytes, timestamp_ms: int) -> Event | None:
        size = len(value)
        if size > LARGEST_VALUE:
            return None
        try:
            envelope: Any = decode_envelope(value)
            if (_BACKSLASH in value or _DELETE in value or _BEFORE_C1 in value) and (
                b"u0022" in value or not _printable(envelope_shape, envelope)
            ):
                return None
            again = _encode(envelope)
            if len(again) != size and not _each_name_once(again, value):
                return None
            time = milliseconds(envelope.time)
            data = envelope.data
            if finish:
                finish(data)
        except (ValueError, OverflowError, RecursionError):
            return None
        verb = verbs[envelope.type]
        if verb is None or time > timestamp_ms + DAY_MS:
            return None
        return Event(kind, verb, envelope.tenantid or DEFAULT_TENANT, envelope.subject, time, data, timestamp_ms)

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


def _finish(shape: Shape) -> Callable[[Any], None]:
    """`finish(part)` puts into place what the models would hold: instants as milliseconds, lists where there were none. ValueError if a text is no instant or day."""
    instants, days, lists = tuple(shape.instants), tuple(shape.days), tuple(shape.lists)
    inside = [(name, _finish(inner)) for name, inner in shape.parts.items() if not inner.is_final]

    def finish(part: Any) -> None:
        for name in instants:
            if (text := getattr(part, name)) is not None:
                setattr(part, name, milliseconds(text))
        for name in days:
            if (text := getattr(part, name)) is not None:
                day(text)
        for name, finish_item in inside:
            for item in _items(getattr(part, name)):
                finish_item(item)
        for name in lists:
            if getattr(part, name) is None:
                setattr(part, name, [])

    return finish


def _items(value: Any) -> list[Any]:
    if isinstance(value, list):
        return value
    return [] if value is None else [value]
