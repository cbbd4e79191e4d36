"""Draws one contract event after the other from a seeded source: images that contradict each other, facts in any order, windows hit from both sides."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any, NamedTuple

from processor.recount import Record
from tests.support.values import DAY, HOUR, NOW, ZONES, Encounter, Profile, Values

STAGES = ("targeted", "suppressed", "sent", "delivered", "opened", "clicked", "replied", "failed", "bounced", "unsubscribed", "complained")
CALL = {"kind": "call"}
INTERACTIONS = (
    CALL,
    CALL | {"direction": "outbound"},
    CALL | {"direction": "inbound", "outcome": "answered"},
    CALL | {"direction": "outbound", "outcome": "answered"},
    CALL | {"direction": "outbound", "outcome": "successful"},
    CALL | {"direction": "outbound", "outcome": "busy"},
    *({"kind": kind} for kind in ("meeting", "comment", "comment", "reply", "email_read", "link_click", "sms_delivered", "visit")),
)


class Messaged(NamedTuple):
    """What an event said of a message: what comes after it is often about the same one."""

    tenant: str | None
    campaign: str
    channel: str
    subject: str
    recipient: str
    at: int


class Stream(Values):
    """Draws one event after the other."""

    def __init__(self, rng: Random, profile: Profile, now: int) -> None:
        super().__init__(rng, profile, now)
        self.campaigns = self.ids("c", profile.campaigns)
        self.customers = self.ids("cu", profile.customers)
        self.staff = self.ids("s", profile.staff)
        self.opportunities = self.ids("op", profile.opportunities)
        self.orders = self.ids("or", profile.orders)
        self.tasks = self.ids("t", profile.tasks)
        self.messages = self.ids("m", profile.messages)
        # Ids of opportunities too: what is said of one kind says nothing of the other.
        self.interactions = [*self.ids("in", profile.tasks), *self.opportunities[:2]]
        self.spends = self.ids("sp", profile.tasks)
        self.created: list[Encounter] = []
        self.touches: list[Encounter] = []
        self.messaged: list[Messaged] = []
        self.steps = ("new", "call", "offer", "(none)", "won")
        self.codes = ("TET", "tet", "a\x1fb", "é")

    def next(self) -> Record:
        self.count += 1
        self.now += self.rng.randrange(1, 2000)
        draw: Callable[[], Record] = self.rng.choices(
            (
                self.campaign,
                self.opportunity,
                self.order,
                self.task,
                self.message,
                self.interaction,
                self.spend,
                self.settings,
                self.tombstone,
                self.uncounted,
            ),
            weights=(12, 30, 24, 12, 24, 10, 3, 4, 2, 2),
        )[0]
        return draw()

    def campaign_id(self) -> str:
        return self.rng.choice((*self.campaigns, *self.campaigns, "c-never"))

    def tenant(self) -> str | None:
        return self.rng.choice(self.tenants)

    def one_of(self, met: list[Encounter]) -> Encounter:
        """Something that was drawn before, if anything was."""
        return self.rng.choice(met or [Encounter(self.tenant(), self.moment(), self.campaign_id(), self.rng.choice(self.customers))])

    def campaign(self) -> Record:
        rng = self.rng
        steps = rng.sample(self.steps, rng.choice((0, 2, 3, 4, 5, 5)))
        positions = rng.sample(range(-1, 9), len(steps))
        subject = rng.choice(self.campaigns)
        data = {
            "code": self.perhaps(rng.choice((*self.codes, "C4", "C5", "C6", "C7", "C8"))),
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
            "attribution": self.attribution(),
            "actions": rng.choice((None, [], [{"id": "a1", "name": "First", "channel": "sms"}])),
            "budget_minor": self.perhaps(10**13),
            "registration_wait_s": rng.choice((None, 0, 3_600, 86_400, 432_000)),
            "deleted": self.rarely(),
        }
        return self.image("campaigns", "campaign", subject, data, tenant=self.tenant())

    def attribution(self) -> dict[str, Any] | None:
        rng = self.rng
        days = {"mode": "days", "days": self.perhaps(rng.choice((0, 1, 2, 5)), 0.5)}
        behind = rng.choice((None, self.one_of(self.touches).instant))
        dates = {
            "mode": "date_range",
            "from": self.perhaps(self.day(behind)),
            "to": rng.choice((None, None, None, self.day(), self.day(behind))),
        }
        return rng.choice((None, {"mode": "none"}, days, days, dates, dates))

    def opportunity(self) -> Record:
        """Most versions of one agree on its customer and its campaign."""
        rng = self.rng
        number, tenant, created_at = rng.randrange(len(self.opportunities)), self.tenant(), self.moment()
        campaign = self.campaigns[number % len(self.campaigns)] if rng.random() < 0.7 else self.campaign_id()
        customer = self.customers[number % len(self.customers)] if rng.random() < 0.9 else rng.choice(self.customers)
        self.created.append(Encounter(tenant, created_at, campaign, customer))
        data = {
            "campaign_id": campaign,
            "customer_id": customer,
            "customer_name": self.perhaps("Ánh & <Co>"),
            "industry": self.perhaps(rng.choice(("Retail", "IT", "null", "a\x1fb"))),
            "owner_id": self.perhaps(rng.choice(self.staff)),
            "step_id": self.perhaps(rng.choice((*self.steps, *self.steps, "gone")), 0.85),
            "status": rng.choice((None, None, None, "open", "won", "lost", "lost")),
            "probability": self.perhaps(rng.choice((0, 1, 50, 99, 100))),
            "lost_reason": self.perhaps(rng.choice(("price", "competitor", "(none)", "\x1b0\x1f"))),
            "created_at": self.spelled(created_at),
            "won_at": self.perhaps(self.instant(), 0.3),
            "lost_at": self.perhaps(self.instant(), 0.3),
            "amount_minor": self.perhaps(self.amount()),
            "currency": rng.choice(("USD", "VND", "JPY", None)),
            "expected_close_on": self.perhaps(rng.choice(("2026-12-31", "2027-01-01"))),
            "approach_method": self.perhaps(rng.choice(("call", "visit")), 0.3),
            "competitor": "ab"[self.count % 2],
            "source": "ab"[self.count // 2 % 2],
            "is_test": self.rarely(),
            "deleted": self.rarely(),
        }
        return self.image("opportunities", "opportunity", self.opportunities[number], data, tenant=tenant)

    def order(self) -> Record:
        """A good part of them close behind a touch of the same customer, and without anything better to go by."""
        rng = self.rng
        gross = self.amount()
        touch = self.one_of(self.touches)
        is_close = rng.random() < 0.6
        stated = 0.15 if is_close else 0.6
        data = {
            "code": self.perhaps("DH-1"),
            "customer_id": touch.customer if is_close else rng.choice(self.customers),
            "opportunity_id": self.perhaps(rng.choice((*self.opportunities, "op-never")), stated),
            "campaign_id": self.perhaps(self.campaign_id(), stated * 2 / 3),
            "promo_codes": self.perhaps(rng.choice(([], [rng.choice(self.codes)], rng.sample((*self.codes, "unclaimed"), 2))), stated),
            "status": rng.choice(("confirmed", "paid", "paid", "paid", "paid", "completed", "draft", "cancelled", "returned", "Paid", "packed")),
            "gross_minor": gross,
            "tax_minor": self.perhaps(rng.choice((0, 7, -3))),
            "shipping_minor": self.perhaps(rng.choice((0, 11, 10**13))),
            "currency": rng.choice(("USD", "VND", "EUR")),
            "purchased_at": self.spelled(self.close_after(touch.instant)) if is_close else self.instant(),
            "cancelled_at": self.perhaps(self.instant()),
            "refunds": [
                {"id": f"rf-{number}", "amount_minor": rng.choice((0, 1, gross // 2, gross, 2 * gross + 1 if abs(gross) < 10**12 else 5)),
                 "refunded_at": self.instant()}
                for number in range(rng.choice((0, 0, 0, 1, 1, 2)))
            ],
            "is_test": self.rarely(),
            "deleted": self.rarely(),
        }  # fmt: skip
        return self.image("orders", "order", rng.choice(self.orders), data, tenant=touch.tenant if is_close else self.tenant())

    def task(self) -> Record:
        """Due at any time, also just when the numbers are looked at; completed at any time, also just when it is due."""
        rng = self.rng
        due = rng.choice((self.moment(), NOW + rng.choice((-1, 0, 1, DAY))))
        completed = rng.choice((self.moment(), due + rng.choice((-1, 0, 1))))
        data = {
            "campaign_id": self.perhaps(self.campaign_id(), 0.8),
            "opportunity_id": self.perhaps(rng.choice(self.opportunities)),
            "customer_id": self.perhaps(rng.choice(self.customers)),
            "assignee_id": self.perhaps(rng.choice(self.staff)),
            "title": self.perhaps("Gọi lại"),
            "status": rng.choice(("open", "open", "in_progress", "completed", "completed", "cancelled")),
            "created_at": self.instant(),
            "due_at": self.perhaps(self.spelled(due)),
            "completed_at": self.perhaps(self.spelled(completed)),
            "deleted": self.rarely(),
        }
        return self.image("tasks", "task", rng.choice(self.tasks), data, tenant=self.tenant())

    def message(self) -> Record:
        """A third of them about one of which something was said before, such as that it was delivered, shortly before it was clicked; a fifth of the others go to
        somebody who was touched shortly before, by the same campaign or by another.
        """
        rng = self.rng
        verb = rng.choice((*STAGES, "clicked", "opened", "delivered"))
        channel = rng.choices(("sms", "email", "whatsapp", "push"), weights=(5, 5, 2, 2))[0]
        of = Messaged(
            self.tenant(), self.campaign_id(), channel, rng.choice(self.messages), rng.choice(self.customers), self.time(rng.randrange(20))
        )
        if self.messaged and rng.random() < 1 / 3:
            of = rng.choice(self.messaged)
            of = of._replace(at=of.at - rng.choice((0, 1, 999, 1000, HOUR, DAY)))
            verb = rng.choice(("delivered", verb))
        elif rng.random() < 0.2:
            met = self.one_of(self.touches)
            of = of._replace(tenant=met.tenant, recipient=met.customer, at=min(self.close_after(met.instant), self.now))
        self.messaged.append(of)
        tenant, campaign, channel, subject, recipient, at = of
        if verb in ("clicked", "opened", "delivered"):
            self.touches.append(Encounter(tenant, at, campaign, recipient))
        data = {
            "campaign_id": campaign,
            "recipient_id": self.perhaps(recipient, 0.9),
            "channel": channel,
            "action_id": self.perhaps(rng.choice(("a1", "a2", "~pending"))),
            "variant": self.perhaps(rng.choice(("A", "B", "\x1b0\x1f")), 0.3),
            "entry_id": self.perhaps(rng.choice(("en-1", "en-2")), 0.3),
            "machine_open": rng.choice((None, False, True, True if verb == "opened" else None)),
            "failure_code": self.perhaps(rng.choice(("550", "421", "(none)")), 0.4),
            "suppressed_reason": self.perhaps(rng.choice(("policy", "a\x1fb", "null")), 0.3),
            "cost_minor": self.perhaps(rng.choice((0, 5, 10, rng.randrange(100))), 0.3),
            "cost_currency": self.perhaps(rng.choice(("VND", "USD")), 0.8),
        }
        return self.event("messages", f"message.{verb}", subject, at, data, tenant)

    def interaction(self) -> Record:
        """Often with somebody of whom there is an opportunity, just when it was created, or shortly before. A comment is often deleted, and stays."""
        rng = self.rng
        met = self.one_of(self.created)
        is_close = rng.random() < 0.7
        what = rng.choice(INTERACTIONS)
        data = {
            "campaign_id": self.perhaps(met.campaign if is_close else self.campaign_id(), 0.7),
            "opportunity_id": self.perhaps(rng.choice((*self.opportunities, "op-never")), 0.5),
            "customer_id": met.customer if is_close else rng.choice(self.customers),
            "actor_id": self.perhaps(rng.choice(self.staff)),
            **what,
            "deleted": True if what["kind"] == "comment" and rng.random() < 0.4 else self.rarely(),
        }
        subject = rng.choice(self.interactions)
        at = min(self.close_after(met.instant), self.now) if is_close else None
        return self.image("opportunities", "interaction", subject, data, tenant=met.tenant if is_close else self.tenant(), at=at)

    def spend(self) -> Record:
        rng = self.rng
        data = {
            "campaign_id": self.campaign_id(),
            "amount_minor": self.amount(),
            "currency": rng.choice(("USD", "VND")),
            "kind": self.perhaps(rng.choice(("ads", "(none)", "a\x1fb"))),
            "spent_at": self.instant(),
            "deleted": self.rarely(),
        }
        return self.image("campaigns", "spend", rng.choice(self.spends), data, tenant=self.tenant())

    def settings(self) -> Record:
        """Of a tenant; now and then one speaks of another, which counts for nobody."""
        rng = self.rng
        windows = {"email.clicked": 60, "sms.delivered": 43_200, "push.opened": 172_800, "whatsapp.opened": 0, "nothing.known": 5}
        data = {
            "timezone": rng.choice(ZONES),
            "currency": "USD",
            "counted_order_statuses": rng.choice((None, None, None, None, [], ["paid", "packed", "cancelled"], ["paid"])),
            "revenue_includes": rng.choice((None, [], ["tax"], ["shipping"], ["shipping", "tax", "tax"])),
            "interaction_definition": rng.choice((None, "staff_initiated", "getfly_strict")),
            "credit": rng.choice((None, "owner_at_close", "current_owner")),
            "attribution_windows": self.perhaps(windows, 0.4),
        }
        return self.image("settings", "tenant", self.tenant() or "default", data, tenant=self.tenant())

    def uncounted(self) -> Record:
        """What the contract knows and no cell rests on."""
        rng = self.rng
        target = {"measure": "won", "from": "2026-01-01", "to": "2026-12-31", "value": 7}
        kind, subject, data = rng.choice(
            (
                ("staff", rng.choice(self.staff), {"name": "Bình"}),
                ("target", "t-1", target),
                ("rate", "USD/VND/2026-03-01", {"base": "USD", "quote": "VND", "day": "2026-03-01", "rate": "26000.5"}),
            )
        )
        return self.image("settings", kind, subject, data, tenant=self.tenant())

    def tombstone(self) -> Record:
        """Where the kind is not the first of its topic, it has to be said."""
        rng = self.rng
        topic, kind, ids = rng.choice(
            (
                ("campaigns", "campaign", self.campaigns),
                ("campaigns", "spend", self.spends),
                ("opportunities", "opportunity", self.opportunities),
                ("opportunities", "interaction", self.interactions),
                ("orders", "order", self.orders),
                ("tasks", "task", self.tasks),
            )
        )
        tenant = self.tenant()
        headers = [] if tenant is None else [("ce_tenantid", tenant.encode())]
        if kind in ("spend", "interaction") or rng.random() < 0.3:
            headers.append(("ce_type", f"{kind}.deleted".encode()))
        return Record(topic, 0, 0, rng.choice(ids).encode(), None, headers, self.now)
