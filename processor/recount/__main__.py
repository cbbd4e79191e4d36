"""`python -m processor.recount`: reads the topics, counts everything again, and compares with what the store holds.

Exit codes: 0 equal, 1 different, 2 the store did not settle in time, 3 store or Kafka cannot be reached. Connections not given as arguments come from the product's own environment variables.
"""

# ruff: noqa: T201 - it answers a person at a terminal

from __future__ import annotations

import argparse
import asyncio
import os
import ssl
import sys
import time
from collections.abc import Collection, Mapping, Sequence
from functools import partial
from typing import Any

import redis

from processor.recount import Record, contributions, rejection
from processor.recount.comparison import differences, explained
from processor.recount.fields import RefusedError, instant
from processor.recount.ledger import Cell, Contribution, totals
from processor.recount.stored import Seen, Stored
from processor.recount.topics import Topics

EQUAL, DIFFERENT, NOT_SETTLED, UNREACHABLE = 0, 1, 2, 3
SETTLE_POLL_SECONDS = 0.2
CAUGHT_UP_SECONDS = 5.0
"""For so long the store may take to count what Kafka has, before it is compared as it is."""
LOOKS = 3


def arguments(argv: Sequence[str]) -> argparse.Namespace:
    environment = os.environ
    parser = argparse.ArgumentParser(prog="python -m processor.recount", description="Recount the topics and compare with the store.")
    parser.add_argument("--kafka", default=environment.get("KPI_KAFKA", "127.0.0.1:9092"), help="bootstrap servers")
    parser.add_argument("--topic-prefix", default=environment.get("KPI_TOPIC_PREFIX", ""))
    parser.add_argument("--redis", default=environment.get("KPI_REDIS", "redis://127.0.0.1:6379/0"), help="address of the store")
    parser.add_argument("--generation", default=environment.get("KPI_GENERATION", "g1"))
    parser.add_argument("--once-settled", action="store_true", help="wait until the store stands for the ends of the topics, then compare")
    parser.add_argument("--timeout", type=float, default=60.0, help="seconds to wait for that (default 60)")
    parser.add_argument(
        "--watermark", type=moment, default=None, help="RFC 3339: what was due before is overdue (default: the store's own)"
    )
    parser.add_argument(
        "--without",
        action="append",
        default=[],
        metavar="WHAT",
        help="leave out a view (v), cells of it (v.reopened), or take an optional field as never said (tenant.credit); repeatable",
    )
    parser.add_argument("--limit", type=int, default=50, help="how many differing cells to explain (default 50)")
    return parser.parse_args(argv)


def moment(argument: str) -> int:
    try:
        return int(instant(argument))
    except RefusedError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def kafka_connection(bootstrap: str, environment: Mapping[str, str]) -> dict[str, Any]:
    protocol = environment.get("KPI_KAFKA_SECURITY_PROTOCOL", "PLAINTEXT")
    connection: dict[str, Any] = {"bootstrap_servers": bootstrap, "security_protocol": protocol}
    if protocol.startswith("SASL"):
        connection["sasl_mechanism"] = environment.get("KPI_KAFKA_SASL_MECHANISM", "PLAIN")
        connection["sasl_plain_username"] = environment.get("KPI_KAFKA_SASL_USERNAME")
        connection["sasl_plain_password"] = environment.get("KPI_KAFKA_SASL_PASSWORD")
    if protocol.endswith("SSL"):
        connection["ssl_context"] = ssl.create_default_context(cafile=environment.get("KPI_KAFKA_CA_FILE"))
    return connection


async def compare(options: argparse.Namespace) -> int:
    """Reads both sides and prints what differs. Returns the exit code."""
    # A password in the address wins over this one.
    client = redis.Redis.from_url(options.redis, password=os.environ.get("KPI_REDIS_PASSWORD"))
    stored = Stored(client, options.generation)
    async with Topics(kafka_connection(options.kafka, os.environ), options.topic_prefix) as topics:
        if not options.once_settled:
            return told(await looked_at(topics, stored, options), options.limit)
        deadline = time.monotonic() + options.timeout
        while True:
            seen = await settled(topics, stored, deadline)
            if isinstance(seen, list):
                print(f"not settled after {options.timeout:g} s:", *seen, sep="\n  ")
                return NOT_SETTLED
            verdict = Verdict(topics.records, seen, options)
            # A task may have become due between the two: then neither side is wrong.
            if verdict.is_equal or not seen.watermark_moved or time.monotonic() > deadline:
                return told(verdict, options.limit)


