"""Which touches attribute an order? By the attribution of their campaign as it is now, within a window or a range of dates (D8 rule 4, B2, F73).

One small state per tenant holds the rules of all campaigns that attribute, because an order does not know beforehand whose touches it will meet. An order that
came to rule 4 verifies it, and all of these are decided again when it changes.
"""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from typing import Final, NamedTuple

import msgspec

from processor.buckets import day
from processor.kinds import index
from processor.kinds import tenant as settings
from processor.transaction import Tx
from processor.values import Ref
from schemas import keys

DAY: Final = 86_400_000
HOUR: Final = 3_600_000
WINDOWS: Final = {
    ("email", "clicked"): 5 * DAY,
    ("email", "opened"): 5 * DAY,
    ("push", "clicked"): 5 * DAY,
    ("push", "opened"): 24 * HOUR,
    ("sms", "clicked"): 5 * DAY,
    ("sms", "delivered"): 12 * HOUR,
    ("whatsapp", "clicked"): 5 * DAY,
    ("whatsapp", "opened"): 5 * DAY,
    ("whatsapp", "delivered"): 24 * HOUR,
}
"""What is a touch, by channel and verb -> for how long it attributes (ms, inclusive) where neither campaign nor tenant says so (B2)."""
LOOK_BACK: Final = 92
"""How many days before the first day of a range a touch may lie."""


class Stated(msgspec.Struct, rename={"first": "from", "last": "to"}):
    """As a campaign says it. Days are ISO dates."""

    mode: str
    days: int | None = None
    first: str | None = None
    last: str | None = None


class Rule(NamedTuple):
    """One campaign's. Of the two modes the fields of the other one are left."""

    campaign: str
    mode: str
    """`days` or `date_range`."""
    days: int | None
    first: int | None
    """Day numbers of a range, inclusive; None: open."""
    last: int | None
    zone: str
    """The campaign's own, or empty: the tenant's."""


class Rules:
    """All of a tenant's, ready to be asked."""

    def __init__(self, stated: list[Rule], windows: dict[str, int], zone: str) -> None:
        """`windows`: `<channel>.<verb>` -> seconds, as the tenant has it. `zone`: the tenant's."""
        self._zone = zone
        self._of = {rule.campaign: rule for rule in stated}
        self._ranges = [rule for rule in stated if rule.mode == "date_range"]
        self._windows = {kind: windows[".".join(kind)] * 1000 if ".".join(kind) in windows else length for kind, length in WINDOWS.items()}
        by_days = [rule.days for rule in stated if rule.mode == "days"]
        self._longest = max([max(self._windows.values()) if days is None else days * DAY for days in by_days], default=None)

    def earliest(self, purchased_at: int) -> int | None:
        """No touch before this instant attributes a purchase; None: none at all does."""
        first_days = [first for rule in self._ranges if (first := self._first_day(rule, purchased_at)) is not None]
        reach = [(first - LOOK_BACK - 1) * DAY for first in first_days]  # a day of any zone begins less than 24 hours before that of UTC
        if self._longest is not None:
            reach.append(purchased_at - self._longest)
        return min(reach, default=None)

    def attributes(self, campaign: str, channel: str, verb: str, touched_at: int, purchased_at: int) -> bool:
        """Whether a touch by this campaign does, if it lies not after the purchase."""
        rule = self._of.get(campaign)
        if rule is None or touched_at > purchased_at:
            return False
        if rule.mode == "days":
            return purchased_at - touched_at <= (self._windows[channel, verb] if rule.days is None else rule.days * DAY)
        first = self._first_day(rule, purchased_at)
        return first is not None and day(rule.zone or self._zone, touched_at) >= first - LOOK_BACK

    def _first_day(self, rule: Rule, purchased_at: int) -> int | None:
        """Of a range that holds the purchase; None if it does not."""
        bought = day(rule.zone or self._zone, purchased_at)
        first = bought if rule.first is None else rule.first
        last = bought if rule.last is None else rule.last
        return first if first <= bought <= last else None


def rule_of(campaign: str, stated: Stated | None, zone: str) -> Rule | None:
    """The rule of a campaign that says this; None if its touches attribute nothing. `zone`: its own, or empty."""
    if stated is None or stated.mode == "none":
        return None
    return Rule(campaign, stated.mode, stated.days, _day_number(stated.first), _day_number(stated.last), zone)


def _day_number(iso: str | None) -> int | None:
    return None if iso is None else date.fromisoformat(iso).toordinal() - 719163


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(list[Rule]).decode


def ref(tenant: str) -> Ref:
    return keys.settings(tenant), b"attribution"


def rests_on(tenant: str) -> list[Ref]:
    """All that the rules are made of."""
    return [ref(tenant), settings.windows_ref(tenant), settings.ref(tenant)]


def rules(tx: Tx, tenant: str) -> Rules:
    """As they are now, verified."""
    tx.need(*rests_on(tenant))
    (raw,) = tx.read(ref(tenant))
    return _rules(raw, tx.read(settings.windows_ref(tenant))[0], settings.row(tx, tenant).zone)


@lru_cache(256)
def _rules(raw: bytes, windows: bytes, zone: str) -> Rules:
    return Rules(_decode(raw) if raw else [], settings.windows_of(windows), zone)


def change(tx: Tx, tenant: str, campaign: str, rule: Rule | None) -> None:
    """The rule of a campaign, None if it attributes nothing. If that is news, all orders that came to rule 4 are decided again."""
    (raw,) = tx.read(ref(tenant))
    stated = _decode(raw) if raw else []
    become = sorted([other for other in stated if other.campaign != campaign] + ([rule] if rule else []), key=lambda rule: rule.campaign)
    if become != stated:
        tx.write(ref(tenant), _encode(become))
        index.sweep(tx, tenant, index.TOUCHED, "")
