"""The commands of the README in a fresh clone, as somebody types them who has just found this repository."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import signal
import socket
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import psutil
import pytest

from tests.support import said, traffic
from tests.support.checkouts import COLD, Checkout
from tests.support.servers import until

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(1200)]

PROGRAMS = {"kafka", "valkey", "worker-1", "worker-2", "api", "supervisor"}
ENDED_WITHIN = 10.0


@pytest.fixture(scope="module", name="checkout")
def _checkout(folder: Path) -> Iterator[Checkout]:
    checkout = Checkout(folder / "clone")
    yield checkout
    checkout.make("down")
    shutil.rmtree(checkout.folder, ignore_errors=True)


def _up(checkout: Checkout, *arguments: str) -> None:
    """Quick where it is up already: the tests below go on with what the one before left running, if it left it in order."""
    done = checkout.make("up", *arguments)
    assert done.returncode == 0, done.stdout


def _down(checkout: Checkout) -> None:
    began = time.monotonic()
    done = checkout.make("down")
    assert done.returncode == 0, done.stdout
    assert time.monotonic() - began < ENDED_WITHIN
    assert checkout.processes() == []
    assert not (checkout.folder / ".local" / "addresses.json").exists()


def _sell(checkout: Checkout, code: str) -> None:
    """A campaign and an order of it, into the Kafka that the addresses name."""
    at = datetime.now(UTC).isoformat()
    events = [
        said.campaign("c", at=at, name="Sale", code=code, currency="VND", steps=("contact",), created_at=at),
        said.order("o", at=at, purchased_at=at, gross_minor=250_000, currency="VND", campaign_id="c"),
    ]
    asyncio.run(traffic.send(checkout.addresses["kafka"], "", events))


def test_make_help_says_of_each_target_what_it_does_in_one_line(checkout: Checkout) -> None:
    targets = re.findall(r"(?m)^([a-z]+):.*##", (checkout.folder / "Makefile").read_text())
    lines = checkout.make("help").stdout.splitlines()

    assert {"demo", "up", "down", "test", "check", "bench", "help"} <= set(targets)
    assert [line.split()[1] for line in lines] == targets
    assert all(len(line.split()) > 4 for line in lines)


def test_a_python_that_is_too_old_is_told_before_anything_is_done(checkout: Checkout) -> None:
    done = checkout.make("up", "PYTHON=/bin/false")

    assert done.returncode != 0
    assert "No Python 3.11, 3.12 or 3.13 found at /bin/false" in done.stdout


def test_make_up_starts_the_product_empty_and_an_event_becomes_a_number(checkout: Checkout) -> None:
    _up(checkout, "FRESH=1")

    addresses = checkout.addresses
    assert list(addresses) == ["kafka", "redis", "api", "dashboard", "token"]
    assert {name for name in PROGRAMS if checkout.pid(name)} == PROGRAMS
    assert checkout.get("/", at="dashboard")[0] == 200
    assert "<script" in checkout.get("/", at="dashboard")[1]
    assert checkout.get("/v1/campaigns")[0] == 401
    assert checkout.campaigns() == []

    _sell(checkout, code="TET-26")
    until(
        lambda: [(item["code"], item["orders"], item["revenue_net"]) for item in checkout.campaigns()] == [("TET-26", 1, 250_000)],
        "the number",
    )
    until(lambda: checkout.pid("updates"), "the publisher of updates")
    _down(checkout)


def test_what_make_up_counted_is_still_there_the_next_time(checkout: Checkout) -> None:
    _up(checkout)
    _sell(checkout, code="TET-26")
    until(lambda: [item["orders"] for item in checkout.campaigns()] == [1], "the number")
    token = checkout.addresses["token"]
    _down(checkout)

    _up(checkout)
    assert checkout.addresses["token"] == token
    assert [item["orders"] for item in checkout.campaigns()] == [1]


def test_make_up_twice_is_once(checkout: Checkout) -> None:
    _up(checkout)
    before = {name: checkout.pid(name) for name in PROGRAMS}
    done = checkout.make("up", timeout=30)

    assert done.returncode == 0
    assert checkout.addresses["api"] in done.stdout
    assert {name: checkout.pid(name) for name in PROGRAMS} == before


def test_a_killed_worker_is_there_again_within_a_second_under_its_name(checkout: Checkout) -> None:
    _up(checkout)
    for name in ("worker-1", "worker-2"):
        old = checkout.pid(name)
        assert old is not None
        environment = psutil.Process(old).environ()
        assert environment["KPI_INSTANCE"] == name
        assert psutil.Process(old).cmdline() == [str(checkout.folder / ".venv" / "bin" / "python"), "-m", "processor"]

        os.kill(old, signal.SIGKILL)
        until(lambda name=name, old=old: checkout.pid(name) not in {None, old}, f"another {name}", within=1.5)  # type: ignore[misc]


def test_make_recount_and_explain_ask_what_runs_here_wherever_its_ports_are(checkout: Checkout) -> None:
    _up(checkout)
    recount = checkout.make("recount", "ARGS=--once-settled")
    explained = checkout.make("explain", "ARGS=nobody won")
    _down(checkout)
    after = checkout.make("recount")

    assert (recount.returncode, "0 differ" in recount.stdout) == (0, True), recount.stdout
    assert explained.returncode != 0
    assert "there is no campaign 'nobody'" in explained.stdout
    assert after.returncode != 0
    assert "Nothing runs here" in after.stdout


def test_make_down_also_ends_what_a_killed_supervisor_left(checkout: Checkout) -> None:
    _up(checkout)
    supervisor = checkout.pid("supervisor")
    assert supervisor is not None
    os.kill(supervisor, signal.SIGKILL)
    assert checkout.pid("kafka") is not None

    _down(checkout)


def test_a_port_that_was_asked_for_and_is_taken_is_told_and_nothing_is_left(checkout: Checkout) -> None:
    checkout.make("down")
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        done = checkout.make("up", KPI_API_PORT=str(port))

    assert done.returncode != 0
    assert f"KPI_API_PORT={port}: another program listens on that port" in done.stdout
    assert checkout.processes() == []


def test_ctrl_c_while_things_still_start_ends_all_of_it(checkout: Checkout) -> None:
    checkout.make("down")
    for moment in ("Valkey is up", "Kafka is up"):
        demo = checkout.begin("demo")
        until(lambda moment=moment, demo=demo: moment in demo.said or not demo.alive, moment, within=COLD)  # type: ignore[misc]
        assert demo.alive, demo.said

        assert demo.press_ctrl_c(within=60) < ENDED_WITHIN
        assert "Traceback" not in demo.said
        assert checkout.processes() == []


def test_make_demo_shows_real_numbers_goes_on_live_and_ctrl_c_ends_all_of_it(checkout: Checkout) -> None:
    checkout.make("down")
    demo = checkout.begin("demo", "FRESH=1")
    until(lambda: "#token=" in demo.said or not demo.alive, "the address", within=COLD)
    assert demo.alive, demo.said
    until(lambda: any(item["orders"] for item in checkout.campaigns()), "the first number", within=60)
    until(lambda: "live:" in demo.said, "the live traffic", within=300)
    assert len(checkout.campaigns()) > 27  # the real campaigns, and the one that was made up

    total = sum(item["orders"] for item in checkout.campaigns())
    until(lambda: sum(item["orders"] for item in checkout.campaigns()) > total, "a number that changes by itself", within=120)
    shown = sum(item["orders"] for item in checkout.campaigns())

    assert demo.press_ctrl_c(within=60) < ENDED_WITHIN
    assert checkout.processes() == []

    again = checkout.begin("demo")
    until(lambda: "live:" in again.said or not again.alive, "the live traffic again", within=120)
    assert again.alive, again.said
    assert "of Complete Journey" not in again.said  # it goes on: the history is not sent again
    assert (
        sum(item["orders"] for item in checkout.campaigns()) >= shown - 50
    )  # orders may be taken back meanwhile, but it did not begin anew

    assert again.press_ctrl_c(within=60) < ENDED_WITHIN
    assert checkout.processes() == []
