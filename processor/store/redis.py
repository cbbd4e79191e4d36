"""The store on Redis ≥ 6.2 or Valkey ≥ 7.2: its scripts by EVALSHA, one round trip each."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
import time
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from importlib.metadata import version
from importlib.resources import files
from itertools import chain
from typing import Any, Final, TypeVar, cast

import msgpack  # type: ignore[import-untyped]  # has no types of its own
import redis.asyncio
from opentelemetry import trace
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ClusterDownError, InvalidResponse, NoScriptError, OutOfMemoryError, ReadOnlyError, ResponseError, TryAgainError
from redis.exceptions import ConnectionError as ConnectionLost
from redis.exceptions import NoPermissionError as NotAllowed
from redis.exceptions import TimeoutError as TimedOut

from processor.store import server
from processor.store.port import Applied, Claim, Conflict, Fetched, Lost, Refused, StaleClaim
from processor.transaction import Tx
from processor.values import Cell, Note, Passed, Ref, Segment, Slot
from schemas import keys
from schemas.errors import Unavailable

T = TypeVar("T")

_log = logging.getLogger(__name__)
_tracer = trace.get_tracer("campaign-kpis")
_WIDTH: Final = 1000
"""Entries per command inside a script: Lua's `unpack` fails near 8,000 values."""
_DAY: Final = 86_400_000
_LARGEST: Final = 2**53
"""Up to here a double is exact."""
_SUMMARISING: Final = ("apply", "claim", "incomplete")
_PASSING: Final = (OutOfMemoryError, ReadOnlyError, ClusterDownError, TryAgainError)
"""Error replies of a server that will be well again. Scripts refuse with these before their first write."""
_PASSING_WORDS: Final = re.compile(r"(?:^|[ -])(?:LOADING|READONLY|OOM|MISCONF|BUSY|CLUSTERDOWN|TRYAGAIN|MASTERDOWN|NOREPLICAS) ")
"""The others, by their first word. The client takes that off where it has a class of its own, and Redis 6 tells of it within the script's error."""

_CALLS: Final = re.compile(r"call\('([A-Z]+)'")
_FORBIDDEN: Final = """
local may, forbidden = redis.acl_check_cmd, {}                           -- Redis 7 and Valkey
for _, command in ipairs(may and ARGV or {}) do
  if not may(command, KEYS[1], KEYS[1], KEYS[1]) then forbidden[#forbidden + 1] = command end
end
return forbidden
"""
"""Which of some commands the caller's scripts may not run. A server tells a script only when it comes to them, and then it has written what was before."""


def _unobserved(_: str, __: float) -> None:
    pass


def _script(name: str) -> str:
    parts = ("summary", name) if name in _SUMMARISING else (name,)
    return "".join(files("processor.store").joinpath(f"{part}.lua").read_text(encoding="utf-8") for part in parts)


def _pack(value: object) -> bytes:
    # cmsgpack of Redis 7.0 refuses the msgpack type `bin`, so bytes travel as raw strings.
    return cast("bytes", msgpack.packb(value, use_bin_type=False))


