"""Which people did a campaign's messages reach? One record per recipient of a campaign, so that distinct ones are exact for any range of days (F59, F74).

Most people get one message of a campaign, and then what it counts as a message is what its recipient counts too. So the cells of recipients (views p and u,
`docs/cells.md`) only correct those of the messages: where a person gets several, or nobody knows who got it. A record is the digest of the only message, whose
own state says the rest; once there is another it keeps of each what it says, and the corrections follow from it alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from itertools import zip_longest
from typing import Any, Final, TypeAlias

import msgspec

from processor.transaction import Tx
from processor.values import Cell, Ref
from schemas import keys
from schemas.keys import SEP, View, label

KIND: Final = "recipient"
STAGES: Final = ("targeted", "sent", "delivered", "opened", "clicked", "replied")
"""Those of which distinct people are counted."""

Share: TypeAlias = list[Any]
"""What one message says, flat: [its digest, channel, action, variant, entry, days…], a day number per stage of `STAGES`, None if not reached; up to the last that was."""
_CHANNEL, _ACTION, _VARIANT, _ENTRY, _DAYS = range(1, 6)
_OF_NAMES: Final = slice(_CHANNEL, _DAYS)
_REMOVED: Final = b""
"""Instead of the digest of a message that is no longer kept."""
_MARGIN: Final = 3
"""Days. Two zones show dates that are two days apart at the most."""

_ENTRIES: Final = "entries" + SEP
_DIGEST: Final = 8

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(list[list[Any]]).decode


@lru_cache(16384)  # a group asks three times for each person whom it first hears of
def ref(tenant: str, campaign: str, recipient: str) -> Ref:
    entity = keys.digest(f"{campaign}{SEP}{recipient}")
    return keys.state(KIND, tenant, entity), entity


def only(raw: bytes) -> bytes | None:
    """Digest of the only message that a record knows, if it says no more."""
    return raw if len(raw) == _DIGEST else None


def stored(raw: bytes) -> list[Share]:
    """What a record says, if it is about more than one message."""
    return [] if only(raw) else _decode(raw)


class Records:
    """The records that a plan changes, from how they were read to how they are to be."""

    def __init__(self, tx: Tx, refs: Iterable[Ref], read: Iterable[bytes], share_of: Callable[[str, bytes], Share]) -> None:
        """`share_of(tenant, message)`: what another message says of its recipient, as it is counted by now."""
        self._tx, self._share_of = tx, share_of
        self._old = dict(zip(refs, read, strict=True))
        self._new: dict[Ref, bytes] = {}
        self._several: dict[Ref, list[Share]] = {}

    def columns(self) -> tuple[list[Ref], list[bytes], list[bytes]]:
        """Which, as they were read, as they are to be."""
        self._new |= {of: _encode(shares) for of, shares in self._several.items()}
        return [*self._old], [*self._old.values()], [self._new.get(of, raw) for of, raw in self._old.items()]

    def has_only(self, of: Ref, message: bytes) -> bool:
        """Whether the person gets this message and no other; from now on, if none was known."""
        if of in self._several:
            return False
        raw = self._new.get(of) or self._old[of]
        if not raw:
            self._new[of] = raw = message
        return raw == message

    def leave(self, tenant: str, campaign: str, of: Ref, message: bytes) -> None:
        """The message turned out to be somebody else's."""
        if self.has_only(of, message):
            self._several[of] = []
        else:
            self._replace(tenant, campaign, of, message, None)

    def put(self, tenant: str, campaign: str, of: Ref, share: Share) -> None:
        """What a message says now that is not the only one."""
        if share not in self._shares(tenant, of):
            self._replace(tenant, campaign, of, share[0], share)

    def keep(self, tenant: str, of: Ref, message: bytes) -> None:
        """The message is removed: what it says of its recipient is kept without its name, and nothing counts otherwise."""
        shares = self._shares(tenant, of)
        self._several[of] = _drawn_together([[_REMOVED, *share[1:]] if share[0] == message else share for share in shares])

    def _shares(self, tenant: str, of: Ref) -> list[Share]:
        found = self._several.get(of)
        if found is None:
            raw = self._new.get(of) or self._old[of]
            alone = only(raw)
            found = self._several[of] = [self._share_of(tenant, alone)] if alone else _decode(raw)
        return found

    def _replace(self, tenant: str, campaign: str, of: Ref, message: bytes, share: Share | None) -> None:
        old = self._shares(tenant, of)
        new = [known for known in old if known[0] != message]
        if share:
            new.append(share)
        new.sort(key=_message)
        self._tx.replace(corrections(tenant, campaign, old), corrections(tenant, campaign, new))
        self._several[of] = new


