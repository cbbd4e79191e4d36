"""What does a message count for? Each stage once, at the earliest time it was seen (F59). Stages arrive in any order; they merge by minimum, so no version is needed.

Four of five events are messages: this is the hot path, and the one file where speed was preferred to brevity. A new fact touches the stages that it implies and
nothing else; only when what names the cells has changed (zone, action, variant, failure code) everything is taken back and counted again.
"""

from __future__ import annotations

import zlib
import zoneinfo
from functools import lru_cache
from typing import Any, Final, TypeAlias

import msgspec

from processor.buckets import day
from processor.kinds import index
from processor.kinds.campaign import frame_of, frame_ref
from processor.transaction import Cell, NotOneSnapshot, Tx
from schemas import keys
from schemas.events import Event
from schemas.keys import SEP, View, label

KIND: Final = "message"
STAGES: Final = (
    "targeted", "suppressed", "sent", "delivered", "opened", "machine_opened", "clicked", "replied", "failed", "unsubscribed", "complained",
)  # fmt: skip
CARRIED: Final = ("action_id", "variant", "failure_code", "suppressed_reason", "cost", "recipient_id", "entry_id")
"""What the earliest event that carries it decides; its number is its place here."""
CHANNELS: Final = ("sms", "whatsapp", "email", "push")

