"""A seeded adversary: workers over partition logs on one real store, with a scheduler that stops between any two calls to it.

Workers are coroutines driven by hand. Each store call first gives control back, so that anything may happen between a read and the write that rests on
it: another worker, a crash, a reply that is lost, a partition that moves while its old owner lives on, a store set back to an older state, a store emptied.
One seed, one course of events.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Callable, Coroutine
from typing import Any, Final

import redis

from processor.engine import Engine
from processor.store.port import Claim, Lost
from processor.store.redis import RedisStore
from processor.values import Slot
from schemas import keys
from schemas.events import Event, Tombstone
from tests.simulation.stepped import PREFIX, SteppedStore

Log = list[Event | Tombstone]
CellKey = tuple[str, str, str, str, str]
STEP_MS: Final = 6 * 3_600_000
"""By how much earlier a log is read up to for each event of it that is unread."""
WORK: Final = ("settle",) * 5 + ("timer",) + ("group",) * 14
"""What a worker does next, by chance."""
FIRST: Final = "settings"
"""The topic that is read first where that matters."""
CHANCES: Final = {"crash": 0.002, "move": 0.002, "snapshot": 0.0015, "rewind": 0.0006, "flush": 0.0002}
"""How likely each fault is at each step."""
PLANNED: Final = ("crash", "zombie", "snapshot", "zombie", "rewind")
"""What happens in any case, in this order, in the first steps, so that a few seeds show as much as many, only less of it."""


class NoRest(AssertionError):
    """Something was still to be done when the course had to end."""


class Worker:
    """What a process holds: an engine with its cache, its claims, and what it is doing."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.lives = 0
        self.doing: dict[str, Coroutine[Any, Any, None]] = {}
        self.claims: dict[str, Claim] = {}
        self.engine: Engine


