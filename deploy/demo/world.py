"""The made-up sales organisation: its clock, its things and the lives that go on in it.

Pure: nothing here reads a clock or talks to Kafka. A *life* is a generator: each time it is resumed it acts once, then it yields the moment at
which it wants to act again. History lets every life act at its moment; live traffic resumes them in the same order, only faster (`play`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from heapq import heappop, heappush
from random import Random
from typing import Any, Final, TypeVar

from deploy.demo import story
from deploy.demo.envelope import Record, cloud_event, instant
from deploy.demo.rhythm import VIETNAM, office_hours

Life = Iterator[datetime]
Choice = TypeVar("Choice")

SOURCE: Final = "/demo/crm"
LIVE_DAY: Final = timedelta(seconds=90)
"""About how long a day of the story takes in live traffic."""


@dataclass(slots=True)
class Thing:
    """An entity as the sales organisation knows it. `data` is word for word what its newest event carried."""

    kind: str
    id: str
    data: dict[str, Any]


class World:
    """`now` is when an event happens; `clock` is the moment of the story. They part only in live traffic, where the story runs ahead."""

    def __init__(self, seed: int, start: datetime) -> None:
        self.chance = Random(seed)
        self.customers = story.customers()
        self.now = self.clock = start.astimezone(VIETNAM)
        self._live = False
        self._number = 0
        self._lives: list[tuple[datetime, int, Life]] = []
        self._told: list[Record] = []

    # What the drivers do.

    def history(self, until: datetime) -> Iterator[Record]:
        """Everything that happens up to `until`, in order of time."""
        while self._lives and self._lives[0][0] <= until:
            self.now = self._lives[0][0]
            yield from self._step()

    def play(self, now: datetime) -> list[Record]:
        """The next life's act, whatever its moment, as happening now. Often nothing that anybody is told about."""
        self._live = True
        self.now = now.astimezone(VIETNAM)
        return self._step()

    def _step(self) -> list[Record]:
        self.clock, order, life = heappop(self._lives)
        again = next(life, None)
        if again is not None:
            heappush(self._lives, (max(again, self.clock), order, life))
        told, self._told = self._told, []
        if told and self.happens(0.001):
            self.begin(self._repeat(told[-1]), self.later(minutes=2))
        return told

    def _repeat(self, record: Record) -> Life:
        """The very same record once more, as from a producer that got no answer: a duplicate."""
        self._told.append(record)
        yield from ()

    # What lives do.

    def begin(self, life: Life, at: datetime | None = None) -> None:
        """A life that acts for the first time at that moment of the story, or as soon as possible."""
        heappush(self._lives, (at or self.clock, self.number(), life))

    def create(self, thing: Thing, *, at: datetime | None = None) -> Thing:
        """The first event of a thing."""
        self.change(thing, "created", at=at, **thing.data)
        return thing

    def change(self, thing: Thing, verb: str, *, at: datetime | None = None, **fields: Any) -> None:
        """Set fields (None takes one away) and tell it: the full image, with a greater version. `at`: when it happened, if not just now.

        The version is when it was written down, in milliseconds: it grows with each change, over restarts too, without a counter to keep.
        """
        version = self.number()
        written = {"version": version} | thing.data | fields | {"version": version}
        thing.data = {
            name: instant(value) if isinstance(value, datetime) else value for name, value in written.items() if value is not None
        }
        self._tell(thing.kind, verb, thing.id, f"{thing.kind}-{thing.id}-{version}", at, thing.data)

    def fact(self, message: str, stage: str, data: Mapping[str, Any], *, at: datetime | None = None) -> None:
        """A stage of a message. Each is told once, so message and stage make the event's id."""
        self._tell("message", stage, message, f"{message}-{stage}", at, data)

    def number(self) -> int:
        """A number that nobody else gets, now or after a restart: the milliseconds since 1970, or the next that is free."""
        self._number = max(self._number + 1, int(self.now.timestamp() * 1000))
        return self._number

    def later(self, **span: float) -> datetime:
        """A moment of the story after a span (`hours=3`) that is met on average."""
        return self.clock + timedelta(**span) * self.chance.expovariate(1)

    def working(self, **span: float) -> datetime:
        """The same, in office hours."""
        return office_hours(self.later(**span))

    def due(self, **span: float) -> datetime:
        """When something is due in that span: as everything, live traffic makes short work of it."""
        return self.now + timedelta(**span) * (LIVE_DAY / timedelta(days=1) if self._live else 1)

    def happens(self, probability: float) -> bool:
        return self.chance.random() < probability

    def one_of(self, weights: Mapping[Choice, float]) -> Choice:
        return self.chance.choices(tuple(weights), tuple(weights.values()))[0]

    def _tell(self, kind: str, verb: str, subject: str, event_id: str, at: datetime | None, data: Mapping[str, Any]) -> None:
        time = instant(at or self.now)
        self._told.append(cloud_event(kind, verb, subject, event_id=event_id, source=SOURCE, time=time, data=data))
