"""Which port each part listens on: the usual one if it is free, else any free one. What one launcher has chosen no other chooses while it runs."""

from __future__ import annotations

import fcntl
import os
import secrets
import socket
import tempfile
from functools import cache
from pathlib import Path
from typing import Final

from deploy.local.trouble import LocalError

HOST: Final = "127.0.0.1"
"""Nothing of the local set-up listens to the outside."""


_CHOSEN: Final[set[int]] = set()
"""By this process; locks tell only of others."""


def is_free(port: int) -> bool:
    """Whether a server could listen there now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a port whose last connections linger is free
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


@cache
def _locks() -> int:
    """A file of this user for all checkouts, open while this process runs; a byte of it stands for the port of that number."""
    return os.open(Path(tempfile.gettempdir()) / f"campaign-kpis-{os.getuid()}.ports", os.O_RDWR | os.O_CREAT, 0o600)


def _choose(port: int) -> bool:
    """Whether this process may have it, until it ends: a server takes seconds until it listens, and another launcher would find the port free until then."""
    if not is_free(port):
        return False
    try:
        fcntl.lockf(_locks(), fcntl.LOCK_EX | fcntl.LOCK_NB, 1, port)
    except OSError:
        return False
    _CHOSEN.add(port)
    return True


def any_free() -> int:
    """A port that nobody listens on, from 20,000 to 32,000: above, systems hand them out to connections, and one is soon taken again."""
    while (port := 20_000 + secrets.randbelow(12_000)) in _CHOSEN or not _choose(port):
        pass
    return port


def choose(setting: str, usual: int) -> int:
    """The port that the environment variable `setting` names, which must then be free; else `usual`; else any free one."""
    text = os.environ.get(setting, "")
    if not text:
        return usual if _choose(usual) else any_free()
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise LocalError(f"{setting}={text} is no port: a number from 1 to 65535 is needed.")
    if not _choose(int(text)):
        raise LocalError(
            f"{setting}={text}: another program listens on that port, or is about to. Stop it, name another, or leave it out: a free one is found."
        )
    return int(text)
