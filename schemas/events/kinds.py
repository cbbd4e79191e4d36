"""Which kinds of events there are, what their data is, and which topic carries them."""

from __future__ import annotations

from functools import cache
from typing import Any, Final, cast

from schemas.events.campaigns import Campaign, Spend
from schemas.events.cloudevent import CloudEvent
from schemas.events.fields import Contract
from schemas.events.messages import STAGES, Message
from schemas.events.opportunities import Interaction, Opportunity
from schemas.events.orders import Order
from schemas.events.settings import Rate, Staff, Target, Tenant
from schemas.events.tasks import Task

KINDS: Final[dict[str, type[Contract]]] = {
    "campaign": Campaign,
    "spend": Spend,
    "opportunity": Opportunity,
    "interaction": Interaction,
    "order": Order,
    "task": Task,
    "message": Message,
    "tenant": Tenant,
    "staff": Staff,
    "target": Target,
    "rate": Rate,
}

TOPICS: Final[dict[str, tuple[str, ...]]] = {
    "campaigns": ("campaign", "spend"),
    "opportunities": ("opportunity", "interaction"),
    "orders": ("order",),
    "tasks": ("task",),
    "messages": ("message",),
    "settings": ("tenant", "staff", "target", "rate"),
}
"""Topic -> the kinds that it carries. A record without a value is about the first, unless its header `ce_type` says otherwise."""

ENDED_BY_TOMBSTONE: Final = frozenset({"campaign", "spend", "opportunity", "interaction", "order", "task"})
"""Kinds whose entities a record without a value deletes for good."""

HOT: Final = frozenset({"message", "order", "task", "opportunity", "interaction"})
"""Kinds that come by the million: they have a fast decoder."""


@cache
def event_model(kind: str) -> type[CloudEvent[Any]]:
    """The whole event of a kind: the envelope with this data in it."""
    return cast("type[CloudEvent[Any]]", CloudEvent.__class_getitem__(KINDS[kind]))


def verb_of(kind: str, event_type: str) -> str | None:
    """The verb of `<kind>.<verb>`; None if the type is not of this kind, or is about a message and names no stage."""
    named, _, verb = event_type.partition(".")
    if named != kind or not verb or (kind == "message" and verb not in STAGES):
        return None
    return verb
