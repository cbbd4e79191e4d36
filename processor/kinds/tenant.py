"""What do a tenant's settings change? So far its zone and currency, which are those of every campaign without its own. The newest version is kept whole."""

from __future__ import annotations

from functools import lru_cache
from typing import Final, NamedTuple

import msgspec

from processor.kinds import index
from processor.transaction import Ref, Tx
from schemas import keys
from schemas.events import Event, canonical
from schemas.rows import TenantRow

DEFAULT_ZONE: Final = "UTC"


class Version(NamedTuple):
    version: int
    time: int
    content: bytes
    """Canonical JSON of the event's data."""


class _Settings(msgspec.Struct):
    """What of a version is read back out of its canonical JSON."""

    timezone: str | None = None
    currency: str | None = None


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(tuple[TenantRow, Version]).decode
_settings = msgspec.json.Decoder(_Settings).decode


def ref(tenant: str) -> Ref:
    return keys.settings(tenant), b"settings"


def row(tx: Tx, tenant: str) -> TenantRow:
    """Zone and currency where no campaign says otherwise."""
    return _row(tx.read(ref(tenant))[0])


@lru_cache(1024)
def _row(raw: bytes) -> TenantRow:
    return _decode(raw)[0] if raw else TenantRow(DEFAULT_ZONE, None)


def observe(tx: Tx, event: Event) -> None:
    """A version of the settings. A tenant speaks for itself alone: what another sends about it is left."""
    if event.subject != event.tenant:
        return
    (raw,) = tx.read(ref(event.tenant))
    new = Version(event.data.version, event.time, canonical(event.data))
    if raw and _decode(raw)[1] >= new:
        return
    settings = _settings(new.content)
    now = TenantRow(settings.timezone or DEFAULT_ZONE, settings.currency)
    tx.write(ref(event.tenant), _encode((now, new)))
    tx.touch(event.tenant, "")
    tx.zones.clear()
    if now != _row(raw):
        index.sweep(tx, event.tenant, index.CAMPAIGNS, "")
