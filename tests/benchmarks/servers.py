"""A Kafka and a Valkey of the benchmark's own, as the product starts them (append-only file on), under `.local/bench`, and gone afterwards."""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import redis
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from deploy.local import kafka, valkey
from deploy.local.jars import ENDPOINT
from deploy.local.places import LOCAL, PYTHON
from deploy.local.ports import HOST, any_free
from deploy.local.processes import Process, end, sweep
from tests.benchmarks.measuring import cpu_seconds, on_core

HOME: Final = LOCAL / "bench"
RECORDS: Final = HOME / "run"
LOGS: Final = HOME / "log"
STATE: Final = HOME / "state"
"""What a worker under test keeps on disk."""
_DATA: Final = ("kafka", "valkey", "state")


class Failed(Exception):
    """A count is wrong, or something did not happen in time: the figures are worth nothing."""


@dataclass(frozen=True)
class Servers:
    kafka: str
    redis: str
    store: Any
    """A client of the store that answers in bytes."""
    broker: Process
    valkey: Process

    def store_cpu(self) -> float:
        """CPU seconds of the store so far, its background threads included."""
        return cpu_seconds(self.valkey.pid)

    def store_cpu_exactly(self) -> float:
        """The same to the microsecond, of which the question itself is a part."""
        info = self.store.info("cpu")
        return float(info["used_cpu_user"] + info["used_cpu_sys"])

    def store_bytes(self) -> int:
        return int(self.store.info("memory")["used_memory"])

    def bytes_of(self, pattern: str) -> int:
        """What the keys that match take, with all that they hold."""
        return sum(self.store.memory_usage(key, samples=0) for key in self.store.scan_iter(match=pattern, count=1000))

    def empty(self) -> None:
        self.store.flushall()

    def content(self) -> dict[bytes, bytes]:
        """Everything that the store holds, for `put`."""
        return {key: self.store.dump(key) for key in self.store.scan_iter(count=1000)}

    def put(self, content: Mapping[bytes, bytes]) -> None:
        for key, value in content.items():
            self.store.restore(key, 0, value)

    def versions(self) -> str:
        info, preloaded = self.store.info(), valkey.environment().get("LD_PRELOAD", "")
        return (
            f"Kafka {ENDPOINT.split('+')[0].rpartition(':')[2]}; Valkey {info.get('valkey_version', info['redis_version'])}, append-only file, fsync each second, "
            f"allocator {preloaded or info['mem_allocator']}"
        )


def create_topics(kafka: str, topics: Mapping[str, int]) -> None:
    """Topic -> number of partitions; kept for ever."""
    asyncio.run(
        _create_topics(kafka, [NewTopic(name, partitions, 1, topic_configs={"retention.ms": "-1"}) for name, partitions in topics.items()])
    )


async def _create_topics(kafka: str, topics: list[NewTopic]) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    try:
        await admin.create_topics(topics)
    finally:
        await admin.close()


@contextmanager
def servers(say: Callable[[str], None]) -> Iterator[Servers]:
    """Both are ready inside, new and empty, and gone outside."""
    sweep(RECORDS, grace=2)
    for part in (*_DATA, "log"):
        shutil.rmtree(HOME / part, ignore_errors=True)
    running: list[Process] = []
    try:
        with on_core(measured=False):
            broker = kafka.prepare(HOME / "kafka", kafka_port := any_free(), any_free(), LOGS / "kafka.log", RECORDS, say)
            store = valkey.prepare(HOME / "valkey", redis_port := any_free(), LOGS / "valkey.log", RECORDS)
            for process in (broker, store):
                process.start()
                running.append(process)
        wait_until(lambda: valkey.is_ready(redis_port) and kafka.is_ready(broker), "Kafka and Valkey are ready", 60)
        url = f"redis://{HOST}:{redis_port}/0"
        with redis.Redis.from_url(url) as client:
            yield Servers(f"{HOST}:{kafka_port}", url, client, broker, store)
    finally:
        end(running, grace=4)
        for part in _DATA:
            shutil.rmtree(HOME / part, ignore_errors=True)


def program(name: str, module: str, *arguments: str, env: Mapping[str, str]) -> Process:
    """A Python module of ours as a process, not started yet."""
    return Process(name, [str(PYTHON), "-m", module, *arguments], LOGS / f"{name}.log", RECORDS, env)


def started(process: Process, *, measured: bool | None) -> Process:
    """Start it; what is measured gets the last core for itself, everything else the others. None: where the caller runs."""
    with nullcontext() if measured is None else on_core(measured=measured):
        process.start()
    return process


def wait_until(what: Callable[[], bool], told: str, seconds: float, alive: Process | None = None, pause: float = 0.05) -> None:
    """Raises `Failed` if it does not come true in time, or if the process that is to bring it about ends."""
    deadline = time.monotonic() + seconds
    while not what():
        if alive is not None and not alive.alive:
            raise Failed(f"{alive.name} ended with code {alive.code}, see {alive.log}: {tail_of(alive.log)}")
        if time.monotonic() > deadline:
            raise Failed(f"not within {seconds:.0f} s: {told}")
        time.sleep(pause)


def tail_of(log: Path) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-15:])
