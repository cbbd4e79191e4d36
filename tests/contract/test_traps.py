"""What Faust, aiokafka and Kafka do that would lose, double or stop records, each with the test that it cannot do so here.

Every one of these cost somebody a wrong number or a dead worker once. What the store and the engine have to bear is in `test_store.py`, `test_races.py`
and the simulation; what aiokafka does by itself, in `test_traps_of_aiokafka.py`; what whole batches have to bear, in `unit/stream/test_batches.py`;
kills and outages, in `integration/test_stream.py`.
"""

from __future__ import annotations

import asyncio
import weakref
from collections.abc import AsyncIterator
from typing import Any, NoReturn

import pytest
from aiokafka import TopicPartition

from processor.store.port import Lost
from processor.stream import app as stream_app
from processor.stream import asking, transport
from processor.stream.batches import RecordBatch
from processor.stream.polls import Span
from tests.unit.stream.building import NOON, ORDERS, TASKS, Scene, Taken, a_faust_app, a_poll, an_upkeep, subjects

OF_ORDERS = TopicPartition(*ORDERS)


class Ended(BaseException):
    """Instead of the end of this test process."""


@pytest.fixture(autouse=True)
def _no_end(monkeypatch: pytest.MonkeyPatch) -> None:
    def exit_(status: int) -> NoReturn:
        raise Ended(status)

    monkeypatch.setattr(stream_app, "_exit", exit_)


# Faust acknowledges what an agent raised on, goes on after a timer raised, and lives on, spinning, after it crashed.


async def test_an_exception_does_not_leave_the_agent_but_ends_the_process() -> None:
    scene = await Scene().claimed()
    scene.ledger.fails["*"] = 1_000
    app = a_faust_app(scene)
    stream_app._attach(app, scene.agent, ["orders"])

    async def polls() -> AsyncIterator[object]:
        yield a_poll(0, 3)

    with pytest.raises(Ended, match=str(stream_app.FATAL)):
        await app.agents["count"].fun(polls())
    assert await scene.position() == 0


async def test_an_exception_beside_the_agent_ends_the_process() -> None:
    async def heartbeat() -> None:
        raise ZeroDivisionError

    with pytest.raises(Ended, match=str(stream_app.FATAL)):
        await stream_app._guarded(heartbeat)


async def test_what_goes_on_beside_the_agent_does_not_end_in_silence_when_a_call_ends_as_if_it_were_cancelled() -> None:
    async def heartbeat() -> None:
        raise asyncio.CancelledError

    with pytest.raises(Ended, match=str(stream_app.FATAL)):
        await stream_app._guarded(heartbeat)


async def test_what_goes_on_beside_the_agent_ends_when_it_is_told_to() -> None:
    task = asyncio.create_task(stream_app._guarded(asyncio.Event().wait))  # type: ignore[arg-type]
    await asyncio.sleep(0)
    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task


async def test_counting_does_not_end_in_silence_either(monkeypatch: pytest.MonkeyPatch) -> None:
    scene = await Scene().claimed()
    app = a_faust_app(scene)

    async def cancelled(_: object) -> None:
        raise asyncio.CancelledError

    monkeypatch.setattr(scene.agent, "on_poll", cancelled)
    stream_app._attach(app, scene.agent, ["orders"])

    async def polls() -> AsyncIterator[object]:
        yield a_poll(0, 3)

    with pytest.raises(Ended, match=str(stream_app.FATAL)):
        await app.agents["count"].fun(polls())


async def test_a_crashed_faust_app_ends_the_process() -> None:
    app = a_faust_app(Scene())
    await app.crash(ZeroDivisionError())

    with pytest.raises(Ended, match=str(stream_app.FATAL)):
        await stream_app._until_stopped(app, asyncio.Event())


