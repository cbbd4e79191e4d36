"""D10: an open task is overdue once the watermark has passed its due time, whatever comes in which order. On every store."""

from __future__ import annotations

import pytest

from processor.kinds.index import STEP
from processor.store.memory import MemoryStore
from processor.store.port import Store
from schemas import keys
from tests.contract.conftest import Cells
from tests.contract.test_races import Interrupted
from tests.support.world import Worker, an, in_cells

EIGHT, NINE, TEN = "2026-03-02T08:00:00Z", "2026-03-02T09:00:00Z", "2026-03-02T10:00:00Z"
NINE_MS = 1_772_442_000_000
HOUR_MS = 3_600_000


async def states(cells: Cells) -> dict[str, int]:
    """Letter of a state -> how many tasks."""
    found = {letter: in_cells(await cells(), "t", "n", letter).get("c-1", 0) for letter in "clxpd"}
    return {letter: n for letter, n in found.items() if n}


@pytest.fixture(name="worker")
async def _worker(store: Store) -> Worker:
    return await Worker.on(store, "tasks-0")


async def at(worker: Worker, moment: int) -> None:
    await worker.read_up_to(moment)
    await worker.settle()


async def test_an_open_task_becomes_overdue_when_the_watermark_has_passed_its_due_time(worker: Worker, cells: Cells) -> None:
    await worker.commit(an("task", "t-1", due_at=NINE), an("task", "t-2"), an("task", "t-3", due_at=NINE, status="cancelled"))

    await at(worker, NINE_MS)
    assert await states(cells) == {"p": 2, "x": 1}

    await at(worker, NINE_MS + 1)
    assert await states(cells) == {"d": 1, "p": 1, "x": 1}


async def test_a_task_that_comes_after_its_due_time_is_overdue_at_once(worker: Worker, cells: Cells) -> None:
    await at(worker, NINE_MS + 1)

    await worker.commit(an("task", "t-1", due_at=NINE))
    await worker.settle()

    assert await states(cells) == {"d": 1}


@pytest.mark.parametrize(
    ("change", "now"),
    [
        ({"title": "Call again"}, "d"),
        ({"due_at": EIGHT}, "d"),
        ({"due_at": TEN}, "p"),
        ({"due_at": None}, "p"),
        ({"status": "completed", "completed_at": EIGHT}, "c"),
        ({"status": "completed", "completed_at": TEN}, "l"),
        ({"deleted": True}, ""),
    ],
)
async def test_a_new_version_of_an_overdue_task_is_overdue_only_if_it_still_is(
    worker: Worker, cells: Cells, change: dict[str, object], now: str
) -> None:
    await worker.commit(an("task", "t-1", due_at=NINE))
    await at(worker, NINE_MS + 1)

    await worker.commit(an("task", "t-1", version=2, **{"due_at": NINE, **change}))
    await worker.settle()

    assert await states(cells) == ({now: 1} if now else {})


async def test_a_task_whose_due_time_was_put_off_is_overdue_later(worker: Worker, cells: Cells) -> None:
    await worker.commit(an("task", "t-1", due_at=NINE))
    await at(worker, NINE_MS + 1)
    await worker.commit(an("task", "t-1", version=2, due_at=TEN))

    await at(worker, NINE_MS + HOUR_MS + 1)

    assert await states(cells) == {"d": 1}


async def test_a_completed_task_that_is_opened_again_is_overdue_if_its_time_has_passed_meanwhile(worker: Worker, cells: Cells) -> None:
    await worker.commit(an("task", "t-1", due_at=NINE, status="completed"))
    await at(worker, NINE_MS + 1)
    assert await states(cells) == {"c": 1}

    await worker.commit(an("task", "t-1", version=2, due_at=NINE))
    await worker.settle()

    assert await states(cells) == {"d": 1}


async def test_an_older_version_that_comes_late_leaves_an_overdue_task_alone(worker: Worker, cells: Cells) -> None:
    await worker.commit(an("task", "t-1", version=2, due_at=NINE))
    await at(worker, NINE_MS + 1)

    await worker.commit(an("task", "t-1", version=1, due_at=TEN))
    await worker.settle()

    assert await states(cells) == {"d": 1}


async def test_many_tasks_that_are_due_at_one_moment_become_overdue_a_bounded_step_at_a_time(worker: Worker, cells: Cells) -> None:
    await worker.commit(*(an("task", f"t-{n}", due_at=NINE) for n in range(2 * STEP + 1)))
    await worker.read_up_to(NINE_MS + 1)
    seen = []

    while await worker.engine.settle():
        seen.append((await states(cells))["d"])

    assert seen == [STEP, 2 * STEP]
    assert await states(cells) == {"d": 2 * STEP + 1}


async def test_a_task_that_was_put_off_while_its_overdue_state_was_planned_is_in_progress(store: Store, cells: Cells) -> None:
    late = Interrupted(store)
    slow, quick = await Worker.on(late, "tasks-0"), await Worker.on(store, "tasks-1")
    await quick.commit(an("task", "t-1", due_at=NINE))
    await slow.read_up_to(NINE_MS + 1)
    await quick.read_up_to(NINE_MS + 1)
    late.meanwhile = lambda: quick.commit(an("task", "t-1", version=2, due_at=TEN))

    await slow.settle()

    assert await states(cells) == {"p": 1}


async def test_a_plan_by_a_watermark_that_the_store_no_longer_has_is_refused() -> None:
    store = MemoryStore()
    late = Interrupted(store)
    worker = await Worker.on(late, "tasks-0")
    await worker.commit(an("task", "t-1", due_at=NINE))
    await worker.read_up_to(NINE_MS + 1)

    async def set_back() -> None:
        store.values[keys.META, keys.WATERMARK] = b"1"

    late.meanwhile = set_back
    await worker.engine.settle()

    assert [field.split(keys.SEP)[1] for _, _, view, _, field in store.cells if view == keys.View.TASKS] == ["p"]
