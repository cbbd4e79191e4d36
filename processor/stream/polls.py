"""What one poll brought, and how it is cut into groups that are committed as one. Pure.

A poll says for each partition from which position to which Kafka was read. That makes what it covers checkable: records may be counted only if the poll
begins at or before the position that the store holds. Nothing else is needed to survive polls that were in flight across a claim, that Faust dropped
during a rebalance, or that come twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple, TypeAlias

from processor.stream.batches import RecordBatch


class Partition(NamedTuple):
    """A source partition. Equal to what Faust and aiokafka call TP and TopicPartition."""

    topic: str
    number: int

    @property
    def name(self) -> str:
        """As the store knows it."""
        return f"{self.topic}-{self.number}"


class Span(NamedTuple):
    """What a poll brought of one partition: each record from `start` up to, not including, `end`."""

    start: int
    end: int
    batches: list[RecordBatch]
    current_at: int
    """If nothing readable was left behind `end`: a moment by which that was so, ms since 1970 UTC; else 0."""


Poll: TypeAlias = Mapping[Partition, Span]


class Piece(NamedTuple):
    """A part of a span that goes into one group: it moves a partition from `start` to `end`, and `batch[low:high]` are the records on that way."""

    partition: Partition
    start: int
    end: int
    batch: RecordBatch | None
    """None where Kafka has only markers of transactions there."""
    low: int
    high: int
    as_of: int
    """Everything that Kafka had taken by then is counted once this piece is; ms since 1970 UTC, 0 where nothing is known."""

    @property
    def records(self) -> int:
        return self.high - self.low

    def since(self, position: int) -> Piece:
        """What is left of it for somebody who already stands at `position`, which lies inside."""
        if self.batch is None or position <= self.start:
            return self
        return self._replace(start=position, low=max(self.low, self.batch.since(position)))

    def split(self, records: int) -> tuple[Piece, Piece]:
        """The first so many records, and the rest."""
        assert self.batch is not None
        at = self.low + records
        middle = self.batch.offsets[at]
        return self._replace(end=middle, high=at, as_of=_before(self.batch, at)), self._replace(start=middle, low=at)


Group: TypeAlias = list[Piece]


def groups(poll: Poll, size: Callable[[], int]) -> Iterator[Group]:
    """Cut a poll into groups of at most `size()` records, asked before each one, in the order of topics and offsets."""
    group: Group = []
    room = size()
    for piece in _pieces(poll):
        rest = piece
        while rest.records > room:
            first, rest = rest.split(room) if room else (None, rest)
            yield [*group, first] if first else group
            group, room = [], size()
        group.append(rest)
        room -= rest.records
    if group:
        yield group


def halves(group: Group) -> tuple[Group, Group]:
    """Two groups with half the records each; of at least two."""
    half = sum(piece.records for piece in group) // 2
    first: Group = []
    for i, piece in enumerate(group):
        if piece.records > half:
            if half == 0:
                return first, group[i:]
            head, tail = piece.split(half)
            return [*first, head], [tail, *group[i + 1 :]]
        first.append(piece)
        half -= piece.records
    raise AssertionError("a group of less than two records has no halves")


def _pieces(poll: Poll) -> Iterator[Piece]:
    for partition, span in sorted(poll.items()):
        start = span.start
        for i, batch in enumerate(span.batches):
            last = i == len(span.batches) - 1
            end = span.end if last else max(start, batch.offset + 1)
            as_of = max(_before(batch, len(batch)), span.current_at if last else 0)
            yield Piece(partition, start, end, batch, batch.since(start), len(batch), as_of)
            start = end
        if not span.batches:
            yield Piece(partition, span.start, span.end, None, 0, 0, span.current_at)


def _before(batch: RecordBatch, count: int) -> int:
    """A bound for what is counted with the first so many records: what follows them has the same time or a later one."""
    return batch.timestamps[count - 1] - 1 if count else 0
