"""The campaigns themselves: how they are set up, paid for, reworded, joined, left and ended."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from itertools import cycle
from typing import Any

from deploy.demo import story
from deploy.demo.rhythm import office_hours
from deploy.demo.story import Person, Plan
from deploy.demo.world import Life, Thing, World


def set_up(world: World, plans: Iterable[Plan]) -> list[Thing]:
    """The tenant, its staff and its targets, then the four campaigns as they were planned. Told once, at the very beginning."""
    world.create(
        Thing("tenant", "default", {"timezone": story.ZONE, "currency": story.CURRENCY, "week_start": "monday", "participant_sees": "all"}),
    )
    for person in story.STAFF:
        if person.id != story.NEWCOMER:
            _tell_of(world, person)
    _set_targets(world)
    return [_plan(world, plan) for plan in plans]


def manage(world: World, campaign: Thing, plan: Plan) -> None:
    """Begin what is going to happen to a campaign that was just set up: its end, its suspension, who leaves and who joins."""
    start = world.now
    if plan.ends < story.HISTORY_DAYS:
        world.begin(_change_status(world, campaign, "not_active"), start + timedelta(days=plan.ends))
    if plan.suspended:
        world.begin(_change_status(world, campaign, "suspended"), start + timedelta(days=plan.suspended))
    if plan.id == story.MAIN:
        world.begin(_leave(world, campaign), start + timedelta(days=60))
        world.begin(_join(world, campaign), start + timedelta(days=story.HISTORY_DAYS))


def advertise(world: World, campaign: Thing, plan: Plan) -> Life:
    """What advertisements cost, booked each working day; a bill is put right now and then."""
    while campaign.data["status"] != "not_active":
        booked = {"campaign_id": campaign.id, "currency": story.CURRENCY, "kind": "ads", "spent_at": world.now}
        amount = round(plan.budget / 150 * world.chance.uniform(0.6, 1.3), -3)
        spend = world.create(Thing("spend", f"ads-{world.number()}", booked | {"amount_minor": int(amount)}))
        yield office_hours(world.clock + timedelta(days=1))
        if world.happens(0.05):
            world.change(spend, "corrected", amount_minor=int(round(amount * 0.92, -3)))


def reword(world: World, campaign: Thing, plan: Plan) -> Life:
    """A better text, every other week or so."""
    for offer in cycle(("Chỉ còn ít ngày. ", "Tặng thêm 3 tháng sử dụng. ", "Miễn phí triển khai. ", "")):
        yield world.working(days=16)
        if campaign.data["status"] != "active":
            return
        world.change(campaign, "updated", message_text=offer + plan.text, updated_at=world.now)


def first_step(campaign: Thing) -> str:
    return str(campaign.data["steps"][0]["id"])


def _plan(world: World, plan: Plan) -> Thing:
    opens, year = world.now + timedelta(days=plan.starts), (world.now + timedelta(days=story.HISTORY_DAYS)).year
    participants = [person.id for person in story.STAFF if person.id not in (story.MANAGER, story.NEWCOMER)]
    data: dict[str, Any] = {
        "code": plan.code.format(year=year),
        "name": plan.name.format(year=year),
        "status": "active",
        "manager_id": story.MANAGER,
        "participant_ids": participants if plan.id == story.MAIN else participants[1:6],
        "steps": [{"id": f"{plan.id}-{place}", "name": name, "position": place} for place, name in enumerate(plan.steps, 1)],
        "created_at": world.now,
        "start_at": opens,
        "end_at": opens + timedelta(days=plan.ends - plan.starts),
        "timezone": story.ZONE,
        "currency": story.CURRENCY,
        "segment": {"id": f"{plan.id}-segment", "name": plan.segment},
        "message_text": plan.text,
        "audience_total": sum(action.size for action in plan.actions) or None,
        "promo_codes": list(plan.promo_codes),
        "actions": [
            {name: value for name, value in action._asdict().items() if name not in ("weekday", "hour", "size") and value is not None}
            for action in plan.actions
        ],
        "budget_minor": plan.budget,
        "crm_url": f"https://crm.example.com/campaigns/{plan.id}",
        "chat_url": f"https://chat.example.com/{plan.id}",
        "registration_wait_s": 4 * 3600,
    }
    return world.create(Thing("campaign", plan.id, data))


def _set_targets(world: World) -> None:
    """What the main campaign is meant to bring in each 30 days."""
    for month in range(4):
        first = (world.now + timedelta(days=30 * month)).date()
        span = {"campaign_id": story.MAIN, "from": first.isoformat(), "to": (first + timedelta(days=29)).isoformat()}
        for measure, value in (("revenue_net", 4_500_000_000), ("won", 240)):
            world.create(Thing("target", f"{story.MAIN}-{measure}-{month}", {"measure": measure, **span, "value": value}))


def _change_status(world: World, campaign: Thing, status: str) -> Life:
    if campaign.data["status"] != status:
        world.change(campaign, "updated", status=status, updated_at=world.now)
    yield from ()


def _leave(world: World, campaign: Thing) -> Life:
    """A member of the staff leaves: no participant any more, and not active."""
    remaining = [person for person in campaign.data["participant_ids"] if person != story.LEAVER]
    world.change(campaign, "updated", participant_ids=remaining, updated_at=world.now)
    _tell_of(world, story.person(story.LEAVER), active=False)
    yield from ()


def _join(world: World, campaign: Thing) -> Life:
    """Somebody begins to work here."""
    world.change(campaign, "updated", participant_ids=[*campaign.data["participant_ids"], story.NEWCOMER], updated_at=world.now)
    _tell_of(world, story.person(story.NEWCOMER))
    yield from ()


def _tell_of(world: World, person: Person, *, active: bool = True) -> None:
    world.create(Thing("staff", person.id, {"name": person.name, "email": f"{person.id}@example.com", "active": active}))