async def looked_at(topics: Topics, stored: Stored, options: argparse.Namespace) -> Verdict:
    """The store as it is, which may go on counting while it is read: then a cell is wrong if nothing that came meanwhile changes it, look after look."""
    found: Verdict | None = None
    for _ in range(LOOKS):
        ends = await topics.read_on()
        reasons = await _caught_up(stored, ends)
        for reason in reasons:
            print(f"not settled: {reason}")
        early, seen = [*topics.records], stored.read()
        if reasons or not stored.behind(ends):
            return Verdict(early, seen, options)
        await topics.read_on()
        found = Verdict([*topics.records], seen, options, early=early, suspected=found.differing if found else None)
        if found.is_equal:
            break
    assert found
    return found


async def _caught_up(stored: Stored, ends: Mapping[str, int]) -> list[str]:
    """What keeps the store from standing for all that was read, when it had its time for that."""
    deadline = time.monotonic() + CAUGHT_UP_SECONDS
    while True:
        reasons = stored.behind(ends, exactly=False)
        if not reasons or time.monotonic() > deadline:
            return reasons
        await asyncio.sleep(SETTLE_POLL_SECONDS)


class Verdict:
    """What the records come to, beside what the store holds.

    `early`: of the records, those that the store had counted before it was read; cells that the others change are not compared. `suspected`: no other cell is.
    """

    def __init__(
        self,
        records: Sequence[Record],
        seen: Seen,
        options: argparse.Namespace,
        *,
        early: Sequence[Record] | None = None,
        suspected: Collection[Cell] | None = None,
    ) -> None:
        watermark = seen.watermark if options.watermark is None else options.watermark
        self.records, self.stored = records, seen.cells
        self._said = partial(contributions, records, watermark=watermark, without=options.without)
        self.recounted = totals(self._said())
        self.differing = differences(self.recounted, self.stored, watermark=watermark, without=options.without)
        self.moving: frozenset[Cell] = frozenset()
        if early is not None:
            watermark_before = seen.watermark_before if options.watermark is None else options.watermark
            before = totals(contributions(early, watermark=watermark_before, without=options.without))
            self.moving = frozenset(differences(self.recounted, before, without=options.without))
            self.differing = [cell for cell in self.differing if cell not in self.moving]
        if suspected is not None:
            self.differing = [cell for cell in self.differing if cell in {*suspected}]

    def behind(self, cells: Collection[Cell]) -> list[Contribution]:
        """What entities add to these cells. Worked out once more: to keep all that is said of all cells would take many times their memory."""
        return [contribution for contribution in self._said() if contribution.cell in cells] if cells else []

    @property
    def is_equal(self) -> bool:
        return not self.differing


def told(verdict: Verdict, limit: int) -> int:
    """Prints it, with the first differing cells explained. Returns the exit code."""
    shown = verdict.differing[:limit]
    for line in explained(shown, verdict.recounted, verdict.stored, verdict.behind({*shown})):
        print(line)
    rejected = sum(rejection(record) is not None for record in verdict.records)
    counts = f"{len(verdict.recounted)} cells recounted, {len(verdict.differing)} differ"
    if verdict.moving:
        counts += f"; {len(verdict.moving)} changed while they were read, and were not compared"
    print(f"{len(verdict.records)} records, {rejected} of them rejected; {counts}")
    return EQUAL if verdict.is_equal else DIFFERENT


async def settled(topics: Topics, stored: Stored, deadline: float) -> Seen | list[str]:
    """The store, when it stands for exactly the records read: neither side moved while it was read. Else, by the deadline, what keeps it from that."""
    while True:
        ends = await topics.read_on()
        behind = stored.behind(ends)
        if not behind:
            seen = stored.read()
            behind = stored.behind(ends)
            if not behind:
                return seen
        if time.monotonic() > deadline:
            return behind
        await asyncio.sleep(SETTLE_POLL_SECONDS)


def run(options: argparse.Namespace) -> int:
    """The exit code, also where a neighbour is away."""
    try:
        return asyncio.run(compare(options))
    except redis.ConnectionError as error:
        print(f"the store at {_without_password(options.redis)} cannot be reached: {error}", file=sys.stderr)
    except redis.ResponseError as error:
        print(f"the store at {_without_password(options.redis)} refuses to be read: {error}", file=sys.stderr)
    except ConnectionError as error:
        print(f"Kafka at {options.kafka} cannot be reached: {error}", file=sys.stderr)
    return UNREACHABLE


def _without_password(address: str) -> str:
    return address.rpartition("@")[2].removeprefix("redis://").removeprefix("rediss://")


def main() -> None:
    sys.exit(run(arguments(sys.argv[1:])))


if __name__ == "__main__":
    main()
