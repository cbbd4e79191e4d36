"""Courses of events of a tenant that keeps messages for a day or two: most come at once, some late, some when their message is over."""

from __future__ import annotations

from random import Random
from typing import Any, Final

from processor.recount import Record
from processor.recount.days import spelled
from tests.support.drawn import STAGES
from tests.support.said import campaign, message, order, settings
from tests.support.values import DAY, HOUR

BEGIN: Final = 1_775_001_600_000
"""1 April 2026, midnight in UTC."""
STEP: Final = 20 * 60_000
"""ms between two records, about."""


def at(instant: int) -> str:
    return spelled(instant)


def a_course(rng: Random, events: int = 700) -> list[Record]:
    """Records in the order in which Kafka had them: settings and campaigns first, and the settings again on the way."""
    rules: dict[str, Any] = {"attribution": {"mode": "days", "days": 2}}
    out = [
        _kept(1, rng.choice((1, 2)))._replace(timestamp_ms=BEGIN - 5 * DAY),
        campaign("c", timezone=rng.choice(("Asia/Ho_Chi_Minh", "America/New_York", None)), **rules)._replace(timestamp_ms=BEGIN - 5 * DAY),
        campaign("d", **rules)._replace(timestamp_ms=BEGIN - 5 * DAY),
    ]
    taken = BEGIN
    for number in range(events):
        taken += rng.randrange(2 * STEP)
        draw = rng.random()
        if draw < 0.01:
            said = _kept(rng.randrange(9), rng.choice((1, 2)))
        elif draw < 0.1:
            said = order(f"or-{number}", customer_id=f"cu-{rng.randrange(6)}", purchased_at=at(taken - rng.randrange(DAY)))
        else:
            said = _message(rng, taken, number)
        out.append(said._replace(timestamp_ms=taken))
    return out


def _kept(version: int, days: int) -> Record:
    return settings(version=version, retention_days={"message": days})


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
