"""What the engine asks of a store. Two adapters, Redis and memory, pass one contract suite (`tests/contract/test_store.py`)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple, Protocol, TypeAlias

from processor.transaction import Tx
from processor.values import Cell, Passed, Ref, Segment, Slot
from schemas.errors import KpiError


class Lost(KpiError):
    """The store no longer holds what this worker wrote, or another has claimed: drop what is local, claim again, replay from the position that the claim gives.

    `partition` is None when that goes for every partition of the call.
    """

    def __init__(self, partition: str | None, reason: str) -> None:
        super().__init__(f"{reason} {partition or 'every partition'}")
        self.partition, self.reason = partition, reason


class StaleClaim(KpiError):
    """A claimer of a newer Kafka generation holds the partition: this worker has been left behind by a rebalance."""


class Refused(KpiError):
    """This server must not hold the numbers: too old, it evicts, it holds another stored form, or it does not let us. The text says what to change."""


class Claim(NamedTuple):
    epoch: int
    position: int
    """Next offset to read."""
    topic: str = ""
    """Kafka's number of the topic that the position is in; empty where it was never known."""


class Applied(NamedTuple):
    repeated: bool
    """The call had gone through before, its reply was lost: nothing was done now."""
    dirty: int
    """How many marks wait to be settled."""


class Conflict(NamedTuple):
    """Something that was read has changed; nothing was written."""

    refs: list[Ref]


Fetched: TypeAlias = dict[Ref | Segment | Passed, bytes | tuple[bytes, ...]]


class Store(Protocol):
    """All calls raise `Unavailable` while the server is away; each may then be repeated as it is."""

    async def check(self) -> int | None:
        """Load what is needed and raise `Refused` if the server cannot be trusted with the numbers. May be repeated at any time. What its clock shows, ms since 1970 UTC; None: it does not say."""

    async def claim(
        self, partition: str, owner: str, generation: int, *, force: bool = False, rebuild_to: int = 0, of: int = 0, topic: str = ""
    ) -> Claim:
        """Take a source partition; raises `StaleClaim`, or `Refused` if others have filled the store with another stored form since. `of`: how many there are; the watermark does not move before all of them were claimed once. `topic`: Kafka's number of the topic, kept with the first position in it."""

    async def incomplete(self, partition: str) -> None:
        """From now on readers are told that history of this partition is missing: Kafka no longer has what was never counted."""

    async def fetch(self, wanted: Iterable[Ref | Segment | Passed]) -> Fetched:
        """Values now; `ABSENT` for what is not there."""

    async def apply(self, slots: list[Slot], tx: Tx) -> Applied | Conflict:
        """The whole plan or nothing; raises `Lost`."""

    async def marks(self, limit: int) -> list[bytes]:
        """Some of what is to be decided again, chosen at random."""

    async def advance(self) -> int:
        """Move the watermark on to the smallest as-of of all partitions, never back; what it has passed becomes dirty in the same step.

        Nowhere while a partition has none. How many marks wait to be settled then.
        """

    async def expire(self, limit: int) -> int:
        """Remove cells of hours whose day ended `keys.HOURS_KEPT` before the watermark, the earliest first, at the most so many hashes; how many it were."""

    async def positions(self) -> Mapping[str, int]:
        """Next offset of every partition that was ever claimed."""


class Readable(Protocol):
    """What explanations ask of a store; nothing is written. Raises `Unavailable` as above."""

    async def fetch(self, wanted: Iterable[Ref | Segment]) -> Fetched:
        """Values now; `ABSENT` for what is not there."""

    async def marks(self, limit: int) -> list[bytes]:
        """Some of what is to be decided again."""

    async def read_cells(self, tenant: str, campaign: str, views: Collection[str], first: str | None, last: str | None) -> dict[Cell, int]:
        """Cells of some views of a campaign on days `first` to `last` (ISO dates, included; None: open).

        Read in several trips while others write: whoever needs them all of one moment reads twice.
        """
