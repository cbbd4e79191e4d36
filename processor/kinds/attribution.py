"""Where does an order count? D8, rules 1 to 5. One function for a fresh order and for one that is decided again."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from processor.kinds import attribution_rules, campaign, opportunity, touch
from processor.kinds import tenant as settings
from processor.kinds.frame import NOWHERE, frame_ref
from processor.kinds.order_state import BY_TOUCH, PENDING, UNATTRIBUTED, Order
from processor.kinds.touch import Touch
from processor.kinds.touch_retention import speaks_for
from processor.transaction import Tx
from processor.values import Look, Ref
from schemas import keys


class Route(NamedTuple):
    rule: int
    """Of D8: 1 to 5; `PENDING` while the opportunity it names was never seen."""
    campaign: str | None = None
    owner: str | None = None
    """Credited (F28)."""
    step: str | None = None
    touch: Touch | None = None
    rests_on_touches: bool = False
    """A touch of its customer, late as it may come, could change it."""


@lru_cache(16384)
def opportunity_ref(tenant: str, opportunity_id: str) -> Ref:
    return opportunity.ref(tenant, keys.digest(opportunity_id))


def rests_on(tenant: str, opportunity_id: str | None, campaign_id: str | None, promo_codes: list[str], customer_id: str) -> list[Ref]:
    """All that the route of an order that says this may look at first, to be fetched in one trip."""
    refs = [frame_ref(tenant, campaign_id or NOWHERE)]
    if opportunity_id is not None:
        refs.append(opportunity_ref(tenant, opportunity_id))
    if campaign_id is None:
        refs += [campaign.claims_ref(tenant, code) for code in promo_codes]
        if opportunity_id is None:
            refs += [*attribution_rules.rests_on(tenant), *touch.rests_on(tenant, customer_id)]
    return refs


def route(tx: Tx, look: Look, tenant: str, order: Order) -> Route:
    """The first rule that holds. `look` is how opportunity, codes and touches are read."""
    if order.opportunity_id is not None:
        (raw,) = look(opportunity_ref(tenant, order.opportunity_id))
        if not raw:
            return Route(PENDING)
        row = opportunity.row(raw)
        if row.exists:
            return Route(1, row.campaign_id, row.credited_owner_id, row.step_id)
    if order.said_campaign_id is not None:
        return Route(2, order.said_campaign_id)
    if order.promo_codes:
        refs: list[Ref] = [campaign.claims_ref(tenant, code) for code in order.promo_codes]
        claims = [claim for raw in look(*refs) if (claim := campaign.latest_claim(raw))]
        if claims:
            return Route(3, max(claims)[1])
    return _by_touch(tx, look, tenant, order)


def _by_touch(tx: Tx, look: Look, tenant: str, order: Order) -> Route:
    """Rule 4, the latest touch that attributes it, and rule 5, none does."""
    rules, bought = attribution_rules.rules(tx, tenant), order.purchased_at
    earliest = rules.earliest(bought)
    if earliest is None:
        return Route(UNATTRIBUTED)
    touches, kept = touch.of_customer(look, tenant, order.customer_id, earliest, bought), settings.retention_of(tx, tenant)
    last = max(
        (
            found
            for found in touches
            if speaks_for(kept, found, order) and rules.attributes(found.campaign, found.channel, found.verb, found.time, bought)
        ),
        default=None,
    )
    return Route(BY_TOUCH, last.campaign, touch=last, rests_on_touches=True) if last else Route(UNATTRIBUTED, rests_on_touches=True)
