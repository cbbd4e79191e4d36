"""What is asked of the store and what it gives: plain values, so that whoever works with them needs no store."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType
from typing import Final, NamedTuple, TypeAlias

from schemas.keys import SEP
from schemas.rows import CampaignRow, TenantRow
from views_api.stored.kept import Day

NOTHING_YET: Final = "0-0"
"""Revision of a store without an outbox."""
_REVISION: Final = re.compile(r"([0-9]{1,19})-([0-9]{1,19})")

Pair: TypeAlias = tuple[str, str]
"""Currencies (base, quote), of which a rate says what one unit of the base is worth in the quote."""


class Facts(NamedTuple):
    """What an answer is stamped with."""

    form: str
    revision: str
    as_of: int
    """ms since 1970 UTC; 0: not all partitions have been heard of yet."""
    partitions: int
    rebuilding: int
    incomplete: int
    dirty: int
    """How many marks wait to be settled."""
    watermark: int = 0
    """Event time in ms since 1970 UTC that all is counted up to; 0: not known yet."""


class Group(NamedTuple):
    """Days that are summed together. `days` as ISO dates; none: every day from `first` to `last` (open if empty) that has cells."""

    first: str
    last: str
    days: Sequence[str] = ()


class Read(NamedTuple):
    """Cells of one view, one sum by field for each group. `names`: only these; none: all. `campaign`: None: that of the question."""

    view: str
    names: Sequence[str]
    groups: Sequence[Group]
    campaign: str | None = None


Fields: TypeAlias = Mapping[str, int]
"""Field of a cell -> sum; never zero."""


class Reading(NamedTuple):
    """What was read in one state of the store."""

    facts: Facts
    rows: list[CampaignRow]
    """Of the campaign, if it is known; of every campaign of the tenant, deleted ones too, if the tenant's own cells were read."""
    settings: TenantRow | None
    """Of the tenant, if it has any."""
    sums: Sequence[Sequence[Fields]]
    """Per read, per group."""
    days: Sequence[Mapping[str, Day]] = ()
    """Per read, the same by ISO day."""
    rates: Mapping[Pair, Mapping[str, str]] = MappingProxyType({})
    """Of the pairs that were asked for: ISO day -> rate."""


class Touched(NamedTuple):
    """A campaign whose numbers or row changed."""

    tenant: str
    campaign: str
    """Empty: the tenant's own cells."""
    told: str
    """Of what, as the outbox says it (`schemas.keys.OUT`)."""

    @property
    def differs_from(self) -> str | None:
        """The day from which on its numbers read differently although no cell has changed; of an empty campaign those of all campaigns of the tenant."""
        return self.told[1:].partition(SEP)[0] if self.told.startswith("=") else None

    @property
    def days(self) -> frozenset[str] | None:
        """The days of which cells changed; None: it could be any."""
        parts = self._parts
        return None if parts[:1] == ["*"] else frozenset(parts[1::2])

    def days_of(self, view: str) -> frozenset[str] | None:
        """The same of one view."""
        parts = self._parts
        return None if parts[:1] == ["*"] else frozenset(day for of, day in zip(parts[::2], parts[1::2], strict=True) if of == view)

    @property
    def _parts(self) -> list[str]:
        return self.told.split(SEP)[bool(self.differs_from) : -1]


class Change(NamedTuple):
    """One entry of the outbox: whose numbers changed."""

    revision: str
    touched: list[Touched]


@lru_cache(4096)
def position(revision: str) -> tuple[int, int]:
    """A revision as something that can be compared. Raises `ValueError` for what is none."""
    found = _REVISION.fullmatch(revision)
    if not found:
        raise ValueError(revision)
    return int(found[1]), int(found[2])
