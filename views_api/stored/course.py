"""In which calls is a question read? In short ones, as many as it takes, until what they gave is all of one state of the store. Asks nobody itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from views_api.stored.heard import Heard
from views_api.stored.kept import ALL, Answer, Part
from views_api.stored.readings import Read

BUDGET: Final = 8_000
"""What one call may read, 2 to 3 ms: the store serves nobody else meanwhile. A field counts for one, a day for six."""
READS: Final = 400
"""Of a question in one call; those of more campaigns are asked for in several."""
TRIES: Final = 6
"""How often what was read may turn out to be worth nothing, or days may change faster than they are read, before all is read in one call, however long that takes."""
WHOLE: Final = 10**9


class Course:
    """One question on its way."""

    def __init__(self, tenant: str, reads: Sequence[Read], parts: Sequence[Part], heard: Heard) -> None:
        """`parts`: what is known of each read."""
        self._tenant, self._reads, self.parts = tenant, reads, [*parts]
        self.budget, self._vain, self._least = BUDGET, 0, WHOLE
        self.due: list[int] = []
        """Places of the reads that are not all there, or of which days have changed."""
        self.hear(heard)

    def next(self) -> list[int]:
        """The reads of the next call; all of them if these are few, so that one call is enough if some have just changed."""
        return [*range(len(self._reads))] if len(self._reads) <= READS or self.budget == WHOLE else self.due[:READS]

    def question(self, asked: Sequence[int], heard: Heard, places: dict[int, int]) -> list[tuple[Any, ...]]:
        """These reads as `cells.lua` takes them. `places`: of the groups, by their identity."""
        found = []
        for n in asked:
            read, part = self._reads[n], self.parts[n]
            changed = self._changed(n, heard) if part.known else None
            known, anew = ("", ()) if changed is None else (part.known, [*{*changed, *part.left}])
            found.append((read.campaign, read.view, read.names, known, anew, places[id(read.groups)]))
        return found

    def took(self, asked: Sequence[int], answers: Sequence[Answer], revision: str, heard: Heard, *, moved: bool) -> None:
        """What a call gave, of this revision. `moved`: the outbox told something new, which is heard: of the reads that were asked it is in the answers."""
        self._vain += any(self.parts[n].known and not answer.kept for n, answer in zip(asked, answers, strict=True))
        for n, answer in zip(asked, answers, strict=True):
            self.parts[n] = self.parts[n].renewed(answer, revision)
        others = ({*range(len(self._reads))} if moved else {*self.due}) - {*asked}
        self.due = sorted({n for n in asked if not self.parts[n].complete} | {n for n in others if self._is_due(n, heard)})
        if not self.due:
            self.parts = [part if part.revision == revision else part._replace(revision=revision) for part in self.parts]
        elif all(part.known == ALL for part in self.parts):  # only days that changed are left: others may do so faster than these are read
            left = len(self.due) + sum(len(part.left) for part in self.parts)
            self._vain, self._least = self._vain + (left >= self._least), min(left, self._least)
        if self._vain >= TRIES:
            self.budget = WHOLE

    def hear(self, heard: Heard) -> None:
        """Find out anew what is due."""
        self.due = [n for n in range(len(self._reads)) if self._is_due(n, heard)]

    def _is_due(self, n: int, heard: Heard) -> bool:
        return not self.parts[n].complete or self._changed(n, heard) != []

    def _changed(self, n: int, heard: Heard) -> list[str] | None:
        read = self._reads[n]
        return heard.changed(self._tenant, read.campaign or "", read.view, self.parts[n].revision)