class Adversary:
    """`run()` ends when every position is at its end and nothing is dirty, or raises `NoRest`; `seen` counts what happened on the way."""

    def __init__(
        self,
        url: str,
        logs: dict[str, Log],
        seed: int,
        *,
        workers: int = 3,
        batch: int = 12,
        paced: dict[str, list[int]] | None = None,
        ends_at: int = 0,
        taken: dict[str, list[int]] | None = None,
        prepare: Callable[[RedisStore], None] = lambda store: None,
        faults: float = 1.0,
    ) -> None:
        self.rng = random.Random(seed)
        self.seen: Counter[str] = Counter()
        self.logs, self.batch, self.paced, self.faults = logs, batch, paced, faults
        self.ends_at = ends_at
        """When all logs end, ms; the time goes on with the positions. 0: unknown, so there is no watermark."""
        self.taken = taken
        """When Kafka had each event of each log, where that matters: then it is the time, all messages are over and removed before there is rest, and settings are read first."""
        self.work = WORK if taken is None else (*WORK, *["remove"] * 4)
        self.redis: redis.Redis = redis.Redis.from_url(url)
        self.redis.flushdb()
        self._loop = asyncio.new_event_loop()
        self._stores: list[RedisStore] = []
        self._url, self._prepare = url, prepare
        self.workers = [Worker(f"w{n}") for n in range(workers)]
        for worker in self.workers:
            self._restart(worker)
        self.owner = {partition: self.rng.choice(self.workers) for partition in sorted(logs)}
        self.progress = dict.fromkeys(logs, 0)
        self._zombies: list[Coroutine[Any, Any, None]] = []
        self._snapshots: list[list[tuple[bytes, bytes]]] = []
        steps = sorted(self.rng.sample(range(50, 1200), len(PLANNED)))
        self._planned = dict(zip(steps, PLANNED, strict=True)) if faults else {}

    def close(self) -> None:
        for worker in self.workers:
            for running in worker.doing.values():
                running.close()
        for zombie in self._zombies:
            zombie.close()
        for store in self._stores:
            self._loop.run_until_complete(store.close())
        self._loop.close()
        self.redis.close()

    def _restart(self, worker: Worker) -> None:
        for running in worker.doing.values():
            running.close()
        store = RedisStore(self._url)
        self._prepare(store)
        self._stores.append(store)
        lost = 0.03 if self.faults else 0.0
        worker.engine = Engine(
            SteppedStore(store, self._loop.run_until_complete, self.rng, lost, self.seen), cache_size=self.rng.choice((20, 10_000))
        )
        worker.lives += 1
        worker.doing, worker.claims = {}, {}

    # what workers do

    async def _group(self, worker: Worker) -> None:
        """Claim what is mine, take a little from each log, commit it."""
        mine = [partition for partition in sorted(self.logs) if self.owner[partition] is worker and self._has_its_turn(partition)]
        owner = f"{worker.name}.{worker.lives}"
        for partition in mine:
            if partition not in worker.claims:
                worker.claims[partition] = await worker.engine.store.claim(partition, owner, 1, of=len(self.logs))
                self.progress[partition] = max(self.progress[partition], worker.claims[partition].position)
        slots: list[Slot] = []
        events: Log = []
        for partition in mine:
            claim = worker.claims.get(partition)
            if claim and self.rng.random() < 0.7:
                start = claim.position
                stop = self._until(partition, start, start + self.rng.randint(0, self.batch))
                slots.append(Slot(partition, claim.epoch, owner, start, stop, self._as_of(partition, stop)))
                events += self.logs[partition][start:stop]
        if not slots:
            return
        try:
            await worker.engine.commit(slots, events)
        except Lost as lost:
            self.seen[lost.reason] += 1
            for slot in slots:
                if lost.partition in (None, slot.partition):
                    worker.claims.pop(slot.partition, None)
            return
        for slot in slots:
            claim = worker.claims.get(slot.partition)
            if claim and claim.epoch == slot.epoch:
                worker.claims[slot.partition] = Claim(slot.epoch, slot.last)
                self.progress[slot.partition] = max(self.progress[slot.partition], slot.last)

    def _until(self, partition: str, start: int, stop: int) -> int:
        """Paced: logs advance together, in the order of production, so that what was produced last does come last."""
        stop = min(stop, len(self.logs[partition]))
        if self.paced is None or (self.taken is not None and partition.startswith(FIRST)):
            return stop
        at = self.paced
        front = min((at[p][self.progress[p]] for p in self.logs if self.progress[p] < len(self.logs[p])), default=1 << 30)
        while stop > start and at[partition][stop - 1] > front + 40:
            stop -= 1
        return stop

    def _has_its_turn(self, partition: str) -> bool:
        """As in the product: what others rest on is read first where numbers are made anew."""
        if self.taken is None or partition.startswith(FIRST):
            return True
        counted = self.redis.hgetall(PREFIX + keys.META)
        return all(int(counted.get(b"x:" + name.encode(), 0)) >= len(log) for name, log in self.logs.items() if name.startswith(FIRST))

    def _as_of(self, partition: str, position: int) -> int:
        if self.taken is not None:
            return self.taken[partition][position] if position < len(self.logs[partition]) else self.ends_at
        unread = len(self.logs[partition]) - position
        return max(0, self.ends_at - unread * STEP_MS)

    async def _settle(self, worker: Worker) -> None:
        await worker.engine.settle()

    async def _advance_watermark(self, worker: Worker) -> None:
        await worker.engine.advance()
        await worker.engine.expire()

    async def _remove(self, worker: Worker) -> None:
        await worker.engine.remove()

    # what happens to them

    def _fault(self, step: int) -> None:
        what = self._planned.pop(step, None)
        if what is None and self.rng.random() < self.faults * sum(CHANCES.values()):
            (what,) = self.rng.choices([*CHANCES], [*CHANCES.values()])
        if what == "crash":
            self._restart(self.rng.choice(self.workers))
            self.seen["crashes"] += 1
        elif what == "move":
            self._move(self.rng.choice(sorted(self.logs)), lives_on=self.rng.random() < 0.5)
        elif what == "zombie":
            busy = [partition for partition in sorted(self.logs) if "group" in self.owner[partition].doing]
            self._move(self.rng.choice(busy or sorted(self.logs)), lives_on=True)
        elif what == "snapshot":
            self._snapshots.append(self._dump())
        elif what == "rewind" and self._snapshots and self.seen["rewinds"] < 6:
            self._restore(self.rng.choice(self._snapshots[-3:]))
            self.seen["rewinds"] += 1
        elif what == "flush" and not self.seen["flushes"]:
            self.redis.flushdb()
            self.seen["flushes"] += 1

    def _move(self, partition: str, *, lives_on: bool) -> None:
        """A rebalance; sometimes the old owner goes on as if nothing had happened."""
        old = self.owner[partition]
        if running := old.doing.pop("group", None):
            if lives_on:
                self._zombies.append(running)
                self.seen["zombies"] += 1
            else:
                running.close()
        self.owner[partition] = self.rng.choice(self.workers)
        self.owner[partition].claims.pop(partition, None)
        if running := self.owner[partition].doing.pop("group", None):
            running.close()
        self.seen["moves"] += 1

    def _dump(self) -> list[tuple[bytes, bytes]]:
        found = list(self.redis.scan_iter(count=1000))
        with self.redis.pipeline(transaction=False) as pipe:
            for key in found:
                pipe.dump(key)
            return [(key, value) for key, value in zip(found, pipe.execute(), strict=True) if value]

    def _restore(self, snapshot: list[tuple[bytes, bytes]]) -> None:
        self.redis.flushdb()
        with self.redis.pipeline(transaction=False) as pipe:
            for key, value in snapshot:
                pipe.restore(key, 0, value)
            pipe.execute()

    # the course of events

    def run(self, limit: int = 60_000) -> None:
        calm = 0
        for step in range(limit):
            self.seen["steps"] += 1
            if self.faults and step < limit // 2:
                self._fault(step)
            if self._zombies and self.rng.random() < 0.05:
                self._advance(self._zombies, self.rng.randrange(len(self._zombies)))
            worker = self.rng.choice(self.workers)
            what = self.rng.choice(self.work)
            if what not in worker.doing:
                doing = {"settle": self._settle, "group": self._group, "timer": self._advance_watermark, "remove": self._remove}
                worker.doing[what] = doing[what](worker)
            self._drive(worker, what)
            if step % 50 == 0 and not self._planned:
                calm = calm + 1 if self._at_rest() else 0
                if calm > 3:
                    return
        raise NoRest(f"no rest after {limit} steps: {dict(self.seen)}")

    def _drive(self, worker: Worker, what: str) -> None:
        try:
            worker.doing[what].send(None)
        except StopIteration:
            worker.doing.pop(what, None)

    def _advance(self, zombies: list[Coroutine[Any, Any, None]], n: int) -> None:
        try:
            for _ in range(self.rng.randint(1, 6)):
                zombies[n].send(None)
        except StopIteration:
            del zombies[n]

    def _at_rest(self) -> bool:
        meta = self.redis.hgetall(PREFIX + keys.META)
        ends = all(int(meta.get(b"x:" + partition.encode(), 0)) >= len(log) for partition, log in self.logs.items())
        at_last = int(meta.get(keys.WATERMARK, 0)) == self.ends_at
        lists = (PREFIX + "y\x1fM\x1f*", PREFIX + keys.touched("default"))
        if self.taken is not None and any(next(self.redis.scan_iter(pattern, count=10_000), None) for pattern in lists):
            return False  # a message or a touch is still there, long after it was over
        return ends and at_last and not self.redis.scard(PREFIX + keys.DIRTY)

    def cells(self) -> dict[CellKey, int]:
        out = {}
        for key in self.redis.scan_iter(match=PREFIX + "c\x1f*", count=1000):
            tenant, campaign, view, day = key.decode()[len(PREFIX) + 2 :].split("\x1f")
            found: dict[bytes, bytes] = self.redis.hgetall(key)  # type: ignore[assignment]  # this client does not decode
            out.update({(tenant, campaign, view, day, field.decode()): int(value) for field, value in found.items()})
        return out
