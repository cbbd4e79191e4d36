"""Does memory stand still where messages are kept for a day? The same people get messages day after day; what is no longer kept is removed on the way."""

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
from processor.transaction import Slot
from schemas.events import TOPICS, Event, parse
from tests.benchmarks.direct import GROUP
from tests.benchmarks.report import Report, table
from tests.benchmarks.servers import Failed, Servers

CAMPAIGNS: Final = 5
CUSTOMERS: Final = 200
BEGIN: Final = 1_775_001_600_000
FLAT_FROM: Final = 5
"""The day by which the first day's messages are gone: kept for a day, a day for what comes late, a day more."""
_PARTITION: Final = "all-0"


class Day(NamedTuple):
    megabytes: float
    states: int
    remove_cpu: float
    """CPU of the store and of this process, µs per message removed."""
    longest: float
    """The longest call of the store while removing, its own time in ms."""


def run(servers: Servers, report: Report, *, messages: int, days: int) -> None:
    """`messages`: a day."""
    kept, gone = asyncio.run(_days(servers, messages, days, None)), asyncio.run(_days(servers, messages, days, 1))
    rows = [
        (str(n), f"{a.megabytes:.1f}", f"{b.megabytes:.1f}", f"{a.states:,}", f"{b.states:,}", f"{b.remove_cpu:.0f}", f"{b.longest:.2f}")
        for n, (a, b) in enumerate(zip(kept, gone, strict=True), 1)
    ]
    grown = [(found[-1].megabytes - found[FLAT_FROM].megabytes) / ((days - 1 - FLAT_FROM) * messages) * 1e6 for found in (kept, gone)]
    report.add(
        "Messages that are kept for a day",
        f"{messages:,} messages a day, two to three events each, to the same {CUSTOMERS:,} customers of {CAMPAIGNS} campaigns, half by email and half by SMS.",
        table(
            ("day", "MB, kept for ever", "MB, kept a day", "states, for ever", "states, a day", "µs to remove one", "longest call ms"), rows
        ),
        f"From day {FLAT_FROM + 1} on a million messages take {grown[0]:.0f} MB where they are kept for ever and {grown[1]:.1f} MB where they are kept for a day.",
    )


async def _days(servers: Servers, messages: int, days: int, kept: int | None) -> list[Day]:
    servers.empty()
    servers.store.config_set("slowlog-log-slower-than", 200)
    store = RedisStore(servers.redis)
    await store.check()
    engine, rng, out = Engine(store), random.Random(7), []
    epoch, position = await store.claim(_PARTITION, "bench", 1, of=1)
    try:
        before = [_settings(kept), *(_event("campaign", f"c-{n}", "updated", BEGIN, _CAMPAIGN) for n in range(CAMPAIGNS))]
        for day in range(days):
            events = [*before, *_messages(rng, day, messages)]
            before = []
            for start in range(0, len(events), GROUP):
                group = events[start : start + GROUP]
                slot = Slot(_PARTITION, epoch, "bench", position, position + len(group), BEGIN + (day + 1) * DAY_MS)
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


async def _removed(servers: Servers, engine: Engine) -> Day:
    servers.store.slowlog_reset()
    states, own, theirs = _states(servers), time.process_time(), servers.store_cpu()
    while await engine.remove():
        pass
    used = time.process_time() - own + servers.store_cpu() - theirs
    calls = [call["duration"] / 1000 for call in servers.store.slowlog_get(1000) if call["command"].startswith(b"EVALSHA")]
    left = _states(servers)
    return Day(servers.store_bytes() / 1e6, left, used / (states - left) * 1e6 if left < states else 0.0, max(calls, default=0.0))


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


def _messages(rng: random.Random, day: int, messages: int) -> Iterator[Event]:
    for number in range(messages):
        at = BEGIN + day * DAY_MS + number * (DAY_MS // 2) // messages
        channel = ("email", "sms")[number % 2]
        said = {"campaign_id": f"c-{rng.randrange(CAMPAIGNS)}", "recipient_id": f"cu-{rng.randrange(CUSTOMERS)}", "channel": channel}
        verbs = ("sent", "delivered", "opened") if rng.random() < 0.4 else ("sent", "delivered")
        for step, verb in enumerate(verbs):
            yield _event("message", f"m-{day}-{number}", verb, at + step * 60_000, said | {"action_id": f"a-{channel}"})


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
