"""What was decided about a message, in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from processor.kinds import index
from processor.kinds.accounts.account import Account
from processor.kinds.accounts.phrases import moment
from processor.kinds.message import counted
from processor.kinds.message_state import CHANNELS, KIND, entity_of, seen
from processor.values import Cell
from schemas.events import Event, Tombstone
from schemas.keys import View


class Messages(Account):
    """A state does not keep the message's id: of many millions that would be the largest part."""

    kind = KIND
    views = (View.MESSAGES, View.SPEND, View.RECIPIENTS, View.RECIPIENTS_BY)
    listed = index.MESSAGES

    def contributions(self, tenant: str, campaign: str, raw: bytes, /) -> Mapping[Cell, int]:
        return counted(tenant, campaign, raw)

    def named(self, campaign: str, identity: str, /) -> Iterable[bytes]:
        return [entity_of(campaign, channel, identity) for channel in CHANNELS]

    def told_by(self, campaign: str, event: Event | Tombstone, /) -> Iterable[bytes]:
        if event.kind != KIND or not isinstance(event, Event) or event.data.campaign_id != campaign:
            return ()
        return (entity_of(campaign, event.data.channel, event.subject),)

    def words(self, campaign: str, raw: bytes, /) -> list[str]:
        """Each stage with the earliest time at which it was seen or implied."""
        channel, zone, _, stages = seen(raw)
        listed = ", ".join(f"{stage} at {moment(time)}" for time, stage in stages)
        found = [f"this {channel} message of {campaign} was {listed} (days in {zone}); a stage implies those before it"]
        if {"failed", "delivered"} <= {stage for _, stage in stages}:
            found.append("it failed, but was delivered all the same: it does not count as failed")
        return found
