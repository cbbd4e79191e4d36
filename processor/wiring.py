"""The only module that knows all parts of a worker: it reads the settings apart and puts the parts together."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Coroutine
from importlib.metadata import PackageNotFoundError, version
from typing import Final

from processor.engine import Engine
from processor.health import Health, serve
from processor.metrics import Metrics
from processor.neighbours import kinds_of, store_of
from processor.settings import Settings
from processor.store.port import Refused
from processor.stream import app, topics
from processor.stream.connection import Quieter
from processor.stream.patience import Patience
from processor.stream.store_time import StoreTime

_log = logging.getLogger(__name__)

PROGRAM: Final = "campaign-kpis"
HOPELESS: Final = (Refused, topics.Unfit)
"""Raised by `work` if store or topics must be set up differently."""


def log_to_stderr(level: str) -> None:
    """One line per message, for all libraries too."""
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    handler.addFilter(Quieter())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    for ours in ("processor", "schemas"):
        logging.getLogger(ours).setLevel(level)
    logging.getLogger("faust").setLevel(logging.ERROR)
    logging.getLogger("mode").setLevel(logging.ERROR)


async def work(settings: Settings) -> None:
    """Be a worker until SIGTERM or SIGINT. Raises what is in `HOPELESS`."""
    metrics = Metrics()
    health = Health(metrics)
    stop = _signals()
    server = await serve(health, metrics, settings.metrics_host, settings.metrics_port) if settings.metrics_port else None
    store = store_of(settings)
    engine = Engine(store)
    metrics.watch(store, engine)
    clock = StoreTime()
    connection, kinds = settings.connection(), kinds_of(settings)

    async def ready() -> None:
        clock.learn(await Patience("store", health)(store.check))
        await Patience("Kafka", health)(
            lambda: topics.ensure(connection, list(kinds), partitions=settings.partitions, replication=settings.replication)
        )

    try:
        if await _unless(stop, ready()):
            await app.run(
                store,
                engine,
                connection,
                health,
                metrics,
                stop,
                clock,
                kinds=kinds,
                first=[settings.topic_prefix + topic for topic in ("campaigns", "settings")],
                group=settings.group,
                instance=settings.instance,
                version=_version(),
                replication=settings.replication,
                fetch_max_wait_ms=settings.fetch_max_wait_ms,
                group_records=settings.group_records,
            )
    finally:
        if server is not None:
            server.close()
        await store.close()


def _signals() -> asyncio.Event:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    return stop


async def _unless(stop: asyncio.Event, work: Coroutine[None, None, None]) -> bool:
    """Do it, unless a stop comes first; False then."""
    doing, stopped = asyncio.create_task(work), asyncio.create_task(stop.wait())
    await asyncio.wait({doing, stopped}, return_when=asyncio.FIRST_COMPLETED)
    stopped.cancel()
    if not doing.done():
        doing.cancel()
        return False
    doing.result()
    return True


def _version() -> str:
    try:
        return version(PROGRAM)
    except PackageNotFoundError:  # run from a folder that was never installed
        return "unknown"
