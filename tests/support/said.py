"""Builders of contract events: one word per kind, everything that a test does not care about filled in."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from processor.recount import Record, recount

SEPARATOR = "\x1f"
LONG_AFTER = 4_102_444_800_000
"""Broker timestamp of all of them: 2100, so that nothing lies in the future."""


def event(topic: str, kind_and_verb: str, subject: str, at: str, data: dict[str, Any], tenant: str | None = None) -> Record:
    envelope = {"specversion": "1.0", "id": "e", "source": "/test", "type": kind_and_verb, "subject": subject, "time": at, "data": data}
    if tenant is not None:
        envelope["tenantid"] = tenant
    return Record(topic, 0, 0, subject.encode(), json.dumps(envelope, ensure_ascii=False).encode(), (), LONG_AFTER)


def campaign(
    subject: str = "c",
    *,
    version: int = 1,
    at: str = "2026-03-01T00:00:00Z",
    steps: Iterable[str] = (),
    positions: Mapping[str, int] | None = None,
    names: Mapping[str, str] | None = None,
    tenant: str | None = None,
    **data: Any,
) -> Record:
    """`steps` are ids by position; `positions` states the positions too, in the order of the list; a step without a name of its own is called by its id."""
    placed = positions or {step: position for position, step in enumerate(steps)}
    image = {
        "version": version,
        "name": subject,
        "status": "active",
        "participant_ids": [],
        "steps": [{"id": step, "name": (names or {}).get(step, step), "position": position} for step, position in placed.items()],
        "promo_codes": [],
        "created_at": "2026-03-01T00:00:00Z",
        **data,
    }
    return event("campaigns", "campaign.updated", subject, at, image, tenant)


def opportunity(
    subject: str = "op", *, version: int = 1, at: str = "2026-03-02T00:00:00Z", tenant: str | None = None, **data: Any
) -> Record:
    image = {"version": version, "campaign_id": "c", "customer_id": "cu", "created_at": "2026-03-02T00:00:00Z", **data}
    return event("opportunities", "opportunity.updated", subject, at, image, tenant)


def order(subject: str = "or", *, version: int = 1, at: str = "2026-03-05T00:00:00Z", tenant: str | None = None, **data: Any) -> Record:
    image = {
        "version": version,
        "customer_id": "cu",
        "status": "paid",
        "gross_minor": 1000,
        "currency": "USD",
        "purchased_at": "2026-03-05T00:00:00Z",
        **data,
    }
    return event("orders", "order.updated", subject, at, image, tenant)


def task(subject: str = "t", *, version: int = 1, at: str = "2026-03-06T00:00:00Z", tenant: str | None = None, **data: Any) -> Record:
    image = {"version": version, "campaign_id": "c", "status": "open", "created_at": "2026-03-06T00:00:00Z", **data}
    return event("tasks", "task.updated", subject, at, image, tenant)


def message(stage: str, subject: str = "m", *, at: str = "2026-03-07T00:00:00Z", tenant: str | None = None, **data: Any) -> Record:
    image = {"campaign_id": "c", "recipient_id": "cu", "channel": "sms", **data}
    return event("messages", f"message.{stage}", subject, at, image, tenant)


def settings(*, version: int = 1, at: str = "2026-03-01T00:00:00Z", tenant: str = "default", **data: Any) -> Record:
    return event("settings", "tenant.updated", tenant, at, {"version": version, **data}, tenant)


def interaction(
    kind: str, subject: str = "in", *, version: int = 1, at: str = "2026-03-08T00:00:00Z", tenant: str | None = None, **data: Any
) -> Record:
    image = {"version": version, "campaign_id": "c", "customer_id": "cu", "kind": kind, **data}
    return event("opportunities", "interaction.updated", subject, at, image, tenant)


def spend(subject: str = "sp", *, version: int = 1, at: str = "2026-03-09T00:00:00Z", tenant: str | None = None, **data: Any) -> Record:
    image = {"version": version, "campaign_id": "c", "amount_minor": 500, "currency": "USD", "spent_at": "2026-03-09T00:00:00Z", **data}
    return event("campaigns", "spend.updated", subject, at, image, tenant)


def tombstone(topic: str, subject: str, *, tenant: str | None = None, kind: str | None = None) -> Record:
    """`kind`: stated, as it has to be where it is not the first one of the topic."""
    headers = [(name, value.encode()) for name, value in (("ce_tenantid", tenant), ("ce_type", kind and f"{kind}.deleted")) if value]
    return Record(topic, 0, 0, subject.encode(), None, headers, LONG_AFTER)


def cells(
    records: Iterable[Record],
    view: str,
    *,
    campaign: str = "c",
    tenant: str = "default",
    watermark: int | None = None,
    without: Collection[str] = (),
) -> dict[tuple[str, ...], int]:
    """The recounted cells of one view: (day, parts of the field …) -> value."""
    return {
        (cell.day, *cell.field.split(SEPARATOR)): value
        for cell, value in recount(records, watermark=watermark, without=without).items()
        if (cell.tenant, cell.campaign, cell.view) == (tenant, campaign, view)
    }
