"""Which people did a campaign's messages reach? One record per recipient of a campaign, so that distinct ones are exact for any range of days (F59, F74).

A record keeps of each message what it says of its recipient; the pair cells of views p and u (`docs/cells.md`) follow from it alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any, Final, TypeAlias

import msgspec

from processor.transaction import Cell, Ref, Tx
from schemas import keys
from schemas.keys import SEP, View, label

KIND: Final = "recipient"
STAGES: Final = ("targeted", "sent", "delivered", "opened", "clicked", "replied")
"""Those of which distinct people are counted."""

Share: TypeAlias = list[Any]
"""What one message says, flat: [its digest, channel, action, variant, entry, days…], a day number per stage of `STAGES`, None if not reached; up to the last that was."""
_CHANNEL, _ACTION, _VARIANT, _ENTRY, _DAYS = range(1, 6)
_NAMES: Final = slice(_CHANNEL, _DAYS)

_ENTRIES: Final = "entries" + SEP

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(list[list[Any]]).decode


def ref(tenant: str, campaign: str, recipient: str) -> Ref:
    entity = keys.digest(f"{campaign}{SEP}{recipient}")
    return keys.state(KIND, tenant, entity), entity


def stored(raw: bytes) -> list[Share]:
    """What a record says."""
    return _decode(raw)


class Records:
    """The records that a plan changes, from how they were read to how they are to be."""

    def __init__(self, tx: Tx, refs: Iterable[Ref], read: Iterable[bytes]) -> None:
        self._tx = tx
        self._raws = dict(zip(refs, read, strict=True))
        self._shares: dict[Ref, list[Share]] = {}

    def columns(self) -> tuple[list[Ref], list[bytes], list[bytes]]:
        """Which, as they were read, as they are to be."""
        shares = self._shares
        new = [_encode(shares[ref]) if ref in shares else raw for ref, raw in self._raws.items()]
        return [*self._raws], [*self._raws.values()], new

    def leave(self, tenant: str, campaign: str, recipient: str, message: bytes) -> None:
        """The message turned out to be somebody else's."""
        self._replace(tenant, campaign, recipient, message, None)

    def put(self, tenant: str, campaign: str, recipient: str, share: Share) -> None:
        """What the message says now. The usual record is of one message, of which one more stage is known."""
        of = ref(tenant, campaign, recipient)
        shares = self._of(of)
        if len(shares) == 1 and shares[0][0] == share[0] and shares[0][_NAMES] == share[_NAMES]:
            known = shares[0]
            if known != share:
                self._count(tenant, campaign, share, known[_DAYS:])
                shares[0] = share
        elif not shares:
            self._count(tenant, campaign, share, [])
            self._shares[of] = [share]
        elif share not in shares:
            self._replace(tenant, campaign, recipient, share[0], share)

    def _of(self, of: Ref) -> list[Share]:
        found = self._shares.get(of)
        if found is None:
            raw = self._raws[of]
            found = self._shares[of] = _decode(raw) if raw else []
        return found

    def _count(self, tenant: str, campaign: str, share: Share, before: list[int | None]) -> None:
        """A record of one message: each of its days is the first. `before`: the days as they were."""
        names = _fields(*share[_CHANNEL:_ENTRY])
        for stage, at in enumerate(share[_DAYS:]):
            was = before[stage] if stage < len(before) else None
            if at == was:
                continue
            for day, change in ((at, 1), (was, -1)):
                if day is not None:
                    for view, fields in names[stage]:
                        changes = self._tx.cells[tenant, campaign, view, day]
                        for field in fields:
                            changes[field] = changes.get(field, 0) + change

    def _replace(self, tenant: str, campaign: str, recipient: str, message: bytes, share: Share | None) -> None:
        of = ref(tenant, campaign, recipient)
        old = self._of(of)
        new = [known for known in old if known[0] != message]
        if share:
            new.append(share)
        new.sort(key=_message)
        self._tx.replace(contributions(tenant, campaign, old), contributions(tenant, campaign, new))
        self._shares[of] = new


def _message(share: Share) -> bytes:
    digest: bytes = share[0]
    return digest


@lru_cache(4096)
def _dimensions(channel: str, action: str | None, variant: str | None) -> tuple[str, ...]:
    """The groups that a message belongs to beside all, as they stand in a field behind the stage: its channel, its action, its variant."""
    named = (("channel", channel), ("action", action), ("variant", label(variant)))
    return tuple(f"{SEP}{name}{SEP}{value}{SEP}" for name, value in named if value)


@lru_cache(4096)
def _fields(channel: str, action: str | None, variant: str | None) -> tuple[tuple[tuple[str, tuple[str, ...]], ...], ...]:
    """Per stage, the fields of a first day by view. The first stage is also that of an entry."""
    dimensions = _dimensions(channel, action, variant)
    return tuple(
        (
            (View.RECIPIENTS, (stage + SEP, _ENTRIES) if stage == STAGES[0] else (stage + SEP,)),
            (View.RECIPIENTS_BY, tuple(stage + dimension for dimension in dimensions)),
        )
        for stage in STAGES
    )


def contributions(tenant: str, campaign: str, shares: Iterable[Share]) -> dict[Cell, int]:
    """All that a recipient counts for."""
    days: dict[tuple[str, str, str], set[int]] = {}
    for share in shares:
        dimensions = _dimensions(*share[_CHANNEL:_ENTRY])
        for stage, at in zip(STAGES, share[_DAYS:], strict=False):
            if at is not None:
                days.setdefault((View.RECIPIENTS, stage + SEP, ""), set()).add(at)
                for dimension in dimensions:
                    days.setdefault((View.RECIPIENTS_BY, stage + dimension, ""), set()).add(at)
        if len(share) > _DAYS and share[_DAYS] is not None:
            days.setdefault((View.RECIPIENTS, _ENTRIES, share[_ENTRY] or ""), set()).add(share[_DAYS])
    out: dict[Cell, int] = {}
    for (view, name, _), found in days.items():
        before = ""
        for at in sorted(found):
            cell = (tenant, campaign, view, at, name + before)
            out[cell] = out.get(cell, 0) + 1
            before = keys.iso(at)
    return out
