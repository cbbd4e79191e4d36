"""Tasks about an opportunity: done in time, late, given up, or left lying until they are overdue."""

from __future__ import annotations

from deploy.demo import story
from deploy.demo.world import Life, Thing, World


def assign(world: World, deal: Thing) -> None:
    """A task for the opportunity's owner."""
    data = {
        "campaign_id": deal.data["campaign_id"],
        "opportunity_id": deal.id,
        "customer_id": deal.data["customer_id"],
        "assignee_id": deal.data["owner_id"],
        "title": world.chance.choice(story.TASKS),
        "status": "open",
        "created_at": world.now,
        "due_at": world.due(days=world.chance.choice((1, 1, 2, 3, 5))),
    }
    task = world.create(Thing("task", f"task-{world.number()}", data))
    world.begin(work(world, task), world.working(hours=15))


def work(world: World, task: Thing) -> Life:
    """What becomes of a task, whatever its status: it can be taken up again after a restart."""
    if task.data["status"] == "open" and world.happens(0.4):
        world.change(task, "started", status="in_progress")
        yield world.working(hours=12)
    if world.happens(0.18):
        yield world.working(days=14)  # forgotten
    if world.happens(0.08):
        world.change(task, "cancelled", status="cancelled")
    elif task.data["status"] in ("open", "in_progress"):
        world.change(task, "completed", status="completed", completed_at=world.now)
