"""What is parked, and when a worker refuses to park any more."""

from __future__ import annotations

import asyncio
import hashlib
from datetime import UTC, datetime
from typing import Any

import pytest
from aiokafka.errors import KafkaConnectionError, KafkaError, MessageSizeTooLargeError, UnknownTopicOrPartitionError
from prometheus_client import generate_latest

from processor.health import Health
from processor.metrics import Metrics
from processor.stream import dead_letters
from processor.stream.dead_letters import PREFIX, DeadLetters, Letter, Parked, Unparked, parked
from processor.stream.patience import Patience
from processor.stream.topics import Unfit
from schemas.events import REASONS
from tests.support.traffic import counter
from tests.unit.stream.building import NOON, ORDERS, TASKS

NOW = datetime(2026, 11, 24, 12, 0, 0, 123_000, tzinfo=UTC)


def a_letter(**changes: Any) -> Letter:
    letter = Letter(ORDERS, 7, NOON, b"k\xff", b"{\xff", [("ce_type", b"x")], "invalid_utf8", "at 1", "parse")
    return letter._replace(**changes)


def told(record: Parked) -> dict[str, str]:
    return {name.removeprefix(PREFIX): value.decode() for name, value in record.headers if name.startswith(PREFIX)}


async def may_not_be_created(topic: str) -> None:
    raise Unfit(f"{topic} may not be created")


def park(letter: Letter) -> Parked:
    return parked(letter, group="g", version="1.2", now=NOW)


def test_each_reason_is_counted_from_nothing_so_that_its_first_record_is_an_increase() -> None:
    metrics = Metrics()
    DeadLetters({}, "g", "1.2", metrics, Patience("dead letters", Health(metrics)), create=may_not_be_created)
    page = generate_latest(metrics.registry).decode()

    assert {
        reason: counter(page, "kpi_dead_letters_total", reason=reason) for reason in (*REASONS, "processing_bug", "too_late")
    } == dict.fromkeys((*REASONS, "processing_bug", "too_late"), 0)
    assert page.count("kpi_dead_letters_total{") == len(REASONS) + 2


def test_a_record_is_parked_as_it_was_with_the_reason_in_headers() -> None:
    record = park(a_letter())

    assert (record.topic, record.key, record.value) == ("orders.dlq", b"k\xff", b"{\xff")
    assert record.headers[0] == ("ce_type", b"x")
    assert told(record) == {
        "reason": "invalid_utf8",
        "topic": "orders",
        "partition": "0",
        "offset": "7",
        "timestamp": str(NOON),
        "stage": "parse",
        "exception.message": "at 1",
        "group": "g",
        "app.version": "1.2",
        "attempts": "1",
        "first.failed.at": "2026-11-24T12:00:00.123Z",
    }


def test_a_record_that_is_too_large_is_parked_as_a_reference() -> None:
    value = b"x" * 300_000

    record = park(a_letter(value=value, reason="oversized"))

    assert (record.key, record.value) == (b"k\xff", None)
    assert told(record)["sha256"] == hashlib.sha256(value).hexdigest()
    assert told(record)["size"] == "300000"
    assert ("ce_type", b"x") not in record.headers


def test_a_replayed_record_keeps_when_it_failed_first_and_how_often_it_was_tried() -> None:
    before = [
        (PREFIX + "attempts", b"2"),
        (PREFIX + "first.failed.at", b"then"),
        (PREFIX + "replay.of", b"orders-0:3"),
        (PREFIX + "reason", b"old"),
    ]

    record = park(a_letter(headers=before))

    assert told(record) | {"attempts": "2", "first.failed.at": "then", "replay.of": "orders-0:3", "reason": "invalid_utf8"} == told(record)
    assert len([name for name, _ in record.headers if name == PREFIX + "reason"]) == 1


@pytest.mark.parametrize("name", ["attempts", "first.failed.at", "replay.of", "reason", "of nobody's"])
def test_a_header_of_ours_without_a_value_is_as_if_it_were_not_there(name: str) -> None:
    """Kafka allows it, whoever sent it: no record may stop a partition."""
    nothing: Any = None

    record = park(a_letter(headers=[(PREFIX + name, nothing), ("theirs", nothing)]))

    assert told(record._replace(headers=record.headers[1:])) == told(park(a_letter()))
    assert record.headers[0] == ("theirs", nothing)


def test_an_explanation_is_cut_at_a_kilobyte_between_characters() -> None:
    assert told(park(a_letter(detail="é" * 600)))["exception.message"] == "é" * 512


