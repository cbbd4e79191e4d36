"""Draws one contract event after the other from a seeded source: images that contradict each other, facts in any order, ids that look like something else."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

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


class Stream:
    """Draws one event after the other."""

    def __init__(self, rng: Random, profile: Profile, now: int) -> None:
        self.rng = rng
        self.profile = profile
        self.now = now
        self.count = 0
        self.tenants = [None, "acme", "a:b|c=d{e}"][: profile.tenants]
        self.campaigns = self._ids("c", profile.campaigns)
        self.customers = self._ids("cu", profile.customers)
        self.staff = self._ids("s", profile.staff)
        self.opportunities = self._ids("op", profile.opportunities)
        self.orders = self._ids("or", profile.orders)
        self.tasks = self._ids("t", profile.tasks)
        self.messages = self._ids("m", profile.messages)
        self.steps = ("new", "call", "offer", "(none)", "won")
        self.codes = ("TET", "tet", "SALE-10", "é")

    def _ids(self, prefix: str, count: int) -> list[str]:
        """Mostly plain ids, some that are easily taken for something else."""
        nasty = self.rng.sample(NASTY, min(len(NASTY), count // 3))
        return [*(f"{prefix}-{number}" for number in range(count - len(nasty))), *nasty]

    def next(self) -> Record:
        self.count += 1
        self.now += self.rng.randrange(1, 2000)
        draw: Callable[[], Record] = self.rng.choices(
            (self.campaign, self.opportunity, self.order, self.task, self.message, self.settings, self.tombstone, self.uncounted),
            weights=(12, 32, 24, 8, 20, 3, 1, 3),
        )[0]
        return draw()

    # The kinds.

    def campaign(self) -> Record:
        rng = self.rng
        steps = rng.sample(self.steps, rng.choice((0, 2, 3, 4, 5, 5)))
        positions = rng.sample(range(-1, 9), len(steps))
        subject = rng.choice(self.campaigns)
        data = {
            "code": self.perhaps(f"C{rng.randrange(9)}"),
            "name": rng.choice(("Tết 2027", "Year end", "<b>&amp;", "=1+1")),
            "status": rng.choice(("active", "not_active", "suspended")),
            "manager_id": self.perhaps(rng.choice(self.staff)),
            "participant_ids": rng.sample(self.staff, rng.randrange(len(self.staff) + 1)),
            "steps": [
                {"id": step, "name": f"{step} {rng.randrange(3)}", "position": position}
                for step, position in zip(steps, positions, strict=True)
            ],
            "created_at": self.instant(),
            "start_at": self.perhaps(self.instant()),
            "timezone": rng.choice(ZONES),
            "currency": rng.choice(("USD", "VND", None)),
            "promo_codes": rng.sample(self.codes, rng.randrange(3)),
            "attribution": rng.choice((None, {"mode": "none"})),
            "actions": rng.choice((None, [], [{"id": "a1", "name": "First", "channel": "sms"}])),
            "budget_minor": self.perhaps(10**13),
            "deleted": self.rarely(),
        }
        return self.image("campaigns", "campaign", subject, data)

    def opportunity(self) -> Record:
        rng = self.rng
        data = {
            "campaign_id": self.campaign_id(),
            "customer_id": rng.choice(self.customers),
            "customer_name": self.perhaps("Ánh & <Co>"),
            "industry": self.perhaps(rng.choice(("Retail", "IT", "null", "a\x1fb"))),
            "owner_id": self.perhaps(rng.choice(self.staff)),
            "step_id": self.perhaps(rng.choice((*self.steps, *self.steps, "gone")), 0.85),
            "status": rng.choice((None, None, None, "open", "won", "lost", "lost")),
            "probability": self.perhaps(rng.choice((0, 1, 50, 99, 100))),
            "lost_reason": self.perhaps(rng.choice(("price", "competitor", "(none)", "\x1b0\x1f"))),
            "created_at": self.instant(),
            "won_at": self.perhaps(self.instant(), 0.3),
            "lost_at": self.perhaps(self.instant(), 0.3),
            "amount_minor": self.perhaps(self.amount()),
            "currency": rng.choice(("USD", "VND", "JPY", None)),
            "expected_close_on": self.perhaps("2026-12-31"),
            "approach_method": self.perhaps(rng.choice(("call", "visit")), 0.3),
            "is_test": self.rarely(),
            "deleted": self.rarely(),
        }
        return self.image("opportunities", "opportunity", rng.choice(self.opportunities), data)

    def order(self) -> Record:
        rng = self.rng
        gross = self.amount()
        data = {
            "code": self.perhaps("DH-1"),
            "customer_id": rng.choice(self.customers),
            "opportunity_id": self.perhaps(rng.choice((*self.opportunities, "op-never"))),
            "campaign_id": self.perhaps(self.campaign_id(), 0.4),
            "promo_codes": rng.choice((None, [], [rng.choice(self.codes)], rng.sample((*self.codes, "unclaimed"), 2))),
            "status": rng.choice(("confirmed", "paid", "completed", "draft", "cancelled", "returned", "Paid", "packed")),
            "gross_minor": gross,
            "tax_minor": self.perhaps(7),
            "currency": rng.choice(("USD", "VND", "EUR")),
            "purchased_at": self.instant(),
            "cancelled_at": self.perhaps(self.instant()),
            "refunds": [
                {"id": f"rf-{number}", "amount_minor": rng.choice((0, 1, gross // 2, gross, 2 * gross + 1 if abs(gross) < 10**12 else 5)),
                 "refunded_at": self.instant()}
                for number in range(rng.choice((0, 0, 0, 1, 1, 2)))
            ],
            "is_test": self.rarely(),
            "deleted": self.rarely(),
        }  # fmt: skip
        return self.image("orders", "order", rng.choice(self.orders), data)

    def task(self) -> Record:
        rng = self.rng
        data = {
            "campaign_id": self.perhaps(self.campaign_id(), 0.8),
            "opportunity_id": self.perhaps(rng.choice(self.opportunities)),
            "customer_id": self.perhaps(rng.choice(self.customers)),
            "assignee_id": self.perhaps(rng.choice(self.staff)),
            "title": self.perhaps("Gọi lại"),
            "status": rng.choice(("open", "in_progress", "completed", "completed", "cancelled")),
            "created_at": self.instant(),
            "due_at": self.perhaps(self.instant()),
            "completed_at": self.perhaps(self.instant()),
            "deleted": self.rarely(),
        }
        return self.image("tasks", "task", rng.choice(self.tasks), data)

    def message(self) -> Record:
        rng = self.rng
        stages = (
            "targeted",
            "suppressed",
            "sent",
            "delivered",
            "opened",
            "clicked",
            "replied",
            "failed",
            "bounced",
            "unsubscribed",
            "complained",
        )
        data = {
            "campaign_id": self.campaign_id(),
            "recipient_id": self.perhaps(rng.choice(self.customers), 0.9),
            "channel": rng.choices(("sms", "email", "whatsapp", "push"), weights=(5, 5, 1, 1))[0],
            "action_id": self.perhaps(rng.choice(("a1", "a2", "~pending"))),
            "variant": self.perhaps(rng.choice(("A", "B")), 0.3),
            "entry_id": self.perhaps("en-1", 0.2),
            "machine_open": rng.choice((None, None, True, False)),
            "failure_code": self.perhaps(rng.choice(("550", "421", "(none)")), 0.4),
            "suppressed_reason": self.perhaps("policy", 0.1),
            "cost_minor": self.perhaps(rng.randrange(100), 0.3),
            "cost_currency": "VND",
        }
        return self.event("messages", f"message.{rng.choice(stages)}", rng.choice(self.messages), self.time(), data)

    def settings(self) -> Record:
        """Of a tenant; now and then one speaks of another, which counts for nobody."""
        subject = self.rng.choice(self.tenants) or "default"
        return self.image("settings", "tenant", subject, {"timezone": self.rng.choice(ZONES), "currency": "USD"})

    def uncounted(self) -> Record:
        """What the contract knows and no number of this release rests on."""
        rng = self.rng
        customer = rng.choice(self.customers)
        spend = {"campaign_id": self.campaign_id(), "amount_minor": 5, "currency": "USD", "spent_at": self.instant()}
        interaction = {"campaign_id": self.campaign_id(), "customer_id": customer, "kind": "call"}
        target = {"measure": "won", "from": "2026-01-01", "to": "2026-12-31", "value": 7}
        topic, kind, subject, data = rng.choice(
            (
                ("campaigns", "spend", rng.choice(self.campaigns), spend),
                ("opportunities", "interaction", rng.choice(self.opportunities), interaction),
                ("settings", "staff", rng.choice(self.staff), {"name": "Bình"}),
                ("settings", "target", "t-1", target),
                ("settings", "rate", "USD/VND/2026-03-01", {"base": "USD", "quote": "VND", "day": "2026-03-01", "rate": "26000.5"}),
            )
        )
        return self.image(topic, kind, subject, data)

    def tombstone(self) -> Record:
        rng = self.rng
        topic, ids = rng.choice(
            (("campaigns", self.campaigns), ("opportunities", self.opportunities), ("orders", self.orders), ("tasks", self.tasks))
        )
        tenant = rng.choice(self.tenants)
        headers = () if tenant is None else (("ce_tenantid", tenant.encode()),)
        return Record(topic, 0, 0, rng.choice(ids).encode(), None, headers, self.now)

    # The envelope.

    def image(self, topic: str, kind: str, subject: str, data: dict[str, Any]) -> Record:
        number = self.rng.randrange(self.profile.versions) * self.rng.choice((1, 1, 1, 1000))
        return self.event(
            topic, f"{kind}.{self.rng.choice(('created', 'updated', 'x'))}", subject, self.time(number), {"version": number, **data}
        )

    def event(self, topic: str, kind_and_verb: str, subject: str, time: int, data: dict[str, Any]) -> Record:
        rng = self.rng
        tenant = rng.choice(self.tenants)
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

    # Values.

    def campaign_id(self) -> str:
        return self.rng.choice((*self.campaigns, *self.campaigns, "c-never"))

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

    def instant(self) -> str:
        """Of a field. Coarse, so that different things happen at once."""
        if self.rng.random() < 0.1:
            return self.spelled(self.rng.choice(TURNS_OF_THE_CLOCK))
        return self.spelled(NOW - 60 * DAY + self.rng.randrange(30) * 2 * DAY + self.rng.choice((0, 6 * HOUR, 17 * HOUR, 24 * HOUR - 1)))

    def spelled(self, instant: int) -> str:
        """One of the ways in which RFC 3339 can write it; digits finer than a millisecond are to be cut off."""
        offset, suffix = self.rng.choice(((0, "Z"), (0, "Z"), (0, "+00:00"), (420, "+07:00"), (-570, "-09:30")))
        finer = self.rng.choice(("", "", "0", "999"))
        moment = EPOCH + timedelta(milliseconds=instant, minutes=offset)
        fraction = f".{moment.microsecond // 1000:03d}{finer}" if moment.microsecond or finer else ""
        return f"{moment:%Y-%m-%dT%H:%M:%S}{fraction}{suffix}"


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
