"""Does memory stand still where messages are kept for a week? The same people get messages week after week; what is no longer kept is removed on the way."""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from processor.engine import Engine
from processor.recount.days import DAY_MS, spelled
from processor.store.redis import RedisStore
from processor.values import Slot
from schemas.events import TOPICS, Event, parse
from tests.benchmarks import slow
from tests.benchmarks.direct import GROUP
from tests.benchmarks.report import Report, table
from tests.benchmarks.servers import Failed, Servers

CAMPAIGNS: Final = 5
CUSTOMERS: Final = 200
BEGIN: Final = 1_775_001_600_000
WEEK: Final = 7
"""Days."""
BUYS: Final = 20
"""One customer of so many buys something each week: the touches that these orders may ask for stay."""
FLAT_FROM: Final = 7
"""The week by which the first touches are gone: those of four weeks together, kept for another one, and what comes late."""
PERIOD: Final = 4
"""Weeks: touches go by so many together, so memory is the same again that much later."""
FAMILIES: Final = {
    "states of messages": (b"i\x1fmessage", b"y\x1fM"),
    "touches": (b"k\x1f",),
    "removed ones, remembered": (b"g\x1f",),
    "recipients": (b"i\x1frecipient",),
    "cells of days": (b"c\x1f", b"d\x1f", b"expiring"),
}
"""What keys begin with, behind the prefix."""
_PARTITION: Final = "all-0"


class Week(NamedTuple):
    megabytes: float
    bytes: dict[str, int]
    """Of each family of keys."""
    states: int
    remove_cpu: float
    """CPU of the store and of this process, µs per message removed."""
    longest: float
    """The longest call that removed something, in ms of the store's clock."""

    def row(self) -> tuple[str, ...]:
        return f"{self.megabytes:.1f}", f"{self.states:,}"


def run(servers: Servers, report: Report, *, messages: int, periods: int) -> None:
    """`messages`: a week. `periods`: of touches, behind the week from which on memory is to stand still."""
    weeks = FLAT_FROM + 1 + periods * PERIOD
    kept, gone = asyncio.run(_weeks(servers, messages, weeks, None)), asyncio.run(_weeks(servers, messages, weeks, WEEK))
    rows = [
        (str(n), *a.row(), *b.row(), f"{b.remove_cpu:.0f}", f"{b.longest:.2f}") for n, (a, b) in enumerate(zip(kept, gone, strict=True), 1)
    ]
    names = [f"{what}, {how}" for how in ("for ever", "a week") for what in ("MB", "states")]
    later = periods * PERIOD * messages
    grown = [{name: (found[-1].bytes[name] - found[FLAT_FROM].bytes[name]) / later for name in FAMILIES} for found in (kept, gone)]
    total = [(found[-1].megabytes - found[FLAT_FROM].megabytes) / later * 1e6 for found in (kept, gone)]
    report.add(
        "Messages that are kept for a week",
        f"{messages:,} messages a week, two to three events each, to the same {CUSTOMERS:,} customers of {CAMPAIGNS} campaigns, half by email and half by SMS; one of {BUYS} "
        "customers buys something each week.",
        table(("week", *names, "µs to remove one", "longest call ms"), rows),
        f"From week {FLAT_FROM + 1} on, bytes a message (cells are of days and people, not of messages):",
        table(
            ("", "kept for ever", "kept for a week"),
            [*((name, *(f"{of[name]:.1f}" for of in grown)) for name in FAMILIES), ("all", *(f"{of:.1f}" for of in total))],
        ),
    )


