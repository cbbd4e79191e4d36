"""What does this process write about itself? One JSON object per line, with the request that it belongs to, and nothing about people: no path, no parameter, no
text of an error that could quote one, and of a caller only a hash that means nothing to another process.
"""

from __future__ import annotations

import logging
import re
import secrets
import traceback
from contextvars import ContextVar
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any, Final

import msgspec

REQUEST: Final[ContextVar[str | None]] = ContextVar("request", default=None)
"""Id of the request that is being answered."""
_GIVEN: Final = re.compile(rb"[A-Za-z0-9._-]{1,64}")
_KEY: Final = secrets.token_bytes(16)


def request_id(given: bytes | None) -> str:
    """The caller's own, if it is one; else a new one."""
    if given is not None and _GIVEN.fullmatch(given):
        return given.decode("ascii")
    return secrets.token_hex(8)


def who(principal: str) -> str:
    """The same for all requests of one caller to this process."""
    return blake2b(principal.encode(), digest_size=6, key=_KEY).hexdigest()


class JsonLines(logging.Formatter):
    """`extra={"fields": {…}}` adds fields of its own."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            # Further lines of libraries' messages quote what they failed at.
            "message": record.getMessage().partition("\n")[0],
        }
        if (request := REQUEST.get()) is not None:
            line["request"] = request
        line |= getattr(record, "fields", {})
        if record.exc_info and record.exc_info[1] is not None:
            error = record.exc_info[1]
            line["error"] = type(error).__qualname__
            line["frames"] = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(error.__traceback__)]
        return msgspec.json.encode(line).decode()


def set_up(level: str) -> None:
    """Of the whole process, to stderr."""
    lines = logging.StreamHandler()
    lines.setFormatter(JsonLines())
    # What no line says need not be found out, each time anew (as the logging HOWTO has it): from where it was written, by which thread.
    logging._srcfile = None  # noqa: SLF001
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    logging.basicConfig(level=level, handlers=[lines])
