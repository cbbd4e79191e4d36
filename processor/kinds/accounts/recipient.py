"""What was decided about a person that a campaign's messages went to, in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from processor.kinds import message_state
from processor.kinds.accounts.account import Account
from processor.kinds.recipient import KIND, corrections, only, stored
from processor.values import Cell
from schemas import keys
from schemas.events import Event, Tombstone
from schemas.keys import SEP, View


class Recipients(Account):
    """Their records are found through the messages of the campaign."""

    kind = KIND
    views = (View.RECIPIENTS, View.RECIPIENTS_BY)
    behind = message_state.KIND

    def contributions(self, tenant: str, campaign: str, raw: bytes, /) -> Mapping[Cell, int]:
        return corrections(tenant, campaign, stored(raw))

    def named(self, campaign: str, identity: str, /) -> Iterable[bytes]:
        return (keys.digest(campaign + SEP + identity),)

    def told_by(self, campaign: str, event: Event | Tombstone, /) -> Iterable[bytes]:
        if event.kind != message_state.KIND or not isinstance(event, Event) or event.data.campaign_id != campaign:
            return ()
        return () if event.data.recipient_id is None else self.named(campaign, event.data.recipient_id)

    def said(self, campaign: str, raw: bytes, /) -> Iterable[tuple[str, bytes]]:
        recipient = message_state.seen(raw).recipient
        return () if recipient is None else ((recipient, digest) for digest in self.named(campaign, recipient))

    def words(self, campaign: str, raw: bytes, /) -> list[str]:
        """Pair cells hold a person once per day on which one of the messages reached the stage, and name the day before."""
        number = 1 if only(raw) else len(stored(raw))
        found = [f"{number} message{'' if number == 1 else 's'} of {campaign} went to this person"]
        if number > 1:
            found.append(
                "each counts as a message; this sets right that the person counts once in a range of days, on the first of its days on which a message reached the stage"
            )
        return found