class RedisStore:
    """One bucket of one generation. Every call is safe to repeat, so a lost reply is answered by repeating it."""

    def __init__(self, url: str, *, generation: str = "g1", bucket: int = 0, password: str | None = None, timeout: float = 5.0) -> None:
        # redis-py's own retries are off: what may be repeated is decided by the caller, which also reports it.
        self._redis: redis.asyncio.Redis = redis.asyncio.Redis.from_url(
            url, password=password, socket_timeout=None, socket_connect_timeout=timeout, retry=Retry(NoBackoff(), 0)
        )
        self._timeout = timeout
        """Of a whole call: the client's own would start a task and two clocks for each."""
        self._prefix = keys.prefix(generation, bucket)
        self._meta = self._prefix + keys.META
        self._sources = {name: _script(name) for name in ("advance", "apply", "claim", "expire", "fetch", "incomplete")}
        self._ours = {"version": str(keys.VERSION), "tzdata": version("tzdata")}
        """What numbers rest on that stands in no event. All that a store holds was written with the same."""
        self._shas: dict[str, str] = {}
        self._told: set[str] = set()
        """Doubts that are in the log: each once, for it is checked again and again."""
        self.observe: Callable[[str, float], None] = _unobserved
        self.calls = 0
        self.conflicts = 0

    async def close(self) -> None:
        await self._redis.aclose()

    async def _do(self, call: Awaitable[T]) -> T:
        """Foreign exceptions stop here: what passes becomes `Unavailable`, everything else is a bug and stays what it is."""
        try:
            async with asyncio.timeout(self._timeout):
                return await call
        except (ConnectionLost, TimedOut, TimeoutError, OSError, asyncio.IncompleteReadError, InvalidResponse) as error:
            raise Unavailable(f"Redis: {type(error).__name__}") from error
        except ResponseError as error:
            text = str(error)
            if isinstance(error, ReadOnlyError) or "-READONLY " in text:  # a primary before a failover: its name is looked up anew
                await self._redis.connection_pool.disconnect(inuse_connections=False)
            if isinstance(error, _PASSING) or _PASSING_WORDS.search(text):
                raise Unavailable(f"Redis: {type(error).__name__}: {text[:80]}") from error
            if isinstance(error, NotAllowed) or text.startswith("DENIED "):
                raise Refused(f"the store refuses what is needed: {text[:200]}") from error
            raise

    async def _run(self, name: str, *args: bytes | str | int) -> list[Any]:
        """Measured, and seen in the trace of the group or the step that it is made for."""
        began = time.perf_counter()
        traced = trace.get_current_span().is_recording()
        try:
            with _tracer.start_as_current_span(f"store {name}", kind=trace.SpanKind.CLIENT) if traced else contextlib.nullcontext():
                return await self._evaluate(name, *args)
        finally:
            self.observe(name, time.perf_counter() - began)

    async def _evaluate(self, name: str, *args: bytes | str | int) -> list[Any]:
        for _ in range(2):
            sha = self._shas.get(name)
            if sha is None:
                sha = self._shas[name] = await self._do(self._redis.script_load(self._sources[name]))
            try:
                return cast("list[Any]", await self._do(self._redis.evalsha(sha, 1, self._meta, *args)))
            except NoScriptError:  # a restarted or failed-over server
                self._shas.clear()
        raise Unavailable("Redis: the scripts do not stay loaded")

    async def check(self) -> int | None:
        info = cast("dict[str, Any]", await self._do(self._redis.info()))
        answered = time.monotonic()
        problems = [*server.problems(info)]
        told, self._told = self._told, set(server.doubts(info))
        for doubt in self._told - told:
            _log.warning(doubt)
        if forbidden := await self._forbidden():
            problems.append(
                f"its user may not run {', '.join(forbidden)}: a call would end in the middle (deploy/valkey/users.acl has all that is needed)"
            )
        for field, value in self._ours.items():
            await self._do(cast("Awaitable[Any]", self._redis.hsetnx(self._meta, field, value)))
            stored = cast("bytes", await self._do(cast("Awaitable[Any]", self._redis.hget(self._meta, field)))).decode()
            if stored != value:
                problems.append(self._another(field, stored))
        if problems:
            raise Refused("; ".join(problems))
        for name in self._sources:
            self._shas[name] = await self._do(self._redis.script_load(self._sources[name]))
        return server.now(info, since=time.monotonic() - answered)

    async def _forbidden(self) -> list[str]:
        """Commands of our scripts that the server would refuse."""
        commands = sorted({command for source in self._sources.values() for command in _CALLS.findall(source)})
        sha = await self._do(self._redis.script_load(_FORBIDDEN))
        found = await self._do(cast("Awaitable[list[bytes]]", self._redis.evalsha(sha, 1, self._meta, *commands)))
        return [command.decode() for command in found]

    def _another(self, field: str, stored: str) -> str:
        return f"the store was written with {field} {stored}, this program has {self._ours[field]}: rebuild under a new generation"

    async def claim(
        self, partition: str, owner: str, generation: int, *, force: bool = False, rebuild_to: int = 0, of: int = 0, topic: str = ""
    ) -> Claim:
        outcome, *rest = await self._run(
            "claim", partition, owner, generation, "1" if force else "0", rebuild_to, of, *self._ours.values(), topic
        )
        if outcome == b"STALE":
            raise StaleClaim(f"{partition} is held by a claimer of generation {rest[0].decode()}, ours is {generation}")
        if outcome == b"OTHER":
            raise Refused(self._another(rest[0].decode(), rest[1].decode()))
        return Claim(int(rest[0]), int(rest[1]), rest[2].decode())

    async def incomplete(self, partition: str) -> None:
        await self._run("incomplete", partition)

    async def fetch(self, wanted: Iterable[Ref | Segment | Passed]) -> Fetched:
        refs: list[Ref] = []
        segments: list[Segment] = []
        passed: list[Passed] = []
        for item in wanted:
            if isinstance(item, Segment):
                segments.append(item)
            elif isinstance(item, Passed):
                passed.append(item)
            else:
                refs.append(item)
        prefix = self._prefix
        reply = await self._run(
            "fetch",
            _pack(
                [
                    [prefix + key for key, _ in refs],
                    [field for _, field in refs],
                    [(prefix + s.key, s.start, s.stop - 1) for s in segments],
                    [limit for (limit,) in passed],
                ]
            ),
        )
        out: Fetched = dict(zip(refs, reply[: len(refs)], strict=True))
        arrays: list[Segment | Passed] = [*segments, *passed]
        out.update({item: tuple(entries) for item, entries in zip(arrays, reply[len(refs) :], strict=True)})
        return out

    async def apply(self, slots: list[Slot], tx: Tx) -> Applied | Conflict:
        self.calls += 1
        outcome, *rest = await self._run("apply", _pack(_plan(slots, tx, self._prefix)))
        if outcome == b"CONFLICT":
            self.conflicts += 1
            skip = len(self._prefix)
            return Conflict([(rest[i].decode()[skip:], rest[i + 1]) for i in range(0, len(rest), 2)])
        if outcome in (b"OK", b"DUP"):
            return Applied(outcome == b"DUP", rest[0])
        raise Lost(None if rest[0] == b"*" else rest[0].decode(), outcome.decode())

    async def marks(self, limit: int) -> list[bytes]:
        return cast("list[bytes]", await self._do(cast("Awaitable[Any]", self._redis.srandmember(self._prefix + keys.DIRTY, limit))))

    async def read_cells(self, tenant: str, campaign: str, views: Collection[str], first: str | None, last: str | None) -> dict[Cell, int]:
        members = await self._do(cast("Awaitable[set[bytes]]", self._redis.smembers(self._prefix + keys.days(tenant, campaign))))
        kept = [(view, day) for view, _, day in (member.decode().partition(keys.SEP) for member in members) if view in views]
        wanted = sorted((view, day) for view, day in kept if (first is None or day >= first) and (last is None or day <= last))
        out: dict[Cell, int] = {}
        for start in range(0, len(wanted), _WIDTH):
            part = wanted[start : start + _WIDTH]
            pipeline = self._redis.pipeline(transaction=False)
            for view, day in part:
                pipeline.hgetall(self._prefix + keys.cells(tenant, campaign, view, day))
            for (view, day), fields in zip(part, await self._do(pipeline.execute()), strict=True):
                out.update({(tenant, campaign, view, keys.number(day), field.decode()): int(value) for field, value in fields.items()})
        return out

    async def advance(self) -> int:
        return cast("int", (await self._run("advance"))[0])

    async def expire(self, limit: int) -> int:
        return cast("int", (await self._run("expire", keys.HOURS_KEPT, limit))[0])

    async def positions(self) -> Mapping[str, int]:
        meta = cast("dict[bytes, bytes]", await self._do(cast("Awaitable[Any]", self._redis.hgetall(self._meta))))
        return {field[2:].decode(): int(value) for field, value in meta.items() if field.startswith(b"x:")}


