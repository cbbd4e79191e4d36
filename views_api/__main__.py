"""`python -m views_api`: serve. `--check-settings`: say what is wrong with the settings, all at once, and end. `keys`: make, list and revoke API keys. `openapi`: print the document.
`updates`: write the newest totals to the topic `kpi-updates`.
"""

from __future__ import annotations

import argparse
import gc
import json
import logging
import socket
import sys
import time
from typing import Final, TypeVar

import uvicorn
from pydantic import ValidationError

from schemas.errors import Unavailable
from views_api import logs
from views_api.app import create_app, routed
from views_api.live.streams import Live
from views_api.principals import command as keys_command
from views_api.principals.api_keys import ApiKeys
from views_api.settings import Settings, StoreSettings, UpdatesSettings
from views_api.updates import command as update_command
from views_api.web.wire import Wire

log = logging.getLogger(__name__)

T = TypeVar("T", bound=StoreSettings)

UNUSABLE: Final = 2
"""Exit status when settings must be others: starting again would not help."""
_COLLECT: Final = (50_000, 20, 20)
"""Garbage collection by generation. An answer is made of thousands of objects without circles; the default would walk them, and all that is kept, several times
for each answer: pauses of 20 to 60 ms."""


class Server(uvicorn.Server):
    """Ends the live streams before it waits for requests to end."""

    def __init__(self, config: uvicorn.Config, live: Live) -> None:
        super().__init__(config)
        self._live = live

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._live.close()
        await super().shutdown(sockets)


def _now() -> int:
    return time.time_ns() // 1_000_000


def main() -> None:
    """Read the settings and serve until SIGTERM."""
    arguments = argparse.ArgumentParser(prog="python -m views_api", description="Serve the campaign KPIs over HTTP.")
    arguments.add_argument("--check-settings", action="store_true", help="check the environment variables KPI_… and end")
    commands = arguments.add_subparsers(dest="command")
    keys_command.declare(commands.add_parser("keys", help="make, list and revoke API keys"))
    commands.add_parser("updates", help="write the newest totals to the topic kpi-updates, until SIGTERM")
    commands.add_parser("openapi", help="print the OpenAPI document")
    chosen = arguments.parse_args()
    if chosen.command == "openapi":
        sys.stdout.write(json.dumps(routed().openapi(), indent=1, ensure_ascii=False) + "\n")
        return
    if chosen.command == "updates":
        found = _read(UpdatesSettings)
        sys.exit(0 if chosen.check_settings else update_command.run(found, _now))
    settings = _read(Settings)
    if chosen.check_settings:
        return
    try:
        if chosen.command == "keys":
            sys.exit(_keys(settings, chosen))
        serve(settings)
    except Unavailable as error:
        sys.exit(f"{error}: {error.__cause__}")


def _read(kind: type[T]) -> T:
    """From the environment; ends the program, with all that is wrong."""
    try:
        return kind()
    except ValidationError as error:
        for problem in error.errors():
            name = "_".join(("KPI", *map(str, problem["loc"]))).upper()
            told = problem["msg"].removeprefix("Value error, ")
            sys.stderr.write(f"{name}: {told}\n" if problem["loc"] else f"{told}\n")
        sys.exit(UNUSABLE)


def _keys(settings: Settings, chosen: argparse.Namespace) -> int:
    if settings.keys is None:
        sys.stderr.write("KPI_KEYS: the file of the keys is not set\n")
        return UNUSABLE
    keys = ApiKeys(settings.keys, _now)
    try:
        return keys_command.run(keys, chosen, _now)
    finally:
        keys.close()


def serve(settings: Settings) -> None:
    """Until SIGTERM. Raises `Unavailable` where the file of the keys cannot be opened."""
    logs.set_up(settings.log_level)
    for warning in settings.warnings():
        log.warning(warning)
    app, live = create_app(settings, _now)
    config = uvicorn.Config(
        app,
        http=Wire,
        host=settings.api_host,
        port=settings.api_port,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=round(settings.drain.total_seconds()),
    )
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_COLLECT)
    Server(config, live).run()


if __name__ == "__main__":
    main()
