"""What is kept of a message, and how what is said about it merges: stages by their earliest time, in any order, so that no version is needed. Pure.

There are more messages than anything else: a state is packed small and flat, and what is here is written to be fast.
"""

from __future__ import annotations

from operator import itemgetter
from typing import Any, Final, NamedTuple, TypeAlias

import msgspec

from processor.buckets import ZONES
from schemas import keys
from schemas.events import Event
from schemas.keys import SEP

KIND: Final = "message"
STAGES: Final = (
    "targeted", "sent", "delivered", "opened", "clicked", "replied", "unsubscribed", "complained", "machine_opened", "failed", "suppressed",
)  # fmt: skip
"""A stage's number is its place here. The usual ones come first, because what follows the last that was reached is not stored."""
CHANNELS: Final = ("sms", "whatsapp", "email", "push")


State: TypeAlias = list[Any]
"""Packed small and flat: there are more messages than anything else, and each is unpacked and packed again for each of its events. By place:

terms and channel: zone's place in `ZONES` × 8, + 4 if interactions qualify by the strict definition, + place in `CHANNELS`. base: time of the event that came first, ms since 1970 UTC. Then what is *carried*: the value
of the earliest event that says one, None if none did. carried at: for each of those, ms after `base`; None if all are 0. alone: whether it is the only message of the
campaign that its recipient's record knows (`recipient.py`); False without a recipient. From `TIMES` on times: per stage,
in seconds after the second of `base`, None if not reached (*failed* also where it was delivered all the same); up to the last that was.
"""
PLACE, BASE, ACTION, VARIANT, COST, CURRENCY, RECIPIENT, ENTRY, FAILURE_CODE, SUPPRESSED_REASON, CARRIED_AT, ALONE, TIMES = range(13)
CARRIED: Final = slice(ACTION, CARRIED_AT)
VALUES: Final = (
    slice(ACTION, ACTION + 1), slice(VARIANT, VARIANT + 1), slice(COST, CURRENCY + 1), slice(RECIPIENT, RECIPIENT + 1), slice(ENTRY, ENTRY + 1),
    slice(FAILURE_CODE, FAILURE_CODE + 1), slice(SUPPRESSED_REASON, SUPPRESSED_REASON + 1),
)  # fmt: skip
"""Of the carried. A cost and its currency are one value."""
BY_PLACE: Final = ("",) * TIMES + STAGES
"""What the places are called."""
DELIVERED, FAILED, SUPPRESSED = (TIMES + STAGES.index(stage) for stage in ("delivered", "failed", "suppressed"))
IMPLIES: Final = {
    verb: tuple(sorted(TIMES + STAGES.index(stage) for stage in stages))
    for verb, stages in {
        "targeted": ("targeted",),
        "suppressed": ("suppressed", "targeted"),
        "sent": ("sent", "targeted"),
        "delivered": ("delivered", "sent", "targeted"),
        "opened": ("opened", "delivered", "sent", "targeted"),
        "machine_opened": ("machine_opened", "delivered", "sent", "targeted"),
        "clicked": ("clicked", "opened", "delivered", "sent", "targeted"),
        "replied": ("replied", "opened", "delivered", "sent", "targeted"),
        "failed": ("failed", "targeted"),
        "bounced": ("failed", "targeted"),
        "unsubscribed": ("unsubscribed", "delivered", "sent", "targeted"),
        "complained": ("complained", "delivered", "sent", "targeted"),
    }.items()
}
"""Verb -> the stages, by their place in a state, that it says were reached, by its own time at the latest. A stage's time is the least of all that imply it, so it
merges by minimum."""

encode = msgspec.msgpack.Encoder().encode
decode = msgspec.msgpack.Decoder(list[Any]).decode


def entity_of(campaign: str, channel: str, subject: str) -> bytes:
    """The digest that stands for a message."""
    return keys.digest(f"{campaign}{SEP}{channel}{SEP}{subject}")


