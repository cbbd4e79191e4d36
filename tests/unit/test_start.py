"""What a worker imports before it counts."""

from __future__ import annotations

import subprocess
import sys

STARTED = """
import gc, sys
from processor import __main__, start
assert "faust" not in sys.modules, "the settings are looked at first"
with start.importing():
    from processor import wiring
    from processor.stream.app import _app
from schemas.brokers import Connection
_app("group", Connection("127.0.0.1:1"), None, 10, None, int)
assert "faust" in sys.modules and not gc.isenabled()
print([name for name in sys.modules if any(name == unused or name.startswith(unused + ".") for unused in start.UNUSED)])
from aiohttp import ClientSession
print(ClientSession.__module__)
"""


def test_what_a_worker_never_uses_is_not_imported_and_the_real_thing_still_can_be() -> None:
    said = subprocess.run([sys.executable, "-c", STARTED], capture_output=True, text=True, check=False)

    assert said.stderr == ""
    assert said.stdout.splitlines() == ["[]", "aiohttp.client"]
