"""One suite for every store: what the engine relies on. Runs on the memory adapter and on a real server."""

from __future__ import annotations

from typing import cast

import pytest

from processor.store.port import Applied, Conflict, Lost, Readable, StaleClaim, Store
from processor.transaction import Tx
from processor.values import Cell, Note, Segment, Slot
from schemas import keys
from tests.contract.conftest import Cells

A, B = ("i:a", b"1"), ("i:a", b"2")


async def claimed(store: Store, partition: str = "orders-0", owner: str = "w1", generation: int = 1) -> Slot:
    claim = await store.claim(partition, owner, generation)
    return Slot(partition, claim.epoch, owner, claim.position, claim.position, 0)


def to(slot: Slot, last: int) -> Slot:
    return slot._replace(last=last)


async def plan(store: Store, *reads: tuple[str, bytes]) -> Tx:
    """A transaction that has read these."""
    tx = Tx({})
    tx.learn(await store.fetch(reads))
    if reads:
        tx.read(*reads)
    return tx


async def values(store: Store, *refs: tuple[str, bytes]) -> list[object]:
    found = await store.fetch(refs)
    return [found[ref] for ref in refs]


async def test_a_new_partition_starts_at_zero_and_moves_with_what_is_applied(store: Store) -> None:
    slot = await claimed(store)

    await store.apply([to(slot, 7)], Tx({}))

    assert (await store.positions())["orders-0"] == 7
    assert (await store.claim("orders-0", "w2", 2)).position == 7


async def test_a_write_takes_effect_with_the_position_that_it_covers(store: Store) -> None:
    slot, tx = await claimed(store), await plan(store, A)
    tx.write(A, b"new")

    outcome = await store.apply([to(slot, 1)], tx)

    assert outcome == Applied(repeated=False, dirty=0)
    assert await values(store, A, B) == [b"new", b""]


async def test_a_call_whose_reply_was_lost_may_be_repeated_and_counts_once(store: Store, cells: Cells) -> None:
    slot, tx = await claimed(store), await plan(store, A)
    tx.write(A, b"new")
    tx.replace({}, {("t", "c", "o", 0, "n"): 5})
    await store.apply([to(slot, 1)], tx)

    outcome = await store.apply([to(slot, 1)], tx)

    assert isinstance(outcome, Applied)
    assert outcome.repeated
    assert await cells() == {("t", "c", "o", "1970-01-01", "n"): 5}


async def test_one_call_may_move_any_number_of_partitions(store: Store, cells: Cells) -> None:
    """A worker that is alone, with some hundred partitions of each topic, moves them all with a heartbeat."""
    slots = [await claimed(store, f"orders-{n}") for n in range(2_001)]
    tx = await plan(store, A)
    tx.write(A, b"new")
    tx.replace({}, {("t", "c", "o", 0, "n"): 1})

    outcome = await store.apply([to(slot, 7 + n) for n, slot in enumerate(slots)], tx)

    assert outcome == Applied(repeated=False, dirty=0)
    assert await store.positions() == {f"orders-{n}": 7 + n for n in range(2_001)}
    assert await cells() == {("t", "c", "o", "1970-01-01", "n"): 1}
    with pytest.raises(Lost, match="REWOUND orders-2000"):
        await store.apply([slot._replace(prev=7 + n - (n == 2_000), last=9_999) for n, slot in enumerate(slots)], Tx({}))


async def test_a_value_that_changed_since_it_was_read_refuses_everything(store: Store, cells: Cells) -> None:
    slot, late, early = await claimed(store), await plan(store, A, B), await plan(store, A)
    early.write(A, b"early")
    await store.apply([to(slot, 1)], early)
    late.write(B, b"late")
    late.replace({}, {("t", "c", "o", 0, "n"): 1})

    outcome = await store.apply([Slot("orders-0", slot.epoch, "w1", 1, 2, 0)], late)

    assert outcome == Conflict([A])
    assert await values(store, B) == [b""]
    assert await cells() == {}
    assert (await store.positions())["orders-0"] == 1


