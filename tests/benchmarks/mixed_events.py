"""The product's own work as a seeded stream of events in contract form: what a CRM, a shop and a mailer say about 4 tenants with 50 campaigns each.

Four fifths are messages on their way from targeted to clicked, a tenth tasks, a twentieth opportunities, a twentieth orders; images are mostly
updates of things that exist, and a tenth of all events come a second time. It keeps count of what must be there in the end.
"""

from __future__ import annotations

import random
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple

import orjson

KINDS: Final = ("message", "task", "opportunity", "order")
SHARES: Final = (80, 10, 5, 5)
TOPICS: Final = {
    "campaign": "campaigns",
    "message": "messages",
    "task": "tasks",
    "opportunity": "opportunities",
    "order": "orders",
    "interaction": "opportunities",
    "spend": "campaigns",
}
PARTITIONS: Final = 8
CAMPAIGNS: Final = tuple(f"c-{number:03d}" for number in range(50))
DUPLICATES: Final = 0.10
NEW_MESSAGES: Final = 0.42
"""Share of the events about messages, those that come twice left out, that are the first of theirs."""
BEGIN: Final = datetime(2025, 11, 1, tzinfo=UTC)
_STAGES: Final = ("targeted", "sent", "delivered", "opened", "clicked")
_CHANNELS: Final = ("email", "sms", "push", "whatsapp")
_ZONES: Final = ("Asia/Ho_Chi_Minh", "Europe/Berlin", "America/New_York", "UTC")
_DAY: Final = 60 * 24


class Record(NamedTuple):
    topic: str
    partition: int
    key: bytes
    value: bytes


def partition_of(key: bytes, partitions: int = PARTITIONS) -> int:
    return zlib.crc32(key) % partitions


@dataclass(slots=True)
class _Message:
    subject: str
    tenant: str
    campaign: str
    channel: str
    recipient: int
    stage: int = 0
    """The next that it reaches."""


