"""Touches: who saw or followed which message when, and which touch an order goes to (docs/definitions.md, "Order", rule 4)."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import NamedTuple

from processor.recount.campaigns import Campaigns
from processor.recount.contract import Data
from processor.recount.days import DAY_MS, HOUR_MS
from processor.recount.facts import Facts, MessageId
from processor.recount.records import Fact
from processor.recount.retention import SECOND_MS

WINDOWS_MS = {
    "email.clicked": 5 * DAY_MS,
    "email.opened": 5 * DAY_MS,
    "push.clicked": 5 * DAY_MS,
    "push.opened": 24 * HOUR_MS,
    "sms.clicked": 5 * DAY_MS,
    "sms.delivered": 12 * HOUR_MS,
    "whatsapp.clicked": 5 * DAY_MS,
    "whatsapp.opened": 5 * DAY_MS,
    "whatsapp.delivered": 24 * HOUR_MS,
}
"""Every touch there is, `<channel>.<verb>`, and how long after it an order goes to it, where neither campaign nor tenant says so (B2)."""

LOOK_BACK_DAYS = 92
"""How many days before the first day of a range a touch may lie."""


class Touch(NamedTuple):
    """One observation. Of two that attribute the greater one holds, field by field."""

    time: int
    campaign: str
    subject: str
    verb: str
    channel: str

    @property
    def kind(self) -> str:
        return f"{self.channel}.{self.verb}"


class Touches:
    def __init__(self, facts: Facts, campaigns: Campaigns) -> None:
        self._campaigns, self._retention = campaigns, facts.retention
        self._of: dict[tuple[str, str], list[Touch]] = defaultdict(list)
        for message, events in facts.heard.items():
            for event in events:
                if event.data["recipient_id"] is not None and is_touch(message, event):
                    touch = Touch(event.time, message.campaign, message.subject, event.verb, message.channel)
                    self._of[message.tenant, event.data["recipient_id"]].append(touch)

    def last(self, tenant: str, order: Data, heard: int) -> Touch | None:
        """The touch that the order goes to. `heard`: when Kafka first had an event about it that names this customer and this purchase, ms."""
        touches = self._of.get((tenant, order["customer_id"]), ())
        kept = (touch for touch in touches if self._is_kept(tenant, touch, order["purchased_at"], heard))
        return max((touch for touch in kept if self._attributes(tenant, touch, order["purchased_at"])), default=None)

    def _is_kept(self, tenant: str, touch: Touch, purchased_at: int, heard: int) -> bool:
        until = self._retention.kept_until(tenant, touch.time)
        return purchased_at <= until and heard // SECOND_MS <= until // SECOND_MS

    def _attributes(self, tenant: str, touch: Touch, purchased_at: int) -> bool:
        rule = self._campaigns.attribution(tenant, touch.campaign)
        if rule is None or touch.time > purchased_at:
            return False
        if rule["mode"] == "days":
            return purchased_at - touch.time <= self._window(tenant, touch, rule)
        return self._in_range(tenant, touch, rule, purchased_at)

    def _window(self, tenant: str, touch: Touch, rule: Data) -> int:
        """In ms."""
        if rule["days"] is not None:
            return int(rule["days"]) * DAY_MS
        windows = self._campaigns.setting(tenant, "attribution_windows") or {}
        return int(windows[touch.kind]) * 1000 if touch.kind in windows else WINDOWS_MS[touch.kind]

    def _in_range(self, tenant: str, touch: Touch, rule: Data, purchased_at: int) -> bool:
        purchased, touched = (self._campaigns.day(tenant, touch.campaign, instant) for instant in (purchased_at, touch.time))
        first = date.fromisoformat(rule["from"] or purchased.isoformat())
        last = date.fromisoformat(rule["to"] or purchased.isoformat())
        return first <= purchased <= last and (first - touched).days <= LOOK_BACK_DAYS


def is_touch(message: MessageId, event: Fact) -> bool:
    is_machine = event.verb == "opened" and event.data["machine_open"]
    return f"{message.channel}.{event.verb}" in WINDOWS_MS and not is_machine