async def test_a_write_over_a_value_that_changed_is_refused(store: Store) -> None:
    slot, late, early = await claimed(store), await plan(store, A), await plan(store, A)
    early.write(A, b"early")
    late.write(A, b"late")
    await store.apply([to(slot, 1)], early)

    assert await store.apply([Slot("orders-0", slot.epoch, "w1", 1, 2, 0)], late) == Conflict([A])


async def test_of_many_values_that_were_taken_those_that_differ_are_written_and_the_others_must_be_unchanged(store: Store) -> None:
    slot, early = await claimed(store), await plan(store, A)
    early.write(A, b"early")
    await store.apply([to(slot, 1)], early)
    taken, late = Tx(), Tx()
    for tx in (taken, late):
        tx.learn(await store.fetch([A, B]))
    taken.give([A, B], taken.take([A, B]), [b"early", b"new"])
    late.give([A, B], late.take([A, B]), [b"late", b""])

    assert isinstance(await store.apply([Slot("orders-0", slot.epoch, "w1", 1, 2, 0)], taken), Applied)
    assert await values(store, A, B) == [b"early", b"new"]
    assert await store.apply([Slot("orders-0", slot.epoch, "w1", 2, 3, 0)], late) == Conflict([B])


async def test_a_soft_read_that_changed_lets_the_call_through_and_leaves_a_mark(store: Store) -> None:
    slot = await claimed(store)
    late = Tx({})
    late.learn({A: b""})
    late.peek(b"r-mark", A)
    early = await plan(store, A)
    early.write(A, b"early")
    await store.apply([to(slot, 1)], early)

    outcome = await store.apply([Slot("orders-0", slot.epoch, "w1", 1, 2, 0)], late)

    assert outcome == Applied(repeated=False, dirty=1)
    assert await store.marks(5) == [b"r-mark"]


async def test_a_soft_read_that_holds_leaves_no_mark(store: Store) -> None:
    slot, tx = await claimed(store), Tx({})
    tx.learn({A: b""})
    tx.peek(b"r-mark", A)

    assert await store.apply([to(slot, 1)], tx) == Applied(repeated=False, dirty=0)


async def test_cells_add_up_and_vanish_at_zero(store: Store, cells: Cells) -> None:
    slot, cell = await claimed(store), ("t", "c", "o", 20_000, "n\x1fx")
    for n, amount in enumerate((3, 4, -7)):
        tx = Tx({})
        tx.replace({}, {cell: amount, ("t", "c", "o", 20_000, "other"): 1})
        await store.apply([Slot("orders-0", slot.epoch, "w1", n, n + 1, 0)], tx)
        if n == 1:
            assert (await cells())[("t", "c", "o", "2024-10-04", "n\x1fx")] == 7

    assert await cells() == {("t", "c", "o", "2024-10-04", "other"): 3}


async def test_large_amounts_stay_exact(store: Store, cells: Cells) -> None:
    slot, cell = await claimed(store), ("t", "c", "r", 0, "gross")
    for n, amount in enumerate((2**52 - 1, 10**13, 1)):
        tx = Tx({})
        tx.replace({}, {cell: amount})
        await store.apply([Slot("orders-0", slot.epoch, "w1", n, n + 1, 0)], tx)

    assert await cells() == {("t", "c", "r", "1970-01-01", "gross"): 2**52 + 10**13}


async def test_a_change_that_no_double_can_hold_stays_exact(store: Store, cells: Cells) -> None:
    slot, cell = await claimed(store), ("t", "c", "r", 0, "gross")
    for n, amount in enumerate((2**53 + 1, -(2**53 + 1), 2**60 + 1)):
        tx = Tx({})
        tx.replace({}, {cell: amount})
        await store.apply([Slot("orders-0", slot.epoch, "w1", n, n + 1, 0)], tx)

    assert await cells() == {("t", "c", "r", "1970-01-01", "gross"): 2**60 + 1}


async def test_a_hash_may_take_more_fields_than_one_command_can_carry(store: Store, cells: Cells) -> None:
    slot, tx = await claimed(store), Tx({})
    tx.replace({}, {("t", "c", "i", 0, f"f{n}"): 1 for n in range(9_000)})

    await store.apply([to(slot, 1)], tx)

    assert len(await cells()) == 9_000