def _plan(slots: list[Slot], tx: Tx, prefix: str) -> list[object]:
    """The argument of `apply.lua`; its header says what each element is."""
    (written, old, new), (read, unchanged) = tx.writes(), tx.reads()
    return [
        slots,
        ([prefix + key for key, _ in written], [field for _, field in written], old, new),
        ([prefix + key for key, _ in read], [field for _, field in read], unchanged),
        [(prefix + segment.key, segment.start, segment.stop - 1, entries) for segment, entries in tx.segments.items()],
        _cells(tx),
        [(prefix + key, *entries[i : i + _WIDTH]) for key, entries in tx.appends.items() for i in range(0, len(entries), _WIDTH)],
        [(prefix + key, field, entry) for (key, field), entry in tx.unions],
        list(tx.settled),
        [(prefix + key, field, value, mark) for (key, field), value, mark in tx.soft_reads()],
        [(prefix + key, field, mark) for (key, field), mark in tx.dependants],
        list(tx.marks),
        [(thing, "" if until is None else until) for thing, until in tx.waits.items()],
        _notes(tx.notes, prefix),
        [(prefix + key, first) for key, first in tx.trims.items()],
    ]


def _cells(tx: Tx) -> list[Any]:
    """Columns: of campaigns, of their hashes, of the fields of these."""
    of: dict[tuple[str, str], list[tuple[str, int, dict[str, int]]]] = {whose: [] for whose in tx.touched}
    for (tenant, campaign, view, day), changes in tx.cells.items():
        if 0 in changes.values():
            changes = {field: change for field, change in changes.items() if change}  # noqa: PLW2901
        if changes:
            of.setdefault((tenant, campaign), []).append((view, day, changes))
    hashes = list(chain.from_iterable(of.values()))
    return [
        [(tenant + keys.SEP + campaign, tx.touched.get((tenant, campaign)) or "", len(its)) for (tenant, campaign), its in of.items()],
        [view + keys.SEP + keys.iso(day) for view, day, _ in hashes],
        [max(1, (day + 1) * _DAY) if view == keys.View.HOURS else 0 for view, day, _ in hashes],  # before 1970: long over, too
        [len(changes) for _, _, changes in hashes],
        list(chain.from_iterable([changes for _, _, changes in hashes])),
        _exact(list(chain.from_iterable([changes.values() for _, _, changes in hashes]))),
    ]


def _notes(notes: Mapping[Note, bytes], prefix: str) -> list[list[Any]]:
    """Columns, because there are many: a note is four small values and a mark."""
    found, fields, entries, instants = zip(*notes, strict=True) if notes else ((), (), (), ())
    return [[prefix + key for key in found], list(fields), list(entries), list(instants), list(notes.values())]


def _exact(changes: list[int]) -> Sequence[int | str]:
    """Lua's numbers are doubles; a change that one may not hold goes as text."""
    if min(changes, default=0) >= -_LARGEST and max(changes, default=0) <= _LARGEST:
        return changes
    return [str(change) for change in changes]
