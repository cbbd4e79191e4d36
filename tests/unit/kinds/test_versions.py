"""What says nothing new changes no number; but that it was said is counted, by what it is."""

from __future__ import annotations

from typing import Any

import pytest
from prometheus_client import generate_latest

from processor.metrics import Metrics
from processor.store.memory import MemoryStore
from tests.support.traffic import counter
from tests.support.world import Worker, an, settled

OTHERWISE: dict[str, dict[str, Any]] = {
    "campaign": {"name": "Autumn"},
    "opportunity": {"owner_id": "binh"},
    "interaction": {"kind": "meeting"},
    "order": {"gross_minor": 7},
    "task": {"title": "Call again"},
    "spend": {"amount_minor": 9},
    "tenant": {"currency": "EUR"},
    "staff": {"name": "Binh"},
    "target": {"value": 9},
    "rate": {"rate": "1.2"},
}
"""Kind -> what another version could say."""
SUBJECTS = {"tenant": "default", "rate": "EUR/USD/2026-03-02"}


@pytest.mark.parametrize("kind", OTHERWISE)
@pytest.mark.parametrize("together", [False, True], ids=["one after the other", "in one group"])
async def test_an_event_of_no_new_version_is_counted_by_what_it_is(kind: str, *, together: bool) -> None:
    subject = SUBJECTS.get(kind, "e")
    first = an(kind, subject, version=2)
    others = [an(kind, subject, version=2), an(kind, subject, version=1), an(kind, subject, version=2, **OTHERWISE[kind])]
    newer = an(kind, subject, version=3)
    worker = await Worker.on(MemoryStore())

    for group in [[first, *others, newer]] if together else [[first], *([other] for other in others), [newer]]:
        await worker.commit(*group)

    assert worker.engine.noticed == {(kind, "duplicate"): 1, (kind, "older"): 1, (kind, "contradiction"): 1}


@pytest.mark.parametrize(
    ("greater", "smaller"),
    [
        ({"competitor": "b", "owner_id": "a"}, {"competitor": "a", "owner_id": "b"}),
        ({"source": "b", "step_id": "a"}, {"source": "a", "step_id": "b"}),
    ],
)
async def test_what_no_number_rests_on_tells_two_contents_of_one_version_apart(greater: dict[str, Any], smaller: dict[str, Any]) -> None:
    """Of one version and time the greater canonical JSON of all fields holds."""
    holds, does_not = (an("opportunity", "o-1", **data) for data in (greater, smaller))

    assert (await settled(holds, does_not)).cells == (await settled(does_not, holds)).cells == (await settled(holds)).cells


async def test_two_contents_of_one_version_that_differ_in_what_no_number_rests_on_contradict_each_other() -> None:
    worker = await Worker.on(MemoryStore())

    await worker.commit(an("opportunity", "o-1", competitor="b"), an("opportunity", "o-1", competitor="a"))

    assert worker.engine.noticed == {("opportunity", "contradiction"): 1}


@pytest.mark.parametrize("together", [False, True], ids=["one after the other", "in one group"])
@pytest.mark.parametrize("recipient", ["k-1", None])
async def test_an_event_that_says_nothing_new_of_a_message_is_counted(recipient: str | None, *, together: bool) -> None:
    def message(verb: str, hour: int, **data: Any) -> Any:
        return an("message", "m-1", verb=verb, at=f"2026-03-02T{hour:02}:00:00Z", recipient_id=recipient, **data)

    news = [message("delivered", 12), message("clicked", 13), message("sent", 11), message("bounced", 12, failure_code="550")]
    again = [message("delivered", 12), message("opened", 14), message("bounced", 12, failure_code="550")]
    more = [message("opened", 14, variant="b"), message("opened", 14)]
    worker = await Worker.on(MemoryStore())

    events = [*news, *again, *more]
    for group in [events] if together else [[event] for event in events]:
        await worker.commit(*group)

    assert worker.engine.noticed == {("message", "duplicate"): len(again) + 1}


async def test_an_order_with_a_status_of_no_known_word_is_counted() -> None:
    worker = await Worker.on(MemoryStore())

    await worker.commit(an("order", "r-1", status="packed"), an("order", "r-2", status="paid"))

    assert worker.engine.noticed == {("order", "unknown_status"): 1}


async def test_what_was_noticed_is_a_metric() -> None:
    worker, metrics = await Worker.on(MemoryStore()), Metrics()
    store = type("Store", (), {"calls": 0, "conflicts": 0, "observe": None})()
    metrics.watch(store, worker.engine)

    await worker.commit(an("task", "t-1"), an("task", "t-1"), an("task", "t-1"))

    page = generate_latest(metrics.registry).decode()
    assert counter(page, "kpi_noticed_total", kind="task", what="duplicate") == 2
