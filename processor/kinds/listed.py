"""What a tenant lists for its readers: staff, targets, exchange rates. The newest version of each; no cell rests on them, but what amounts
are worth does on rates.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import msgspec

from processor.kinds.versions import notice
from processor.transaction import Tx
from processor.values import Ref
from schemas import keys
from schemas.events import Event, canonical
from schemas.rows import RateRow, StaffRow, TargetRow, target_row

Row = StaffRow | TargetRow | RateRow

_encode = msgspec.msgpack.Encoder().encode
_stamp = msgspec.msgpack.Decoder(tuple[msgspec.Raw, tuple[int, int, bytes]]).decode
"""[row, [version, time, canonical JSON of the event's data]]."""


def _staff(event: Event) -> tuple[str, Ref, Row]:
    data = event.data
    row = StaffRow(data.name, data.email or None, data.active is not False, bool(data.deleted))
    return event.subject, (keys.staff(event.tenant), event.subject.encode()), row


def _target(event: Event) -> tuple[str, Ref, Row]:
    data = event.data
    row = TargetRow(data.measure, data.campaign_id, data.staff_id, data.from_, data.to, data.value, bool(data.deleted))
    return event.subject, (keys.targets(event.tenant), event.subject.encode()), row


def _rate(event: Event) -> tuple[str, Ref, Row]:
    data = event.data
    return f"{data.base}/{data.quote}/{data.day}", (keys.rates(event.tenant, data.base, data.quote), data.day.encode()), RateRow(data.rate)


_LISTS: Final[dict[str, Callable[[Event], tuple[str, Ref, Row]]]] = {"staff": _staff, "target": _target, "rate": _rate}


def observe(tx: Tx, event: Event) -> None:
    """A version of one of them. A rate whose subject is not `base/quote/day` says two different things about what it is: it is left."""
    name, ref, row = _LISTS[event.kind](event)
    if name != event.subject:
        return
    (raw,) = tx.read(ref)
    stamp: tuple[Any, ...] = (event.data.version, event.time, canonical(event.data))
    if raw:
        known = _stamp(raw)[1]
        notice(tx, event, known[0], differs=known[2] != stamp[2])
        if known >= stamp:
            return
    tx.write(ref, _encode((row, stamp)))
    _tell(tx, event, raw)


def _tell(tx: Tx, event: Event, before: bytes | None) -> None:
    """Readers are told whose answers it stands in. `before`: what was kept of it."""
    match event.kind:
        case "target":
            for campaign in (target_row(before)[0].campaign_id if before else None, event.data.campaign_id, ""):
                if campaign is not None:
                    tx.touch(event.tenant, campaign)
        case "rate":  # that of its day, and of later ones without a newer one
            tx.touch(event.tenant, "", differs_from=event.data.day)
        case _:  # a name stands beside numbers of any campaign
            tx.touch(event.tenant, "", differs_from=keys.NEVER)
