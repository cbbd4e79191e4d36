"""What is done to the product while it counts. Each fault comes back when it has bitten and what was broken is there again; one that hurt nobody fails."""

from __future__ import annotations

import os
import shutil
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from random import Random
from typing import Any, Final

import redis

from processor.recount.contract import TOPICS
from schemas import keys
from tests.soak.traffic import PARTITIONS
from tests.support.servers import Broker, Product, Store, until
from tests.support.traffic import counter

WORKERS: Final = ("worker-1", "worker-2")
ALL: Final = len(TOPICS) * PARTITIONS
PATIENCE: Final = 300.0
"""Seconds."""


class Nemesis:
    """Breaks one thing after the other; `done` counts the faults."""

    def __init__(self, product: Product, broker: Broker, store: Store, folder: Path, rng: Random) -> None:
        self.product, self.broker, self.store, self.rng = product, broker, store, rng
        self.done: Counter[str] = Counter()
        self._data = folder / "valkey" / "data" / "appendonlydir"
        self._before = folder / "valkey" / "before"
        self._kinds: dict[str, Callable[[], None]] = {
            "kill -9 of a worker": self._kill_worker,
            "kill -9 of both workers": self._kill_both,
            "SIGSTOP of a worker past its session": self._freeze,
            "a third worker comes and goes": self._visit,
            "kill -9 of the store": self._kill_store,
            "the store set back to an older copy": self._set_back,
            "restart of the broker": self._restart_broker,
            "kill -9 of the broker": self._kill_broker,
        }
        self._only_once = {"the store emptied": self._empty}

    def faults(self, rounds: int) -> list[str]:
        """What is to be done, in this order: each kind once a round, and the store emptied once, in the first: all is counted again then."""
        names: list[str] = []
        for number in range(rounds):
            bag = [*self._kinds, *(self._only_once if number == 0 else ())]
            self.rng.shuffle(bag)
            names += bag
        return names

    def do(self, name: str) -> None:
        (self._kinds | self._only_once)[name]()
        self.done[name] += 1

    def counted(self) -> int:
        """So many records are counted as of now; 0 while the store does not answer."""
        with suppress(redis.RedisError), redis.Redis.from_url(self.store.url) as client:
            meta: Any = client.hgetall(keys.prefix("g1", 0) + keys.META)
            return sum(int(value) for name, value in meta.items() if name.startswith(b"x:"))
        return 0

    # workers

    def revive(self) -> None:
        """Start again who has ended by itself, as whatever keeps workers running does; the report tells of it, for it is no fault of ours."""
        for name in WORKERS:
            if not self.product.process(name).alive:
                self.done[f"{name} ended by itself"] += 1
                self.product.start_worker(name)

    def _kill_worker(self) -> None:
        name = self.rng.choice(WORKERS)
        self.product.kill(name)
        self.product.start_worker(name)

    def _kill_both(self) -> None:
        for name in WORKERS:
            self.product.kill(name)
        for name in WORKERS:
            self.product.start_worker(name)

    def _freeze(self) -> None:
        frozen, other = self.rng.sample(WORKERS, 2)
        process = self.product.process(frozen)
        os.kill(process.pid, signal.SIGSTOP)
        try:
            until(lambda: self._said(other, "kpi_partitions_held") == ALL, f"{other} to hold all", PATIENCE)
        finally:
            os.kill(process.pid, signal.SIGCONT)
        until(lambda: self._held() == ALL and self._said(frozen, "kpi_partitions_held") > 0, "each partition to be held once", PATIENCE)

    def _visit(self) -> None:
        self.product.start_worker("worker-3", wait=False)
        until(lambda: self._said("worker-3", "kpi_partitions_held") > 0, "the third worker to hold partitions", PATIENCE)
        self.product.stop("worker-3")

    # the store

    def _kill_store(self) -> None:
        self.store.kill()
        self._noticed()
        self.store.start()

    def _set_back(self) -> None:
        """Writes that were acknowledged are lost, as in a failover to a replica that lagged behind."""
        self._copy()
        counted = self.counted()
        until(lambda: self.counted() > counted, "more to be counted", PATIENCE)
        with self._lost("REWOUND"):
            self.store.kill()
            shutil.rmtree(self._data)
            self._before.rename(self._data)
            self.store.start()

    def _copy(self) -> None:
        """Of the append-only files, while none of them is being replaced by a shorter one."""
        with redis.Redis.from_url(self.store.url) as client:
            client.config_set("auto-aof-rewrite-percentage", 0)
            until(lambda: not client.info("persistence")["aof_rewrite_in_progress"], "the append-only file to be whole", PATIENCE)
            shutil.copytree(self._data, self._before)
            client.config_set("auto-aof-rewrite-percentage", 100)

    def _empty(self) -> None:
        with self._lost("NOSTATE"):
            self.store.empty()

    # the broker

    def _restart_broker(self) -> None:
        self.broker.stop()
        self._without_broker()

    def _kill_broker(self) -> None:
        self.broker.kill()
        self._without_broker()

    def _without_broker(self) -> None:
        self._noticed()
        self.broker.start()

    # whether it has bitten

    @contextmanager
    def _lost(self, reason: str) -> Iterator[None]:
        """Inside something happens to the store; afterwards a worker has been told that its partitions are lost."""
        before = self._said_lost(reason)
        yield
        until(lambda: self._said_lost(reason) > before, f"a worker to be told {reason}", PATIENCE)

    def _said_lost(self, reason: str) -> float:
        return sum(self._said(name, "kpi_lost_total", reason=reason) for name in WORKERS)

    def _held(self) -> float:
        return sum(self._said(name, "kpi_partitions_held") for name in WORKERS)

    def _said(self, name: str, metric: str, **labels: str) -> float:
        """0 while it does not answer."""
        return counter(self.product.metrics(name), metric, **labels)

    def _noticed(self) -> None:
        until(lambda: not all(self.product.is_ready(name) for name in WORKERS), "a worker to notice", PATIENCE)