_DELIVERED, _FAILED = STAGES.index("delivered"), STAGES.index("failed")
_IMPLIES: Final = {
    verb: tuple(STAGES.index(stage) for stage in stages)
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
"""Verb -> the stages that it says were reached, by its own time at the latest. A stage's time is the least of all that imply it, so it merges by minimum."""
_ZONES = {zlib.crc32(name.encode()): name for name in zoneinfo.available_timezones()}
"""Zone names would double a state; the test that no two share a code runs on each update of tzdata."""

State: TypeAlias = list[Any]
"""[zone code, channel number, base, times, carried], packed small: there are more messages than anything else.

base: time of the event that came first, ms since 1970 UTC. times: per stage, in seconds after the second of `base`, None if not reached (*failed* also
where it was delivered all the same). carried: per name in `CARRIED`, [ms after base, value], None if nothing carried it.
"""
_ZONE, _CHANNEL, _BASE, _TIMES, _CARRIED_AT = range(5)

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(list[Any]).decode


@lru_cache(1024)
def _code_of(zone: str) -> int:
    return 0 if zone == "UTC" else zlib.crc32(zone.encode())


def observe(tx: Tx, event: Event) -> None:
    """One fact about a message."""
    tenant, data, time = event.tenant, event.data, event.time
    campaign: str = data.campaign_id
    entity = keys.digest(campaign + SEP + data.channel + SEP + event.subject)
    ref = (keys.state(KIND, tenant, entity), entity)
    zone = tx.zones.get((tenant, campaign))
    if zone is None:
        tx.need(ref, frame_ref(tenant, campaign))
        zone = tx.zones[tenant, campaign] = _code_of(frame_of(tx, tenant, campaign).zone)
    (raw,) = tx.read(ref)
    if raw:
        state = _decode(raw)
    else:
        state = [zone, CHANNELS.index(data.channel), time, [None] * len(STAGES), []]
        index.join(tx, tenant, index.MESSAGES, campaign, entity)
    base, times = state[_BASE], state[_TIMES]
    earlier = _reach(times, "machine_opened" if data.machine_open and event.verb == "opened" else event.verb, time // 1000 - base // 1000)
    renamed = _carry(state[_CARRIED_AT], data, time - base) or state[_ZONE] != zone
    if renamed and raw:
        state[_ZONE] = zone
        tx.replace(_contributions(tenant, campaign, _decode(raw)), _contributions(tenant, campaign, state))
    elif earlier:
        _count(tx.cells, tenant, campaign, state, earlier)
        if times[_FAILED] is not None and (_DELIVERED, None) in earlier:  # so it had counted as failed until now
            _count_failed(tx.cells, tenant, campaign, state, times[_FAILED], -1)
    encoded = _encode(state)
    if encoded != raw:
        tx.write(ref, encoded)


def _reach(times: list[int | None], verb: str, since: int) -> list[tuple[int, int | None]]:
    """Put a time on every stage that the verb implies and that was not reached by then; the stages and their times before."""
    earlier = []
    for stage in _IMPLIES[verb]:
        known = times[stage]
        if known is None or since < known:
            times[stage] = since
            earlier.append((stage, known))
    return earlier


def decide(tx: Tx, tenant: str, campaign: str, entity: bytes) -> None:
    """Again, because its campaign's zone has changed."""
    ref = (keys.state(KIND, tenant, entity), entity)
    (raw,) = tx.read(ref)
    zone = _code_of(frame_of(tx, tenant, campaign).zone)
    if not raw:
        raise NotOneSnapshot
    state = _decode(raw)
    old = _contributions(tenant, campaign, state)
    state[_ZONE] = zone
    tx.replace(old, _contributions(tenant, campaign, state))
    tx.write(ref, _encode(state))


def _carry(carried: list[Any], data: Any, time: int) -> bool:
    """Take over what this event carries and no earlier one did; True if that changes what the cells are called."""
    cost = None if data.cost_minor is None else [data.cost_minor, data.cost_currency or ""]
    renamed = False
    values = (data.action_id, data.variant, data.failure_code, data.suppressed_reason, cost, data.recipient_id, data.entry_id)
    for n, value in enumerate(values):
        if value is None or value == "":
            continue
        while len(carried) <= n:
            carried.append(None)
        known = carried[n]
        if known is None or time < known[0] or (time == known[0] and value > known[1]):
            renamed = renamed or (n < 3 and (known is None or known[1] != value))
            carried[n] = [time, value]
    return renamed


def _tail(state: State) -> str:
    """Channel, action and variant, as they stand at the end of a field."""
    carried = state[_CARRIED_AT]
    action = carried[0][1] if carried and carried[0] else ""
    variant = carried[1][1] if len(carried) > 1 and carried[1] else None
    return SEP + CHANNELS[state[_CHANNEL]] + SEP + action + SEP + label(variant)


def _code(state: State) -> str:
    carried = state[_CARRIED_AT]
    return "code" + SEP + (label(carried[2][1]) if len(carried) > 2 and carried[2] else "")


def _count(cells: dict[Cell, int], tenant: str, campaign: str, state: State, earlier: list[tuple[int, int | None]]) -> None:
    """Stages that were reached, or reached earlier than was known, under the same names. Failed counts while it was never delivered."""
    zone = _ZONES[state[_ZONE]] if state[_ZONE] else "UTC"
    start, tail, times = state[_BASE] // 1000, _tail(state), state[_TIMES]
    for stage, before in earlier:
        field = STAGES[stage] + tail
        if stage == _FAILED:
            if times[_DELIVERED] is None:
                _count_failed(cells, tenant, campaign, state, times[_FAILED], 1)
                _count_failed(cells, tenant, campaign, state, before, -1)
            continue
        cell = (tenant, campaign, View.MESSAGES, day(zone, (start + times[stage]) * 1000), field)
        cells[cell] = cells.get(cell, 0) + 1
        if before is not None:
            cell = (tenant, campaign, View.MESSAGES, day(zone, (start + before) * 1000), field)
            cells[cell] = cells.get(cell, 0) - 1


def _count_failed(cells: dict[Cell, int], tenant: str, campaign: str, state: State, time: int | None, sign: int) -> None:
    """As a stage and by code."""
    if time is None:
        return
    zone = _ZONES[state[_ZONE]] if state[_ZONE] else "UTC"
    at = day(zone, (state[_BASE] // 1000 + time) * 1000)
    for field in (STAGES[_FAILED] + _tail(state), _code(state)):
        cell = (tenant, campaign, View.MESSAGES, at, field)
        cells[cell] = cells.get(cell, 0) + sign


def _contributions(tenant: str, campaign: str, state: State) -> dict[Cell, int]:
    """All that a message counts for; see `docs/cells.md`, view m."""
    out: dict[Cell, int] = {}
    _count(out, tenant, campaign, state, [(stage, None) for stage, time in enumerate(state[_TIMES]) if time is not None])
    return out
