"""Who was talked to? An interaction counts for its customer in the campaign that it names, and in that of the opportunity that it names (D9).

It has no cells of its own: it puts its instant into the records of its customer (`customer.py`), and takes it back when it no longer counts there.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from processor.kinds import customer, index, opportunity, tenant
from processor.kinds.versions import newer, notice
from processor.transaction import NotOneSnapshot, Tx
from processor.values import Look, Ref
from schemas import keys
from schemas.events import Event, Tombstone
from schemas.keys import SEP
from schemas.rows import DELETED, GONE

KIND: Final = "interaction"
STAYS: Final = "comment"
"""The kind that stands though it is deleted."""
_BY_STAFF: Final = frozenset({"meeting", "comment", "reply"})
_STRICT: Final = frozenset({"email_read", "link_click", "sms_delivered", "zns_delivered", "whatsapp_delivered", "comment", "reply"})


class Interaction(msgspec.Struct, array_like=True):
    """Its newest version, then where it was decided to count."""

    id: str
    hidden: int
    version: int
    time: int
    campaign_id: str | None
    opportunity_id: str | None
    customer_id: str
    actor_id: str | None
    kind: str
    direction: str | None
    outcome: str | None
    campaigns: list[str] = []


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Interaction).decode
_NAMES: Final = ("actor_id", "campaign_id", "customer_id", "deleted", "direction", "kind", "opportunity_id", "outcome")


def ref(of: str, entity: bytes) -> Ref:
    """`of`: the tenant."""
    return keys.state(KIND, of, entity), entity


def mark(of: str, entity: bytes) -> bytes:
    """This interaction is to be decided again."""
    return b"i" + of.encode() + SEP.encode() + entity


def observe(tx: Tx, event: Event) -> None:
    """A version of an interaction."""
    of, entity, data = event.tenant, keys.digest(event.subject), event.data
    own = ref(of, entity)
    named = [customer.ref(of, data.campaign_id, data.customer_id)] if data.campaign_id is not None else []
    resting = [opportunity.ref(of, keys.digest(data.opportunity_id))] if data.opportunity_id is not None else []
    tx.need(own, tenant.definition_ref(of), *named, *resting)
    (raw,) = tx.read(own)
    old = _decode(raw) if raw else None
    new = Interaction(
        event.subject,
        DELETED if data.deleted else 0,
        data.version,
        event.time,
        data.campaign_id,
        data.opportunity_id,
        data.customer_id,
        data.actor_id,
        data.kind,
        data.direction or None,
        data.outcome or None,
    )
    if old and old.kind:
        said, known = _values(new), _values(old)
        notice(tx, event, old.version, differs=said != known)
        if not newer((new.version, new.time), (old.version, old.time), _NAMES, said, known):
            return
    if old:
        new.hidden |= old.hidden & GONE  # goes on merging: under a tombstone, too, a comment stays
    _become(tx, of, entity, raw, old, new, lambda *refs: tx.peek(mark(of, entity), *refs))


def forget(tx: Tx, tombstone: Tombstone) -> None:
    """Deleted for good, above every version."""
    of, entity = tombstone.tenant, keys.digest(tombstone.subject)
    (raw,) = tx.read(ref(of, entity))
    old = _decode(raw) if raw else None
    if old and old.hidden & GONE:
        return
    new = _decode(raw) if raw else Interaction(tombstone.subject, 0, 0, 0, None, None, "", None, "", None, None)
    new.hidden |= GONE
    _become(tx, of, entity, raw, old, new, tx.read)


def decide(tx: Tx, of: str, entity: bytes) -> None:
    """Again, because its opportunity or the tenant's definition has changed. Every value is verified."""
    (raw,) = tx.read(ref(of, entity))
    if not raw:
        raise NotOneSnapshot
    _become(tx, of, entity, raw, _decode(raw), _decode(raw), tx.read)


def decide_those_of(tx: Tx, of: str, entity: bytes) -> None:
    """All interactions of an opportunity. And whatever is listed beside it, it is listed where the opportunity is now."""
    opportunity.tell(tx, of, entity, tx.read)
    (packed,) = tx.read(opportunity.interactions_of(of, entity))
    index.decide_all(tx, of, index.unpacked(packed), decide, mark)


def _values(it: Interaction) -> tuple[Any, ...]:
    return (it.actor_id, it.campaign_id, it.customer_id, bool(it.hidden & DELETED), it.direction, it.kind, it.opportunity_id, it.outcome)


def _become(tx: Tx, of: str, entity: bytes, raw: bytes, old: Interaction | None, new: Interaction, look: Look) -> None:
    """Decide, write, tell the customer's records: the one way in which an interaction changes."""
    new.campaigns = _campaigns(look, of, new) if _qualifies(new, is_strict=tenant.is_strict(tx, of)) else []
    encoded = _encode(new)
    if encoded == raw:
        return
    before = {(campaign, old.customer_id) for campaign in old.campaigns} if old else set()
    now = {(campaign, new.customer_id) for campaign in new.campaigns}
    tx.need(*(customer.ref(of, *where) for where in before | now))
    tx.write(ref(of, entity), encoded)
    for where in sorted(before | now):
        customer.interact(tx, of, *where, b"i" + entity, [new.time // 1000] if where in now else [])
    if old is None:
        index.join(tx, of, index.INTERACTIONS, "", entity)
    if new.opportunity_id is not None and (old is None or old.opportunity_id != new.opportunity_id):
        tx.union(opportunity.interactions_of(of, keys.digest(new.opportunity_id)), entity)


def _campaigns(look: Look, of: str, it: Interaction) -> list[str]:
    """Where it counts, each once."""
    found = [] if it.campaign_id is None else [it.campaign_id]
    if it.opportunity_id is not None:
        (raw,) = look(opportunity.ref(of, keys.digest(it.opportunity_id)))
        row = opportunity.row(raw) if raw else None
        if row and row.exists and row.campaign_id not in found:
            found.append(row.campaign_id)
    return found


def _qualifies(it: Interaction, *, is_strict: bool) -> bool:
    """D9, rules 1 and 2 of `docs/definitions.md`."""
    if it.hidden and it.kind != STAYS:
        return False
    if is_strict:
        return it.kind in _STRICT or (it.kind == "call" and it.direction == "outbound" and it.outcome in ("answered", "successful"))
    return it.kind in _BY_STAFF or (it.kind == "call" and it.direction != "inbound" and it.outcome in (None, "answered", "successful"))
