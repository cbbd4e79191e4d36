"""What was decided about money that was spent, in words."""

from __future__ import annotations

from collections.abc import Mapping

from processor.buckets import day
from processor.kinds import index
from processor.kinds.accounts.account import Account
from processor.kinds.accounts.phrases import moment
from processor.kinds.spend import KIND, contributions, stored
from processor.values import Cell
from schemas.keys import View, iso


class Spendings(Account):
    kind = KIND
    views = (View.SPEND,)
    listed = index.SPENT

    def contributions(self, tenant: str, _: str, raw: bytes, /) -> Mapping[Cell, int]:
        return contributions(tenant, stored(raw))

    def words(self, campaign: str, raw: bytes, /) -> list[str]:
        spend = stored(raw)
        if spend.gone:
            return ["this spending counts nowhere: it was deleted for good"]
        if spend.campaign != campaign:
            return [f"this spending counts for {spend.campaign or 'no campaign'} now"]
        if not spend.amount:
            return ["this spending counts nowhere: its newest version is deleted, or of nothing"]
        what = f" for {spend.purpose}" if spend.purpose else ""
        at = f"{moment(spend.spent_at)}, which is {iso(day(spend.zone, spend.spent_at))} in {spend.zone}"
        return [f"{spend.amount} {spend.currency} were spent{what} on {campaign} at {at} (version {spend.version})"]
