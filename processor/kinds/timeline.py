"""The history of one opportunity, as far as numbers need it: a set of versions that merges in any order, and what follows from it. Pure.

The rules are those of `docs/definitions.md`, section Opportunity; their numbers are given where they are applied.
"""

from __future__ import annotations

from bisect import bisect_left
from itertools import chain, compress
from operator import ne
from typing import Any, Final, NamedTuple

from processor.kinds.versions import newer
from schemas.rows import OPPORTUNITY_STATUSES

OPEN, WON, LOST = OPPORTUNITY_STATUSES


class Entry(NamedTuple):
    """One version and what it says. Instants are ms since 1970 UTC."""

    version: int
    time: int
    stated: str | None
    """The status, if it says one."""
    step_id: str | None
    owner_id: str | None
    probability: int | None
    amount_minor: int | None
    won_at: int | None
    lost_at: int | None
    lost_reason: str | None
    campaign_id: str
    customer_id: str
    customer_name: str | None
    currency: str | None
    industry: str | None
    approach_method: str | None
    expected_close_on: str | None
    created_at: int
    deleted: bool
    is_test: bool
    competitor: str | None = None
    source: str | None = None
    """This and the one before: nothing counts them, but they tell two contents of one version apart."""

    @property
    def live(self) -> bool:
        return not (self.deleted or self.is_test)


_NAMES: Final = ("status", *Entry._fields[3:])
"""What the event contract calls the fields behind version and time."""


class Run(NamedTuple):
    """Neighbouring entries of one status (rule 4). `start` is when it began (rule 9), `closed` the close instant of a won or lost one (rule 5)."""

    status: str
    first: int
    start: int
    closed: int | None


class AsOf(NamedTuple):
    """From an instant on, this entry was in force, with this status (rule 9)."""

    since: int
    entry: Entry
    status: str


def merged(entries: list[Entry], entry: Entry) -> list[Entry] | None:
    """With a version in its place; None if it says nothing new."""
    if not entries or entry.version > entries[-1].version:
        return [*entries, entry]
    at = bisect_left(entries, entry.version, key=lambda e: e.version)
    if entries[at].version != entry.version:
        return [*entries[:at], entry, *entries[at:]]
    known = entries[at]
    if newer(entry[:2], known[:2], _NAMES, entry[2:], known[2:]):
        return [*entries[:at], entry, *entries[at + 1 :]]
    return None


def effective_times(entries: list[Entry]) -> list[int]:
    """Rule 1."""
    times, latest = [], entries[0].time
    for entry in entries:
        latest = max(latest, entry.time)
        times.append(latest)
    return times


def runs(entries: list[Entry], statuses: list[str], times: list[int]) -> list[Run]:
    """Rules 4, 5 and the starts of rule 9. `statuses`, `times`: of each entry, by rules 2 and 1."""
    created = entries[-1].created_at
    out: list[Run] = []
    first, n, begun = 0, len(entries), created
    while first < n:
        end, status = first + 1, statuses[first]
        while end < n and statuses[end] == status:
            end += 1
        closed = None if status == OPEN else _closed(entries[first], entries[end - 1], status, created)
        start = closed if closed is not None else times[first] if first else created
        begun = max(begun, start)  # never before the creation, nor before the run before
        out.append(Run(status, first, begun, closed))
        first = end
    return out


def _closed(first: Entry, last: Entry, status: str, created: int) -> int:
    """Rule 5, of the first and the last entry of a run."""
    stated = last.won_at if status == WON else last.lost_at
    return max(first.time, created) if stated is None else stated


def history(entries: list[Entry], times: list[int], found: list[Run]) -> list[AsOf]:
    """The state at each instant at which it may change (rule 9). Whether the entry in force counts is the caller's business."""
    created = entries[-1].created_at
    entry = run = 0
    last_entry, last_run = len(entries) - 1, len(found) - 1
    out = []
    for instant in sorted({created, *times, *[run.start for run in found]}):
        if instant < created:
            continue
        while entry < last_entry and times[entry + 1] <= instant:
            entry += 1
        while run < last_run and found[run + 1].start <= instant:
            run += 1
        out.append(AsOf(instant, entries[entry], found[run].status if found[run].start <= instant else OPEN))
    return out


# The stored form: of all but the newest version only what it says otherwise than the next one, newest first.

Change = list[Any]
"""[versions back, ms back, place of its status in OPPORTUNITY_STATUSES, 3 more if it is stated, (place of a field of `Entry`, what it says)*]."""


def changes(entries: list[Entry], statuses: list[str]) -> list[Change]:
    """The entries before the newest one, as they are stored."""
    out = []
    for n in range(len(entries) - 1, 0, -1):
        after, entry = entries[n], entries[n - 1]
        change: Change = [
            after[0] - entry[0],
            after[1] - entry[1],
            OPPORTUNITY_STATUSES.index(statuses[n - 1]) + 3 * (entry.stated is not None),
        ]
        change.extend(chain.from_iterable(compress(enumerate(entry[3:], 3), map(ne, entry[3:], after[3:]))))
        out.append(change)
    return out


def with_changes(newest: Entry, status: str, found: list[Change]) -> tuple[list[Entry], list[str]]:
    """All entries and their statuses. `status`: that of the newest one."""
    entries, statuses = [newest], [status]
    values: list[Any] = [*newest]
    for change in found:
        values[0] -= change[0]
        values[1] -= change[1]
        is_stated, number = divmod(change[2], 3)
        said = OPPORTUNITY_STATUSES[number]
        values[2] = said if is_stated else None
        for n in range(3, len(change), 2):
            values[change[n]] = change[n + 1]
        entries.append(Entry._make(values))
        statuses.append(said)
    entries.reverse()
    statuses.reverse()
    return entries, statuses
