"""Where does an order count? D8, rules 1 to 3 and 5 (rule 4, the last touch, joins here). One function for a fresh order and for one that is decided again."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

from processor.kinds import campaign, opportunity
from processor.transaction import Ref
from schemas import keys

Look = Callable[..., list[bytes]]
"""`Tx.read`, or `Tx.peek` with a mark: the values at refs."""


class Route(NamedTuple):
    rule: int
    """Of D8: 1 to 5; 0 while the opportunity it names was never seen."""
    campaign: str | None
    owner: str | None
    """Credited (F28)."""
    step: str | None


PENDING = Route(0, None, None, None)
UNATTRIBUTED = Route(5, None, None, None)


@lru_cache(16384)
def opportunity_ref(tenant: str, opportunity_id: str) -> Ref:
    return opportunity.ref(tenant, keys.digest(opportunity_id))


def rests_on(tenant: str, opportunity_id: str | None, campaign_id: str | None, promo_codes: list[str]) -> list[Ref]:
    """All that the route of an order may look at first, to be fetched in one trip."""
    refs = [campaign.frame_ref(tenant, campaign_id or campaign.NOWHERE)]
    if opportunity_id is not None:
        refs.append(opportunity_ref(tenant, opportunity_id))
    if campaign_id is None and promo_codes:
        refs += [campaign.claims_ref(tenant, code) for code in promo_codes]
    return refs


def route(look: Look, tenant: str, opportunity_id: str | None, campaign_id: str | None, promo_codes: list[str]) -> Route:
    """The first rule that holds."""
    if opportunity_id is not None:
        (raw,) = look(opportunity_ref(tenant, opportunity_id))
        if not raw:
            return PENDING
        row = opportunity.row(raw)
        if row.exists:
            return Route(1, row.campaign_id, row.credited_owner_id, row.step_id)
    if campaign_id is not None:
        return Route(2, campaign_id, None, None)
    if promo_codes:
        refs: list[Ref] = [campaign.claims_ref(tenant, code) for code in promo_codes]
        claims = [claim for raw in look(*refs) if (claim := campaign.latest_claim(raw))]
        if claims:
            return Route(3, max(claims)[1], None, None)
    return UNATTRIBUTED
