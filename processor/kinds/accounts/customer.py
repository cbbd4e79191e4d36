"""What was decided about a customer of a campaign, in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from processor.buckets import ZONES, day
from processor.kinds import interaction, opportunity, task
from processor.kinds.accounts.account import Account
from processor.kinds.accounts.phrases import someone
from processor.kinds.customer import count, stored
from processor.transaction import Tx
from processor.values import Cell
from schemas import keys
from schemas.events import Event, Tombstone
from schemas.keys import SEP, View, iso

_STATUS = {"o": "open", "w": "won", "l": "lost"}


class Customers(Account):
    """Their records are found through the opportunities of the campaign."""

    kind = "customer"
    views = (View.CUSTOMERS, View.CUSTOMERS_BY_OWNER)
    behind = opportunity.KIND

    def contributions(self, tenant: str, campaign: str, raw: bytes, /) -> Mapping[Cell, int]:
        tx = Tx()
        count(tx, tenant, campaign, stored(raw), 1)
        return tx.counted()

    def named(self, campaign: str, identity: str, /) -> Iterable[bytes]:
        return (keys.digest(campaign + SEP + identity),)

    def told_by(self, campaign: str, event: Event | Tombstone, /) -> Iterable[bytes]:
        if isinstance(event, Tombstone) or event.kind not in (opportunity.KIND, interaction.KIND, task.KIND):
            return ()
        return () if event.data.customer_id is None else self.named(campaign, event.data.customer_id)

    def said(self, campaign: str, raw: bytes, /) -> Iterable[tuple[str, bytes]]:
        customer = opportunity.row(raw).customer_id
        return ((customer, digest) for digest in self.named(campaign, customer))

    def words(self, campaign: str, raw: bytes, /) -> list[str]:
        """Why it counts on which days: pair cells hold it once per day on which it has something, and name the day before."""
        record = stored(raw)
        shares = sorted(record.shares, key=lambda share: share.created_at)
        if not shares:
            return [f"this customer has no opportunity in {campaign} any more"]
        listed = [
            f"one created on {_date(share.zone, share.created_at)}, {_STATUS[share.status]}"
            f"{'' if share.closed_at is None else f' on {_date(share.zone, share.closed_at)}'}, "
            f"owned by {someone(share.owner or None)}"
            for share in shares
        ]
        spoken = sorted({_date(shares[0].zone, second * 1000) for talk in record.talks for second in talk.seconds})
        return [
            f"this customer has {len(shares)} opportunities in {campaign}: {'; '.join(listed)}",
            "it counts once in a range of days, on the first of its days in that range",
            "it was talked to on " + ", ".join(spoken) if spoken else "nobody has talked to it yet",
        ]


def _date(zone: int, instant: int) -> str:
    return iso(day(ZONES[zone], instant))
