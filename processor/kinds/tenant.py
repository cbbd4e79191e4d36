"""What do a tenant's settings change? Its zone and currency are those of every campaign without its own; its terms decide how orders count;
the rest of the row is for readers alone. The newest version is kept whole.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final, NamedTuple

import msgspec

from processor.kinds import index, retention
from processor.kinds.retention import Period, Said
from processor.kinds.versions import notice
from processor.transaction import Tx
from processor.values import Ref
from schemas import keys
from schemas.events import Event, canonical
from schemas.rows import TenantRow, Version

DEFAULTS: Final = TenantRow()
_STRICT: Final = b"getfly_strict"
_BY_STAFF: Final = b"staff_initiated"
_TO_OWNER_NOW: Final = b"current_owner"
_TO_OWNER_THEN: Final = b"owner_at_close"
MESSAGES: Final = "message"
"""The kind of which the settings say for how long it is kept."""


class Terms(NamedTuple):
    """What decides how an order counts, wherever it does. Kept apart, so that no other setting decides orders again."""

    counted_statuses: frozenset[str]
    """D6."""
    includes: frozenset[str]
    """What of `tax` and `shipping` is part of gross (D7)."""


DEFAULT_TERMS: Final = Terms(frozenset(("confirmed", "approved", "paid", "shipped", "delivered", "completed")), frozenset())


class _Settings(msgspec.Struct):
    """What of a version is read back out of its canonical JSON."""

    timezone: str | None = None
    currency: str | None = None
    week_start: str | None = None
    fiscal_year_start_month: int | None = None
    revenue_basis: str | None = None
    participant_sees: str | None = None
    counted_order_statuses: list[str] | None = None
    revenue_includes: list[str] | None = None
    attribution_windows: dict[str, int] | None = None
    guide_url: str | None = None
    crm_url_template: str | None = None
    interaction_definition: str | None = None
    credit: str | None = None
    retention_days: dict[str, int] | None = None

    def row(self) -> TenantRow:
        return TenantRow(
            self.timezone or DEFAULTS.zone,
            self.currency,
            self.week_start or DEFAULTS.week_start,
            self.fiscal_year_start_month or DEFAULTS.fiscal_year_start_month,
            self.revenue_basis or DEFAULTS.revenue_basis,
            self.participant_sees or DEFAULTS.participant_sees,
            self.guide_url,
            self.crm_url_template,
        )

    def terms(self) -> Terms:
        stated = self.counted_order_statuses
        return Terms(DEFAULT_TERMS.counted_statuses if stated is None else frozenset(stated), frozenset(self.revenue_includes or ()))


_encode = msgspec.msgpack.Encoder(order="deterministic").encode
_decode = msgspec.msgpack.Decoder(tuple[TenantRow, Version]).decode
_decode_terms = msgspec.msgpack.Decoder(Terms).decode
_decode_windows = msgspec.msgpack.Decoder(dict[str, int]).decode
_decode_said = msgspec.msgpack.Decoder(list[Said]).decode
_decode_periods = msgspec.msgpack.Decoder(tuple[Period, ...]).decode
_settings = msgspec.json.Decoder(_Settings).decode


def ref(tenant: str) -> Ref:
    return keys.settings(tenant), b"settings"


def row(tx: Tx, tenant: str) -> TenantRow:
    """A tenant's settings; the defaults if it never said any."""
    return _row(tx.read(ref(tenant))[0])


def terms_ref(tenant: str) -> Ref:
    return keys.settings(tenant), b"orders"


def terms(tx: Tx, tenant: str) -> Terms:
    """How its orders count; the defaults if it never said."""
    return _terms(tx.read(terms_ref(tenant))[0])


@lru_cache(1024)
def _terms(raw: bytes) -> Terms:
    return _decode_terms(raw) if raw else DEFAULT_TERMS


def definition_ref(tenant: str) -> Ref:
    """Which interactions qualify. Kept apart, so that no other setting decides them again."""
    return keys.settings(tenant), b"interactions"


def is_strict(tx: Tx, tenant: str) -> bool:
    """Whether interactions qualify by `getfly_strict` (D9)."""
    return tx.read(definition_ref(tenant))[0] == _STRICT


def credit_ref(tenant: str) -> Ref:
    """Who is credited with what is closed. Kept apart, so that no other setting decides opportunities again."""
    return keys.settings(tenant), b"credit"


