"""Seeded values for events of the contract: ids that look like something else, instants at which things collide, and the envelope around them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, NamedTuple

from processor.recount import Record

HOUR = 3_600_000
DAY = 24 * HOUR
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NOW = 1_777_000_000_000
"""Broker timestamp of the first record unless told otherwise: 2026-04-24, behind the clock changes of New York and Lord Howe."""

ZONES = ("Asia/Ho_Chi_Minh", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "UTC", "Asia/Kolkata", None)
NASTY = ("(none)", "~pending", "null", "a/b", "a:b|c=d{e}", "é" * 64)
TURNS_OF_THE_CLOCK = (
    1_325_239_199_999,  # Apia, the last millisecond before it left out 2011-12-30
    1_325_239_200_000,
    1_772_953_199_999,  # New York, 2026-03-08 springs forward
    1_772_953_200_000,
    1_775_314_800_000,  # Lord Howe, 2026-04-05 falls back by half an hour
    1_775_316_600_000,
    1_775_408_400_000,  # midnight in Ho Chi Minh City
    -1,
)
WINDOWS = (0, 60_000, 12 * HOUR, DAY, 2 * DAY, 5 * DAY, 92 * DAY)
"""Distances in ms at which something ends: windows of touches, the look-back of a range of days."""


@dataclass(frozen=True)
class Profile:
    """How many events, over how many of each thing: fewer things, more collisions."""

    events: int
    tenants: int
    campaigns: int
    customers: int
    staff: int
    opportunities: int
    orders: int
    tasks: int
    messages: int
    versions: int


class Encounter(NamedTuple):
    """That somebody had to do with a campaign at an instant. What comes after it is drawn close to it."""

    tenant: str | None
    instant: int
    campaign: str
    customer: str


class Values:
    """Draws ids, instants, amounts and envelopes."""

    def __init__(self, rng: Random, profile: Profile, now: int) -> None:
        self.rng = rng
        self.profile = profile
        self.now = now
        self.count = 0
        self.tenants = [None, "acme", "a:b|c=d{e}"][: profile.tenants]

    def ids(self, prefix: str, count: int) -> list[str]:
        """Mostly plain ids, some that are easily taken for something else."""
        nasty = self.rng.sample(NASTY, min(len(NASTY), count // 3))
        return [*(f"{prefix}-{number}" for number in range(count - len(nasty))), *nasty]

    def perhaps(self, value: Any, likely: float = 0.6) -> Any:
        return value if self.rng.random() < likely else None

    def rarely(self) -> bool | None:
        return self.rng.choices((None, False, True), weights=(80, 12, 8))[0]

    def amount(self) -> int:
        return self.rng.choice((0, 1, 100, 999, 1_000, 2**31, 10**13, -5, self.rng.randrange(10**9)))

    def time(self, version: int = 0) -> int:
        """When an event happened: it mostly grows with the version, now and then goes back, and may lie ahead of the broker by up to 24 hours."""
        choice = self.rng.random()
        if choice < 0.05:
            return self.now + self.rng.choice((DAY, DAY - 1, 1, HOUR))
        if choice < 0.15:
            return self.rng.choice(TURNS_OF_THE_CLOCK)
        steps = version % 1000 if choice < 0.75 else self.rng.randrange(20)
        return NOW - 55 * DAY + steps * 2 * DAY + self.rng.choice((0, 0, 6 * HOUR, self.rng.randrange(DAY)))

    def moment(self) -> int:
        """Of a field. Coarse, so that different things happen at once."""
        if self.rng.random() < 0.1:
            return self.rng.choice(TURNS_OF_THE_CLOCK)
        return NOW - 60 * DAY + self.rng.randrange(30) * 2 * DAY + self.rng.choice((0, 6 * HOUR, 17 * HOUR, 24 * HOUR - 1))

    def instant(self) -> str:
        return self.spelled(self.moment())

    def close_after(self, instant: int) -> int:
        """On the edge of a window, or one millisecond beside it."""
        return instant + self.rng.choice(WINDOWS) + self.rng.choice((-1, 0, 0, 1))

    def day(self, behind: int | None = None) -> str:
        """Of a range: as far behind an instant as ranges look back, or one day beside it; or any day."""
        instant = self.moment() if behind is None else behind + self.rng.choice((91, 92, 93)) * DAY
        return (EPOCH + timedelta(milliseconds=instant)).date().isoformat()

    def spelled(self, instant: int) -> str:
        """One of the ways in which RFC 3339 can write it; digits finer than a millisecond are to be cut off."""
        offset, suffix = self.rng.choice(((0, "Z"), (0, "Z"), (0, "+00:00"), (420, "+07:00"), (-570, "-09:30")))
        finer = self.rng.choice(("", "", "0", "999"))
        moment = EPOCH + timedelta(milliseconds=instant, minutes=offset)
        fraction = f".{moment.microsecond // 1000:03d}{finer}" if moment.microsecond or finer else ""
        return f"{moment:%Y-%m-%dT%H:%M:%S}{fraction}{suffix}"

    # The envelope.

    def image(self, topic: str, kind: str, subject: str, data: dict[str, Any], *, tenant: str | None, at: int | None = None) -> Record:
        number = self.rng.randrange(self.profile.versions) * self.rng.choice((1, 1, 1, 1000))
        verb, time = self.rng.choice(("created", "updated", "x")), self.time(number)
        return self.event(topic, f"{kind}.{verb}", subject, time if at is None else at, {"version": number, **data}, tenant)

    def event(self, topic: str, kind_and_verb: str, subject: str, time: int, data: dict[str, Any], tenant: str | None) -> Record:
        rng = self.rng
        stated = {name: value for name, value in data.items() if value is not None or rng.random() < 0.2}
        if rng.random() < 0.1:
            stated["unknown_to_the_contract"] = {"any": ["thing", 1.5, None]}
        attributes = {
            "specversion": "1.0",
            "id": f"e-{self.count}",
            "source": "/crm",
            "type": kind_and_verb,
            "subject": subject,
            "time": self.spelled(time),
        }
        if tenant is not None:
            attributes["tenantid"] = tenant
        key = rng.choice((subject.encode(), None, b"any"))
        if rng.random() < 0.15:
            headers = [("content-type", b"application/json"), *((f"ce_{name}", value.encode()) for name, value in attributes.items())]
            return Record(topic, 0, 0, key, _json(stated), headers, self.now)
        envelope = {**attributes, "datacontenttype": "application/json", "data": stated}
        return Record(topic, 0, 0, key, _json(envelope), (), self.now)


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
