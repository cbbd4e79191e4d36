"""Messages: each action of a campaign's chain goes out once a week, and every message has a fate.

Stages are facts. A stage implies those before it, so only the text messages, which wait in the queue of a gateway, are told as `targeted`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from deploy.demo import story
from deploy.demo.rhythm import next_day
from deploy.demo.story import Action
from deploy.demo.world import Life, Thing, World


@dataclass(frozen=True)
class Channel:
    """How messages fare on a channel. Probabilities are of those before; the price is in dong for each billed unit."""

    price: int
    fails: float
    opens: float
    clicks: float
    replies: float
    hours_to_open: float
    failure: str
    codes: tuple[str, ...]


CHANNELS: Final = {
    "sms": Channel(520, 0.055, 0, 0.045, 0.012, 1, "failed", ("30003", "30005", "30006", "30007")),
    "whatsapp": Channel(780, 0.03, 0.66, 0.17, 0.06, 3, "failed", ("131026", "131047", "131049")),
    "email": Channel(25, 0.04, 0.27, 0.2, 0.01, 9, "bounced", ("5.1.1", "5.2.2", "5.7.1")),
    "push": Channel(0, 0.11, 0.16, 0.35, 0, 2, "failed", ("NotRegistered", "MessageRateExceeded")),
}
_SUPPRESSED: Final = {"frequency_cap": 6, "unsubscribed": 3, "no_address": 1}


def weekly(world: World, campaign: Thing, action: Action) -> Life:
    """An action's message to a choice of customers, every week on its day, spread over six hours."""
    week = 0
    while campaign.data["status"] != "not_active":
        while world.clock.weekday() != action.weekday:
            yield next_day(world.clock)
        if campaign.data["status"] == "active":
            opens = world.clock.replace(hour=action.hour, minute=0, second=0, microsecond=0)
            for customer in world.chance.sample(world.customers, round(action.size * world.chance.uniform(0.85, 1.15))):
                sends = opens + timedelta(hours=6) * world.chance.random()
                world.begin(_message(world, campaign, action, customer.id, f"{action.id}-{week}"), max(sends, world.clock))
        week += 1
        yield next_day(world.clock)


def _message(world: World, campaign: Thing, action: Action, customer: str, entry: str) -> Life:
    channel = CHANNELS[action.channel]
    message = f"msg-{world.number()}"
    data: dict[str, Any] = {
        "campaign_id": campaign.id,
        "recipient_id": customer,
        "channel": action.channel,
        "action_id": action.id,
        "variant": world.chance.choice("AB"),
        "entry_id": f"{entry}-{customer}",
    }
    if world.happens(0.025):
        world.fact(message, "suppressed", data | {"suppressed_reason": world.one_of(_SUPPRESSED)})
        return
    if action.channel == "sms":
        world.fact(message, "targeted", data)
        yield world.later(seconds=40)
    units = 2 if action.channel == "sms" and world.happens(0.2) else 1
    cost = {"cost_minor": units * channel.price, "cost_currency": story.CURRENCY, "billable_units": units}
    world.fact(message, "sent", data | cost)
    yield world.later(seconds=20)
    if world.happens(channel.fails):
        world.fact(message, channel.failure, data | {"failure_code": world.chance.choice(channel.codes)})
        return
    world.fact(message, "delivered", data)
    yield from _reading(world, channel, message, data)


def _reading(world: World, channel: Channel, message: str, data: dict[str, Any]) -> Life:
    """What a person does with it. Mail programs that fetch pictures by themselves report an opening too, a moment after delivery."""
    if data["channel"] == "email" and world.happens(0.12):
        yield world.later(seconds=30)
        world.fact(message, "opened", data | {"machine_open": True})
        return
    if channel.opens and not world.happens(channel.opens):
        if world.happens(0.002):
            yield world.later(hours=5)
            world.fact(message, "complained", data)
        return
    if channel.opens:
        yield world.later(hours=channel.hours_to_open)
        world.fact(message, "opened", data)
    if world.happens(channel.clicks):
        yield world.later(minutes=4)
        world.fact(message, "clicked", data)
    if world.happens(channel.replies):
        yield world.later(hours=2)
        world.fact(message, "replied", data)
    if world.happens(0.004):
        yield world.later(minutes=2)
        world.fact(message, "unsubscribed", data)
