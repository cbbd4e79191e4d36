"""Records that could not be counted: parked beside their topic, byte for byte, with the reason in headers, before the position moves over them.

A crash between the two parks a record twice; topic, partition and offset in its headers tell.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import logging
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, MessageSizeTooLargeError

from processor.metrics import Metrics
from processor.stream.batches import Headers
from processor.stream.patience import Patience
from processor.stream.polls import Partition
from schemas.errors import Unavailable
from schemas.events import REASONS

_log = logging.getLogger(__name__)

SUFFIX: Final = ".dlq"
PREFIX: Final = "__campaign.errors."
OVERSIZED: Final = "oversized"
BUG: Final = "processing_bug"
TOO_LATE: Final = "too_late"
_EXPLANATION: Final = 1024
"""Bytes of `exception.message` that are kept."""
_KEY: Final = 1024
"""Bytes up to which a key is kept where only a reference is parked."""
_CARRIED: Final = ("attempts", "first.failed.at", "replay.of")
"""What a replayed record brings along from the first time it failed."""
_CARRY: Final = 256
"""Bytes of each of them."""
_FLUSH: Final = 2.0
"""Seconds that a producer has to end. What it still sends then is sent again."""


class Letter(NamedTuple):
    partition: Partition
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: Headers
    reason: str
    detail: str
    stage: str
    """What was being done: `parse` or `count`."""
    exception: str = ""
    """Class of the exception behind it, if there was one. Not its text: that may quote the record."""


class Parked(NamedTuple):
    """A record of a dead letter topic."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: list[tuple[str, bytes]]


def parked(letter: Letter, *, group: str, version: str, now: datetime) -> Parked:
    """The dead letter of a record. One that is oversized is parked as a reference: where it lies, how large it is, its SHA-256."""
    told = {name.removeprefix(PREFIX): value for name, value in letter.headers if name.startswith(PREFIX) and value is not None}
    mine = {
        "reason": letter.reason,
        "topic": letter.partition.topic,
        "partition": str(letter.partition.number),
        "offset": str(letter.offset),
        "timestamp": str(letter.timestamp),
        "stage": letter.stage,
        "exception.class.name": letter.exception,
        "exception.message": letter.detail.encode()[:_EXPLANATION].decode(errors="ignore"),
        "group": group,
        "app.version": version,
        "attempts": "1",
        "first.failed.at": now.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
    }
    errors = {name: value.encode() for name, value in mine.items() if value} | {
        name: told[name][:_CARRY] for name in _CARRIED if name in told
    }
    headers = [(name, value) for name, value in letter.headers if not name.startswith(PREFIX)]
    ours = [(PREFIX + name, value) for name, value in errors.items()]
    whole = Parked(letter.partition.topic + SUFFIX, letter.key, letter.value, headers + ours)
    return reference(whole) if letter.reason == OVERSIZED else whole


def reference(record: Parked) -> Parked:
    """What is parked of a record that does not fit: the record itself stays where its headers say."""
    value = record.value or b""
    size = [(PREFIX + "size", str(len(value)).encode()), (PREFIX + "sha256", hashlib.sha256(value).hexdigest().encode())]
    headers = [(name, value) for name, value in record.headers if name.startswith(PREFIX)]
    return Parked(record.topic, record.key if len(record.key or b"") <= _KEY else None, None, headers + size)


class DeadLetters:
    """Parks letters, and comes back only when the brokers have acknowledged every one."""

    def __init__(self, connection: Mapping[str, Any], group: str, version: str, metrics: Metrics, patience: Patience) -> None:
        self._connection, self._group, self._version = connection, group, version
        self._metrics, self._patience = metrics, patience
        self._producer: AIOKafkaProducer | None = None
        for reason in (*REASONS, BUG, TOO_LATE):
            metrics.dead_letters.labels(reason)  # else the first record of a reason comes out of nothing, and is no increase

    async def park(self, letters: Iterable[Letter]) -> None:
        now = datetime.now(UTC)
        waiting = []
        for letter in letters:
            waiting.append(parked(letter, group=self._group, version=self._version, now=now))
            self._metrics.dead_letters.labels(letter.reason).inc()
        if waiting:
            await self._patience(lambda: self._send(waiting))

    async def _send(self, waiting: list[Parked]) -> None:
        """Empties `waiting`, or leaves in it what must be tried again and raises `Unavailable`."""
        producer = await self._started()
        while waiting:
            outcomes = await asyncio.gather(*(_acknowledged(producer, record) for record in waiting), return_exceptions=True)
            refused = [(record, outcome) for record, outcome in zip(waiting, outcomes, strict=True) if outcome is not None]
            waiting[:] = [reference(record) if isinstance(error, MessageSizeTooLargeError) else record for record, error in refused]
            for _, error in refused:
                if not isinstance(error, KafkaError):
                    raise error
                if not isinstance(error, MessageSizeTooLargeError):
                    await self.close()  # one that has failed may never send again, and all would wait for it
                    raise Unavailable(f"Kafka takes no dead letters: {error!r}") from error

    async def _started(self) -> AIOKafkaProducer:
        if self._producer is None:
            producer = AIOKafkaProducer(**self._connection, acks="all", linger_ms=5, max_request_size=8 << 20, value_serializer=_bytes)
            try:
                await producer.start()
            except (KafkaError, OSError, TimeoutError) as error:
                await producer.stop()
                raise Unavailable(f"Kafka: {error!r}") from error
            self._producer = producer
        return self._producer

    async def close(self) -> None:
        if self._producer is not None:
            stopping, self._producer = asyncio.create_task(self._producer.stop()), None
            done, _ = await asyncio.wait([stopping], timeout=_FLUSH)  # it would go on trying to send what is left
            stopping.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                if done and (error := stopping.exception()):
                    _log.debug("the producer of dead letters ended badly: %r", error)


async def _acknowledged(producer: AIOKafkaProducer, record: Parked) -> None:
    value = _NULL if record.value is None else record.value
    await (await producer.send(record.topic, value, key=record.key, headers=record.headers))


_NULL: Final = object()
"""aiokafka does not take a record without key and value, which Kafka does; this is no None until it is serialized."""


def _bytes(value: object) -> object:
    return None if value is _NULL else value


class Breaker:
    """Stops a worker that would park record after record for a fault of its own. What producers send wrong does not count: that never stops anything."""

    IN_A_ROW: Final = 100
    WINDOW: Final = 10_000
    """Records; more than one in a hundred of them is too many."""

    def __init__(self, trip: Callable[[str], None]) -> None:
        self._trip = trip
        self._row = self._seen = self._bugs = 0

    def counted(self, records: int) -> None:
        """So many records went well."""
        if records:
            self._row = 0
            self._seen += records
            if self._seen >= self.WINDOW:
                self._seen = self._bugs = 0

    def bug(self) -> None:
        """A record is about to be parked because the program failed on it. Trips before that happens."""
        self._row += 1
        self._seen += 1
        self._bugs += 1
        if self._row > self.IN_A_ROW:
            self._trip(f"{self._row} records in a row could not be counted for an error of this program")
        elif self._bugs > self.WINDOW // 100:
            self._trip(f"{self._bugs} of the last {self._seen} records could not be counted for an error of this program")
