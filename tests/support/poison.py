"""Records that belong to the dead letters: at least one for every reason code, each wrong in one thing only."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from processor.recount import Record

TASK = {"version": 1, "campaign_id": "c-0", "status": "open", "created_at": "2026-03-01T00:00:00Z"}
ORDER = {"version": 1, "customer_id": "cu-0", "status": "paid", "gross_minor": 5, "currency": "USD", "purchased_at": "2026-03-01T00:00:00Z"}
MESSAGE = {"campaign_id": "c-0", "recipient_id": "cu-0", "channel": "sms"}
TOO_LARGE = 256 * 1024 + 1
JUST_TOO_FAR_AHEAD = timedelta(hours=24, milliseconds=1)


def poison_of_every_reason(now: int) -> list[Record]:
    """All of them, at broker timestamp `now`."""
    return [record for _, record in poison(now)]


def poison(now: int) -> Sequence[tuple[str, Record]]:
    """(reason code, record), the broker timestamp of each being `now`."""
    future = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=now) + JUST_TOO_FAR_AHEAD).isoformat(timespec="milliseconds")

    def raw(value: bytes | None, topic: str = "tasks", key: bytes | None = b"t-0") -> Record:
        return Record(topic, 0, 0, key, value, (), now)

    def task(envelope: dict[str, Any] | None = None, **data: Any) -> Record:
        return raw(_event("task.updated", {**TASK, **data}, **(envelope or {})))

    def order(**data: Any) -> Record:
        return raw(_event("order.paid", {**ORDER, **data}), "orders")

    good = _event("task.updated", TASK)
    return [
        ("invalid_utf8", raw(b'{"specversion":"\xff"}')),
        ("invalid_utf8", raw(good[:-2] + b"\xc3}}")),
        ("invalid_json", raw(b"")),
        ("invalid_json", raw(good[:-1])),
        ("invalid_json", raw(good.replace(b'"version":1', b'"version":NaN'))),
        ("invalid_json", raw(good.replace(b'"version":1', b'"version":1,"x":-Infinity'))),
        ("invalid_json", raw(good.replace(b'"version":1', b'"version":1,"title":"\\ud800"'))),
        ("invalid_json", raw(good.replace(b'"version":1', b'"version":1,"version":2'))),
        ("invalid_json", raw(b"[" * 100_000)),
        ("invalid_json", raw(good.replace(b'"version":1', b'"version":1,"x":' + b"[" * 70 + b"]" * 70))),
        ("schema_invalid", raw(b"[]")),
        ("schema_invalid", task(version="1")),
        ("schema_invalid", task(version=1.5)),
        ("schema_invalid", task(version=True)),
        ("schema_invalid", task(version=-1)),
        ("schema_invalid", task(status="Completed")),
        ("schema_invalid", task(campaign_id="")),
        ("schema_invalid", task(campaign_id="x" * 129)),
        ("schema_invalid", task(campaign_id="a\u0085b")),
        ("schema_invalid", task(created_at="2026-03-01T00:00:00")),
        ("schema_invalid", task(created_at="2026-02-30T00:00:00Z")),
        ("schema_invalid", task(created_at=1_772_323_200)),
        ("schema_invalid", task({"specversion": "0.3"})),
        ("schema_invalid", task({"subject": None})),
        ("schema_invalid", task({"time": None})),
        ("schema_invalid", task({"data": None})),
        ("schema_invalid", order(gross_minor=10.5)),
        ("schema_invalid", order(gross_minor="10")),
        ("schema_invalid", order(currency=None)),
        ("schema_invalid", order(refunds=[{"id": "rf-0", "amount_minor": 1}])),
        ("schema_invalid", raw(_event("message.sent", {**MESSAGE, "channel": "fax"}), "messages")),
        ("unknown_event_type", raw(_event("invoice.created", TASK))),
        ("unknown_event_type", raw(_event("order.paid", ORDER), "tasks")),
        ("unknown_event_type", raw(_event("message.exploded", MESSAGE), "messages")),
        ("null_value", raw(None, "messages")),
        ("null_value", raw(None, "settings")),
        ("null_value", raw(None, "tasks", None)),
        ("oversized", raw(b" " * (TOO_LARGE - len(good)) + good)),
        ("amount_out_of_range", order(gross_minor=10**13 + 1)),
        ("amount_out_of_range", order(gross_minor=-(10**13) - 1)),
        ("currency_unknown", order(currency="ZZZ")),
        ("currency_unknown", order(currency="usd")),
        ("event_time_future", task({"time": future})),
    ]


def _event(kind_and_verb: str, image: dict[str, Any], **envelope: Any) -> bytes:
    attributes = {
        "specversion": "1.0",
        "id": "e-poison",
        "source": "/crm",
        "type": kind_and_verb,
        "subject": "t-0",
        "time": "2026-03-01T00:00:00Z",
        "data": image,
        **envelope,
    }
    return json.dumps({name: value for name, value in attributes.items() if value is not None}, separators=(",", ":")).encode()
