"""The history of one opportunity, as far as numbers need it: a set of versions that merges in any order, and what follows from it. Pure.

The rules are those of `docs/definitions.md`, section Opportunity; their numbers are given where they are applied.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import Any, NamedTuple

from processor.kinds.versions import newer

OPEN, WON, LOST = "open", "won", "lost"


class Facts(NamedTuple):
    """What one version says. Sorted by name as the contract has them, so that ties can be broken by canonical JSON."""

    amount_minor: int | None
    approach_method: str | None
    campaign_id: str
    created_at: int
    currency: str | None
    customer_id: str
    customer_name: str | None
    deleted: bool
    expected_close_on: str | None
    industry: str | None
    is_test: bool
    lost_at: int | None
    lost_reason: str | None
    owner_id: str | None
    probability: int | None
    status: str | None
    step_id: str | None
    won_at: int | None

    @property
    def live(self) -> bool:
        return not (self.deleted or self.is_test)


class Entry(NamedTuple):
    """One version. Instants are ms since 1970 UTC."""

    version: int
    time: int
    facts: Facts


class Run(NamedTuple):
    """Neighbouring entries of one status (rule 4). `start` is when it began (rule 9), `closed` the close instant of a won or lost one (rule 5)."""

    status: str
    first: int
    start: int
    closed: int | None


class AsOf(NamedTuple):
    """From an instant on, the state was this; None: there was nothing (rule 9)."""

    since: int
    facts: Facts | None
    status: str


def merge(entries: list[Entry], entry: Entry) -> bool:
    """Put a version in its place; False if it says nothing new."""
    at = bisect_left(entries, entry.version, key=lambda e: e.version)
    if at < len(entries) and entries[at].version == entry.version:
        known = entries[at]
        if not newer(entry[:2], known[:2], lambda: (Facts._fields, entry.facts, known.facts)):
            return False
        entries[at] = entry
        return True
    entries.insert(at, entry)
    return True


def effective_times(entries: list[Entry]) -> list[int]:
    """Rule 1."""
    times, latest = [], entries[0].time
    for entry in entries:
        latest = max(latest, entry.time)
        times.append(latest)
    return times


def runs(entries: list[Entry], statuses: list[str]) -> list[Run]:
    """Rules 4, 5 and the starts of rule 9."""
    times, created = effective_times(entries), entries[-1].facts.created_at
    out: list[Run] = []
    first, n = 0, len(entries)
    while first < n:
        end, status = first + 1, statuses[first]
        while end < n and statuses[end] == status:
            end += 1
        start = max(times[first], created)
        closed = None
        if status != OPEN:
            explicit = next(
                (at for e in reversed(entries[first:end]) if (at := e.facts.won_at if status == WON else e.facts.lost_at) is not None), None
            )
            closed = start if explicit is None else explicit
            start = max(closed, created)
        if out:
            start = max(start, out[-1].start)
        out.append(Run(status, first, start, closed))
        first = end
    return out


def history(entries: list[Entry], found: list[Run]) -> list[AsOf]:
    """The state at each instant at which it changed (rule 9). Empty for one that does not exist is the caller's business (rule 3)."""
    times, created = effective_times(entries), entries[-1].facts.created_at
    instants = sorted({created, *(t for t in times if t > created), *(run.start for run in found)})
    out: list[AsOf] = []
    entry = run = 0
    for instant in instants:
        while entry + 1 < len(entries) and times[entry + 1] <= instant:
            entry += 1
        while run + 1 < len(found) and found[run + 1].start <= instant:
            run += 1
        status = found[run].status if found[run].start <= instant else OPEN
        facts = entries[entry].facts
        state = AsOf(instant, facts if facts.live else None, status)
        if not out or out[-1][1:] != state[1:]:
            out.append(state)
    return out


# The stored form: texts once, in a dictionary of the opportunity's own; what seldom changes once per change.

_RARE = ("created_at", "customer_id", "customer_name", "currency", "industry", "expected_close_on", "approach_method", "is_test")
_OFTEN = tuple(name for name in Facts._fields if name not in _RARE)
_TEXTS = frozenset(("campaign_id", "step_id", "owner_id", "status", "lost_reason"))
_RARE_AT = tuple(Facts._fields.index(name) for name in _RARE)
_OFTEN_AT = tuple((Facts._fields.index(name), name in _TEXTS) for name in _OFTEN)
_ORDER = tuple((_RARE + _OFTEN).index(name) for name in Facts._fields)

Packed = tuple[list[str], list[list[Any]], list[list[Any]]]
"""(texts, distinct rare parts, entries as [version step, time step, rare, often…])."""


def pack(entries: list[Entry]) -> Packed:
    texts: dict[str, int] = {}
    rare: dict[tuple[Any, ...], int] = {}
    rows: list[list[Any]] = []
    version = time = 0
    for entry in entries:
        facts = entry.facts
        row: list[Any] = [entry.version - version, entry.time - time, rare.setdefault(tuple(facts[i] for i in _RARE_AT), len(rare))]
        for i, is_text in _OFTEN_AT:
            value: Any = facts[i]
            row.append(texts.setdefault(value, len(texts)) if is_text and value is not None else value)
        rows.append(row)
        version, time = entry.version, entry.time
    return list(texts), [list(part) for part in rare], rows


def unpack(packed: Packed) -> list[Entry]:
    texts, rare, rows = packed
    out = []
    version = time = 0
    for row in rows:
        version += row[0]
        time += row[1]
        values = list(rare[row[2]])
        for (_, is_text), value in zip(_OFTEN_AT, row[3:], strict=True):
            values.append(texts[value] if is_text and value is not None else value)
        out.append(Entry(version, time, Facts(*(values[i] for i in _ORDER))))
    return out
