from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

from deploy.demo import crm, story
from deploy.demo.envelope import Record
from deploy.demo.recall import Memory
from deploy.demo.world import World
from schemas.events import Event
from tests.unit.demo.reading import Told, by_contract, images, told_by

SECOND = timedelta(seconds=1)


def live(world: World, since: datetime, events: int) -> list[Record]:
    """So many events at 20 a second."""
    records: list[Record] = []
    while len(records) < events:
        records += world.play(since + len(records) / 20 * SECOND)
    return records


def memory_of(records: Sequence[Record]) -> Memory:
    """What is read back of them: messages are not."""
    memory = Memory()
    for record in records:
        if record.topic != "messages":
            memory.learn(record.value)
    return memory


def test_every_record_is_an_event_by_the_contract(world: World, until: datetime) -> None:
    records = live(world, until, 3000)

    assert [event for event in by_contract(records, until + 150 * SECOND) if not isinstance(event, Event)] == []


def test_events_happen_now_or_were_entered_late_but_never_in_the_future(world: World, until: datetime) -> None:
    told = told_by(live(world, until, 3000))
    on_time = sum(abs(event.time - until - place / 20 * SECOND) < SECOND for place, event in enumerate(told))

    assert all(event.time <= until + place / 20 * SECOND for place, event in enumerate(told))
    assert 0.95 * len(told) < on_time < len(told)


def test_it_goes_on_for_days_and_all_kinds_of_things_keep_happening(world: World, until: datetime) -> None:
    told = told_by(live(world, until, 20_000)[-10_000:])
    kinds = Counter(event.kind for event in told)
    verbs = {(event.kind, event.verb) for event in told}

    assert {"opportunity", "interaction", "order", "task", "message", "spend"} <= set(kinds)
    assert {("order", "refunded"), ("opportunity", "moved"), ("opportunity", "won"), ("order", "cancelled")} <= verbs
    assert world.clock > until + timedelta(days=7)


def test_versions_go_on_growing_from_those_of_the_history(until: datetime) -> None:
    world = crm.begin(until, 0.05)
    told = told_by(world.history(until))
    newest = {(event.kind, event.subject): event.data.get("version", 0) for event in told}
    seen = {event.id for event in told}
    changed = 0
    for event in told_by(live(world, until, 3000)):
        if event.kind != "message" and event.id not in seen:
            changed += (event.kind, event.subject) in newest
            assert event.data["version"] > newest.get((event.kind, event.subject), -1)
            newest[event.kind, event.subject] = event.data["version"]
        seen.add(event.id)

    assert changed > 100, "the world of the history goes on"


def test_a_task_of_live_traffic_is_due_within_minutes(world: World, until: datetime) -> None:
    tasks = [event for event in told_by(live(world, until, 3000)) if event.kind == "task" and event.verb == "created"]

    assert tasks
    assert all(datetime.fromisoformat(task.data["due_at"]) < task.time + timedelta(minutes=10) for task in tasks)


def test_a_second_run_goes_on_with_what_the_first_left_unfinished(records: Sequence[Record], until: datetime) -> None:
    memory, later = memory_of(records), until + timedelta(hours=3)
    open_before = {id_ for (kind, id_), thing in memory.things.items() if kind == "opportunity" and thing.data["status"] == "open"}
    versions = {(kind, id_): thing.data["version"] for (kind, id_), thing in memory.things.items()}

    told = told_by(live(crm.resume(memory.things.values(), later), later, 4000))

    entities = [event for event in told if event.kind != "message"]
    assert {event.subject for event in entities if event.kind == "opportunity"} & open_before
    assert all(event.data["version"] > versions.get((event.kind, event.subject), -1) for event in entities)
    assert {"opportunity", "order", "task", "message", "spend"} <= {event.kind for event in told}


def test_a_second_run_clashes_with_no_id_of_the_first(world: World, records: Sequence[Record], until: datetime) -> None:
    later = until + timedelta(minutes=10)
    first = told_by([*records, *live(world, until, 4000)])
    second = told_by(live(crm.resume(memory_of(records).things.values(), later), later, 4000))

    def ids(told: Sequence[Told]) -> set[str]:
        return {event.id for event in told}

    assert not ids(first) & ids(second)


def test_memory_is_complete_when_the_newcomer_is_in_it(records: Sequence[Record], until: datetime) -> None:
    assert memory_of(records).is_complete
    assert not memory_of(records[:-1]).is_complete


def test_memory_knows_when_the_history_begins_even_of_one_that_was_cut_short(records: Sequence[Record], until: datetime) -> None:
    assert memory_of([]).began is None
    assert memory_of(records[:50]).began == until - timedelta(days=story.HISTORY_DAYS)


def test_memory_keeps_the_newest_images_in_whatever_order_they_are_read(records: Sequence[Record], history: Sequence[Told]) -> None:
    orders = images(history, "order")
    for read in (records, list(reversed(records))):
        things = memory_of(read).things
        assert {id_: thing.data for (kind, id_), thing in things.items() if kind == "order"} == orders


def test_memory_passes_over_what_others_sent(records: Sequence[Record]) -> None:
    others = records[-1]._replace(value=records[-1].value.replace(b"/demo/crm", b"/crm/acme"))

    assert memory_of([others]).things == {}
