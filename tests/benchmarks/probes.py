"""A steady stream with probes in it, from a process of its own: events whose arrival in the store can be seen one by one.

Two hundred times a second, in turn for eight campaigns that nothing else speaks of, comes an event that adds 1 to one number. The n-th probe of a
campaign is readable once that number has reached n.
"""

from __future__ import annotations

import argparse
import itertools
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec
import uvloop

from deploy.local.processes import Process
from schemas import keys
from tests.benchmarks.ad_jobs import read_by_campaign
from tests.benchmarks.ads import BEGIN, WINDOW, Ads
from tests.benchmarks.feed import GATHER, pace
from tests.benchmarks.mixed_events import Mixed, Record
from tests.benchmarks.servers import LOGS, Failed, Servers, program, started, tail_of

PROBES: Final = tuple(f"probe-{number}" for number in range(8))
PER_SECOND: Final = 200
BEHIND: Final = 1.0
"""Seconds by which a sender may be late; with more, the rate was not what it says."""
_TENANT: Final = "acme"
_DAY: Final = "2025-11-24"


class Sent(NamedTuple):
    made: list[list[float]]
    """Per probe campaign: when each of its probes was made, seconds since 1970 UTC."""
    events: int
    behind: float
    """Seconds by which it was late at worst."""


class Shape(NamedTuple):
    probe: Callable[[Any, int], Record]
    """(source, number) -> the record of the probe with this number."""
    other: Callable[[Any], Iterator[Record]]
    """Everything else."""
    source: Callable[[str, int], Any]
    """(topic, seed) -> where both come from. Of two seeds the larger one's events are newer."""
    read: Callable[[Any], list[int]]
    """(store) -> the number of each probe campaign."""


def _ad_probe(ads: Ads, number: int) -> Record:
    return ads.event(number, PROBES[number % 8], "view", BEGIN)


def _other_ads(ads: Ads) -> Iterator[Record]:
    return ads.stream(10**9)


def _read_ads(store: Any) -> list[int]:
    counts = read_by_campaign(store, [BEGIN // WINDOW * WINDOW], PROBES)
    return [sum(count for (campaign, _), count in counts.items() if campaign == probe) for probe in PROBES]


def _message_probe(mixed: Mixed, number: int) -> Record:
    return mixed.probe(_TENANT, PROBES[number % 8], f"{_DAY}T00:00:00Z")


def _other_mixed(mixed: Mixed) -> Iterator[Record]:
    return mixed.stream(10**9)


def _read_messages(store: Any) -> list[int]:
    pipe = store.pipeline(transaction=False)
    for probe in PROBES:
        pipe.hget(keys.prefix("g1", 0) + keys.cells(_TENANT, probe, keys.View.MESSAGES, _DAY), keys.SEP.join(("targeted", "sms", "", "")))
    return [int(found or 0) for found in pipe.execute()]


SHAPES: Final = {
    "ads": Shape(_ad_probe, _other_ads, Ads, _read_ads),
    "mixed": Shape(_message_probe, _other_mixed, lambda _, seed: Mixed(seed), _read_messages),
}


def _with_probes(shape: Shape, source: Any, rate: int, made: list[list[float]]) -> Iterator[Record]:
    others = shape.other(source)
    numbers = itertools.count()
    for n in itertools.count():
        if n % max(1, rate // PER_SECOND) == 0:
            number = next(numbers)
            made[number % 8].append(time.time())
            yield shape.probe(source, number)
        else:
            yield next(others)


def sender(servers: Servers, shape: str, rate: int, seconds: float, *, seed: int, topic: str = "", gather: float = GATHER) -> Process:
    """The process that sends the stream, running. `gather`: seconds between two sendings."""
    name = f"sender-{shape}-{seed}"
    arguments = (
        "--kafka",
        servers.kafka,
        "--topic",
        topic,
        "--rate",
        str(rate),
        "--seconds",
        str(seconds),
        "--seed",
        str(seed),
        "--gather",
        str(gather),
        "--out",
        str(_out(name)),
    )
    _out(name).unlink(missing_ok=True)
    return started(program(name, "tests.benchmarks.probes", shape, *arguments, env=os.environ), measured=False)


def sent(sender: Process) -> Sent:
    """What a sender that has ended has sent. Raises `Failed` if it broke, or could not keep up."""
    if sender.code != 0:
        raise Failed(f"{sender.name} ended with code {sender.code}: {tail_of(sender.log)}")
    found = msgspec.json.decode(_out(sender.name).read_bytes(), type=Sent)
    if found.behind > BEHIND:
        raise Failed(f"{sender.name} was {found.behind:.2f} s behind: this machine does not reach its rate")
    return found


def _out(name: str) -> Path:
    return LOGS / f"{name}.json"


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks.probes", description="Send a steady stream with probes; write when each was made."
    )
    parser.add_argument("shape", choices=SHAPES)
    parser.add_argument("--kafka", required=True)
    parser.add_argument("--topic", default="")
    parser.add_argument("--rate", type=int, required=True)
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--gather", type=float, default=GATHER)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    shape = SHAPES[options.shape]
    made: list[list[float]] = [[] for _ in PROBES]
    records = _with_probes(shape, shape.source(options.topic, options.seed), options.rate, made)
    behind = uvloop.run(pace(options.kafka, records, options.rate, options.seconds, options.gather))
    options.out.write_bytes(msgspec.json.encode(Sent(made, int(options.rate * options.seconds), behind)))


if __name__ == "__main__":
    main()
