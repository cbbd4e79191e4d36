"""What comes of reading one record: an event, a tombstone, or the reason why it is neither."""

from __future__ import annotations

from typing import Any, Final, Literal, get_args

import msgspec

Reason = Literal[
    "invalid_utf8",
    "invalid_json",
    "schema_invalid",
    "unknown_event_type",
    "null_value",
    "oversized",
    "amount_out_of_range",
    "currency_unknown",
    "event_time_future",
]

REASONS: Final[tuple[Reason, ...]] = get_args(Reason)


class Event(msgspec.Struct, frozen=True, gc=False):
    """Something that happened. One exists per record for a short time, so it is as light as can be and the garbage collector does not see it."""

    kind: str
    verb: str
    """A message's stage; of all other kinds a comment."""
    tenant: str
    subject: str
    time: int
    """Milliseconds since 1970 UTC, cut off."""
    data: Any
    """The kind's fields as attributes. Absent and null are None, an absent optional list of a hot kind or campaign is empty,
    instants are milliseconds, days ISO dates."""
    taken: int = -1
    """The broker's timestamp of the record, ms; negative: it has none."""


class Tombstone(msgspec.Struct, frozen=True, gc=False):
    """The entity is deleted for good, above every version, whatever arrives later."""

    kind: str
    tenant: str
    subject: str


class Rejected(msgspec.Struct, frozen=True, gc=False):
    """The record says nothing that could be counted: park it and go on. A value, not an error."""

    reason: Reason
    detail: str
    """Where it is wrong and what is allowed there. Never what stood there: it may be about people."""
