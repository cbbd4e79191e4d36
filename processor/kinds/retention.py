"""Until when is something kept? By the settings of its tenant, as they were then (`retention_days`; docs/decisions/0008). Pure.

No clock and no watermark is asked: the same records give the same answer whenever they are read.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from operator import itemgetter
from typing import Final, NamedTuple

DAY: Final = 86_400_000
STEP: Final = 50
"""Things that one call removes at the most."""


class Period(NamedTuple):
    since: int
    """In force from then on, ms."""
    days: int | None
    """None: for ever."""


class Said(NamedTuple):
    """A version of the settings, as far as it concerns how long something is kept. The greater one holds, number first."""

    number: int
    time: int
    content: bytes
    days: int | None
    taken: int
    """When Kafka had its record first, ms."""


def merged(known: Sequence[Said], new: Said) -> list[Said]:
    """All that was ever said, each once, in order. Also what was soon replaced was in force for a while, perhaps."""
    taken = min([new.taken, *(said.taken for said in known if said[:4] == new[:4])])
    return sorted([*(said for said in known if said[:4] != new[:4]), new._replace(taken=taken)], key=itemgetter(0, 1, 2))


def periods(versions: Iterable[Said]) -> list[Period]:
    """What is in force when: each version from one day after Kafka had it, so that it is known before it holds. Nothing if none ever said anything."""
    out: list[Period] = []
    newest: tuple[int, int, bytes] | None = None
    for said in sorted(versions, key=lambda said: (said.taken, said[:3])):
        if newest is None or said[:3] > newest:
            newest = said[:3]
            if (out[-1].days if out else None) != said.days:
                out.append(Period(said.taken + DAY, said.days))
    return out


def end(kept: Sequence[Period], instant: int) -> int | None:
    """The last moment at which what happened at `instant` is still kept, ms; None: there is none. Of two instants the earlier never ends later."""
    for number, (since, days) in enumerate(kept):
        if days is not None:
            last = max(instant + days * DAY, since)
            if number + 1 == len(kept) or last < kept[number + 1].since:
                return last
    return None
