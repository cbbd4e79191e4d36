"""May a server be trusted with the numbers, and what time is it there, by what its INFO says? Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any


def problems(info: Mapping[str, Any]) -> Iterator[str]:
    """Why it may not."""
    engine, needed = ("Valkey", (7, 2)) if "valkey_version" in info else ("Redis", (6, 2))
    have = str(info.get("valkey_version") or info["redis_version"])
    if tuple(int(part) for part in have.split(".")[:2]) < needed:
        yield f"{engine} {have} is too old, {needed[0]}.{needed[1]} or newer is needed"
    policy = info.get("maxmemory_policy", "noeviction")
    if policy != "noeviction":
        yield f"maxmemory-policy is {policy}: it deletes numbers without a word; set it to noeviction"


def now(info: Mapping[str, Any], *, since: float) -> int | None:
    """What its clock shows so many seconds later, ms since 1970 UTC; None where it does not say."""
    found = info.get("server_time_usec")
    return int(found) // 1000 + int(since * 1000) if found else None


def doubts(info: Mapping[str, Any]) -> Iterator[str]:
    """What is worth a word in the log."""
    if not int(info.get("aof_enabled", 0)):
        if int(info.get("rdb_saves", 1) or 0) == 0 and int(info.get("rdb_last_save_time", 0)) == 0:
            yield "the store keeps nothing on disk: after its restart all numbers are rebuilt from Kafka"
        else:
            yield "the store has no append-only file: after its restart the numbers since its last snapshot are rebuilt from Kafka"
    if evicted := int(info.get("evicted_keys", 0)):
        yield f"the store has deleted {evicted} keys to make room since it was started: if there were numbers among them, rebuild under a new generation"
