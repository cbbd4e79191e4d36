"""Does what somebody has still stand? Told from the revision alone, before anything is worked out: at one revision, one trustworthiness, within one day and one hour of what is
counted a question has one answer (`schemas.keys.OUT`: nothing that an answer rests on changes without a new revision).
"""

from __future__ import annotations

from datetime import datetime
from typing import Final, NamedTuple, TypeAlias

from schemas.answers import Stamp
from views_api.stored.readings import Facts
from views_api.views.stamps import state

MOST: Final = 20_000
"""Tags, some 10 MB; at most 30, if all addresses are long."""
LONG: Final = 1_024
"""Bytes of an address: of one that is longer, such as a filter of many kilobytes, no tag is kept."""
QUARTER_MS: Final = 900_000
"""Days begin on a quarter of an hour, in every zone: within one, "today" means the same everywhere."""

Question: TypeAlias = tuple[str, bytes, bytes]
"""Who sees the same, the path and the query, as they were sent."""


class _At(NamedTuple):
    """What decides an answer, beside its question."""

    revision: str
    state: str
    settled: bool
    quarter: int
    heard: int
    """Quarter up to which all is counted: so it is told which days and hours are over."""


class Standing:
    """The tags that were given last."""

    def __init__(self) -> None:
        self._tags: dict[Question, tuple[str, _At]] = {}
        """What was given last at the end."""

    def given(self, question: Question, tag: str, stamp: Stamp, asked_at: int) -> None:
        """`asked_at`: ms since 1970 UTC, before the answer was worked out: by the time that it is, the day may be another."""
        _, path, query = question
        if len(path) + len(query) > LONG:
            return
        self._tags.pop(question, None)
        heard = round(datetime.fromisoformat(stamp.as_of).timestamp() * 1000) if stamp.as_of else 0
        self._tags[question] = tag, _At(stamp.revision, stamp.state, stamp.settled, asked_at // QUARTER_MS, heard // QUARTER_MS)
        if len(self._tags) > MOST:
            del self._tags[next(iter(self._tags))]

    def may(self, question: Question, tags: set[str], newest: str) -> str | None:
        """The tag of these that may still be that of the answer; none if the numbers are known to have moved on to the revision `newest`."""
        tag, at = self._tags.get(question, ("", None))
        return tag if at and tag in tags and at.revision == newest else None

    def does(self, question: Question, tag: str, facts: Facts, now: int) -> bool:
        """Whether it is, in a state of the store, now."""
        found = self._tags.get(question)
        at = _At(facts.revision, state(facts, now), facts.dirty == 0, now // QUARTER_MS, max(0, facts.as_of) // QUARTER_MS)
        return found == (tag, at)
