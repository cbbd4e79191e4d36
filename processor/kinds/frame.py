"""What others rest on of a campaign: its zone, its steps, the wait for an owner. Small, and kept apart from the rest."""

from __future__ import annotations

from functools import lru_cache
from typing import Final, NamedTuple

import msgspec

from processor.kinds import index, tenant
from processor.transaction import Tx
from processor.values import Ref
from schemas import keys


class Steps(NamedTuple):
    """The steps from an instant on."""

    since: int
    ids: list[str]
    """By position."""


class Frame(NamedTuple):
    """What opportunities, orders, tasks and messages rest on: small, because each group of events that counts for a campaign verifies it."""

    zone: str
    """As stored: the campaign's own, or empty. As `frame_of` gives it: the one in use."""
    history: list[Steps]
    """In the order of versions; instants never go back."""
    registration_wait_s: int | None = None
    """As it is now, deleted or not (rule 17)."""

    @property
    def steps(self) -> list[str]:
        """As they are now, by position."""
        return self.history[-1].ids if self.history else []

    def steps_at(self, instant: int) -> list[str]:
        """As they were (D4); before the first known version the first one holds."""
        found = self.history[0].ids if self.history else []
        for steps in self.history:
            if steps.since > instant:
                break
            found = steps.ids
        return found


NOWHERE: Final = ""
"""Stands for a campaign where there is none, as for orders that nobody can be credited with: they lie in the tenant's days."""


_encode = msgspec.msgpack.Encoder().encode
_frame = msgspec.msgpack.Decoder(Frame).decode
_EMPTY: Final = _encode(Frame("", []))


@lru_cache(16384)
def frame_ref(of: str, campaign: str) -> Ref:
    """`of`: the tenant."""
    entity = keys.digest(campaign)
    return keys.state("frame", of, entity), entity


def frame_of(tx: Tx, of: str, campaign: str) -> Frame:
    """The frame of a campaign with the zone in use: its own, else the tenant's.

    One that was never heard of gets an empty frame, so that it is known to the tenant: whoever counts for it moves when the tenant's zone does.
    """
    ref = frame_ref(of, campaign)
    (raw,) = tx.read(ref)
    if not raw:
        raw = _EMPTY
        tx.write(ref, raw)
        index.join(tx, of, index.CAMPAIGNS, "", campaign.encode())
    found = stored_frame(raw)
    return found if found.zone else _in_zone(raw, tenant.row(tx, of).zone)


@lru_cache(16384)
def stored_frame(raw: bytes) -> Frame:
    """What a stored frame says; its zone may be empty."""
    return _frame(raw)


@lru_cache(16384)
def _in_zone(raw: bytes, zone: str) -> Frame:
    return stored_frame(raw)._replace(zone=zone)
