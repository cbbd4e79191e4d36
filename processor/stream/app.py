"""The stream part of a worker, put together and run: one Faust app, one agent over all source topics, and the upkeep beside it."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import sys
import uuid
from collections.abc import AsyncIterable, Awaitable, Callable, Collection, Mapping
from functools import partial
from typing import Any, Final, NoReturn, cast

from processor.health import Health
from processor.metrics import Metrics
from processor.store.port import Store
from processor.stream import batches
from processor.stream.agent import Agent
from processor.stream.asking import HEARTBEAT, IDLE_MS, REQUEST, SESSION
from processor.stream.breaker import Breaker
from processor.stream.claims import Claims
from processor.stream.dead_letters import DeadLetters
from processor.stream.patience import Patience
from processor.stream.plain_faust import NoTables, StreamApp, WholePoll
from processor.stream.store_time import StoreTime
from processor.stream.topics import create_dead_letters
from processor.stream.transport import SCHEME, Consumer
from processor.stream.upkeep import Engine, Upkeep
from processor.stream.watch import Watch
from schemas.brokers import Connection

_log = logging.getLogger(__name__)

FATAL: Final = 3
"""Exit status of a worker that ends itself. Positions stay where the store has them; its supervisor starts it again."""
STARTING: Final = 60.0
"""Seconds until the first partitions must have been assigned; Kafka was there a moment ago."""
STOPPING: Final = 4.0
"""Seconds that a clean stop may take."""
_COLLECT: Final = (50_000, 20, 100)
"""Garbage collection by generation. The objects of a group come and go by the thousand and hold no circles; the default would walk them all the time."""


def die(why: str, error: BaseException | None = None) -> NoReturn:
    """End the process now. Faust would take an exception for done work, or go on half dead; nothing is lost by starting again."""
    _log.critical("ending: %s", why, exc_info=error)
    _exit(FATAL)


def _exit(status: int) -> NoReturn:
    logging.shutdown()
    sys.stderr.flush()
    os._exit(status)


async def run(
    store: Store,
    engine: Engine,
    connection: Connection,
    health: Health,
    metrics: Metrics,
    stop: asyncio.Event,
    clock: StoreTime,
    *,
    kinds: Mapping[str, tuple[str, ...]],
    first: Collection[str],
    group: str,
    instance: str | None,
    version: str,
    replication: int,
    fetch_max_wait_ms: int,
    group_records: int,
) -> None:
    """Count what is in the topics that `kinds` names, those in `first` before the others that rest on them, until `stop` is set. Ends the process itself on errors that nothing here can mend."""
    batches.install(set(kinds))
    claims = Claims(store, uuid.uuid4().hex, metrics, first=first, latest=clock.latest)
    dead_letters = DeadLetters(
        connection.arguments(),
        group,
        version,
        metrics,
        Patience("dead letters", health),
        create=partial(create_dead_letters, connection, replication=replication),
    )
    app = _app(group, connection, instance, fetch_max_wait_ms, claims, clock.moment)
    consumer = cast("Consumer", app.consumer)
    unsettled = asyncio.Event()
    """Set when something is to be decided again."""
    agent = Agent(
        engine,
        claims,
        consumer,
        dead_letters,
        Breaker(die),
        Patience("store", health),
        metrics,
        kinds=kinds,
        group_records=group_records,
        unsettled=unsettled,
    )
    upkeep = Upkeep(
        engine,
        claims,
        consumer,
        agent,
        health,
        metrics,
        assigned=app.assigned,
        unsettled=unsettled,
        answered=1.5 * IDLE_MS / 1000,
        moment=clock.moment,
    )
    watch = Watch(store, clock, claims, consumer, agent, health, metrics, die=die)
    _attach(app, agent, sorted(kinds))

    if not await _started(app, stop):
        _exit(0)
    loops = (upkeep.claim, upkeep.heartbeat, upkeep.settle, upkeep.remove, watch.watch, watch.guard)
    beside = [asyncio.create_task(_guarded(loop)) for loop in loops]
    gc.freeze()
    gc.set_threshold(*_COLLECT)
    gc.enable()
    await _until_stopped(app, stop)
    _log.info("stopping")
    for task in beside:
        task.cancel()
    try:
        async with asyncio.timeout(STOPPING):
            await app.stop()
            await dead_letters.close()
    except TimeoutError:  # the consumer's thread would keep the process alive
        _exit(0)


def _app(
    group: str, connection: Connection, instance: str | None, fetch_max_wait_ms: int, claims: Claims, moment: Callable[[int], int]
) -> StreamApp:
    app = StreamApp(
        group,
        env={},  # Faust reads dozens of settings from the environment
        broker=";".join(f"{SCHEME}://{server}" for server in connection.servers.split(",")),
        store="memory://",
        TableManager=NoTables,
        web_enabled=False,
        HttpClient=object,  # of what is never used the default would be imported
        Worker=object,
        SetTable=object,
        SetGlobalTable=object,
        topic_allow_declare=False,
        topic_disable_leader=True,
        stream_buffer_maxsize=2,  # polls
        stream_recovery_delay=0.0,
        broker_session_timeout=SESSION,
        broker_heartbeat_interval=HEARTBEAT,
        broker_request_timeout=REQUEST,
        broker_commit_interval=1.0,
    )
    app.connection, app.instance, app.fetch_max_wait_ms, app.claims, app.moment = connection, instance, fetch_max_wait_ms, claims, moment
    return app


def _attach(app: StreamApp, agent: Agent, names: list[str]) -> None:
    """The one Faust agent. What it hands over is whole polls; nothing may leave it as an exception."""

    async def count(stream: AsyncIterable[Any]) -> None:
        async for poll in stream:
            try:
                await agent.on_poll(poll)
            except Exception as error:  # noqa: BLE001
                die("an error of this program while counting", error)
            except asyncio.CancelledError as error:
                if not _told_to_end():
                    die("counting was cancelled by nobody", error)
                raise

    app.agent(app.topic(*names, schema=WholePoll(), acks=False), name="count")(count)


async def _started(app: StreamApp, stop: asyncio.Event) -> bool:
    """False: a stop came first. Half a Faust app cannot be stopped, so one that does not start in time or fails ends the process."""
    starting, stopped = asyncio.create_task(app.start()), asyncio.create_task(stop.wait())
    await asyncio.wait({starting, stopped}, timeout=STARTING, return_when=asyncio.FIRST_COMPLETED)
    if stop.is_set():
        return False
    stopped.cancel()
    if not starting.done():
        die(f"Faust has not started within {STARTING:.0f} s")
    if error := starting.exception():
        die("Faust does not start", error)
    return True


async def _until_stopped(app: StreamApp, stop: asyncio.Event) -> None:
    """A crashed Faust app lives on, and spins."""
    crashed, stopped = asyncio.create_task(app._crashed.wait()), asyncio.create_task(stop.wait())  # noqa: SLF001 - has no public name
    await asyncio.wait({crashed, stopped}, return_when=asyncio.FIRST_COMPLETED)
    crashed.cancel()
    stopped.cancel()
    if app.crashed:
        die("Faust has crashed", app.crash_reason)


async def _guarded(loop: Callable[[], Awaitable[None]]) -> None:
    try:
        await loop()
    except Exception as error:  # noqa: BLE001
        die("an error of this program beside counting", error)
    except asyncio.CancelledError as error:
        if not _told_to_end():
            die("what goes on beside counting was cancelled by nobody", error)
        raise


def _told_to_end() -> bool:
    """Whether this task was cancelled. A call of aiokafka may end as if it were, and the task would be gone without a word: no heartbeat any more, or no claim."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
