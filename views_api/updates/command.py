"""`python -m views_api updates`: publish until SIGTERM."""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
from collections.abc import Callable
from typing import Final

from schemas.updates import TOPIC
from views_api import logs
from views_api.settings import UpdatesSettings
from views_api.updates.publisher import Fenced, Publisher
from views_api.updates.topic import KafkaTopic, Unfit
from views_api.updates.watching import Watching, served

log = logging.getLogger(__name__)

UNFIT: Final = 2
FENCED: Final = 4
"""Exit status when another publisher has begun to write. Two that are started again and again would go on taking the topic from each other: run one."""


def run(settings: UpdatesSettings, clock: Callable[[], int]) -> int:
    """The exit status."""
    logs.set_up(settings.log_level)
    try:
        asyncio.run(_publish(settings, clock))
    except Fenced as error:
        log.error("%s; this one ends", error)  # noqa: TRY400  # where it happened tells nothing more
        return FENCED
    except Unfit as error:
        sys.stderr.write(f"{error}\n")
        return UNFIT
    return 0


async def _publish(settings: UpdatesSettings, clock: Callable[[], int]) -> None:
    store = settings.store()
    source = f"/campaign-kpis/{settings.generation}"
    topic = KafkaTopic(settings.connection(), settings.topic_prefix + TOPIC, source, settings.replication)
    watching = Watching(clock)
    publishing = asyncio.create_task(Publisher(store, topic, clock, watching).run())
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, publishing.cancel)
    try:
        async with served(watching, settings.metrics_host, settings.metrics_port):
            await publishing
    except asyncio.CancelledError:
        return
    finally:
        await topic.close()
        await store.close()
