"""Which port each part listens on: the usual one if it is free, else any free one."""

from __future__ import annotations

import os
import secrets
import socket
from typing import Final

from deploy.local.trouble import LocalError

HOST: Final = "127.0.0.1"
"""Nothing of the local set-up listens to the outside."""


def is_free(port: int) -> bool:
    """Whether a server could listen there now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a port whose last connections linger is free
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def any_free() -> int:
    """A port that nobody listens on, from 20,000 to 32,000: above, systems hand them out to connections, and one is soon taken again."""
    while not is_free(port := 20_000 + secrets.randbelow(12_000)):
        pass
    return port


def choose(setting: str, usual: int) -> int:
    """The port that the environment variable `setting` names, which must then be free; else `usual`; else any free one."""
    text = os.environ.get(setting, "")
    if not text:
        return usual if is_free(usual) else any_free()
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise LocalError(f"{setting}={text} is no port: a number from 1 to 65535 is needed.")
    if not is_free(int(text)):
        raise LocalError(
            f"{setting}={text}: another program listens on that port. Stop it, name another, or leave it out: a free one is found."
        )
    return int(text)
