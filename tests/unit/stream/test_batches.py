"""Whole batches out of aiokafka's own loop, and the way without them."""

from __future__ import annotations

import gc
import logging
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.consumer import fetcher
from aiokafka.record.control_record import ABORT_MARKER
from aiokafka.record.default_records import DefaultRecordBatchBuilder
from aiokafka.record.util import calc_crc32c_py

from processor.stream import batches
from processor.stream.batches import RecordBatch, Unreadable, install, uninstall

TP = TopicPartition("orders", 0)


@pytest.fixture(autouse=True)
def _seam() -> Iterator[None]:
    assert install({"orders"})
    yield
    uninstall()


def built(first: int, values: Sequence[bytes | None], *, codec: int = 0, headers: Any = (), producer: int = -1) -> bytes:
    """A batch as a broker sends it; with a producer, of its transaction."""
    builder = DefaultRecordBatchBuilder(2, codec, int(producer >= 0), producer, 0, 0, 1 << 20)
    for n, value in enumerate(values):
        builder.append(n, 1_000 + n, b"k%d" % n, value, list(headers))
    found = bytearray(builder.build())
    found[:8] = first.to_bytes(8, "big")
    return sealed(found)


def sealed(batch: bytearray) -> bytes:
    """With the checksum that belongs to it."""
    batch[17:21] = calc_crc32c_py(bytes(batch[21:])).to_bytes(4, "big")
    return bytes(batch)


def partition(data: bytes, start: int = 0, aborted: Any = (), topic: TopicPartition = TP) -> Any:
    return fetcher.PartitionRecords(topic, fetcher.MemoryRecords(data), list(aborted), start, None, None, True, fetcher.READ_COMMITTED)


@pytest.mark.parametrize("codec", [0, 1, 2, 3, 4])
def test_a_batch_comes_whole_with_all_of_its_columns_in_every_compression(codec: int) -> None:
    records = partition(built(5, [b"a", None, b"c"], codec=codec, headers=[("h", b"x")]), start=5)

    (batch,) = records

    assert (batch.values, batch.keys, batch.offsets) == ([b"a", None, b"c"], [b"k0", b"k1", b"k2"], [5, 6, 7])
    assert (batch.timestamps, batch.headers) == ([1_000, 1_001, 1_002], [[("h", b"x")]] * 3)
    assert records.next_fetch_offset == 8


def test_a_batch_that_begins_before_the_position_comes_all_the_same_and_says_where_to_go_on() -> None:
    (batch,) = partition(built(0, [b"a", b"b", b"c"]), start=2)

    assert batch.since(2) == 2
    assert (batch.since(0), batch.since(3)) == (0, 3)


def test_a_batch_that_lies_before_the_position_does_not_come() -> None:
    data = built(0, [b"a", b"b"]) + built(2, [b"c"])

    assert [batch.values for batch in partition(data, start=2)] == [[b"c"]]


def test_a_batch_that_the_broker_cut_short_is_left_for_the_next_answer() -> None:
    data = built(0, [b"a", b"b"]) + built(2, [b"c"])[:-3]
    records = partition(data)

    assert [batch.values for batch in records] == [[b"a", b"b"]]
    assert records.next_fetch_offset == 2


def test_a_wrong_checksum_is_noticed() -> None:
    data = bytearray(built(0, [b"a"]))
    data[-1] ^= 1

    with pytest.raises(Unreadable, check=lambda error: error.partition == TP):
        list(partition(bytes(data)))


def test_aborted_transactions_and_markers_do_not_come_but_are_passed() -> None:
    abort = an_abort(2, producer=9)
    data = built(0, [b"a", b"b"], producer=9) + abort + built(3, [b"c"])
    records = partition(data, aborted=[(9, 0)])

    assert [batch.values for batch in records] == [[b"c"]]
    assert records.next_fetch_offset == 4


def an_abort(offset: int, producer: int) -> bytes:
    builder = DefaultRecordBatchBuilder(2, 0, 1, producer, 0, -1, 1 << 16)
    builder.append(0, 1_000, ABORT_MARKER.version.to_bytes(2, "big") + ABORT_MARKER.type_.to_bytes(2, "big"), b"\0\0\0\0\0\0", [])
    found = bytearray(builder.build())
    found[:8] = offset.to_bytes(8, "big")
    found[22] |= 0x20  # a control batch
    return sealed(found)


@pytest.mark.parametrize("codec", [0, 3])
def test_a_header_whose_name_is_no_utf8_is_mended_and_stops_nothing(codec: int) -> None:
    good, odd = built(0, [b"a"]), built(1, [b"b", b"c"], headers=[("\x01\x02", b"x")])
    odd = sealed(bytearray(odd.replace(b"\x04\x01\x02", b"\x04\xff\xfe")))
    if codec:
        odd = built(1, [b"b", b"c"], headers=[("zz", b"x")], codec=codec)

    first, second = partition(good + odd)

    assert (first.values, second.values, second.offsets) == ([b"a"], [b"b", b"c"], [1, 2])
    assert [name for ((name, _),) in second.headers] == (["\ufffd\ufffd"] * 2 if not codec else ["zz"] * 2)


def test_other_topics_stay_as_they_are() -> None:
    (record,) = partition(built(0, [b"a"]), topic=TopicPartition("else", 0))

    assert (record.topic, record.value) == ("else", b"a")


def test_no_object_per_record_stays_that_the_garbage_collector_would_walk() -> None:
    records = partition(built(0, [b"value %d" % n for n in range(2_000)]))
    gc.collect()
    before = len(gc.get_objects())

    found = list(records)

    assert len(found[0]) == 2_000
    assert len(gc.get_objects()) - before < 100


def test_a_seam_that_does_not_hold_is_left_alone_and_said(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    uninstall()

    class Moved:
        """As if upstream had made another class of it."""

        def __init__(self, tp: object, records: object) -> None:
            pass

    monkeypatch.setattr(fetcher, "PartitionRecords", Moved)
    plain = fetcher.MemoryRecords
    with caplog.at_level(logging.WARNING):
        assert not install({"orders"})

    assert fetcher.PartitionRecords is Moved
    assert fetcher.MemoryRecords is plain
    assert "records are taken one by one" in caplog.text


def test_records_that_come_one_by_one_make_the_same_batch() -> None:
    data = built(3, [b"a", None, b"c"], headers=[("h", b"x")])
    (whole,) = partition(data, start=3)
    uninstall()

    gathered = RecordBatch(list(partition(data, start=3)))

    for column in ("values", "keys", "timestamps", "offsets"):
        assert getattr(gathered, column) == getattr(whole, column)
    assert [list(headers) for headers in gathered.headers] == whole.headers


def test_another_aiokafka_is_named_in_the_log_and_tried(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    uninstall()
    monkeypatch.setattr(batches, "PINNED", "0.0.1")
    with caplog.at_level(logging.WARNING):
        assert install({"orders"})

    assert "the batch seam was read in 0.0.1" in caplog.text
