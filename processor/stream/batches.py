"""Whole record batches out of aiokafka: one plain object with columns per batch, where upstream makes one object per record.

Upstream's own loop stays in charge of checksums, control batches, aborted transactions and positions; it walks `MemoryRecords -> batch -> record`, and
here a batch yields a single record: itself, with all of its columns. That costs a third of the per-record path, and no object per record stays alive
(thousands of live objects wake the garbage collector, which doubles the cost of everything). The seam has no public name, so `install` tries it on a
batch of its own before anything relies on it; where it does not hold, records are taken one by one and gathered into the same objects.
"""

from __future__ import annotations

import logging
import struct
from bisect import bisect_left
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import Any, Final

import aiokafka
from aiokafka import TopicPartition
from aiokafka.consumer import fetcher
from aiokafka.errors import CorruptRecordException
from aiokafka.record.default_records import DefaultRecordBatchBuilder, _DefaultRecordBatchPy
from aiokafka.record.memory_records import MemoryRecords

_log = logging.getLogger(__name__)

PINNED: Final = "0.14.0"
"""The aiokafka whose seam was read. Another one is tried all the same, and named in the log."""


class Unreadable(CorruptRecordException):  # type: ignore[misc]  # upstream has no types
    """The bytes of a batch are not what was written. Of which partition, aiokafka says in words alone."""

    def __init__(self, partition: TopicPartition, why: str) -> None:
        super().__init__(why)
        self.partition = partition


Headers = Sequence[tuple[str, bytes]]


class RecordBatch:
    """Some records of one partition, by column. Offsets grow; what is missing between them was taken away by compaction or a transaction."""

    __slots__ = ("headers", "keys", "offset", "offsets", "timestamps", "values")

    def __init__(self, records: Iterable[Any]) -> None:
        self.values: list[bytes | None] = []
        self.keys: list[bytes | None] = []
        self.headers: list[Headers] = []
        self.timestamps: list[int] = []
        """ms since 1970 UTC, as the broker (LogAppendTime) or the producer (CreateTime) gave them."""
        self.offsets: list[int] = []
        value, key, headers, timestamp, offset = (
            self.values.append,
            self.keys.append,
            self.headers.append,
            self.timestamps.append,
            self.offsets.append,
        )
        for record in records:  # each record is garbage before the next is made
            value(record.value)
            key(record.key)
            headers(record.headers or ())  # one shared tuple for all that have none
            timestamp(record.timestamp)
            offset(record.offset)
        self.offset = self.offsets[-1] if self.offsets else -1
        """Upstream takes it for the offset of the record that it thinks this is."""

    def __len__(self) -> int:
        return len(self.offsets)

    def since(self, offset: int) -> int:
        """Index of the first record at or after an offset. A batch may begin before the position that was asked for."""
        return bisect_left(self.offsets, offset)


class _Batch:
    """What upstream takes for a batch: everything is the real one's, but it holds one record."""

    def __init__(self, batch: Any, buffer: bytes) -> None:
        self._batch, self._buffer = batch, buffer

    def __getattr__(self, name: str) -> Any:  # validate_crc, base_offset, next_offset, is_control_batch, producer_id ...
        return getattr(self._batch, name)

    def __next__(self) -> Any:  # upstream reads the marker in a control batch this way
        return next(self._batch)

    def __iter__(self) -> Iterator[RecordBatch]:
        try:
            whole = RecordBatch(self._batch)
        except UnicodeDecodeError:
            whole = RecordBatch(_leniently(self._buffer, self._batch.base_offset))
        if len(whole):  # compaction may have emptied it
            whole.offset = self._batch.next_offset - 1
            yield whole


class _Records:
    """What upstream asks of `MemoryRecords`."""

    def __init__(self, buffer: bytes) -> None:
        self.plain = MemoryRecords(buffer)
        self._buffer = buffer
        self.has_next: Callable[[], bool] = self.plain.has_next
        self.size_in_bytes: Callable[[], int] = self.plain.size_in_bytes

    def next_batch(self) -> _Batch:
        return _Batch(self.plain.next_batch(), self._buffer)


