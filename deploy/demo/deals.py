"""Opportunities: how they come in, get an owner, and are pursued until they are won or lost."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from deploy.demo import story
from deploy.demo.acts import ACTS, lose, reopen, somebody
from deploy.demo.campaigns import first_step
from deploy.demo.rhythm import next_day, visits
from deploy.demo.story import Plan
from deploy.demo.world import Life, Thing, World


def arrivals(world: World, campaigns: Mapping[str, Thing], plan: Plan) -> Life:
    """New opportunities of a campaign, day by day, while it is active; more of them as the year ends."""
    campaign, first_day = campaigns[plan.id], world.clock
    while campaign.data["status"] != "not_active":
        growth = 0.75 + 0.5 * min(1.0, (world.clock - first_day) / timedelta(days=story.HISTORY_DAYS))
        for moment in visits(world.clock, plan.deals_per_day * growth, world.chance):
            if moment >= world.clock:
                yield moment
                if campaign.data["status"] == "active":
                    deal = _open(world, campaign, plan)
                    noticed = world.working(days=12) if world.happens(0.12) else world.working(hours=9)
                    world.begin(pursue(world, campaigns, deal), noticed)
        yield next_day(world.clock)


def pursue(world: World, campaigns: Mapping[str, Thing], deal: Thing) -> Life:
    """Everything that happens to an opportunity from now on, whatever state it is in: it can be taken up again after a restart."""
    while "deleted" not in deal.data:
        if deal.data["status"] != "open":
            if not world.happens(0.05):
                return
            yield world.working(days=6)
            reopen(world, campaigns, deal)
        elif "owner_id" not in deal.data and world.happens(0.1):
            lose(world, deal)
        elif "owner_id" not in deal.data:
            world.change(deal, "claimed", owner_id=somebody(world, campaigns[deal.data["campaign_id"]]))
        else:
            world.one_of(ACTS)(world, campaigns, deal)
        yield world.working(days=1.1)


def _open(world: World, campaign: Thing, plan: Plan) -> Thing:
    customer = world.chance.choice(world.customers)
    amount = round(world.chance.lognormvariate(0, 0.8) * plan.typical_amount, -5)
    data: dict[str, Any] = {
        "campaign_id": campaign.id,
        "customer_id": customer.id,
        "customer_name": customer.name,
        "industry": customer.industry,
        "owner_id": somebody(world, campaign) if world.happens(0.4) else None,
        "step_id": first_step(campaign),
        "status": "open",
        "created_at": world.now,
        "amount_minor": int(max(amount, 500_000)),
        "currency": story.CURRENCY,
        "expected_close_on": (world.now + timedelta(days=world.chance.randrange(10, 60))).date().isoformat(),
        "approach_method": world.one_of(story.APPROACHES),
        "source": world.one_of(story.SOURCES),
        "is_test": True if world.happens(0.002) else None,
    }
    return world.create(Thing("opportunity", f"opp-{world.number()}", data))