async def test_another_owner_fences_the_one_before(store: Store) -> None:
    old = await claimed(store)
    await claimed(store, owner="w2", generation=2)

    with pytest.raises(Lost) as lost:
        await store.apply([to(old, 1)], Tx({}))

    assert (lost.value.partition, lost.value.reason) == ("orders-0", "FENCED")


async def test_the_same_owner_claiming_again_fences_its_own_earlier_claim(store: Store) -> None:
    old = await claimed(store)
    await claimed(store)

    with pytest.raises(Lost, match="FENCED"):
        await store.apply([to(old, 1)], Tx({}))


async def test_a_position_that_went_back_is_noticed(store: Store) -> None:
    slot = await claimed(store)

    with pytest.raises(Lost, match="REWOUND"):
        await store.apply([Slot("orders-0", slot.epoch, "w1", 5, 6, 0)], Tx({}))


async def test_a_heartbeat_notices_a_position_that_went_back(store: Store) -> None:
    slot = await claimed(store)

    with pytest.raises(Lost, match="REWOUND"):
        await store.apply([Slot("orders-0", slot.epoch, "w1", 5, 5, 0)], Tx({}))


async def test_a_store_that_was_emptied_is_noticed(store: Store) -> None:
    with pytest.raises(Lost, match="NOSTATE"):
        await store.apply([Slot("orders-0", 1, "w1", 0, 1, 0)], Tx({}))


async def test_a_group_of_which_half_went_through_is_wholly_lost(store: Store) -> None:
    one, two = await claimed(store), await claimed(store, "tasks-0")
    await store.apply([to(one, 1)], Tx({}))

    with pytest.raises(Lost) as lost:
        await store.apply([to(one, 1), to(two, 1)], Tx({}))

    assert lost.value.partition is None


async def test_a_claimer_left_behind_by_a_rebalance_is_turned_away_unless_it_forces(store: Store) -> None:
    await claimed(store, generation=5)

    with pytest.raises(StaleClaim):
        await store.claim("orders-0", "w2", 4)

    assert (await store.claim("orders-0", "w2", 4, force=True)).epoch == 2


async def test_a_call_without_any_guard_is_refused(store: Store) -> None:
    tx = Tx({})
    tx.replace({}, {("t", "c", "o", 0, "n"): 1})

    with pytest.raises(Exception, match="guard"):
        await store.apply([], tx)


async def test_lists_grow_at_the_end_and_stretches_are_verified(store: Store) -> None:
    slot, tx = await claimed(store), Tx({})
    for entry in (b"a", b"b", b"c"):
        tx.append("y:list", entry)
    await store.apply([to(slot, 1)], tx)
    stretch = Segment("y:list", 1, 10)
    assert (await store.fetch([stretch]))[stretch] == (b"b", b"c")
    true, false = Tx({}), Tx({})
    true.learn({stretch: (b"b", b"c")})
    false.learn({stretch: (b"b", b"x")})

    assert isinstance(await store.apply([], true), Applied)
    grown = Tx({})
    grown.learn({Segment("y:list", 1, 3): (b"b",)})
    assert await store.apply([], grown) == Conflict([("y:list", b"")])
    assert await store.apply([], false) == Conflict([("y:list", b"")])


async def a_list_of_three(store: Store) -> Tx:
    """And a plan that has read its first two entries."""
    slot, tx = await claimed(store), Tx({})
    tx.append("y:a", b"1", b"2", b"3")
    await store.apply([to(slot, 1)], tx)
    tx = Tx({})
    tx.learn(await store.fetch([Segment("y:a", 0, 2)]))
    tx.entries(Segment("y:a", 0, 2))
    return tx


async def entries(store: Store) -> object:
    return (await store.fetch([Segment("y:a", 0, 9)]))[Segment("y:a", 0, 9)]


async def test_entries_are_taken_off_the_front_of_a_list_once(store: Store) -> None:
    tx = await a_list_of_three(store)
    tx.trim("y:a", 2)

    assert isinstance(await store.apply([], tx), Applied)
    assert isinstance(await store.apply([], tx), Conflict)  # its reply was lost

    assert await entries(store) == (b"3",)


