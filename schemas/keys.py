"""Every key and field of the store: what it is called, what type it has, what is in it.

All keys of one bucket share the prefix `<generation>:{bNN}:`, so that they lie in one slot. Parts are joined by `SEP`, which no id can contain.
What the cells count is written in `docs/cells.md`.
"""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from hashlib import blake2b
from typing import Final

VERSION: Final = 13
"""Of the stored forms. A store with another one is refused: rebuild under a new generation."""

SEP: Final = "\x1f"
RECORD: Final = "\x1e"
_ESCAPE: Final = "\x1b"


class View:
    """One hash per campaign, view and day."""

    OPPORTUNITIES: Final = "o"
    CLOSED: Final = "k"
    STAFF: Final = "s"
    STAFF_CLOSED: Final = "z"
    FLOWS: Final = "f"
    MOVEMENTS: Final = "v"
    CUSTOMERS: Final = "n"
    CUSTOMERS_BY_OWNER: Final = "w"
    LIST: Final = "i"
    ORDER_LIST: Final = "j"
    ORDERS: Final = "r"
    ORDERS_BY_OWNER: Final = "q"
    TASKS: Final = "t"
    MESSAGES: Final = "m"
    RECIPIENTS: Final = "p"
    RECIPIENTS_BY: Final = "u"
    HOURS: Final = "h"
    BY_CAMPAIGN: Final = "l"
    SPEND: Final = "e"


def prefix(generation: str, bucket: int) -> str:
    """Front of every key of a bucket; its hash tag keeps the bucket in one slot."""
    return f"{generation}:{{b{bucket:02d}}}:"


META: Final = "meta"
"""hash. Per source partition `<topic>-<n>`: `e:` epoch, `w:` owner, `x:` next offset, `f:` as-of in ms, `b:` the offset up to which it is being rebuilt,
`t:` Kafka's number of the topic that the offset is in (absent: not known).
Per bucket: `summary` of these for readers (`processor/store/summary.lua`), `version`, `tzdata`, `sources` (how many source partitions there are), `watermark` (the smallest `f:` of all partitions when a timer last looked, never going back; absent: not known yet)."""
WATERMARK: Final = b"watermark"
OUT: Final = "out"
"""stream, capped; its id is the revision and the SSE id. `c` = whose cells, row or lists changed: for each campaign once `RECORD<tenant>SEP<campaign>SEP`, then
`=<day>SEP` if its numbers read differently from that day on although no cell has changed (with an empty campaign: those of all campaigns of the tenant), then
`<view>SEP<day>SEP` for each hash of cells that changed, or `*SEP` where these were too many to be named."""
EVER: Final = "0001-01-01"
"""The day from which on everything reads differently."""
NEVER: Final = "~"
"""Instead of a day, after all of them: no number reads differently, but what stands beside numbers does, such as a name of somebody of the staff."""
DIRTY: Final = "dirty"
"""set of marks: what is to be decided again."""
DUE: Final = "due"
"""sorted set of `<tenant>SEP<digest>`: the tasks that wait for the watermark to pass their due time, by that time in ms."""
PASSED: Final = b"D"
"""The mark that is dirty while the watermark has passed something in `due`."""
EXPIRING: Final = "expiring"
"""sorted set of `<tenant>SEP<campaign>SEP<view>SEP<day>`: the hashes of cells that do not stay (those of hours), by the end of their day, UTC, in ms."""
HOURS_KEPT: Final = 90 * 86_400_000
"""How far behind the watermark the end of a day may lie, in ms, before the cells of its hours are removed."""


def cells(tenant: str, campaign: str, view: str, day: str) -> str:
    """hash, without the prefix: field -> integer. An empty campaign holds the tenant's own cells."""
    return SEP.join(("c", tenant, campaign, view, day))


def days(tenant: str, campaign: str) -> str:
    """set, without the prefix, of `<view>SEP<day>`: which cell hashes a campaign has."""
    return SEP.join(("d", tenant, campaign))


def campaigns(tenant: str) -> str:
    """hash, without the prefix: campaign id -> msgpack image for readers (`schemas.views.CampaignImage`)."""
    return SEP.join(("l", tenant))


def settings(tenant: str) -> str:
    """hash, without the prefix: `settings` -> msgpack [row, newest version] (`schemas.rows.TenantRow` is for readers); `orders` -> how
    its orders count, `windows` and `attribution` -> when a touch attributes one.
    """
    return SEP.join(("t", tenant))


def staff(tenant: str) -> str:
    """hash, without the prefix: staff id -> msgpack [`schemas.rows.StaffRow`, version]."""
    return SEP.join(("l", "staff", tenant))


