"""What does a message count for? Each stage once, at the earliest time it was seen (F59). Stages arrive in any order; they merge by minimum, so no version is needed."""

from __future__ import annotations

import zlib
import zoneinfo
from typing import Any, Final, NamedTuple

import msgspec

from processor.buckets import day
from processor.kinds import index
from processor.kinds.campaign import frame, frame_ref
from processor.transaction import Cell, NotOneSnapshot, Ref, Tx
from schemas import keys
from schemas.events import Event
from schemas.keys import SEP, View, label

KIND: Final = "message"
STAGES: Final = (
    "targeted", "suppressed", "sent", "delivered", "opened", "machine_opened", "clicked", "replied", "failed", "bounced", "unsubscribed", "complained",
)  # fmt: skip
CHANNELS: Final = ("sms", "whatsapp", "email", "push")
CARRIED: Final = ("action_id", "variant", "failure_code", "suppressed_reason", "cost", "recipient_id", "entry_id")
"""What the earliest event that carries it decides; its number is its place here."""
ACTION, VARIANT, CODE = 0, 1, 2

_STAGE = {name: n for n, name in enumerate(STAGES)}
_ZONES = {zlib.crc32(name.encode()): name for name in zoneinfo.available_timezones()}
"""Zone names would double a state; the test that no two share a code runs on each update of tzdata."""


class State(NamedTuple):
    """Packed small: there are more messages than anything else."""

    zone: int
    """CRC-32 of its name; 0 is UTC."""
    channel: int
    base: int
    """Time of the event that came first, ms since 1970 UTC."""
    seen: dict[int, int]
    """Stage -> earliest time seen, in seconds after the second of `base`."""
    carried: dict[int, tuple[int, Any]]
    """What -> (time in ms after `base`, value)."""


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(State).decode


def _zone_code(zone: str) -> int:
    return 0 if zone == "UTC" else zlib.crc32(zone.encode())


def _ref(tenant: str, entity: bytes) -> Ref:
    return keys.state(KIND, tenant, entity), entity


def observe(tx: Tx, event: Event) -> None:
    """One fact about a message."""
    tenant, data, time = event.tenant, event.data, event.time
    campaign = data.campaign_id
    entity = keys.digest(SEP.join((campaign, data.channel, event.subject)))
    ref = _ref(tenant, entity)
    raw, raw_frame = tx.read(ref, frame_ref(tenant, campaign))
    old = _decode(raw) if raw else None
    if old:
        base, seen, carried = old.base, dict(old.seen), dict(old.carried)
    else:
        base, seen, carried = time, {}, {}
    stage = _STAGE["machine_opened" if data.machine_open and event.verb == "opened" else event.verb]
    since = time // 1000 - base // 1000
    if seen.get(stage, since + 1) > since:
        seen[stage] = since
    _carry(carried, data, time - base)
    new = State(_zone_code(frame(raw_frame).zone), CHANNELS.index(data.channel), base, seen, carried)
    if new == old:
        return
    tx.write(ref, _encode(new))
    tx.replace(_contributions(tenant, campaign, old), _contributions(tenant, campaign, new))
    if not old:
        index.join(tx, tenant, index.MESSAGES, campaign, entity)


def decide(tx: Tx, tenant: str, campaign: str, entity: bytes) -> None:
    """Again, because its campaign's zone has changed."""
    raw, raw_frame = tx.read(_ref(tenant, entity), frame_ref(tenant, campaign))
    if not raw:
        raise NotOneSnapshot
    old = _decode(raw)
    new = old._replace(zone=_zone_code(frame(raw_frame).zone))
    if new != old:
        tx.write(_ref(tenant, entity), _encode(new))
        tx.replace(_contributions(tenant, campaign, old), _contributions(tenant, campaign, new))


def _carry(carried: dict[int, tuple[int, Any]], data: Any, time: int) -> None:
    cost = None if data.cost_minor is None else (data.cost_minor, data.cost_currency or "")
    values = (data.action_id, data.variant, data.failure_code, data.suppressed_reason, cost, data.recipient_id, data.entry_id)
    for n, value in enumerate(values):
        if value is not None and value != "":
            known = carried.get(n)
            if known is None or time < known[0] or (time == known[0] and value > _comparable(known[1])):
                carried[n] = (time, value)


def _comparable(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _times(seen: dict[int, int]) -> dict[str, int]:
    """Stage -> its time with what later stages imply, and *failed* as the contract counts it: failed or bounced, and never delivered."""
    far = 1 << 60
    targeted, suppressed, sent, delivered, opened, machine, clicked, replied, failed, bounced, unsubscribed, complained = (
        seen.get(n, far) for n in range(len(STAGES))
    )
    opened = min(opened, clicked, replied)
    delivered = min(delivered, opened, machine, unsubscribed, complained)
    sent = min(sent, delivered)
    failed = min(failed, bounced)
    targeted = min(targeted, sent, failed, suppressed)
    if delivered < far:
        failed = far
    values = (
        ("targeted", targeted), ("suppressed", suppressed), ("sent", sent), ("delivered", delivered), ("opened", opened), ("machine_opened", machine),
        ("clicked", clicked), ("replied", replied), ("failed", failed), ("unsubscribed", unsubscribed), ("complained", complained),
    )  # fmt: skip
    return {name: time for name, time in values if time < far}


def _contributions(tenant: str, campaign: str, state: State | None) -> dict[Cell, int]:
    """See `docs/cells.md`, view m."""
    if state is None:
        return {}
    zone = _ZONES[state.zone] if state.zone else "UTC"
    start = state.base // 1000
    carried = state.carried
    action, variant = (carried[n][1] if n in carried else None for n in (ACTION, VARIANT))
    tail = SEP.join(("", CHANNELS[state.channel], action or "", label(variant)))
    out: dict[Cell, int] = {}
    times = _times(state.seen)
    for stage, time in times.items():
        out[tenant, campaign, View.MESSAGES, day(zone, (start + time) * 1000), stage + tail] = 1
    if "failed" in times:
        code = label(carried[CODE][1]) if CODE in carried else ""
        out[tenant, campaign, View.MESSAGES, day(zone, (start + times["failed"]) * 1000), "code" + SEP + code] = 1
    return out
