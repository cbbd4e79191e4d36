"""The fast decoder: it has to be there for what producers really send, and may be wrong about nothing. (That both ways agree: tests/property.)"""

from __future__ import annotations

import json
from typing import Annotated, Any

import pytest
from pydantic import Field

from schemas.events import KINDS, Event
from schemas.events.derived import derive
from schemas.events.fields import Contract
from schemas.events.hot import decoder
from schemas.events.kinds import HOT, event_model
from schemas.events.orders import Order
from tests.unit.schemas.building import NOW, Document, an_event, encoded, kinds_beside

FORMS: dict[str, dict[str, Any]] = {
    "compact": {"separators": (",", ":"), "ensure_ascii": False},
    "with spaces": {"ensure_ascii": False},
    "escaped": {"separators": (",", ":")},
    "indented": {"indent": 2},
}


def decoded(value: bytes, kind: str) -> Event | None:
    return decoder(kinds_beside(kind))(value, NOW)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("kind", sorted(HOT))
def test_the_fast_way_takes_what_producers_send(kind: str, form: str) -> None:
    event = an_event(kind)
    for document in (event, event | {"traceparent": "00-1"}, event | {"data": event["data"] | {"new": {"a": [None]}}}, _with_nulls(event)):
        assert decoded(json.dumps(document, **FORMS[form]).encode(), kind) is not None


@pytest.mark.parametrize("kind", sorted(HOT))
def test_the_fast_way_takes_escaped_slashes(kind: str) -> None:
    assert decoded(encoded(an_event(kind)).replace(b"/", b"\\/"), kind) is not None


@pytest.mark.parametrize(
    "value",
    [
        encoded(an_event("message")).replace(b'"data":{', b'"data":{"campaign_id":"c-18",'),
        encoded(an_event("message")).replace(b'"data":{', b'"data":{"campaign_id" :"c-18",'),
        encoded(an_event("message")).replace(b'"data":{', b'"data":{"\\u0063ampaign_id":"c-18",'),
        encoded(an_event("message")).replace(b'"data":{', b'"data":{"campaign_id":null,'),
        encoded(an_event("message")).replace(b'"data":{', b'"data":{"x":1,"x":1,'),
        encoded(an_event("message")).replace(b'"data":{', b'"data":{"x":{"y":":null","y":null},'),
        encoded(an_event("message", {"variant": '\\"' * 3})).replace(b'"data":{', b'"data":{"campaign_id":"c",'),
        encoded(an_event("message")).replace(b'"variant":"B"', b'"variant":"\\u0022","billable_units":1'),
        encoded(an_event("message")).replace(b'"variant":"B"', b'"variant":"\\u0022\\u0022\\u0022\\u0022","x":"y","x":"z"'),
    ],
)
def test_a_name_that_comes_twice_is_left_to_the_models(value: bytes) -> None:
    assert decoded(value, "message") is None


@pytest.mark.parametrize(
    "event",
    [
        an_event("message", subject="a\u0085b"),
        an_event("message", subject="a\u007fb"),
        an_event("message", {"recipient_id": "a\nb"}),
        an_event("message", {"variant": ""}),
        an_event("message", type="message.read"),
        an_event("message", time="2030-01-01T00:00:00Z"),
        an_event("message", time="2026-11-20 08:30:02Z"),
        an_event("message", {"x": [[]] * 65}),
    ],
)
def test_what_a_struct_cannot_say_is_left_to_the_models(event: Document) -> None:
    assert decoded(encoded(event), "message") is None


def test_the_fast_decoders_follow_the_models() -> None:
    shape = derive(event_model("order"))

    data = shape.parts["data"]
    assert shape.instants == ["time"]
    assert shape.ids == ["id", "source", "type", "subject", "tenantid"]
    assert data.ids == ["customer_id", "opportunity_id", "campaign_id"]
    assert (data.instants, data.lists) == (["purchased_at", "cancelled_at"], ["promo_codes", "refunds"])
    assert data.parts["refunds"].instants == ["refunded_at"]
    assert data.struct.__struct_fields__ == tuple(Order.model_fields)


def test_a_limit_that_a_struct_cannot_keep_is_refused_when_the_decoder_is_built() -> None:
    class Odd(Contract):
        some: dict[str, int]

    class Odder(Contract):
        some: str | int

    class Fractional(Contract):
        some: float

    class NotNullable(Contract):
        some: int = 0

    class Patterned(Contract):
        some: Annotated[str, Field(pattern="^a")]

    for model in (Odd, Odder, Fractional, NotNullable, Patterned):
        with pytest.raises(NotImplementedError):
            derive(model)


def _with_nulls(event: Document) -> Document:
    optional = [name for name, field in KINDS[event["type"].partition(".")[0]].model_fields.items() if not field.is_required()]
    return event | {"tenantid": None, "data": dict.fromkeys(optional) | event["data"]}
