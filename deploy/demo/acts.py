"""What a person does next about an opportunity: talk, climb a step, guess, win, lose, hand over, move it. One function for each, and how often."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from deploy.demo import story
from deploy.demo.campaigns import first_step
from deploy.demo.orders import deliver, sell
from deploy.demo.rhythm import is_month_end
from deploy.demo.tasks import assign
from deploy.demo.world import Thing, World

_DILIGENCE: Final[Mapping[str, float]] = {person.id: person.diligence for person in story.STAFF}


def somebody(world: World, campaign: Thing) -> str:
    """One of the campaign's participants, the diligent ones more often."""
    taking_part = campaign.data["participant_ids"]
    return str(world.chance.choices(taking_part, [_DILIGENCE[person] for person in taking_part])[0])


def lose(world: World, deal: Thing) -> None:
    reason = world.one_of(story.LOST_REASONS)
    competitor = world.chance.choice(story.COMPETITORS) if reason == story.BEATEN else None
    world.change(deal, "lost", status="lost", lost_at=world.now, lost_reason=reason, competitor=competitor)


def reopen(world: World, campaigns: Mapping[str, Thing], deal: Thing) -> None:
    """Open again; from the last step, which would win it at once, it goes back by one."""
    steps, position = _place(campaigns, deal)
    step = steps[min(position, len(steps) - 2)]
    world.change(
        deal, "reopened", status="open", step_id=step, won_at=None, lost_at=None, lost_reason=None, competitor=None, probability=50
    )


def _talk(world: World, _campaigns: Mapping[str, Thing], deal: Thing) -> None:
    """A call, a meeting, a note. Some were written down hours later: late events."""
    kind = world.one_of({"call": 55, "comment": 20, "meeting": 12, "email_read": 8, "link_click": 5})
    data: dict[str, Any] = {
        "campaign_id": deal.data["campaign_id"],
        "opportunity_id": deal.id,
        "customer_id": deal.data["customer_id"],
        "kind": kind,
    }
    if kind in ("call", "comment", "meeting"):
        data["actor_id"] = deal.data["owner_id"]
    if kind == "call":
        data["direction"] = world.one_of({"outbound": 8, "inbound": 2})
        data["outcome"] = world.one_of({"answered": 6, "no_answer": 3, "busy": 1})
    at = world.now - timedelta(hours=world.chance.uniform(2, 9)) if world.happens(0.05) else world.now
    talk = world.create(Thing("interaction", f"talk-{world.number()}", data), at=at)
    if world.happens(0.005):
        world.change(talk, "deleted", deleted=True)


def _nothing(_world: World, _campaigns: Mapping[str, Thing], _deal: Thing) -> None:
    """Other things to do."""


def _advance(world: World, campaigns: Mapping[str, Thing], deal: Thing) -> None:
    """To the next step; the last one is a win, which comes easier at the end of a month."""
    steps, position = _place(campaigns, deal)
    if position + 2 < len(steps):
        _go_to(world, deal, steps, position + 1)
    elif is_month_end(world.clock) or world.happens(0.6):
        _win(world, deal, steps[-1])


def _go_back(world: World, campaigns: Mapping[str, Thing], deal: Thing) -> None:
    steps, position = _place(campaigns, deal)
    if position > 0:
        _go_to(world, deal, steps, position - 1)


def _disappoint(world: World, _campaigns: Mapping[str, Thing], deal: Thing) -> None:
    """The diligent save more of them."""
    if world.happens(1.5 - 0.6 * _DILIGENCE[deal.data["owner_id"]]):
        lose(world, deal)


def _assess(world: World, _campaigns: Mapping[str, Thing], deal: Thing) -> None:
    world.change(deal, "updated", probability=10 * world.chance.randrange(1, 10))


def _plan_a_task(world: World, _campaigns: Mapping[str, Thing], deal: Thing) -> None:
    assign(world, deal)


def _edit(world: World, _campaigns: Mapping[str, Thing], deal: Thing) -> None:
    amount = round(deal.data["amount_minor"] * world.chance.uniform(0.8, 1.3), -5)
    world.change(deal, "updated", amount_minor=int(max(amount, 500_000)))


def _hand_over(world: World, campaigns: Mapping[str, Thing], deal: Thing) -> None:
    world.change(deal, "reassigned", owner_id=somebody(world, campaigns[deal.data["campaign_id"]]))


def _move(world: World, campaigns: Mapping[str, Thing], deal: Thing) -> None:
    """To another campaign, where it begins at the first step. What was ordered goes with it."""
    other = world.chance.choice([campaign for campaign in campaigns.values() if campaign.data["status"] == "active"])
    if other.id != deal.data["campaign_id"]:
        world.change(deal, "moved", campaign_id=other.id, step_id=first_step(other))


def _drop(world: World, _campaigns: Mapping[str, Thing], deal: Thing) -> None:
    """It had been entered twice."""
    world.change(deal, "deleted", deleted=True)


Act = Callable[[World, Mapping[str, Thing], Thing], None]
ACTS: Final[Mapping[Act, float]] = {
    _advance: 44,
    _talk: 24,
    _nothing: 9,
    _plan_a_task: 9,
    _assess: 8,
    _disappoint: 8,
    _edit: 2,
    _go_back: 2,
    _hand_over: 2,
    _move: 0.7,
    _drop: 0.1,
}
"""By how often."""


def _place(campaigns: Mapping[str, Thing], deal: Thing) -> tuple[list[str], int]:
    """The steps of the opportunity's campaign, and at which of them it is."""
    steps = [step["id"] for step in campaigns[deal.data["campaign_id"]].data["steps"]]
    return steps, steps.index(deal.data["step_id"])


def _go_to(world: World, deal: Thing, steps: list[str], position: int) -> None:
    """To a step; with it goes the owner's guess of the probability, unless the owner is one who never guesses."""
    guess = round(10 * (position + world.chance.uniform(0.5, 2)) / (len(steps) + 1)) * 10
    assessed = "probability" in deal.data or world.happens(0.5)
    world.change(deal, "step_changed", step_id=steps[position], probability=min(guess, 90) if assessed else None)


def _win(world: World, deal: Thing, last_step: str) -> None:
    """Won, and ordered at once. One in thirty is entered the morning after, with the moment at which it was won: a late event."""
    won_at = world.now
    if world.happens(0.03):
        won_at = max(won_at - timedelta(hours=16), datetime.fromisoformat(deal.data["created_at"]))
    world.change(deal, "won", at=won_at, status="won", step_id=last_step, won_at=won_at, probability=100)
    gross = int(round(deal.data["amount_minor"] * world.chance.uniform(0.85, 1.02), -4))
    order = sell(world, deal.data["customer_id"], gross, opportunity_id=deal.id)
    world.begin(deliver(world, order), world.working(hours=20))
