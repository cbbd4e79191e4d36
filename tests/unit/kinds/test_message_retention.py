"""What of messages is too late, and that the numbers are those of the recount whether states were removed meanwhile or not, in any order of arrival."""

from __future__ import annotations

import pytest

from processor.kinds.retention import DAY, Period, Said, end, merged, periods
from processor.store.memory import MemoryStore
from schemas import keys
from tests.support.expected import wrong_cells
from tests.support.kept import BEGIN, Counting, at, kept
from tests.support.said import message, settings
from tests.support.world import Worker

HOUR = 3_600_000


def states(store: MemoryStore) -> int:
    return sum(1 for key, _ in store.values if key.startswith("i\x1fmessage"))


# Until when something is kept.


def said(number: int, days: int | None, taken: int, time: int = 0) -> Said:
    return Said(number, time, b"", days, taken)


def test_a_version_is_in_force_from_a_day_after_kafka_had_it() -> None:
    assert periods([said(1, 30, 5 * DAY)]) == [Period(6 * DAY, 30)]
    assert periods([said(1, None, 0)]) == []


def test_an_older_version_that_comes_later_is_never_in_force_and_one_that_was_replaced_was() -> None:
    assert periods([said(1, 30, 0), said(2, 20, 9 * DAY), said(3, 60, 5 * DAY)]) == [Period(DAY, 30), Period(6 * DAY, 60)]
    assert periods([said(1, 30, 0), said(2, None, 5 * DAY)]) == [Period(DAY, 30), Period(6 * DAY, None)]


def test_a_version_said_twice_was_taken_when_it_was_taken_first() -> None:
    assert merged([said(1, 30, 5)], said(1, 30, 9)) == merged([said(1, 30, 9)], said(1, 30, 5)) == [said(1, 30, 5)]
    assert len(merged([said(1, 30, 5)], said(1, 20, 9, time=1))) == 2


@pytest.mark.parametrize(
    ("happened", "until"),
    [(0, 10 * DAY), (8 * DAY, 18 * DAY), (15 * DAY, 30 * DAY), (16 * DAY, 31 * DAY), (27 * DAY, 42 * DAY), (50 * DAY, None)],
)
def test_something_is_kept_while_it_is_younger_than_what_is_in_force_and_does_not_come_back(happened: int, until: int | None) -> None:
    """Ten days at first, fifteen from the 20th on, and for ever from the 60th."""
    assert end([Period(5 * DAY, 10), Period(20 * DAY, 15), Period(60 * DAY, None)], happened) == until


# What is too late.


async def test_an_event_that_reached_kafka_when_it_was_no_longer_kept_is_set_aside_and_counts_for_nothing() -> None:
    counting = Counting()
    in_time = message("sent", "a", at=at(BEGIN))._replace(timestamp_ms=BEGIN + 2 * DAY)
    too_late = message("sent", "b", at=at(BEGIN))._replace(timestamp_ms=BEGIN + 2 * DAY + 1)

    await counting.count([[kept(2)], [in_time, too_late]], removing=False)

    assert counting.late == [("sent", "b")]
    assert states(counting.store) == 1
    assert not wrong_cells(counting.cells(), [kept(2), in_time, too_late])


@pytest.mark.parametrize("removing", [False, True])
async def test_what_happens_to_a_message_that_is_no_longer_kept_is_not_counted_a_second_time(removing: bool) -> None:  # noqa: FBT001 - a table
    counting = Counting()
    sent = message("clicked", at=at(BEGIN))._replace(timestamp_ms=BEGIN)
    meanwhile = message("sent", "other", at=at(BEGIN + 9 * DAY))._replace(timestamp_ms=BEGIN + 9 * DAY)
    again = message("clicked", at=at(BEGIN + 10 * DAY))._replace(timestamp_ms=BEGIN + 10 * DAY)

    await counting.count([[kept(2)], [sent], [meanwhile], [again]], removing=removing)

    assert counting.late == [("clicked", "m")]
    assert states(counting.store) == (1 if removing else 2)
    assert not wrong_cells(counting.cells(), [kept(2), sent, meanwhile, again])


