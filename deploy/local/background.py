"""`make up`, `make down` and `make status`: the product in the background, which one process of ours watches over."""

from __future__ import annotations

import contextlib
import subprocess
import time
from typing import Final

import psutil

from deploy.local import addresses
from deploy.local.console import Follower
from deploy.local.places import ADDRESSES, LOGS, PYTHON, RECORDS, ROOT
from deploy.local.processes import living, sweep
from deploy.local.trouble import LocalError
from deploy.local.watch import SUPERVISOR

DOWN_WITHIN: Final = 9.0
"""Seconds that the supervisor gets to end everything in order before it is ended itself."""


def up(*, fresh: bool) -> None:
    """Return once everything is ready; what already runs is left as it is. Raises LocalError."""
    if living(SUPERVISOR) is None:
        _start(fresh=fresh)
    elif fresh:
        raise LocalError("The product runs. `make down` first: FRESH=1 removes what it holds.")
    else:
        _follow(None)
    status()


def _start(*, fresh: bool) -> None:
    addresses.remove()
    LOGS.mkdir(parents=True, exist_ok=True)
    log = LOGS / "up.log"
    log.write_text("")
    with log.open("ab") as output:
        supervisor = subprocess.Popen(
            [str(PYTHON), "-m", "deploy.local", "supervise", *(["--fresh"] if fresh else [])],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd=ROOT,
            start_new_session=True,  # it outlives this terminal
        )
    try:
        _follow(supervisor)
    except KeyboardInterrupt:
        supervisor.terminate()
        supervisor.wait()
        raise


def _follow(supervisor: subprocess.Popen[bytes] | None) -> None:
    """Show what the supervisor says until all is ready. None: one that somebody else started."""
    said = Follower(LOGS / "up.log", from_start=True)
    while not ADDRESSES.exists():
        ended = supervisor.poll() is not None if supervisor else living(SUPERVISOR) is None
        for line in said.lines():
            print(line, flush=True)
        if ended:
            raise LocalError("It could not be started.")
        time.sleep(0.05)


def down() -> None:
    """Nothing runs any more when this returns, after 10 s at the latest: neither what was started in order nor what was left behind."""
    supervisor = living(SUPERVISOR)
    if supervisor is not None:
        with contextlib.suppress(psutil.NoSuchProcess):
            supervisor.terminate()
            supervisor.resume()  # one that Ctrl-Z has suspended hears it only now
            psutil.wait_procs([supervisor], timeout=DOWN_WITHIN)
    left = sweep(RECORDS, grace=0.5)
    addresses.remove()
    print("Stopped." if supervisor or left else "Nothing runs.")


def status() -> None:
    """Print what runs and where."""
    where = addresses.read()
    names = [path.stem for path in sorted(RECORDS.glob("*.json")) if living(path)]
    if not names:
        print("Nothing runs. `make up` starts the product, `make demo` shows it at work.")
    elif SUPERVISOR.stem not in names:
        print(
            f"Left behind by a launcher that was killed: {', '.join(names)}. `make down` ends them, `make up` and `make demo` begin anew."
        )
    elif where is None:
        print(f"Still starting: {', '.join(names)}")
    else:
        print(f"\n    page   {where.link}\n    API    {where.api}\n    Kafka  {where.kafka}\n    store  {where.redis}\n")
        print(f"    also in {ADDRESSES.relative_to(ROOT)}; runs: {', '.join(names)}; logs in {LOGS.relative_to(ROOT)}/\n")
