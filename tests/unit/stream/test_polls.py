"""However a poll is cut, each record lies in exactly one piece, in order, and the pieces cover the way without a gap."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from processor.stream.batches import RecordBatch
from processor.stream.polls import Group, Partition, Poll, Span, groups, halves
from tests.unit.stream.building import NOON, ORDERS, TASKS, Taken, a_batch, a_poll


@st.composite
def spans(draw: st.DrawFn) -> Span:
    """Batches with gaps between and inside, read from inside the first one, perhaps with markers of transactions at the end."""
    start = draw(st.integers(0, 3))
    at, batches = 0, []
    for _ in range(draw(st.integers(0, 4))):
        offsets = []
        for _ in range(draw(st.integers(1, 6))):
            offsets.append(at)
            at += draw(st.integers(1, 2))
        batches.append(RecordBatch(Taken(offset, b"v", timestamp=NOON + offset) for offset in offsets))
    return Span(start, max(at, start) + draw(st.integers(0, 2)), batches, draw(st.sampled_from([0, NOON + 100])))


polls = st.dictionaries(st.builds(Partition, st.sampled_from("ab"), st.integers(0, 2)), spans(), min_size=1)


def laid_out(cut: list[Group]) -> dict[Partition, tuple[list[tuple[int, int]], list[int]]]:
    """Partition -> (ways of its pieces, offsets in them), in order."""
    found: dict[Partition, tuple[list[tuple[int, int]], list[int]]] = {}
    for group in cut:
        for piece in group:
            ways, offsets = found.setdefault(piece.partition, ([], []))
            ways.append((piece.start, piece.end))
            offsets += piece.batch.offsets[piece.low : piece.high] if piece.batch else []
    return found


def whole(poll: Poll, cut: list[Group]) -> None:
    for partition, (ways, offsets) in laid_out(cut).items():
        span = poll[partition]
        assert offsets == [offset for batch in span.batches for offset in batch.offsets if offset >= span.start]
        assert (ways[0][0], ways[-1][1]) == (span.start, span.end)
        assert all(before[1] == after[0] for before, after in pairwise(ways))
        assert all(way[0] <= way[1] for way in ways)
    assert set(laid_out(cut)) == set(poll)


@given(polls, st.integers(1, 7))
def test_groups_cover_a_poll_and_are_no_larger_than_asked_for(poll: Poll, size: int) -> None:
    cut = list(groups(poll, lambda: size))

    whole(poll, cut)
    assert all(sum(piece.records for piece in group) <= size for group in cut)


@given(polls)
def test_halves_cover_what_they_were_made_of(poll: Poll) -> None:
    (group,) = groups(poll, lambda: 10_000)
    records = sum(piece.records for piece in group)
    if records < 2:
        return

    cut = halves(group)

    whole(poll, list(cut))
    assert sum(piece.records for piece in cut[0]) == records // 2


def test_a_batch_may_begin_before_the_position_that_was_asked_for() -> None:
    ((piece,),) = groups({ORDERS: Span(3, 6, [a_batch(0, 6)], 0)}, lambda: 100)

    assert piece.batch is not None
    assert piece.batch.offsets[piece.low : piece.high] == [3, 4, 5]
    assert (piece.start, piece.end) == (3, 6)


def test_topics_come_in_the_order_of_their_names_so_that_campaigns_go_before_what_rests_on_them() -> None:
    poll = {**a_poll(0, 1, TASKS), **a_poll(0, 1, ORDERS), **a_poll(0, 1, Partition("campaigns", 0))}

    (group,) = groups(poll, lambda: 100)

    assert [piece.partition.topic for piece in group] == ["campaigns", "orders", "tasks"]


def test_only_the_last_piece_of_a_span_is_as_fresh_as_the_poll() -> None:
    cut = list(groups({ORDERS: Span(0, 6, [a_batch(0, 2), a_batch(2, 6)], NOON + 99_000)}, lambda: 3))

    assert [(piece.end, piece.as_of - NOON) for group in cut for piece in group] == [(2, 9), (3, 19), (6, 99_000)]
