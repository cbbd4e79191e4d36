"""Each rule is needed: with a mistake planted in it, a short course of events ends in a number that the recount says is another one.

A mistake that nothing notices means that the generator is too weak, or that the rule does not matter.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Final

import pytest

from processor import buckets
from processor.kinds import (
    attribution,
    attribution_rules,
    campaign,
    customer,
    hours,
    interaction,
    message,
    message_state,
    movements,
    opportunity,
    order_cells,
    order_state,
    recipient,
    spend,
    task,
    timeline,
    touch,
    versions,
)
from processor.recount import Record
from processor.store.memory import MemoryStore
from schemas import keys
from schemas.events import Event, Tombstone
from schemas.rows import OrderRow
from tests.matrix import test_orders_change as matrix
from tests.support.course import Course
from tests.support.expected import CellName, wrong_cells
from tests.support.generator import generate
from tests.support.logs import logs_of
from tests.support.mutants import Mistake, forget_days, plant
from tests.support.values import DAY, HOUR, NOW
from tests.support.world import Worker
from views_api.views import conversion

SEEDS: Final = 12
PROFILES: Final = ("normal", "sparse", "hot")
GROUP: Final = 25
STEP_MS: Final = 3 * HOUR
"""By how much earlier all is read up to for each event that is still to come."""

MISTAKES: Final = {
    # Orders.
    "a refund is ignored": [Mistake(OrderRow.refunds_minor, "sum([amount for _, amount, _ in self.refunds])", "0")],
    "net loses a refund on the day on which it was made, not on the day of purchase": [
        Mistake(
            order_cells._counts,
            'View.ORDERS, at, f"{name}',
            'View.ORDERS, at if name == "gross" else day(ZONES[order.zone], order.refunds[0][2]), f"{name}',
        )
    ],
    "an order that was refunded in full is still counted": [
        Mistake(order_state.agree, "order.status_counted and not 0 < back >= order.gross_minor", "order.status_counted")
    ],
    "an order counts whatever its status": [Mistake(order_state.agree, "order.status in terms.counted_statuses", "True")],
    "tax is revenue though nobody said so": [Mistake(order_state.agree, '("tax" in terms.includes)', "True")],
    "a test order counts": [Mistake(order_state.said, "(TEST if data.is_test else 0)", "0")],
    "an order that waits for its opportunity is counted": [Mistake(order_cells.contributions, "order.rule != PENDING", "True")],
    "a cancellation is booked on the day of purchase": [
        Mistake(order_cells._cancel, "day(ZONES[order.zone], cancelled_on)", "at"),
    ],
    # Attribution (D8).
    "an order follows an opportunity that is deleted": [Mistake(attribution.route, "if row.exists:", "if True:")],
    "a promo code goes to the campaign that started first": [Mistake(campaign.latest_claim, "claims[-1]", "claims[0]")],
    "the first touch gets the order, not the last": [Mistake(attribution._by_touch, "last = max(", "last = min(")],
    "a window ends before its last millisecond": [
        Mistake(attribution_rules.Rules.attributes, "purchased_at - touched_at <= (", "purchased_at - touched_at < (")
    ],
    "the window of a range is taken from its end": [
        Mistake(attribution_rules.Rules._first_day, "return first if first <=", "return last if first <=")
    ],
    "a machine's open is a touch": [Mistake(touch.seen, 'or (data.machine_open and event.verb == "opened")', "")],
    # Opportunities.
    "the last step is that of today": [Mistake(opportunity._by_step, "frame.steps_at(entry.time)", "frame.steps")],
    "credit goes to the owner now": [Mistake(opportunity._decided, "to_owner_now or last.status == OPEN", "True")],
    "one that is reopened stays won on the day it was won": [
        Mistake(
            opportunity._decided,
            "closed_at=last.closed",
            "closed_at=next((run.closed for run in reversed(found) if run.closed is not None), None)",
        )
    ],
    "the nearest step that was reached is the furthest": [Mistake(opportunity._further, "reversed(frame.steps)", "frame.steps")],
    "a clock that goes back turns a history around": [Mistake(timeline.effective_times, "max(latest, entry.time)", "entry.time")],
    "what is closed spends time in its step": [Mistake(movements._left_steps, "and status == OPEN", "")],
    # Customers and interactions (D1, D9).
    "a customer of two days counts twice": [Mistake(customer.count, "before = keys.iso(at)", 'before = ""')],
    "an interaction before the opportunity was created counts": [
        Mistake(customer._interacted, "if second >= share.created_at // 1000", "")
    ],
    "a comment that is deleted is taken back": [Mistake(interaction._qualifies, "it.hidden and it.kind != STAYS", "it.hidden")],
    # Tasks (D10).
    "overdue goes by a clock that is ahead of what is counted": [
        Mistake(task.observe, "old is not None and old.overdue and _is_due_by(new, old.due_at)", f"_is_due_by(new, {NOW + 2 * DAY})")
    ],
    "what was overdue once stays overdue": [
        Mistake(task.observe, "old is not None and old.overdue and _is_due_by(new, old.due_at)", "old is not None and old.overdue")
    ],
    "what is completed in the moment it is due is late": [
        Mistake(task.Task.letter, "self.completed_at > self.due_at", "self.completed_at >= self.due_at")
    ],
    # Messages (F59).
    "a machine's open is a person's": [
        Mistake(message._count_one, '"machine_opened" if verb == "opened" and data.machine_open else verb', "verb"),
        Mistake(
            message_state._stages,
            '"machine_opened" if event.data.machine_open and event.verb == "opened" else event.verb',
            "event.verb",
        ),
    ],
    "a recipient counts with each message": [
        Mistake(
            recipient.corrections, "days.setdefault((view, name, entry), set())", "days.setdefault((view, name, share[0].hex()), set())"
        )
    ],
    "a message stays the only one of its recipient when there is another": [Mistake(message._share_of, "state[ALONE] = False", "pass")],
    "a message that was delivered after all has failed": [
        Mistake(message._contributions, " or (stage == FAILED and state[DELIVERED] is not None)", "")
    ],
    "a stage counts when it was seen last": [
        Mistake(message._count_one, "since < known", "since > known"),
        Mistake(message_state.merge, "since < state[stage]", "since > state[stage]"),
    ],
    # All.
    "an hour is one of UTC": [Mistake(hours.hour_cell, "hour(zone, instant)", 'hour("UTC", instant)')],
    "midnight is 24 hours after midnight": [
        Mistake(
            buckets._local_day,
            "(EPOCH + timedelta(milliseconds=instant)).astimezone(zoneinfo.ZoneInfo(zone))",
            "(EPOCH + timedelta(milliseconds=instant) + zoneinfo.ZoneInfo(zone).utcoffset(datetime(2026, 1, 1)))",
        )
    ],
    "a tombstone is ignored": [Mistake(versions.newest, "found = gone(found, event.subject)", "pass")],
    "the version that arrives last is the newest": [Mistake(versions.newer, "return now > then", "return True")],
    "what was spent by mistake stays spent": [Mistake(spend.observe, "0 if data.deleted else ", "")],
}


@pytest.fixture(autouse=True)
def _fresh_days() -> Iterator[None]:
    forget_days()
    yield
    forget_days()


@cache
def course(seed: int) -> tuple[list[Record], list[Event | Tombstone]]:
    """The records, and what of them is accepted, as they were produced."""
    records = generate(seed, profile=PROFILES[seed % 3])
    logs, produced = logs_of(records)
    events = {place: event for name, log in logs.items() for place, event in zip(produced[name], log, strict=True)}
    return records, [events[place] for place in sorted(events)]


async def differences(seed: int) -> dict[CellName, tuple[int, int]]:
    """What a seed's course of events leaves wrong: cell -> (there, as it should be)."""
    records, events = course(seed)
    store = MemoryStore(seed)
    worker = await Worker.on(store)
    for start in range(0, len(events), GROUP):
        await worker.commit(*events[start : start + GROUP])
        await worker.read_up_to(NOW - max(0, len(events) - start - GROUP) * STEP_MS)
        await worker.settle()
    there = {(tenant, of, view, keys.iso(day), field): n for (tenant, of, view, day, field), n in store.cells.items()}
    return wrong_cells(there, records, watermark=NOW)


async def test_without_a_mistake_every_cell_is_right() -> None:
    for seed in range(SEEDS):
        wrong = await differences(seed)
        assert not wrong, f"seed {seed}: {len(wrong)} wrong, such as {next(iter(wrong.items()))}"


@pytest.mark.parametrize("mistake", MISTAKES)
async def test_this_mistake_ends_in_a_wrong_number(mistake: str, monkeypatch: pytest.MonkeyPatch) -> None:
    plant(monkeypatch, *MISTAKES[mistake])

    for seed in range(SEEDS):
        if await differences(seed):
            return
    pytest.fail(f"{SEEDS} courses of events do not notice that {mistake}")


async def test_a_rate_of_the_wrong_day_ends_in_a_wrong_number(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Conversion is the reader's, of which the recount knows nothing: here the numbers are those of the change matrix."""
    plant(monkeypatch, Mistake(conversion.Rates._newest, "bisect_right(days, day)", "len(days)"))

    with pytest.raises(AssertionError):
        await matrix.test_an_order_whose_amount_is_edited_keeps_the_rate_of_its_day_of_purchase(Course(redis_url))