class Mixed:
    """One seed, one stream. Of two seeds the larger one's versions are newer."""

    def __init__(
        self,
        seed: int = 1,
        *,
        tenants: tuple[str, ...] = ("acme", "globex", "initech", "umbrella"),
        campaigns: Sequence[str] = CAMPAIGNS,
        steps: int = 6,
        staff: int = 20,
        days: int = 7,
        per_minute: float = 400,
        opportunities: int = 20_000,
        orders: int = 20_000,
        tasks: int = 40_000,
        messages: int = 20_000,
        prefix: str = "",
        name: str = "",
    ) -> None:
        """`opportunities`, `orders`, `tasks`: so many of each tenant; `messages`: so many are on their way at a time. Images were created over `days`
        days; event time passes with `per_minute` events a minute, from the first of those days on, and begins anew after them. `prefix` goes in front of topics, `name` in front
        of the ids of images.
        """
        self.rng = random.Random(seed)
        self.tenants, self.campaigns, self.prefix, self.name = tenants, campaigns, prefix, name
        self.steps = [*(f"step-{number:02d}" for number in range(steps - 1)), "won"]
        self.staff = [f"staff-{number:02d}" for number in range(staff)]
        self.minutes, self.per_minute = days * _DAY, per_minute
        self.sizes = {"opportunity": opportunities, "order": orders, "task": tasks}
        self.pool = messages
        self.there: dict[str, set[tuple[str, str]]] = {kind: set() for kind in KINDS[1:]}
        """(tenant, id) of all images that were sent, by kind."""
        self.messages = self.events = 0
        """Distinct messages; events, without what came twice."""
        self._version: dict[tuple[str, str, int], int] = {}
        self._first_version = seed * 1_000_000  # what a later stream says of the same things is newer
        self._live: list[_Message] = []
        self._recent: list[Record] = []
        self._instants = [f"{BEGIN + timedelta(minutes=minute):%Y-%m-%dT%H:%M}:07.123Z" for minute in range(self.minutes + 5 * _DAY)]

    def campaign_events(self) -> Iterator[Record]:
        """Every campaign once; to be sent before the rest."""
        for n, tenant in enumerate(self.tenants):
            for number, campaign in enumerate(self.campaigns):
                data = {
                    "version": 1,
                    "name": f"Campaign {number} of {tenant}",
                    "status": "active",
                    "participant_ids": self.staff,
                    "steps": [{"id": step, "name": step.title(), "position": i} for i, step in enumerate(self.steps)],
                    "created_at": "2025-10-15T00:00:00Z",
                    "start_at": "2025-11-01T00:00:00Z",
                    "timezone": _ZONES[n % len(_ZONES)],
                    "currency": "USD",
                    "promo_codes": [f"CODE{number}"],
                }
                yield self.record("campaign", "created", tenant, campaign, "2025-10-15T00:00:00Z", data)

    def stream(self, count: int) -> Iterator[Record]:
        """So many events, duplicates included."""
        rng = self.rng
        make = {"message": self.message, "task": self.task, "opportunity": self.opportunity, "order": self.order}
        kinds: list[str] = []
        for n in range(count):
            if self._recent and rng.random() < DUPLICATES:
                yield self._recent[rng.randrange(len(self._recent))]
                continue
            if not kinds:
                kinds = rng.choices(KINDS, SHARES, k=1000)
            record = make[kinds.pop()]()
            self.events += 1
            if len(self._recent) < 5000:
                self._recent.append(record)
            else:
                self._recent[n % 5000] = record
            yield record

    def message(self) -> Record:
        """The next stage of one that is on its way, or the first of a new one."""
        rng, live = self.rng, self._live
        if len(live) < self.pool // 100 or rng.random() < NEW_MESSAGES:
            message = _Message(
                f"{rng.getrandbits(96):024x}", rng.choice(self.tenants), self._campaign(), rng.choice(_CHANNELS), rng.randrange(10**6)
            )
            self.messages += 1
            if len(live) < self.pool:
                live.append(message)
            else:
                live[rng.randrange(self.pool)] = message
        else:
            at = rng.randrange(len(live))
            message = live[at]
            if message.stage == len(_STAGES) - 1:
                live[at] = live[-1]
                live.pop()
        stage, subject, tenant, recipient, key = (
            _STAGES[message.stage],
            message.subject,
            message.tenant,
            message.recipient,
            message.subject.encode(),
        )
        message.stage += 1
        value = (
            f'{{"specversion":"1.0","id":"{rng.getrandbits(128):032x}","source":"/mailer/cluster-7/{tenant}","type":"message.{stage}",'
            f'"subject":"{subject}","time":"{self._now()}","tenantid":"{tenant}","datacontenttype":"application/json",'
            f'"data":{{"campaign_id":"{message.campaign}","recipient_id":"customer-{recipient:08d}","channel":"{message.channel}",'
            f'"action_id":"action-{message.channel}","variant":"{"ab"[recipient & 1]}","entry_id":"{subject[:16]}",'
            f'"cost_minor":12,"cost_currency":"USD","billable_units":1}}}}'
        ).encode()
        return Record(self.prefix + "messages", partition_of(key), key, value)

    def probe(self, tenant: str, campaign: str, time: str) -> Record:
        """A message that is targeted, by sms, without anything else about it."""
        data = {"campaign_id": campaign, "recipient_id": f"customer-{self.rng.randrange(10**6):08d}", "channel": "sms"}
        return self.record("message", "targeted", tenant, f"{self.rng.getrandbits(96):024x}", time, data)

    def task(self) -> Record:
        rng = self.rng
        tenant, number, subject, home = self._thing("task")
        status = rng.choice(("open", "in_progress", "completed", "cancelled"))
        created = home.randrange(self.minutes)
        data = {
            "version": self._next("task", tenant, number),
            "campaign_id": self._home(home),
            "assignee_id": rng.choice(self.staff),
            "title": "Call back about the offer of last week",
            "status": status,
            "created_at": self._instants[created],
            "due_at": self._instants[created + 5 * _DAY - 1],
        }
        if status == "completed":
            data["completed_at"] = self._now()
        return self._image("task", tenant, subject, data)

    def opportunity(self) -> Record:
        rng = self.rng
        tenant, number, subject, home = self._thing("opportunity")
        status = rng.choices(("open", "won", "lost"), (6, 2, 2))[0]
        campaign = self._home(home)
        data = {
            "version": self._next("opportunity", tenant, number),
            "campaign_id": self._campaign() if rng.random() < 0.1 else campaign,
            "customer_id": f"customer-{number // 2:08d}",
            "customer_name": f"Customer number {number // 2}",
            "industry": ("software", "retail", "finance", "health")[number % 4],
            "owner_id": rng.choice(self.staff),
            "step_id": "won" if status == "won" else rng.choice(self.steps[:-1]),
            "status": status,
            "probability": rng.choice((10, 35, 50, 80)),
            "created_at": self._instants[home.randrange(self.minutes)],
            "amount_minor": 1000 * (number % 997),
            "currency": "USD",
        }
        if status == "lost":
            data["lost_reason"] = rng.choice(("price", "competitor", "no budget"))
        if status != "open":
            data[f"{status}_at"] = self._now()
        return self._image("opportunity", tenant, subject, data)

    def order(self) -> Record:
        rng = self.rng
        tenant, number, subject, home = self._thing("order")
        gross = home.randrange(1000, 500_000)
        status = rng.choices(("confirmed", "paid", "pending", "cancelled"), (5, 3, 1, 1))[0]
        data = {
            "version": self._next("order", tenant, number),
            "code": f"SO-{number:08d}",
            "customer_id": f"customer-{number // 3:08d}",
            "status": status,
            "payment_status": "paid",
            "gross_minor": gross,
            "tax_minor": gross // 10,
            "currency": "USD",
            "purchased_at": self._instants[home.randrange(self.minutes)],
            "items_count": 1 + number % 5,
        }
        if home.random() < 0.5:
            data["opportunity_id"] = f"{self.name}opportunity-{home.randrange(self.sizes['opportunity']):07d}"
        elif home.random() < 0.6:
            data["campaign_id"] = self._home(home)
        else:
            data["promo_codes"] = [f"CODE{home.randrange(len(self.campaigns))}"]
        if rng.random() < 0.1:
            data["refunds"] = [{"id": "refund-1", "amount_minor": gross // 4, "refunded_at": self._now()}]
        return self._image("order", tenant, subject, data)

    def _thing(self, kind: str) -> tuple[str, int, str, random.Random]:
        """Tenant, number, id, and a source of what never changes about it."""
        tenant, number = self.rng.choice(self.tenants), self.rng.randrange(self.sizes[kind])
        subject = f"{self.name}{kind}-{number:07d}"
        self.there[kind].add((tenant, subject))
        return tenant, number, subject, random.Random(number)

    def _next(self, kind: str, tenant: str, number: int) -> int:
        version = self._version[kind, tenant, number] = self._version.get((kind, tenant, number), self._first_version) + 1
        return version

    def _campaign(self) -> str:
        """Some campaigns are much larger than others."""
        return self.campaigns[int(len(self.campaigns) * self.rng.random() ** 1.5)]

    def _home(self, home: random.Random) -> str:
        return self.campaigns[home.randrange(len(self.campaigns))]

    def _now(self) -> str:
        return self._instants[int(self.events / self.per_minute) % self.minutes]

    def _image(self, kind: str, tenant: str, subject: str, data: dict[str, Any]) -> Record:
        return self.record(kind, "updated", tenant, subject, self._now(), data)

    def record(self, kind: str, verb: str, tenant: str, subject: str, time: str, data: dict[str, Any]) -> Record:
        """An event of any kind, in its envelope."""
        envelope = {
            "specversion": "1.0",
            "id": f"{self.rng.getrandbits(128):032x}",
            "source": f"/crm/{tenant}",
            "type": f"{kind}.{verb}",
            "subject": subject,
            "time": time,
            "tenantid": tenant,
            "datacontenttype": "application/json",
            "data": data,
        }
        key = subject.encode()
        return Record(self.prefix + TOPICS[kind], partition_of(key), key, orjson.dumps(envelope))
