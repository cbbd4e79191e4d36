"""Which days have changed since something was read? What the outbox said to this process, looked up by whose and which cells; so that the store need not go through it
for each question anew, only through what is newer than the last answer.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, TypeAlias

from schemas.keys import RECORD, SEP
from views_api.stored.readings import NOTHING_YET, position

MOST: Final = 50_000
"""Days of views of campaigns, some 10 MB. What was heard before the last so many of them may be forgotten."""
_ANY: Final = "*"

_Position: TypeAlias = tuple[int, int]
_Days: TypeAlias = dict[tuple[str, str], dict[str, _Position]]
"""(campaign with its tenant, view) -> day -> where it changed last. Of the view `*`: any day of any view."""


class Heard:
    def __init__(self, newest: str = "", most: int = MOST) -> None:
        """`newest`: a revision, from which on all is heard."""
        self.newest = newest
        """Up to which revision all is heard; empty: nothing is."""
        self._most = most
        self._first = self._middle = self._last = position(newest or NOTHING_YET)
        self._old: _Days = {}
        self._young: _Days = {}
        """Changes after `_middle`; the older ones are those after `_first`."""
        self._size = 0

    def tell(self, entries: Iterable[tuple[str, str]]) -> None:
        """(revision, what it says), in order, from `newest` or before it on; each entry is heard once."""
        for revision, text in entries:
            where = position(revision)
            if where <= self._last:
                continue
            self.newest, self._last = revision, where
            for record in text.split(RECORD)[1:]:
                tenant, campaign, *told = record.split(SEP)
                told = told[told[0][:1] == "=" : -1]  # a day from which numbers read differently is no cell's affair
                who = tenant + SEP + campaign
                if told[:1] == [_ANY]:
                    self._young.setdefault((who, _ANY), {})[_ANY] = where
                for view, day in zip(told[::2], told[1::2], strict=False):
                    self._young.setdefault((who, view), {})[day] = where
                self._size += len(told) // 2 + 1
            if self._size >= self._most:
                self._old, self._young, self._size = self._young, {}, 0
                self._first, self._middle = self._middle, where

    def changed(self, tenant: str, campaign: str, view: str, since: str) -> list[str] | None:
        """The days of a view that have changed after a revision, up to `newest`; None: it is not known which."""
        after = position(since)
        if not self._first <= after <= self._last:
            return None
        who = tenant + SEP + campaign
        days: set[str] = set()
        for found in (self._young, self._old):
            if found.get((who, _ANY), {}).get(_ANY, after) > after:
                return None
            days.update(day for day, where in found.get((who, view), {}).items() if where > after)
        return [*days]
