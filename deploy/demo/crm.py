"""The made-up world as a whole: how it begins, and how it goes on from the newest image of each of its things."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from deploy.demo import story
from deploy.demo.campaigns import advertise, manage, reword, set_up
from deploy.demo.deals import arrivals, pursue
from deploy.demo.mailings import weekly
from deploy.demo.orders import counter_sales, deliver, shoppers
from deploy.demo.story import Plan
from deploy.demo.tasks import work
from deploy.demo.world import Thing, World

SEED: Final = 2026
EVENTS: Final = 180_000
"""About how many the history has; it depends on the weekdays of its 90 days."""


def begin(until: datetime, scale: float = 1.0) -> World:
    """The world 90 days before `until`, about to act. The same `until` and `scale` (how busy it is) give the same world."""
    plans = story.plans(scale)
    world = World(SEED, until - timedelta(days=story.HISTORY_DAYS))
    campaigns = {campaign.id: campaign for campaign in set_up(world, plans)}
    for plan in plans:
        manage(world, campaigns[plan.id], plan)
        _go_on(world, campaigns, plan, world.now + timedelta(days=plan.starts))
    return world


def resume(things: Iterable[Thing], now: datetime) -> World:
    """The world as it goes on from what is known of it: whatever is unfinished finds somebody who goes on with it."""
    known = list(things)
    world = World(int(now.timestamp()), now)
    plans = [plan for plan in story.plans() if any(thing.id == plan.id for thing in known)]
    campaigns = {thing.id: thing for thing in known if thing.kind == "campaign"}
    for thing in known:
        match thing.kind:
            case "opportunity" if thing.data["campaign_id"] in campaigns and thing.data["status"] == "open":
                world.begin(pursue(world, campaigns, thing), world.working(days=1))
            case "order":
                world.begin(deliver(world, thing), world.later(days=1))
            case "task":
                world.begin(work(world, thing), world.working(days=1))
    for plan in plans:
        _go_on(world, campaigns, plan, world.now)
    return world


def _go_on(world: World, campaigns: dict[str, Thing], plan: Plan, at: datetime) -> None:
    """Customers keep coming and are written to, and it costs money."""
    campaign = campaigns[plan.id]
    world.begin(advertise(world, campaign, plan), at)
    world.begin(reword(world, campaign, plan), at)
    world.begin(arrivals(world, campaigns, plan), at)
    world.begin(shoppers(world, campaign, plan), at)
    world.begin(counter_sales(world, campaign, plan), at)
    for action in plan.actions:
        world.begin(weekly(world, campaign, action), at)
