"""What only time changes (D10), as the API tells it: a task is overdue once all is counted up to a moment after its due time, in every order of arrival."""

from __future__ import annotations

from typing import Any

import pytest

from processor.recount import Record
from tests.support.course import Course, Told, of_day, person, series, totals
from tests.support.said import campaign, task

DUE, LATER = "2026-03-10T09:00:00Z", "2026-03-12T09:00:00Z"
DUE_MS = 1_773_133_200_000
CAMPAIGN = campaign(currency="USD")
STATES = ("tasks_completed", "tasks_completed_late", "tasks_cancelled", "tasks_in_progress", "tasks_overdue")


def of_an(version: int = 1, **data: Any) -> Record:
    """A version of An's task."""
    return task(version=version, **{"assignee_id": "an", "due_at": DUE, **data})


def one(**states: int) -> list[Told]:
    """There is one task, in this state, for campaign, person and day of creation alike."""
    figures: dict[str, Any] = dict.fromkeys(STATES, 0) | {"tasks_created": 1} | states
    return [totals(**figures), totals(of_day("2026-03-06"), **figures), person("an", **figures)]


async def test_an_open_task_is_overdue_when_all_is_counted_up_to_a_moment_after_its_due_time(course: Course) -> None:
    async with course.counted() as counted:
        await counted.take([[(0, CAMPAIGN)], [(0, of_an())]])
        for moment, state in ((DUE_MS - 1, "tasks_in_progress"), (DUE_MS, "tasks_in_progress"), (DUE_MS + 1, "tasks_overdue")):
            await counted.read_up_to(moment)
            await counted.agrees(
                str(moment),
                [CAMPAIGN, of_an()],
                [*one(**{state: 1}), series("tasks_overdue", {})] if moment <= DUE_MS else one(**{state: 1}),
            )


CHANGES: dict[str, tuple[dict[str, Any], dict[str, int]]] = {
    "worked on": ({"status": "in_progress"}, {"tasks_overdue": 1}),
    "put off": ({"due_at": LATER}, {"tasks_in_progress": 1}),
    "due at no time any more": ({"due_at": None}, {"tasks_in_progress": 1}),
    "completed in time": ({"status": "completed", "completed_at": "2026-03-09T00:00:00Z"}, {"tasks_completed": 1}),
    "completed late": ({"status": "completed", "completed_at": LATER}, {"tasks_completed": 1, "tasks_completed_late": 1}),
    "cancelled": ({"status": "cancelled"}, {"tasks_cancelled": 1}),
}


@pytest.mark.parametrize("change", CHANGES)
async def test_an_overdue_task_that_is_changed_is_overdue_only_if_it_still_is(course: Course, change: str) -> None:
    says, becomes = CHANGES[change]
    await course.changes([CAMPAIGN, of_an()], [of_an(2, **says)], before=one(tasks_overdue=1), after=one(**becomes), read_up_to=DUE_MS + 1)


async def test_an_overdue_task_goes_over_to_its_new_assignee_as_overdue(course: Course) -> None:
    await course.changes(
        [CAMPAIGN, of_an()],
        [of_an(2, assignee_id="binh")],
        before=one(tasks_overdue=1),
        after=[person("an"), person("binh", tasks_overdue=1, tasks_in_progress=0), totals(tasks_overdue=1)],
        read_up_to=DUE_MS + 1,
    )


async def test_a_task_due_before_it_was_created_is_overdue_at_once(course: Course) -> None:
    due = of_an(due_at="2026-03-01T00:00:00Z")
    await course.changes([CAMPAIGN], [due], before=[totals(tasks_created=0)], after=one(tasks_overdue=1), read_up_to=DUE_MS)


async def test_without_a_watermark_nothing_is_overdue(course: Course) -> None:
    await course.comes_to([CAMPAIGN, of_an()], *one(tasks_in_progress=1))