async def test_nothing_is_taken_off_a_list_while_anything_is_dirty(store: Store) -> None:
    """A sweep may be on its way: its mark says how many entries it has behind it."""
    tx, slot, dirty = await a_list_of_three(store), await claimed(store, "tasks-0"), Tx({})
    tx.trim("y:a", 2)
    dirty.mark(b"r x")
    await store.apply([to(slot, 1)], dirty)

    assert isinstance(await store.apply([], tx), Conflict)

    assert await entries(store) == (b"1", b"2", b"3")


async def test_a_value_that_is_written_empty_is_gone(store: Store) -> None:
    slot, tx = await claimed(store), await plan(store, A, B)
    tx.write(A, b"here")
    tx.write(B, b"here")
    await store.apply([to(slot, 1)], tx)
    tx = await plan(store, A)
    tx.write(A, b"")

    assert isinstance(await store.apply([], tx), Applied)

    assert await values(store, A, B) == [b"", b"here"]


async def test_packed_sets_hold_an_entry_once(store: Store) -> None:
    slot = await claimed(store)
    for n, entry in enumerate((b"12345678", b"abcdefgh", b"12345678", b"5678abcd")):
        tx = Tx({})
        tx.union(A, entry)
        await store.apply([Slot("orders-0", slot.epoch, "w1", n, n + 1, 0)], tx)

    assert await values(store, A) == [b"12345678abcdefgh5678abcd"]


async def test_a_change_marks_only_where_somebody_rests(store: Store) -> None:
    slot, tx = await claimed(store), Tx({})
    tx.union(A, b"12345678")
    tx.append("y:list", b"a")
    tx.changed(A, b"somebody")
    tx.changed(B, b"nobody")
    tx.changed(("y:list", b""), b"a list")
    tx.changed(("y:none", b""), b"no list")

    assert await store.apply([to(slot, 1)], tx) == Applied(repeated=False, dirty=2)
    assert sorted(await store.marks(9)) == [b"a list", b"somebody"]


async def test_a_mark_set_by_the_call_that_settles_it_stays(store: Store) -> None:
    slot, tx = await claimed(store), Tx({})
    tx.mark(b"m")
    await store.apply([to(slot, 1)], tx)
    again = Tx({})
    again.unmark(b"m")
    again.mark(b"m")
    assert await store.apply([Slot("orders-0", slot.epoch, "w1", 1, 2, 0)], again) == Applied(repeated=False, dirty=1)
    last = Tx({})
    last.unmark(b"m")

    assert await store.apply([Slot("orders-0", slot.epoch, "w1", 2, 3, 0)], last) == Applied(repeated=False, dirty=0)


async def test_cells_are_read_by_campaign_view_and_days(store: Store) -> None:
    first, last = keys.number("2026-03-01"), keys.number("2026-03-03")
    tx = Tx({})
    there = {("t", "c", "o", day, "n"): day for day in range(first, last + 1)}
    tx.replace({}, {**there, ("t", "c", "k", first, "n"): 1, ("t", "d", "o", first, "n"): 1, ("u", "c", "o", first, "n"): 1})
    await store.apply([to(await claimed(store), 1)], tx)

    async def read(*asked: object) -> dict[Cell, int]:
        return await cast("Readable", store).read_cells("t", "c", *asked)  # type: ignore[arg-type]

    assert await read("o", None, None) == there
    assert await read("ok", None, "2026-03-01") == {("t", "c", "o", first, "n"): first, ("t", "c", "k", first, "n"): 1}
    assert await read("o", "2026-03-03", None) == {("t", "c", "o", last, "n"): last}
    assert await read("t", None, None) == {}


NOTED = keys.touched("a") + "1"
OWNER = b"\x00\x01\x00\x0bABCD"
MARCH, APRIL = OWNER + b"\x00\x00\x00\x03", OWNER + b"\x00\x00\x00\x04"


def framed(entry: bytes) -> bytes:
    return len(entry).to_bytes(2, "big") + entry