async def test_what_was_counted_is_taken_back_when_the_message_turns_out_to_be_older() -> None:
    clicked = message("clicked", at=at(BEGIN + 3 * DAY))._replace(timestamp_ms=BEGIN + 3 * DAY)
    sent = message("sent", at=at(BEGIN))._replace(timestamp_ms=BEGIN + DAY)
    counting = Counting()

    await counting.count([[kept(2)], [clicked], [sent]], removing=False)

    assert not wrong_cells(counting.cells(), [kept(2), clicked, sent])
    assert not any("clicked" in field for *_, field in counting.cells())


async def test_a_message_that_turns_out_to_be_older_no_longer_went_to_whom_it_was_said_to_have_gone_too_late() -> None:
    clicked = message("clicked", at=at(BEGIN + 3 * DAY))._replace(timestamp_ms=BEGIN + 3 * DAY)
    sent = message("sent", at=at(BEGIN), recipient_id=None)._replace(timestamp_ms=BEGIN + DAY)
    another = message("sent", "another", at=at(BEGIN + 3 * DAY))._replace(timestamp_ms=BEGIN + 3 * DAY)
    counting = Counting()

    await counting.count([[kept(2)], [clicked], [sent], [another]], removing=False)

    assert not wrong_cells(counting.cells(), [kept(2), clicked, sent, another])


async def test_without_the_setting_nothing_is_too_late_and_nothing_is_removed() -> None:
    old = message("sent", at=at(BEGIN - 3000 * DAY))._replace(timestamp_ms=BEGIN)
    counting = Counting()

    await counting.count(
        [[settings()], [old], [message("sent", "b", at=at(BEGIN))._replace(timestamp_ms=BEGIN + 3000 * DAY)]], removing=True
    )

    assert (counting.late, states(counting.store)) == ([], 2)


async def test_a_removed_state_takes_no_number_with_it_and_leaves_its_list() -> None:
    counting = Counting()
    many = [
        message("replied", f"m-{n}", at=at(BEGIN + n * HOUR), recipient_id=f"cu-{n % 7}")._replace(timestamp_ms=BEGIN + n * HOUR)
        for n in range(230)
    ]
    await counting.count([[kept(1)], many], removing=False)
    before = {cell: count for cell, count in counting.cells().items() if cell[2] != "h"}

    await counting.count([[message("sent", "last", at=at(BEGIN + 40 * DAY))._replace(timestamp_ms=BEGIN + 40 * DAY)]], removing=True)

    after = counting.cells()
    assert {cell: count for cell, count in after.items() if cell[2] != "h" and cell[3] < keys.iso((BEGIN + 39 * DAY) // DAY)} == before
    assert states(counting.store) == 1
    assert len(next(entries for key, entries in counting.store.lists.items() if key.startswith("y\x1fM"))) == 1
    records = [value for (key, _), value in counting.store.values.items() if key.startswith("i\x1frecipient")]
    assert max(map(len, records)) < 60  # of each person, not of each message


async def test_nothing_is_removed_while_something_is_to_be_decided_again_and_then_it_is_in_the_same_round() -> None:
    counting = Counting()
    old = message("sent", at=at(BEGIN))._replace(timestamp_ms=BEGIN)
    await counting.count([[kept(1)], [old]], removing=False)
    worker = await Worker.on(counting.store)
    await worker.read_up_to(BEGIN + 30 * DAY)
    counting.store.dirty.add(b"r something")

    assert await worker.engine.remove()
    assert (states(counting.store), worker.engine.dirty) == (1, True)

    counting.store.dirty.clear()
    assert await worker.engine.remove()  # and there is more: the tenant's own
    assert states(counting.store) == 0
