"""What others need to know of a campaign and of its tenant: the zone, the steps at a time, who claims a promo code, which orders count."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import date
from functools import cache
from typing import Any

from processor.recount.contract import Data
from processor.recount.days import day_of
from processor.recount.facts import Facts

COUNTED_STATUSES = ("confirmed", "approved", "paid", "shipped", "delivered", "completed")


class Campaigns:
    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self.zone = cache(self._zone)
        self._claims = self._all_claims()

    def day(self, tenant: str, campaign: str | None, instant: int) -> date:
        """The day of an instant in the zone of the campaign; without a campaign, or with an unknown one, in the tenant's."""
        return day_of(instant, self.zone(tenant, campaign))

    def _zone(self, tenant: str, campaign: str | None) -> str:
        own = None if campaign is None else self._newest("campaign", tenant, campaign).get("timezone")
        return own or self.setting(tenant, "timezone") or "UTC"

    def setting(self, tenant: str, name: str) -> Any:
        """What the tenant says of itself; None if it does not."""
        return self._newest("tenant", tenant, tenant).get(name)

    def counted_statuses(self, tenant: str) -> Collection[str]:
        stated: list[str] | None = self.setting(tenant, "counted_order_statuses")
        return COUNTED_STATUSES if stated is None else stated

    def _newest(self, kind: str, tenant: str, subject: str) -> Data:
        entity = self.facts.get(kind, tenant, subject)
        return entity.newest.data if entity and entity.newest else {}

    def steps_now(self, tenant: str, campaign: str) -> list[str]:
        """Ids of the campaign's steps by position, as they are now."""
        return _by_position(self._newest("campaign", tenant, campaign))

    def steps_at(self, tenant: str, campaign: str, instant: int) -> list[str]:
        """As they were at an instant: in the last version whose effective time had come, else in the first known version."""
        entity = self.facts.get("campaign", tenant, campaign)
        if entity is None or not entity.versions:
            return []
        then = [version for version in entity.versions if version.effective <= instant] or entity.versions[:1]
        return _by_position(then[-1].data)

    def registration_wait_s(self, tenant: str, campaign: str) -> int | None:
        return self._newest("campaign", tenant, campaign).get("registration_wait_s")

    def attribution(self, tenant: str, campaign: str) -> Data | None:
        """How touches of the campaign attribute orders now; None if they do not."""
        entity = self.facts.get("campaign", tenant, campaign)
        rule: Data | None = entity.newest.data["attribution"] if entity and entity.exists and entity.newest else None
        return None if rule is None or rule["mode"] == "none" else rule

    def _all_claims(self) -> dict[tuple[str, str], list[tuple[int, str]]]:
        """(tenant, promo or campaign code) -> its claims: (start, campaign)."""
        claims: dict[tuple[str, str], list[tuple[int, str]]] = defaultdict(list)
        for campaign in self.facts.all("campaign"):
            if campaign.exists and campaign.newest:
                data = campaign.newest.data
                start = data["created_at"] if data["start_at"] is None else data["start_at"]
                for code in {*data["promo_codes"], data["code"] or None} - {None}:
                    claims[campaign.id.tenant, code].append((start, campaign.id.subject))
        return claims

    def claimed_by(self, tenant: str, codes: Iterable[str]) -> str | None:
        """The campaign with the greatest claim on any of the codes."""
        claims = [claim for code in codes for claim in self._claims.get((tenant, code), ())]
        return max(claims)[1] if claims else None


def _by_position(campaign: Data) -> list[str]:
    return [step["id"] for step in sorted(campaign.get("steps", ()), key=lambda step: step["position"])]