async def _weeks(servers: Servers, messages: int, weeks: int, kept: int | None) -> list[Week]:
    servers.empty()
    store = RedisStore(servers.redis)
    await store.check()
    engine, rng, out = Engine(store), random.Random(7), []
    epoch, position, _ = await store.claim(_PARTITION, "bench", 1, of=1)
    try:
        before = [_settings(kept), *(_event("campaign", f"c-{n}", "updated", BEGIN, _CAMPAIGN) for n in range(CAMPAIGNS))]
        for week in range(weeks):
            events = [*before, *_messages(rng, week, messages), *_orders(week)]
            before = []
            for start in range(0, len(events), GROUP):
                group = events[start : start + GROUP]
                slot = Slot(_PARTITION, epoch, "bench", position, position + len(group), BEGIN + (week + 1) * WEEK * DAY_MS)
                await engine.commit([slot], group)
                position += len(group)
                while await engine.settle():
                    pass
            await engine.advance()
            await engine.expire()
            out.append(await _removed(servers, engine))
    finally:
        await store.close()
    return out


async def _removed(servers: Servers, engine: Engine) -> Week:
    with slow.watched(servers, 200, pause=1) as calls:
        states, own, theirs = _states(servers), time.process_time(), servers.store_cpu()
        while await engine.remove():
            pass
        used = time.process_time() - own + servers.store_cpu() - theirs
    longest = max((call.milliseconds for call in calls if call.name in ("fetch", "apply of a step")), default=0.0)
    left = _states(servers)
    removed = used / (states - left) * 1e6 if left < states else 0.0
    return Week(servers.store_bytes() / 1e6, _families(servers.store), left, removed, longest)


def _families(store: Any) -> dict[str, int]:
    """Bytes by family; what is in none is left out."""
    out = dict.fromkeys(FAMILIES, 0)
    for key in store.scan_iter(count=1000):
        for name, fronts in FAMILIES.items():
            if key.partition(b":{b00}:")[2].startswith(fronts):
                out[name] += store.memory_usage(key, samples=0)
    return out


def _states(servers: Servers) -> int:
    return sum(servers.store.hlen(key) for key in servers.store.scan_iter("*:i\x1fmessage\x1f*", count=1000))


_CAMPAIGN: Final = {
    "version": 1,
    "name": "c",
    "status": "active",
    "participant_ids": [],
    "steps": [],
    "promo_codes": [],
    "created_at": spelled(BEGIN),
}


def _settings(kept: int | None) -> Event:
    said = {"version": 1} | ({} if kept is None else {"retention_days": {"message": kept}})
    return _event("tenant", "default", "updated", BEGIN - 3 * DAY_MS, said, topic="settings")


def _messages(rng: random.Random, week: int, messages: int) -> Iterator[Event]:
    for number in range(messages):
        at = BEGIN + week * WEEK * DAY_MS + number * WEEK * (DAY_MS // 2) // messages
        channel = ("email", "sms")[number % 2]
        said = {"campaign_id": f"c-{rng.randrange(CAMPAIGNS)}", "recipient_id": f"cu-{rng.randrange(CUSTOMERS)}", "channel": channel}
        verbs = ("sent", "delivered", "opened") if rng.random() < 0.4 else ("sent", "delivered")
        for step, verb in enumerate(verbs):
            yield _event("message", f"m-{week}-{number}", verb, at + step * 60_000, said | {"action_id": f"a-{channel}"})


def _orders(week: int) -> Iterator[Event]:
    for number in range(0, CUSTOMERS, BUYS):
        at = BEGIN + week * WEEK * DAY_MS + number
        said = {
            "version": 1,
            "customer_id": f"cu-{number}",
            "status": "paid",
            "gross_minor": 1000,
            "currency": "USD",
            "purchased_at": spelled(at),
        }
        yield _event("order", f"r-{week}-{number}", "updated", at, said)


def _event(kind: str, subject: str, verb: str, at: int, said: dict[str, Any], *, topic: str = "") -> Event:
    body = {
        "specversion": "1.0",
        "id": "e",
        "source": "/bench",
        "type": f"{kind}.{verb}",
        "subject": subject,
        "time": spelled(at),
        "data": said,
    }
    event = parse(json.dumps(body, separators=(",", ":")).encode(), None, (), TOPICS[topic or f"{kind}s"], at)
    if not isinstance(event, Event):
        raise Failed(f"the generator made something that is no event: {event}")
    return event