def _leniently(buffer: bytes, base_offset: int) -> Any:
    """The records of a batch in which a header's name is not UTF-8. Kafka takes any bytes there, aiokafka would raise for ever; the odd name is mended."""
    at = 0
    while True:
        base, length = struct.unpack_from(">qi", buffer, at)
        end = at + 12 + length
        if base == base_offset:
            break
        at = end
    batch: Any = _DefaultRecordBatchPy(buffer[at:end])
    batch._maybe_uncompress()  # noqa: SLF001 - upstream's pure-Python reader, which decodes names with a method that can be replaced
    batch._buffer = _MendingBytes(batch._buffer)  # noqa: SLF001
    return batch


class _MendingBytes(bytearray):
    def __getitem__(self, at: Any) -> Any:
        got = super().__getitem__(at)
        return _MendingBytes(got) if isinstance(at, slice) else got

    def decode(self, encoding: str = "utf-8", errors: str = "replace") -> str:  # noqa: ARG002 - upstream asks for strict
        return super().decode(encoding, "replace")


def install(topics: Collection[str]) -> bool:
    """From now on `getmany` gives lists of `RecordBatch` for these topics, in this process. False: the seam does not hold, nothing was changed."""
    if aiokafka.__version__ != PINNED:
        _log.warning("aiokafka is %s, the batch seam was read in %s", aiokafka.__version__, PINNED)
    plain_partition, plain_memory = fetcher.PartitionRecords, fetcher.MemoryRecords
    try:
        _patch(topics)
        _try_out(next(iter(topics)))
    except Exception as error:  # noqa: BLE001 - whatever is wrong with a seam, records still come one by one
        fetcher.PartitionRecords, fetcher.MemoryRecords = plain_partition, plain_memory
        _log.warning(
            "aiokafka %s gives no whole batches (%r): records are taken one by one, at about three times the cost",
            aiokafka.__version__,
            error,
        )
        return False
    return True


def uninstall() -> None:
    """Give aiokafka back its own classes."""
    fetcher.PartitionRecords = getattr(fetcher.PartitionRecords, "plain", fetcher.PartitionRecords)
    fetcher.MemoryRecords = MemoryRecords


def _patch(topics: Collection[str]) -> None:
    plain = fetcher.PartitionRecords

    class BatchedPartition(plain):  # type: ignore[misc,valid-type]
        def __next__(self) -> RecordBatch:
            try:
                return super().__next__()  # type: ignore[no-any-return]
            except CorruptRecordException as error:
                raise Unreadable(self._tp, str(error)) from error

        def _consumer_record(self, tp: TopicPartition, record: RecordBatch) -> RecordBatch:  # noqa: ARG002 - upstream's signature
            return record

    def partition_records(tp: TopicPartition, records: Any, *args: Any) -> Any:
        if tp.topic in topics:
            return BatchedPartition(tp, records, *args)
        return plain(tp, getattr(records, "plain", records), *args)

    partition_records.plain = plain  # type: ignore[attr-defined]
    fetcher.PartitionRecords, fetcher.MemoryRecords = partition_records, _Records


def _try_out(topic: str) -> None:
    """Two records the way a fetch response brings them; raises if they do not come out as one batch."""
    builder = DefaultRecordBatchBuilder(2, 0, 0, -1, -1, -1, 1 << 16)
    for offset in (0, 1):
        builder.append(offset, 7, b"k", b"v", [("h", b"x")])
    records = fetcher.MemoryRecords(bytes(builder.build()))
    partition = fetcher.PartitionRecords(TopicPartition(topic, 0), records, [], 0, None, None, True, fetcher.READ_COMMITTED)
    (batch,) = list(partition)
    if not isinstance(batch, RecordBatch) or batch.values != [b"v", b"v"] or batch.offsets != [0, 1] or partition.next_fetch_offset != 2:
        raise TypeError(f"a batch came out as {batch!r}")
