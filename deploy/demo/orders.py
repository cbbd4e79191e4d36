"""Orders: of won opportunities, of shoppers with a promo code, of a campaign by name; delivered, cancelled, returned, refunded."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from deploy.demo import story
from deploy.demo.envelope import instant
from deploy.demo.rhythm import next_day, visits
from deploy.demo.story import Plan
from deploy.demo.world import Life, Thing, World

_NEXT: Final = {"pending": "confirmed", "confirmed": "paid", "paid": "shipped", "shipped": "completed"}


def shoppers(world: World, campaign: Thing, plan: Plan) -> Life:
    """Orders in the shop, day by day: most bring a promo code along, some the campaign itself, from a link."""
    while campaign.data["status"] != "not_active":
        for moment in visits(world.clock, plan.orders_per_day, world.chance, shoppers=True):
            if moment >= world.clock:
                yield moment
                world.begin(deliver(world, _shop(world, campaign, plan)), world.later(hours=8))
        yield next_day(world.clock)


def counter_sales(world: World, campaign: Thing, plan: Plan) -> Life:
    """Sales over the counter: the till is quicker than the sales people, so the order names an opportunity that comes an hour later."""
    while campaign.data["status"] != "not_active":
        yield world.working(days=2)
        customer, opportunity = world.chance.choice(world.customers), f"opp-{world.number()}"
        sold_at, gross = world.now, _price(world, plan)
        world.begin(deliver(world, sell(world, customer.id, gross, opportunity_id=opportunity)), world.later(hours=20))
        yield world.clock + timedelta(hours=1)
        data: dict[str, Any] = {
            "campaign_id": campaign.id,
            "customer_id": customer.id,
            "customer_name": customer.name,
            "industry": customer.industry,
            "owner_id": story.MANAGER,
            "step_id": campaign.data["steps"][-1]["id"],
            "status": "won",
            "created_at": sold_at,
            "won_at": sold_at,
            "amount_minor": gross,
            "currency": story.CURRENCY,
            "source": "Cửa hàng",
        }
        world.create(Thing("opportunity", opportunity, data))


def deliver(world: World, order: Thing) -> Life:
    """What becomes of an order, whatever its status: it can be taken up again after a restart."""
    while following := _NEXT.get(order.data["status"]):
        if world.happens(0.025):
            world.change(order, "cancelled", status="cancelled", cancelled_at=world.now)
            return
        if world.happens(0.01):
            corrected = int(round(order.data["gross_minor"] * world.chance.uniform(0.9, 1.1), -3))
            world.change(order, "updated", gross_minor=corrected)
        world.change(order, following, status=following, payment_status="unpaid" if following == "confirmed" else "paid")
        yield world.later(days=1.5)
    if order.data["status"] == "completed" and world.happens(0.06):
        yield world.working(days=5)
        _refund(world, order)


def sell(world: World, customer: str, gross: int, *, at: datetime | None = None, **belongs_to: Any) -> Thing:
    """A new order over so many dong, without tax, that belongs to what it names. `at`: when it was bought, if not just now."""
    number = world.number()
    data: dict[str, Any] = {
        "code": f"DH{number % 10**10:010d}",
        "customer_id": customer,
        **belongs_to,
        "status": "pending" if world.happens(0.5) else "confirmed",
        "payment_status": "unpaid",
        "gross_minor": gross,
        "tax_minor": gross // 10,
        "currency": story.CURRENCY,
        "purchased_at": at or world.now,
        "items_count": world.chance.choices((1, 2, 3, 5, 10), (50, 25, 12, 8, 5))[0],
    }
    return world.create(Thing("order", f"order-{number}", data), at=at)


def _shop(world: World, campaign: Thing, plan: Plan) -> Thing:
    """One order in 25 comes late, from a shop that was cut off from the network."""
    at = world.now - timedelta(hours=world.chance.uniform(3, 30)) if world.happens(0.04) else None
    if world.happens(0.65):
        return sell(
            world, world.chance.choice(world.customers).id, _price(world, plan), at=at, promo_codes=[world.chance.choice(plan.promo_codes)]
        )
    return sell(world, world.chance.choice(world.customers).id, _price(world, plan), at=at, campaign_id=campaign.id)


def _price(world: World, plan: Plan) -> int:
    return int(round(world.chance.lognormvariate(0, 0.7) * plan.typical_amount / 6, -3)) + 50_000


def _refund(world: World, order: Thing) -> None:
    """Four in five get a part back. All of the money back is a return: the order counts no more."""
    gross = order.data["gross_minor"]
    amount = int(round(gross * world.chance.uniform(0.1, 0.5), -3)) if world.happens(0.8) else gross
    refund = {"id": f"refund-{world.number()}", "amount_minor": amount, "refunded_at": instant(world.now)}
    status = "returned" if amount == gross else order.data["status"]
    world.change(order, "refunded", status=status, refunds=[*order.data.get("refunds", ()), refund])
