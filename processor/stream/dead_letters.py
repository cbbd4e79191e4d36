"""Records that could not be counted: parked beside their topic, byte for byte, with the reason in headers, before the position moves over them.

A crash between the two parks a record twice; topic, partition and offset in its headers tell.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import logging
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, MessageSizeTooLargeError

from processor.metrics import Metrics
from processor.stream.batches import Headers
from processor.stream.patience import Patience
from processor.stream.polls import Partition
from schemas.errors import KpiError, Unavailable
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
_ACKNOWLEDGED: Final = 10_000
"""Milliseconds until what the brokers have not acknowledged is sent again, and until they are asked again which topics there are."""
_KNOWN: Final = 2.0
"""Seconds until a topic that the brokers do not name is taken for one that is not there."""
_LONG: Final = 3.0
"""Seconds that parking is tried before others no longer wait for it."""
_AGAIN: Final = 10.0
"""Seconds until a topic that took nothing is tried again: whoever tries holds up all others."""
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


class Unparked(KpiError):
    """Letters of these partitions could not be parked. The text says why."""

    def __init__(self, partitions: Collection[Partition], why: str) -> None:
        super().__init__(why)
        self.partitions = partitions


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
    """Parks letters, and comes back only when the brokers have acknowledged every one, or when others should not wait any longer.

    `create`: has a dead letter topic that somebody deleted be there again; raises a `KpiError` where that cannot be.
    """

    def __init__(
        self,
        connection: Mapping[str, Any],
        group: str,
        version: str,
        metrics: Metrics,
        patience: Patience,
        *,
        create: Callable[[str], Awaitable[None]],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._connection, self._group, self._version = connection, group, version
        self._metrics, self._patience, self._create, self._clock = metrics, patience, create, clock
        self._producer: AIOKafkaProducer | None = None
        for reason in (*REASONS, BUG, TOO_LATE):
            metrics.dead_letters.labels(reason)  # else the first record of a reason comes out of nothing, and is no increase
        self._refused: dict[str, tuple[str, float]] = {}
        """Topics that took nothing when they were tried last: why, and until when they are not tried again."""

    async def park(self, letters: Iterable[Letter]) -> None:
        """Raises `Unparked`; what there is of other topics is parked then."""
        now, of_topic = datetime.now(UTC), defaultdict[str, list[tuple[Letter, Parked]]](list)
        for letter in letters:
            record = parked(letter, group=self._group, version=self._version, now=now)
            of_topic[record.topic].append((letter, record))
        unparked: dict[Partition, str] = {}
        for topic, waiting in of_topic.items():
            if why := await self._refusal(topic, waiting):
                unparked |= {letter.partition: why for letter, _ in waiting}
        if unparked:
            raise Unparked(unparked.keys(), "; ".join(dict.fromkeys(unparked.values())))

    async def _refusal(self, topic: str, waiting: list[tuple[Letter, Parked]]) -> str:
        """Why what is waiting could not be parked; nothing once it is."""
        why, until = self._refused.get(topic, ("", 0.0))
        if until > self._clock():
            return why
        try:
            await self._patience(lambda: self._send(topic, waiting), within=_LONG)
        except Unavailable as error:
            self._refused[topic] = str(error), self._clock() + _AGAIN
            return str(error)
        return ""

    async def _send(self, topic: str, waiting: list[tuple[Letter, Parked]]) -> None:
        """Empties `waiting`, or leaves in it what must be tried again and raises `Unavailable`."""
        producer = await self._started()
        await self._there(producer, topic)
        while waiting:
            outcomes = await asyncio.gather(*(_acknowledged(producer, record) for _, record in waiting), return_exceptions=True)
            for (letter, _), outcome in zip(waiting, outcomes, strict=True):
                if outcome is None:
                    self._metrics.dead_letters.labels(letter.reason).inc()
            refused = [(each, outcome) for each, outcome in zip(waiting, outcomes, strict=True) if outcome is not None]
            waiting[:] = [
                (letter, reference(record) if isinstance(error, MessageSizeTooLargeError) else record)
                for (letter, record), error in refused
            ]
            for _, error in refused:
                if not isinstance(error, KafkaError):
                    raise error
                if not isinstance(error, MessageSizeTooLargeError):
                    await self.close()  # one that has failed may never send again, and all would wait for it
                    raise Unavailable(f"{topic} takes no dead letters: {error!r}") from error

    async def _there(self, producer: AIOKafkaProducer, topic: str) -> None:
        """The topic is there, or is created. What is sent to one that the brokers do not name waits for long."""
        try:
            async with asyncio.timeout(_KNOWN):
                await producer.partitions_for(topic)
        except (KafkaError, TimeoutError) as error:
            try:
                await self._create(topic)
            except KpiError as refused:
                raise Unavailable(f"{topic} is not there: {refused}") from error

    async def _started(self) -> AIOKafkaProducer:
        if self._producer is None:
            producer = AIOKafkaProducer(
                **self._connection,
                acks="all",
                linger_ms=5,
                max_request_size=8 << 20,
                request_timeout_ms=_ACKNOWLEDGED,
                metadata_max_age_ms=_ACKNOWLEDGED,
                value_serializer=_bytes,
            )
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