class Brokers:
    """Instead of aiokafka's producer. `answers`: what becomes of the next records, in turn; then all goes well. `topics`: those that are there."""

    answers: list[BaseException] = []  # noqa: RUF012 - set by each test
    took: list[tuple[str, bytes | None, bytes | None]] = []  # noqa: RUF012
    topics: set[str] = set()  # noqa: RUF012

    def __init__(self, **options: Any) -> None:
        self._serialize = options["value_serializer"]
        assert options["acks"] == "all"

    async def start(self) -> None:
        pass

    async def stop(self) -> None:
        pass

    async def partitions_for(self, topic: str) -> set[int]:
        if topic not in self.topics:
            raise UnknownTopicOrPartitionError
        return {0}

    async def send(self, topic: str, value: object, *, key: bytes | None, headers: object) -> asyncio.Future[None]:
        assert value is not None or key is not None, "aiokafka refuses this"
        acknowledged: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        if self.answers:
            acknowledged.set_exception(self.answers.pop(0))
        else:
            self.took.append((topic, key, self._serialize(value)))
            acknowledged.set_result(None)
        return acknowledged


@pytest.fixture(name="letters")
def _letters(monkeypatch: pytest.MonkeyPatch) -> DeadLetters:
    monkeypatch.setattr(dead_letters, "AIOKafkaProducer", Brokers)
    monkeypatch.setattr(dead_letters, "_LONG", 0.2)
    Brokers.answers, Brokers.took, Brokers.topics = [], [], {"orders.dlq", "tasks.dlq"}
    metrics = Metrics()
    return DeadLetters({}, "g", "v", metrics, Patience("dead letters", Health(metrics)), create=may_not_be_created)


async def test_only_what_was_not_acknowledged_is_sent_again(letters: DeadLetters) -> None:
    Brokers.answers = [KafkaConnectionError()]

    await letters.park([a_letter(value=b"1"), a_letter(value=b"2")])

    assert [value for _, _, value in Brokers.took] == [b"2", b"1"]


class Broken(Brokers):
    """aiokafka's producer after an error in its own task: every record is refused for ever, and it does not end well either."""

    made: list[Brokers] = []  # noqa: RUF012
    end: Any = None

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._works = bool(self.made)
        self.made.append(self)

    async def send(self, topic: str, value: object, *, key: bytes | None, headers: object) -> asyncio.Future[None]:
        if not self._works:
            raise KafkaError("Unexpected error during batch delivery")
        return await super().send(topic, value, key=key, headers=headers)

    async def stop(self) -> None:
        await self.end()


async def cancelled() -> None:
    raise asyncio.CancelledError


async def failing() -> None:
    raise KeyError


@pytest.mark.parametrize("end", [asyncio.Event().wait, cancelled, failing])
async def test_a_producer_that_never_sends_again_is_replaced(letters: DeadLetters, monkeypatch: pytest.MonkeyPatch, end: Any) -> None:
    monkeypatch.setattr(dead_letters, "AIOKafkaProducer", Broken)
    monkeypatch.setattr(dead_letters, "_FLUSH", 0.01, raising=False)
    Broken.made, Broken.end = [], staticmethod(end)

    async with asyncio.timeout(5):
        await letters.park([a_letter(value=b"1")])

    assert [value for _, _, value in Brokers.took] == [b"1"]
    assert len(Broken.made) == 2


async def test_a_record_that_the_brokers_find_too_large_is_parked_as_a_reference(letters: DeadLetters) -> None:
    Brokers.answers = [MessageSizeTooLargeError()]

    await letters.park([a_letter(value=b"1")])

    assert Brokers.took == [("orders.dlq", b"k\xff", None)]


async def test_a_record_without_key_and_value_can_be_parked(letters: DeadLetters) -> None:
    await letters.park([a_letter(key=None, value=None, reason="null_value")])

    assert Brokers.took == [("orders.dlq", None, None)]


async def test_letters_of_a_topic_that_is_gone_hold_up_no_others(letters: DeadLetters) -> None:
    Brokers.topics = {"tasks.dlq"}

    with pytest.raises(Unparked, match=r"orders\.dlq is not there: orders\.dlq may not be created") as unparked:
        await letters.park([a_letter(), a_letter(partition=TASKS)])

    assert ([*unparked.value.partitions], [topic for topic, _, _ in Brokers.took]) == ([ORDERS], ["tasks.dlq"])


async def test_a_topic_that_took_nothing_is_not_tried_again_for_each_partition(letters: DeadLetters) -> None:
    Brokers.topics = set()
    with pytest.raises(Unparked):
        await letters.park([a_letter()])

    Brokers.topics = {"orders.dlq"}
    with pytest.raises(Unparked, match="may not be created"):
        await letters.park([a_letter(partition=ORDERS._replace(number=1))])


async def test_a_topic_that_is_gone_is_created_again(letters: DeadLetters, monkeypatch: pytest.MonkeyPatch) -> None:
    Brokers.topics = set()

    async def create(topic: str) -> None:
        Brokers.topics.add(topic)

    monkeypatch.setattr(letters, "_create", create)
    await letters.park([a_letter()])

    assert [topic for topic, _, _ in Brokers.took] == ["orders.dlq"]


async def test_an_error_that_is_no_brokers_is_not_waited_out(letters: DeadLetters) -> None:
    Brokers.answers = [TypeError("ours")]

    with pytest.raises(TypeError):
        await letters.park([a_letter()])
