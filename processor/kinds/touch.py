"""Who saw or followed which message when? Each such observation is a touch (D8 rule 4).

It is never taken back, so it is written blind: no read of it, no conflict, on the hot path of messages. The store marks the customer, and only if one of the orders
that came to rule 4 was bought at or after it; a live touch comes after its customer's last order and marks nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache
from struct import Struct
from typing import Final, NamedTuple, TypeAlias

from processor.kinds import tenant as settings
from processor.kinds.attribution_rules import WINDOWS
from processor.transaction import Tx
from processor.values import Look, Note, Ref
from schemas import keys
from schemas.events import Event
from schemas.keys import SEP

PERIOD: Final = 28 * 86_400_000
"""Touches of a customer are kept together per so many ms: as many as an order usually looks back over, and few enough to forget old ones in small steps."""
_KINDS: Final = tuple(WINDOWS)
"""A kind is stored as its place here: a new one goes to the end."""
_NUMBERS: Final = {(channel, verb): number for number, (channel, verb) in enumerate(_KINDS)}
_head, _period, _instant = Struct(">HqB"), Struct(">i"), Struct(">q")
_FRAME: Final = 2
"""Bytes of the length in front of an entry."""


class Touch(NamedTuple):
    """Of several that attribute an order the greatest holds, field by field."""

    time: int
    campaign: str
    subject: str
    """The message's."""
    verb: str
    channel: str


Seen: TypeAlias = dict[str, dict[Note, bytes]]
"""By tenant, the touches among some events -> the mark of their customer."""


def seen(events: Iterable[Event]) -> Seen:
    """The touches among the events of a group."""
    out: Seen = {}
    for event in events:
        data = event.data
        number = _NUMBERS.get((data.channel, event.verb))
        if number is None or data.recipient_id is None or (data.machine_open and event.verb == "opened"):
            continue
        key, digest, mark = _customer(event.tenant, data.recipient_id)
        what = f"{data.campaign_id}{SEP}{event.subject}".encode()
        entry = _head.pack(_head.size - _FRAME + len(what), event.time, number) + what
        note = Note(key, digest + _period.pack(event.time // PERIOD), entry, event.time)
        of = out.get(event.tenant)
        if of is None:
            of = out[event.tenant] = {}
        of[note] = mark
    return out


def observe(tx: Tx, touches: Seen) -> None:
    """Keep what was seen. Where messages are kept for a while, they say themselves what of it is not too late (`message_retention.py`)."""
    for tenant, notes in touches.items():
        if not settings.retention_of(tx, tenant):
            tx.notes.update(notes)


@lru_cache(65536)
def _customer(tenant: str, customer: str) -> tuple[str, bytes, bytes]:
    """(key, digest, mark): all of a customer's orders that came to rule 4 are to be decided again."""
    digest = keys.digest(customer)
    return keys.touches(tenant, digest), digest, b"k" + tenant.encode() + SEP.encode() + digest


def periods_ref(tenant: str, customer: str) -> Ref:
    """In which periods a customer has touches."""
    key, digest, _ = _customer(tenant, customer)
    return key, digest


def rests_on(tenant: str, customer: str) -> list[Ref]:
    """What an order of this customer looks at first when it comes to rule 4."""
    key, digest = periods_ref(tenant, customer)
    return [(key, digest), orders_ref(tenant, digest)]


def of_customer(look: Look, tenant: str, customer: str, since: int, until: int) -> list[Touch]:
    """Those between two instants, both inclusive."""
    key, digest = periods_ref(tenant, customer)
    (packed,) = look((key, digest))
    first, last = since // PERIOD, until // PERIOD
    refs = [(key, digest + _period.pack(number)) for (number,) in _period.iter_unpack(packed) if first <= number <= last]
    return [touch for raw in (look(*refs) if refs else ()) for touch in _unpacked(raw) if since <= touch.time <= until]


def _unpacked(raw: bytes) -> list[Touch]:
    out, at = [], 0
    while at < len(raw):
        length, time, number = _head.unpack_from(raw, at)
        campaign, _, subject = raw[at + _head.size : at + _FRAME + length].decode().partition(SEP)
        channel, verb = _KINDS[number]
        out.append(Touch(time, campaign, subject, verb, channel))
        at += _FRAME + length
    return out


def without(packed: bytes, is_gone: Callable[[int], bool]) -> bytes:
    """A packed set of touches, without those of which the instant (ms) says so."""
    left, at = [], 0
    while at < len(packed):
        length, time, _ = _head.unpack_from(packed, at)
        if not is_gone(time):
            left.append(packed[at : at + _FRAME + length])
        at += _FRAME + length
    return b"".join(left)


def orders_ref(tenant: str, digest: bytes) -> Ref:
    """Which orders of a customer came to rule 4: [the newest purchase among them, for the store to compare touches with; their digests]."""
    return keys.touches(tenant, digest), digest + keys.ORDERS


def rest(tx: Tx, tenant: str, customer: str, entity: bytes, purchased_at: int) -> None:
    """From now on a late touch of the customer decides this order again."""
    ref = orders_ref(tenant, keys.digest(customer))
    (raw,) = tx.read(ref)
    newest, orders = _orders(raw)
    known = entity in orders
    if not known or purchased_at > newest:
        head = _instant.pack(max(newest, purchased_at) if raw else purchased_at)
        tx.write(ref, head + raw[_instant.size :] + (b"" if known else entity))


def orders(tx: Tx, tenant: str, digest: bytes) -> list[bytes]:
    """Digests of a customer's orders that came to rule 4."""
    (raw,) = tx.read(orders_ref(tenant, digest))
    return _orders(raw)[1]


def _orders(raw: bytes) -> tuple[int, list[bytes]]:
    if not raw:
        return 0, []
    return _instant.unpack_from(raw)[0], [raw[at : at + 8] for at in range(_instant.size, len(raw), 8)]