async def noted(store: Store, slot: Slot, n: int, field: bytes, entry: bytes, at: int = 0) -> int:
    """Note one thing in a call of its own; how many marks there are then."""
    tx = Tx({})
    tx.notes[Note(NOTED, field, framed(entry), at)] = b"k-mark"
    outcome = await store.apply([Slot("orders-0", slot.epoch, "w1", n, n + 1, 0)], tx)
    assert isinstance(outcome, Applied)
    return outcome.dirty


async def test_notes_of_one_period_are_a_set_and_the_owner_knows_the_periods(store: Store) -> None:
    slot = await claimed(store)
    for n, (field, entry) in enumerate(((MARCH, b"one"), (MARCH, b"two"), (APRIL, b"one"), (MARCH, b"one"), (MARCH, b"two"))):
        await noted(store, slot, n, field, entry)

    assert await values(store, (NOTED, MARCH), (NOTED, APRIL)) == [framed(b"one") + framed(b"two"), framed(b"one")]
    assert await values(store, (NOTED, OWNER)) == [MARCH[8:] + APRIL[8:]]
    listed = Segment(keys.touched("a"), 0, 9)
    assert (await store.fetch([listed]))[listed] == (MARCH, APRIL)


async def test_a_note_that_only_lies_across_others_is_new(store: Store) -> None:
    slot, inner = await claimed(store), framed(b"x")
    outer = [b"a" + inner, inner + b"z", b"q" * 300]
    for n, entry in enumerate([*outer, b"x", b"x"]):
        await noted(store, slot, n, MARCH, entry)

    assert await values(store, (NOTED, MARCH)) == [b"".join(framed(entry) for entry in [*outer, b"x"])]


@pytest.mark.parametrize(("newest", "at", "marks"), [(5, 5, 1), (5, 6, 0), (-5, -6, 1), (-6, -5, 0), (2**40, 255, 1), (255, 2**40, 0)])
async def test_a_new_note_marks_its_owner_if_something_that_is_not_earlier_rests_on_it(
    store: Store, newest: int, at: int, marks: int
) -> None:
    slot, resting = await claimed(store), (NOTED, OWNER + b"o")
    tx = await plan(store, resting)
    tx.write(resting, newest.to_bytes(8, "big", signed=True) + b"whoever!")
    await store.apply([to(slot, 1)], tx)

    assert await noted(store, slot, 1, MARCH, b"one", at) == marks


async def test_a_note_that_is_known_or_that_nobody_rests_on_marks_nobody(store: Store) -> None:
    slot, resting = await claimed(store), (NOTED, OWNER + b"o")
    assert await noted(store, slot, 0, MARCH, b"one", 0) == 0
    tx = await plan(store, resting)
    tx.write(resting, bytes(8))
    await store.apply([Slot("orders-0", slot.epoch, "w1", 1, 2, 0)], tx)

    assert await noted(store, slot, 2, MARCH, b"one", 0) == 0


async def test_a_note_is_seen_by_a_soft_read_and_by_what_joins_in_the_same_call(store: Store) -> None:
    slot, resting = await claimed(store), (NOTED, OWNER + b"o")
    tx = await plan(store, resting)
    tx.learn({(NOTED, MARCH): b""})
    tx.peek(b"r-reader", (NOTED, MARCH))
    tx.write(resting, (7).to_bytes(8, "big"))
    tx.notes[Note(NOTED, MARCH, framed(b"one"), 7)] = b"k-owner"

    await store.apply([to(slot, 1)], tx)

    assert sorted(await store.marks(9)) == [b"k-owner", b"r-reader"]


async def test_a_position_stays_in_the_topic_of_its_first_record(store: Store) -> None:
    assert (await store.claim("orders-0", "w", 1)).topic == ""
    assert (await store.claim("orders-0", "w", 1, topic="one")).topic == "one"
    claim = await store.claim("orders-0", "w", 1, topic="two")  # nothing was counted of the one before
    assert claim.topic == "two"
    await store.apply([Slot("orders-0", claim.epoch, "w", 0, 5, 0)], Tx({}))

    assert (await store.claim("orders-0", "w", 1, topic="three")).topic == "two"
    assert (await store.claim("orders-0", "w", 1)).topic == "two"