def targets(tenant: str) -> str:
    """hash, without the prefix: target id -> msgpack [`schemas.rows.TargetRow`, version]."""
    return SEP.join(("l", "target", tenant))


def rates(tenant: str, base: str, quote: str) -> str:
    """hash, without the prefix: ISO day -> msgpack [`schemas.rows.RateRow`, version]. One per pair, so that a reader finds the newest day before another."""
    return SEP.join(("l", "rate", tenant, base, quote))


def label(text: str | None) -> str:
    """Free text as part of a field: what would break the field apart is escaped, nothing else changes."""
    if not text:
        return ""
    if SEP in text or _ESCAPE in text:
        return text.replace(_ESCAPE, _ESCAPE + "0").replace(SEP, _ESCAPE + "1")
    return text


def unlabel(part: str) -> str:
    """The text that `label` was given; empty for none."""
    if _ESCAPE in part:
        return part.replace(_ESCAPE + "1", SEP).replace(_ESCAPE + "0", _ESCAPE)
    return part


@lru_cache(65536)
def iso(day: int) -> str:
    """Day number since 1970-01-01 as an ISO date."""
    return date.fromordinal(day + 719163).isoformat()


def number(day: str) -> int:
    """Day number of an ISO date."""
    return date.fromisoformat(day).toordinal() - 719163


HASHES: Final = {
    "campaign": 256,
    "frame": 256,
    "code": 256,
    "opportunity": 4096,
    "order": 2048,
    "task": 2048,
    "message": 4096,
    "customer": 2048,
    "spend": 256,
    "recipient": 4096,
    "interaction": 2048,
}
"""Into how many hashes the states of a kind are spread per tenant. As long as a hash is a listpack (at most 256 fields in our own set-up:
a million messages of a tenant) it takes half the memory of a table. Fewer fields in more hashes cost more again: each key takes 90 bytes."""


def digest(identity: str) -> bytes:
    """Eight bytes that stand for an id inside one tenant and kind."""
    return blake2b(identity.encode(), digest_size=8).digest()


def state(kind: str, tenant: str, entity: bytes) -> str:
    """hash, without the prefix: digest of the id -> packed state. `entity` is the digest."""
    hashes = _hashes(kind, tenant)
    return hashes[(entity[0] << 8 | entity[1]) % len(hashes)]


@lru_cache(1024)
def _hashes(kind: str, tenant: str) -> list[str]:
    return [f"i{SEP}{kind}{SEP}{tenant}{SEP}{n}" for n in range(HASHES[kind])]


def customer(tenant: str, campaign: str, identity: str) -> tuple[str, bytes]:
    """Key and field of a customer's record in one campaign (`schemas.rows.CustomerRow`)."""
    entity = digest(campaign + SEP + identity)
    return state("customer", tenant, entity), entity


ORDERS: Final = b"o"
PURCHASES: Final = b"p"


def touches(tenant: str, customer: bytes) -> str:
    """hash, without the prefix, of all that rests on or is a touch of a customer, `customer` being the digest of the id. Field `customer` + period, 4 bytes ->
    the touches of these 28 days, framed, a set that only grows; `customer` -> the periods there are, 4 bytes each; `customer` + `ORDERS` -> the orders that
    came to rule 4: their newest purchase, 8 bytes, then their digests; `customer` + `PURCHASES` -> where touches do not stay, on which days orders were
    bought, 4 bytes each, also by what older versions said.
    """
    return f"{touched(tenant)}{(customer[0] << 8 | customer[1]) % 8192}"


def touched(tenant: str) -> str:
    """list, without the prefix: the customers that were touched and the periods, 8 and 4 bytes, as fields of `touches` are called, in the order in which
    these came to be. Its key is that of the hashes without their number.
    """
    return f"k{SEP}{tenant}{SEP}"


def removed(tenant: str, entity: bytes) -> tuple[str, bytes]:
    """Key without the prefix, and field, of the messages whose state was removed: the last six bytes of the digests that share the first two, packed."""
    number = entity[0] << 8 | entity[1]
    return f"g{SEP}message{SEP}{tenant}{SEP}{number // 128}", entity[:2]


def resting(on: str, who: str, tenant: str, thing: bytes) -> str:
    """hash, without the prefix: digest of a thing -> the packed digests of those that rest on it, 8 bytes each, never removed.
    `on`, `who`: ("opportunity", "order"), ("opportunity", "task"), ("code", "order").
    """
    return f"x{SEP}{on}{SEP}{who}{SEP}{tenant}{SEP}{(thing[0] << 8 | thing[1]) % 8192}"