class Seen(NamedTuple):
    """What a stored state says of a message."""

    channel: str
    zone: str
    recipient: str | None
    stages: list[tuple[int, str]]
    """With their instants, ms since 1970 UTC, by the second; the earliest first."""


def seen(raw: bytes) -> Seen:
    state = decode(raw)
    start, times = state[BASE] // 1000, zip(state[TIMES:], STAGES, strict=False)
    stages = [((start + time) * 1000, stage) for time, stage in times if time is not None]
    return Seen(CHANNELS[state[PLACE] % 4], ZONES[state[PLACE] >> 3], state[RECIPIENT], sorted(stages, key=itemgetter(0)))


def new(event: Event, terms: int) -> State:
    """Of a message that is first heard of: it carries what its first event says, and has reached nothing yet."""
    return [terms * 4 + CHANNELS.index(event.data.channel), event.time, *said(event.data), None, False]


def said(data: Any) -> list[Any]:
    """What an event says of all that is carried."""
    cost = data.cost_minor
    currency = None if cost is None else data.cost_currency
    return [data.action_id, data.variant, cost, currency, data.recipient_id, data.entry_id, data.failure_code, data.suppressed_reason]


def _stages(event: Event) -> tuple[int, ...]:
    """What it says was reached."""
    return IMPLIES["machine_opened" if event.data.machine_open and event.verb == "opened" else event.verb]


def says_more(state: State, data: Any, since: int) -> bool:
    """Whether an event, `since` ms after the first, carries what none before it did. An event does not, of the state that was made of it."""
    if len(state) == TIMES:
        return False
    at = state[CARRIED_AT]
    if since <= (max(at) if at else 0):
        return at is not None or said(data) != state[CARRIED]
    if None not in state[ACTION:FAILURE_CODE]:  # of all that is later only a failure is news
        return data.failure_code is not None or data.suppressed_reason is not None
    return any(value is not None and known is None for value, known in zip(said(data), state[CARRIED], strict=True))


def merge(state: State, event: Event, terms: int) -> None:
    """Any order and any number of times give the same."""
    state[PLACE] = terms * 4 + state[PLACE] % 4
    _carry(state, said(event.data), event.time - state[BASE])
    since = event.time // 1000 - state[BASE] // 1000
    stages = _stages(event)
    state += [None] * (stages[-1] + 1 - len(state))
    for stage in stages:
        if state[stage] is None or since < state[stage]:
            state[stage] = since


def started(state: State) -> int:
    """The second in which the earliest of its events happened: whatever happened to a message, it was targeted by then."""
    second: int = state[BASE] // 1000 + state[TIMES]
    return second


def clip(state: State, last: int) -> None:
    """Nothing that happened after the second `last` counts, though it was counted before an event was heard of that makes the message older."""
    start, at = state[BASE] // 1000, state[CARRIED_AT] or [0] * CARRIED_AT
    for stage in range(TIMES, len(state)):
        if state[stage] is not None and start + state[stage] > last:
            state[stage] = None
    while state[-1] is None:
        state.pop()
    for value in VALUES:
        if state[value.start] is not None and (state[BASE] + at[value.start]) // 1000 > last:
            state[value], at[value.start] = [None] * (value.stop - value.start), 0
    state[CARRIED_AT] = at if any(at) else None


def _carry(state: State, said: list[Any], since: int) -> None:
    """Take over what an event says and none that was earlier; of two that are said of one instant the greater counts."""
    said = [None, None, *said]
    at = state[CARRIED_AT] or [0] * CARRIED_AT
    for value in VALUES:
        first = value.start
        if said[first] is None:
            continue
        if state[first] is None or (since, _order(state[value])) < (at[first], _order(said[value])):
            state[value], at[first] = said[value], since
    state[CARRIED_AT] = at if any(at) else None


def _order(value: list[Any]) -> list[Any]:
    return ["" if part is None else part for part in value]
