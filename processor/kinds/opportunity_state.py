"""What is kept of an opportunity: its newest version, what the versions before said otherwise, and what was decided; and what it is once that is unpacked."""

from __future__ import annotations

from operator import attrgetter
from typing import Final

import msgspec

from processor.buckets import ZONES, day
from processor.kinds import customer
from processor.kinds.movements import Happening, movements
from processor.kinds.opportunity_cells import LETTER
from processor.kinds.timeline import Change, Entry, Run, effective_times, history, runs, with_changes
from schemas.rows import DELETED, GONE, TEST, OpportunityRow


class Opportunity(OpportunityRow):
    """All that is stored: the newest version, of which readers see the row, all versions before it, and what was decided about them.

    Of one that is gone nothing but that is kept.
    """

    version: int = 0
    time: int = 0
    is_stated: bool = False
    """Whether the newest version says its status."""
    won_at: int | None = None
    lost_at: int | None = None
    earlier: list[Change] = msgspec.field(default_factory=list)
    """The versions before, with their decided statuses."""
    zones: list[int] = msgspec.field(default_factory=list)
    """Decided: places in `ZONES`, of the campaigns that it was in, the present one first."""
    further: str | None = None
    """Decided: the furthest step (rule 8), if that is another than the present one."""
    is_late: bool = False
    """Decided: claimed later than its campaign would have it (rule 17)."""
    said_industry: str | int | None = 0
    """The industry that the newest version says; 0: the one of the row."""
    competitor: str | None = None
    source: str | None = None

    @property
    def stated(self) -> str | None:
        return self.status if self.is_stated else None

    @property
    def deleted(self) -> bool:
        return bool(self.hidden & DELETED)

    @property
    def is_test(self) -> bool:
        return bool(self.hidden & TEST)


class Life:
    """An opportunity that is not gone: as it is now, and how it came to be that."""

    def __init__(self, now: Opportunity, entries: list[Entry], times: list[int], found: list[Run]) -> None:
        self.now, self.entries, self.times, self.runs = now, entries, times, found
        self.zones = {campaign: ZONES[number] for campaign, number in zip(campaigns(entries), now.zones, strict=True)}
        """Of the campaigns that it was in."""
        zone = self.zones[now.campaign_id]
        self.created = day(zone, now.created_at)
        self.closed = None if now.closed_at is None else day(zone, now.closed_at)

        self.states = history(entries, times, found) if now.exists else []
        """Its history (rule 9); nothing of one that does not exist."""

    @property
    def born(self) -> tuple[str, str, int]:
        """The campaign whose hours it counts in, the zone of these, and when."""
        return self.now.campaign_id, self.zones[self.now.campaign_id], self.now.created_at

    def happened(self) -> list[Happening]:
        """Its movements (rules 13 to 17), worked out."""
        return movements(self.states, self.runs, self.entries, late=self.now.is_late)

    def membership(self) -> customer.Membership | None:
        """What its customer has of it; None if it does not exist."""
        now = self.now
        if not now.exists:
            return None
        credit = None if now.credit == 0 else now.credited_owner_id or ""
        return customer.Membership(
            now.campaign_id, now.customer_id, LETTER[now.status], now.created_at, now.closed_at, now.owner_id or "", credit, now.zones[0]
        )


encode: Final = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Opportunity).decode
_as_said = attrgetter(*Entry._fields)


def stored(raw: bytes) -> Life | None:
    """What a state says, unpacked; None of one that is gone."""
    now = _decode(raw)
    if now.hidden & GONE:
        return None
    newest = Entry._make(_as_said(now))
    if not isinstance(now.said_industry, int):
        newest = newest._replace(industry=now.said_industry)
    entries, statuses = with_changes(newest, now.status, now.earlier)
    times = effective_times(entries)
    return Life(now, entries, times, runs(entries, statuses, times))


def campaigns(entries: list[Entry]) -> list[str]:
    """Of these entries, that of the newest one first."""
    return list(dict.fromkeys([entry.campaign_id for entry in reversed(entries)]))