def _drawn_together(shares: list[Share]) -> list[Share]:
    """Of removed messages that name the same the last days are enough: what comes before the day before a day that may still change is never asked for.

    Only where all days that may still change come later; a few days more, because a day may be another one in another zone.
    """
    living = [day for share in shares if share[0] != _REMOVED for day in share[_DAYS:] if day is not None]
    first = min(living, default=None)
    out = [share for share in shares if share[0] != _REMOVED]
    last: dict[tuple[Any, ...], Share] = {}
    for share in shares:
        if share[0] != _REMOVED:
            continue
        names = tuple(share[_OF_NAMES])
        if first is not None and max(day for day in share[_DAYS:] if day is not None) + _MARGIN >= first:
            out.append(share)
        elif names in last:
            pairs = zip_longest(last[names][_DAYS:], share[_DAYS:])
            last[names] = [_REMOVED, *names, *(max((day for day in pair if day is not None), default=None) for pair in pairs)]
        else:
            last[names] = share
    return sorted([*out, *last.values()], key=_message)


def _message(share: Share) -> bytes:
    digest: bytes = share[0]
    return digest


@lru_cache(4096)
def _names(channel: str, action: str | None, variant: str | None) -> tuple[tuple[tuple[str, str], ...], ...]:
    """Per stage, (view, field without the day before) of all that a message counts in: the whole, its channel, its action, its variant."""
    dimensions = (("channel", channel), ("action", action), ("variant", label(variant)))
    return tuple(
        ((View.RECIPIENTS, stage + SEP), *((View.RECIPIENTS_BY, SEP.join((stage, name, value, ""))) for name, value in dimensions if value))
        for stage in STAGES
    )


def corrections(tenant: str, campaign: str, shares: list[Share]) -> Mapping[Cell, int]:
    """Pair cells of one recipient less what the messages count."""
    if len(shares) < 2:
        return {}
    days: dict[tuple[str, str, str], set[int]] = {}
    out: dict[Cell, int] = {}
    for share in shares:
        for stage, at in enumerate(share[_DAYS:]):
            if at is None:
                continue
            counted = [(view, name, "") for view, name in _names(*share[_CHANNEL:_ENTRY])[stage]]
            if stage == 0:
                counted.append((View.RECIPIENTS, _ENTRIES, share[_ENTRY] or ""))
            for view, name, entry in counted:
                days.setdefault((view, name, entry), set()).add(at)
                cell = (tenant, campaign, view, at, name)
                out[cell] = out.get(cell, 0) - 1
    for (view, name, _), found in days.items():
        before = ""
        for at in sorted(found):
            cell = (tenant, campaign, view, at, name + before)
            out[cell] = out.get(cell, 0) + 1
            before = keys.iso(at)
    return out


def of_nobody(tenant: str, campaign: str, share: Share) -> dict[Cell, int]:
    """What sets a message right of which nobody knows who got it: it counts no recipient."""
    out: dict[Cell, int] = {}
    for stage, at in enumerate(share[_DAYS:]):
        if at is not None:
            for view, name in _names(*share[_CHANNEL:_ENTRY])[stage]:
                out[tenant, campaign, view, at, name] = -1
            if stage == 0:
                out[tenant, campaign, View.RECIPIENTS, at, _ENTRIES] = -1
    return out
