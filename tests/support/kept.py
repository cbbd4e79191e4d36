"""Courses of events of a tenant that keeps messages for a day or two: most come at once, some late, some when their message is over; and a store that counts them."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any, Final

from processor.recount import Record
from processor.recount.days import spelled
from processor.store.memory import MemoryStore
from schemas import keys
from schemas.events import Event
from tests.support.course import understood
from tests.support.drawn import STAGES
from tests.support.expected import CellName
from tests.support.said import campaign, message, order, settings
from tests.support.values import DAY, HOUR
from tests.support.world import Worker

BEGIN: Final = 1_775_001_600_000
"""1 April 2026, midnight in UTC."""
STEPS: Final = (20 * 60_000, 40 * 60_000)
"""ms between two records, about: with the longer ones a period of touches ends and is removed on the way."""


def at(instant: int) -> str:
    return spelled(instant)


class Counting:
    """A store in memory, and the events that were set aside on the way there."""

    def __init__(self) -> None:
        self.store = MemoryStore()
        self.late: list[tuple[str, str]] = []

    async def count(self, groups: Sequence[Sequence[Record]], *, removing: bool) -> None:
        worker = await Worker.on(self.store)
        for group in groups:
            await worker.commit(*map(understood, group), set_aside=self._aside)
            await worker.settle()
            await worker.read_up_to(max(record.timestamp_ms for record in group))
            while removing and await worker.engine.remove():
                pass

    def cells(self) -> dict[CellName, int]:
        return {(tenant, campaign, view, keys.iso(day), field): n for (tenant, campaign, view, day, field), n in self.store.cells.items()}

    async def _aside(self, late: list[Event]) -> None:
        self.late += [(event.verb, event.subject) for event in late]


def kept(days: int | None, *, taken: int = BEGIN - 10 * DAY, version: int = 1) -> Record:
    """The settings that say for how many days messages are kept."""
    return settings(version=version, retention_days=None if days is None else {"message": days})._replace(timestamp_ms=taken)


def a_course(rng: Random, events: int = 700) -> list[Record]:
    """Records in the order in which Kafka had them: settings and campaigns first, and the settings again on the way."""
    rules: dict[str, Any] = {"attribution": {"mode": "days", "days": 2}}
    out = [
        kept(rng.choice((1, 2)), taken=BEGIN - 5 * DAY),
        campaign("c", timezone=rng.choice(("Asia/Ho_Chi_Minh", "America/New_York", None)), **rules)._replace(timestamp_ms=BEGIN - 5 * DAY),
        campaign("d", **rules)._replace(timestamp_ms=BEGIN - 5 * DAY),
    ]
    taken, step, orders = BEGIN, rng.choice(STEPS), Orders(rng)
    for number in range(events):
        taken += rng.randrange(2 * step)
        draw = rng.random()
        if draw < 0.01:
            said = kept(rng.choice((1, 2)), version=rng.randrange(9))
        elif draw < 0.02:
            said = campaign("d", version=number, attribution={"mode": "days", "days": rng.choice((0, 1, 4))})
        elif draw < 0.2:
            said = orders.next(taken, number)
        else:
            said = _message(rng, taken, number)
        out.append(said._replace(timestamp_ms=taken))
    return out


class Orders:
    """New ones and versions of those there are: refunds, of another customer, bought at another time, by another rule, and back."""

    def __init__(self, rng: Random) -> None:
        self._rng, self._said = rng, dict[str, list[dict[str, Any]]]()

    def next(self, taken: int, number: int) -> Record:
        rng = self._rng
        if not self._said or rng.random() < 0.5:
            subject = f"or-{number}"
            said = self._claim(taken, rng.randrange(-2 * DAY, DAY))
        else:
            subject = rng.choice([*self._said])
            said = rng.choice(self._said[subject]) | rng.choice(
                (
                    {"refunds": [{"id": "r", "amount_minor": rng.randrange(900), "refunded_at": at(taken)}]},
                    {"campaign_id": rng.choice((None, None, "c"))},
                    self._claim(taken, rng.randrange(20 * DAY)),
                    {},
                )
            )
        self._said.setdefault(subject, []).append(said)
        return order(subject, version=rng.choice((number, number, rng.randrange(number + 1))), **said)

    def _claim(self, taken: int, before: int) -> dict[str, Any]:
        return {"customer_id": f"cu-{self._rng.randrange(6)}", "purchased_at": at(taken - before)}


def _message(rng: Random, taken: int, number: int) -> Record:
    """New ones come up all the time; nearly all events are about those of the last days."""
    subject = max(0, number - int(rng.expovariate(1 / 60)))
    delay = rng.choice((0, 0, 0, rng.randrange(HOUR), rng.randrange(DAY), rng.randrange(5 * DAY), -rng.randrange(DAY)))
    said: dict[str, Any] = {
        "campaign_id": rng.choice("ccd"),
        "recipient_id": f"cu-{rng.randrange(6)}",
        "channel": ("sms", "email")[subject % 2],
        "action_id": rng.choice((None, "a1", "a2")),
        "variant": rng.choice((None, None, "A")),
        "entry_id": rng.choice((None, "en-1")),
        "machine_open": rng.choice((None, True)),
        "cost_minor": rng.choice((None, None, 7)),
        "cost_currency": "USD",
        "failure_code": rng.choice((None, None, "550")),
    }
    return message(
        rng.choice(STAGES), f"m-{subject}", at=at(taken - delay), **{name: value for name, value in said.items() if value is not None}
    )