def is_credited_now(tx: Tx, tenant: str) -> bool:
    """Whether the owner now is credited with what was won or lost, not the owner then (rule 6)."""
    return tx.read(credit_ref(tenant))[0] == _TO_OWNER_NOW


def windows_ref(tenant: str) -> Ref:
    return keys.settings(tenant), b"windows"


@lru_cache(1024)
def windows_of(raw: bytes) -> dict[str, int]:
    """`<channel>.<touch>` -> seconds for which such a touch attributes an order, where the tenant says so."""
    return _decode_windows(raw) if raw else {}


def retention_ref(tenant: str) -> Ref:
    """How long its messages are kept, and since when. Kept apart from all that was said of it, because every group of messages verifies it."""
    return keys.settings(tenant), b"retention"


def retention_of(tx: Tx, tenant: str) -> tuple[Period, ...]:
    """How long its messages are kept; empty: for ever, and it never said anything else."""
    return _periods(tx.read(retention_ref(tenant))[0])


@lru_cache(1024)
def _periods(raw: bytes) -> tuple[Period, ...]:
    return _decode_periods(raw) if raw else ()


def _said_ref(tenant: str) -> Ref:
    """Every version, as far as it says how long messages are kept."""
    return keys.settings(tenant), b"versions"


@lru_cache(1024)
def _row(raw: bytes) -> TenantRow:
    return _decode(raw)[0] if raw else DEFAULTS


def observe(tx: Tx, event: Event) -> None:
    """A version of the settings. A tenant speaks for itself alone: what another sends about it is left."""
    if event.subject != event.tenant:
        return
    raw, raw_terms, raw_windows, definition, credit, raw_said, raw_periods = tx.read(
        ref(event.tenant),
        terms_ref(event.tenant),
        windows_ref(event.tenant),
        definition_ref(event.tenant),
        credit_ref(event.tenant),
        _said_ref(event.tenant),
        retention_ref(event.tenant),
    )
    new = Version(event.data.version, event.time, canonical(event.data))
    _retain(tx, event, new, raw_said, raw_periods)
    if raw:
        known = _decode(raw)[1]
        notice(tx, event, known.version, differs=known.content != new.content)
        if known >= new:
            return
    said = _settings(new.content)
    before, now, agreed = _row(raw), said.row(), said.terms()
    tx.write(ref(event.tenant), _encode((now, new)))
    tx.touch(event.tenant, "", differs_from=keys.EVER if now != before else None)
    if (now.zone, now.currency) != (before.zone, before.currency):
        index.sweep(tx, event.tenant, index.CAMPAIGNS, "")
    windows = said.attribution_windows or {}
    if windows != windows_of(raw_windows):
        tx.write(windows_ref(event.tenant), _encode(windows))
    if windows != windows_of(raw_windows) or now.zone != before.zone:
        index.sweep(tx, event.tenant, index.TOUCHED, "")
    if agreed != _terms(raw_terms):
        tx.write(terms_ref(event.tenant), _encode(agreed))
        index.sweep(tx, event.tenant, index.CAMPAIGNS_OF_ORDERS, "")
    credited = (said.credit or "").encode() or _TO_OWNER_THEN
    if credited != (credit or _TO_OWNER_THEN):
        tx.write(credit_ref(event.tenant), credited)
        index.sweep(tx, event.tenant, index.CAMPAIGNS_OF_OPPORTUNITIES, "")
    become = (said.interaction_definition or "").encode() or _BY_STAFF
    if become != (definition or _BY_STAFF):
        tx.write(definition_ref(event.tenant), become)
        index.sweep(tx, event.tenant, index.INTERACTIONS, "")
        index.sweep(tx, event.tenant, index.CAMPAIGNS_OF_TALKS, "")


def _retain(tx: Tx, event: Event, new: Version, raw: bytes, raw_periods: bytes) -> None:
    """For how long messages are kept, by every version: also an older one was in force for a while."""
    days = (event.data.retention_days or {}).get(MESSAGES)
    known = _decode_said(raw) if raw else []
    versions = retention.merged(known, Said(*new, days, event.taken))
    if versions == known:
        return
    tx.write(_said_ref(event.tenant), _encode(versions))
    periods = tuple(retention.periods(versions))
    if periods != _periods(raw_periods):
        tx.write(retention_ref(event.tenant), _encode(periods))
        index.sweep(tx, event.tenant, index.CAMPAIGNS_OF_ORDERS, "")
        if not raw_periods:
            index.join(tx, "", index.RETAINING, "", event.tenant.encode())
