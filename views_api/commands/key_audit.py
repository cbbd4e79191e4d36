"""Who made and who revoked an API key, carried from the file of the keys into the topic `audit`.

The change and what is to be told of it were one transaction in the file, and what was told is removed only when Kafka has it: so each is told, also what was done while
Kafka was away, or by the command line. It may be told twice, by the same id: by two processes, or by one that ended in between.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Final

from schemas.errors import Unavailable
from schemas.updates import AUDIT
from views_api.commands.log import Log
from views_api.principals.api_keys import ApiKeys

log = logging.getLogger(__name__)

EVERY_S: Final = 2.0
"""The command line and other processes write into the same file, and nobody is told."""


async def run(keys: ApiKeys, audit: Log) -> None:
    """Tell what there is, until cancelled."""
    away = False
    while True:
        try:
            await tell(keys, audit)
            away = False
        except Unavailable as error:
            if not away:
                log.warning("what was done with API keys cannot be told to the audit now; it will be: %s", error)
            away = True
        except Exception:
            log.exception("an error of this program while the audit was told of API keys; it is tried again")
        await asyncio.sleep(EVERY_S)


async def tell(keys: ApiKeys, audit: Log) -> None:
    """All that has not been told. Raises `Unavailable`."""
    while found := keys.untold():
        for number, tenant, text in found:
            await audit.append(AUDIT, tenant.encode(), text)
            keys.told(number)