@pytest.mark.parametrize("fault", [None, ZeroDivisionError()])
async def test_a_faust_app_that_hangs_or_fails_while_it_starts_ends_the_process(
    fault: Exception | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = a_faust_app(Scene())

    async def start() -> None:
        if fault:
            raise fault
        await asyncio.Event().wait()

    monkeypatch.setattr(app, "start", start)
    monkeypatch.setattr(stream_app, "STARTING", 0.01)

    with pytest.raises(Ended, match=str(stream_app.FATAL)):
        await stream_app._started(app, asyncio.Event())


async def test_a_stop_is_heard_while_faust_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    app, stop = a_faust_app(Scene()), asyncio.Event()
    monkeypatch.setattr(app, "start", asyncio.Event().wait)
    stop.set()

    assert not await stream_app._started(app, stop)


async def test_cancelling_the_agent_is_no_error() -> None:
    scene = await Scene().claimed()
    await scene.claims.moving.acquire()  # it will wait
    app = a_faust_app(scene)
    stream_app._attach(app, scene.agent, ["orders"])

    async def polls() -> AsyncIterator[object]:
        yield a_poll(0, 3)

    counting = asyncio.ensure_future(app.agents["count"].fun(polls()))
    await asyncio.sleep(0)
    counting.cancel()

    with pytest.raises(asyncio.CancelledError):
        await counting


async def test_faust_acknowledges_and_commits_nothing_of_its_own() -> None:
    app = a_faust_app(Scene())
    stream_app._attach(app, Scene().agent, ["orders"])

    assert app.agents["count"].channel.acks is False


async def test_faust_reads_no_settings_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BROKER_URL", "kafka://elsewhere")
    monkeypatch.setenv("BROKER_SESSION_TIMEOUT", "60")

    app = a_faust_app(Scene())

    assert app.conf.broker_consumer[0].scheme == transport.SCHEME
    assert app.conf.broker_session_timeout == asking.SESSION


# A poll in flight across a claim holds records from before or after the seek. Faust drops polls during a rebalance.


async def test_a_poll_in_flight_across_a_claim_neither_doubles_nor_skips() -> None:
    scene = await Scene().claimed()
    await scene.agent.on_poll(a_poll(0, 5))
    before_the_seek, after_the_seek = a_poll(8, 12), a_poll(5, 8)
    scene.claims.release([ORDERS])
    await scene.claims.take(scene.kafka, [ORDERS])
    scene.kafka.sent_to.clear()

    await scene.agent.on_poll(before_the_seek)
    await scene.agent.on_poll(after_the_seek)

    assert scene.ledger.counted == subjects(0, 8)
    assert scene.kafka.sent_to == [{ORDERS: 5}]


async def test_a_commit_refused_because_of_our_own_newer_claim_leaves_that_claim_alone() -> None:
    scene = await Scene().claimed()
    old = scene.claims.slot(ORDERS, 3, 0)
    scene.claims.release([ORDERS])
    await scene.claims.take(scene.kafka, [ORDERS])

    scene.claims.drop([old], Lost("orders-0", "FENCED"))

    assert scene.claims.held[ORDERS].epoch == old.epoch + 1


async def test_a_heartbeat_a_claim_and_a_commit_do_not_overlap() -> None:
    scene = Scene(ORDERS, TASKS)
    await scene.claims.take(scene.kafka, [ORDERS])
    under_way, most = 0, 0
    commit = scene.ledger.commit

    async def slow(*args: Any, **options: Any) -> None:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(0.01)
        await commit(*args, **options)
        under_way -= 1

    scene.ledger.commit = slow  # type: ignore[method-assign]
    scene.claims.held[ORDERS].as_of = NOON
    beside = an_upkeep(scene)

    await asyncio.gather(scene.agent.on_poll(a_poll(0, 5)), beside.beat(), beside.beat(), scene.claims.take(scene.kafka, [TASKS]))

    assert most == 1
    assert await scene.position() == 5


async def test_references_to_counted_batches_are_let_go() -> None:
    class Watched(RecordBatch):
        __slots__ = ("__weakref__",)

    scene = await Scene().claimed()
    batch = Watched(Taken(n, b"{") for n in range(3))
    gone = weakref.ref(batch)
    poll = {ORDERS: Span(0, 3, [batch], 0)}
    del batch

    await scene.agent.on_poll(poll)
    del poll
    scene.letters.parked.clear()

    assert gone() is None
