"""Cells of opportunities: by creation day, by closing day, as of a day, the drill-down list, distinct customers (views o, k, s, z, f, i, n, w)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, timedelta

from processor.recount.campaigns import Campaigns
from processor.recount.days import end_of
from processor.recount.ledger import Cell, Contribution, field, pair_cells
from processor.recount.opportunities import AsOf, Opportunity

LETTERS = {"open": "o", "won": "w", "lost": "l"}
ONE_DAY = timedelta(days=1)


def registered(owner: str | None) -> str:
    return "u" if owner is None else "r"


def opportunity_cells(opportunity: Opportunity, campaigns: Campaigns) -> Iterator[Contribution]:
    created = campaigns.day(opportunity.tenant, opportunity.campaign, opportunity.created_at)
    by_day = [("o", created, _measures(opportunity)), ("s", created, _by_staff(opportunity)), ("i", created, _listed(opportunity))]
    if opportunity.closed_at is not None:
        closed = campaigns.day(opportunity.tenant, opportunity.campaign, opportunity.closed_at)
        by_day += [("k", closed, _closed(_measures(opportunity))), ("z", closed, _by_staff(opportunity))]
    for view, day, measures in by_day:
        for name, amount in measures:
            cell = Cell(opportunity.tenant, opportunity.campaign, view, day.isoformat(), name)
            yield Contribution(cell, amount, f"opportunity {opportunity.id}")
    yield from _flows(opportunity, campaigns)


Measures = Iterable[tuple[str, int]]


def _measures(opportunity: Opportunity) -> Measures:
    now, status = opportunity.now, opportunity.status
    yield field("n", LETTERS[status], registered(opportunity.owner), opportunity.step), 1
    if status == "lost":
        yield field("lost", now["lost_reason"], opportunity.industry), 1
    if status != "won" and opportunity.furthest_step is not None:
        yield field("reached", opportunity.furthest_step), 1
        yield field("reached", opportunity.step), -1
    if status == "open" and now["probability"] is not None:
        yield field("p", now["probability"]), 1
    if status == "open" and now["amount_minor"] is not None:
        yield field("open", now["currency"], now["probability"], (now["expected_close_on"] or "")[:7]), now["amount_minor"]
    if opportunity.closed_at is not None and status == "won":
        yield field("cycle"), opportunity.closed_at - opportunity.created_at
    if status == "won" and now["amount_minor"] is not None:
        yield field("won", now["currency"]), now["amount_minor"]


def _closed(measures: Measures) -> Measures:
    """Those that the closing day knows too."""
    return [(name, amount) for name, amount in measures if name.split("\x1f")[0] in ("n", "lost", "won")]


def _by_staff(opportunity: Opportunity) -> Measures:
    yield field("n", opportunity.owner, LETTERS[opportunity.status], opportunity.step), 1
    yield field("c", opportunity.credited_owner, LETTERS[opportunity.status]), 1
    yield field("c", opportunity.owner, LETTERS[opportunity.status]), -1
    if opportunity.status == "won" and opportunity.now["amount_minor"] is not None:
        yield field("won", opportunity.credited_owner, opportunity.step, opportunity.now["currency"]), opportunity.now["amount_minor"]
    if opportunity.now["approach_method"]:
        yield field("m", opportunity.owner, opportunity.now["approach_method"], opportunity.step), 1


def _listed(opportunity: Opportunity) -> Measures:
    owner = opportunity.owner
    yield field(LETTERS[opportunity.status], registered(owner), opportunity.step, owner, opportunity.id), 1


def _flows(opportunity: Opportunity, campaigns: Campaigns) -> Iterator[Contribution]:
    """Per campaign it ever was in: the state at the end of a day minus that at the end of the day before, on each day on which something may have changed."""
    for campaign in sorted({entry.data["campaign_id"] for entry in opportunity.entries}):
        zone = campaigns.zone(opportunity.tenant, campaign)
        for day in sorted({campaigns.day(opportunity.tenant, campaign, instant) for instant in opportunity.turning_points}):
            change = Counter(_counted_at_end_of(opportunity, campaign, day, zone))
            if day > date.min:
                change.subtract(_counted_at_end_of(opportunity, campaign, day - ONE_DAY, zone))
            for name, amount in change.items():
                yield Contribution(Cell(opportunity.tenant, campaign, "f", day.isoformat(), name), amount, f"opportunity {opportunity.id}")


def _counted_at_end_of(opportunity: Opportunity, campaign: str, day: date, zone: str) -> dict[str, int]:
    state = opportunity.as_of(end_of(day, zone))
    return dict(_counted(state)) if state is not None and state.campaign == campaign else {}


def _counted(state: AsOf) -> Measures:
    yield field("n", LETTERS[state.status], state.owner, state.step), 1
    if state.amount is not None and state.status in ("open", "won"):
        yield field(state.status, state.currency), state.amount


def customer_cells(opportunities: Iterable[Opportunity], campaigns: Campaigns) -> Iterator[Contribution]:
    """Pair cells: under each name, a customer has one cell on each of its days, with the day before it among them."""
    days: dict[tuple[str, str, str, str, tuple[str | None, ...]], set[date]] = defaultdict(set)
    for opportunity in opportunities:
        created = campaigns.day(opportunity.tenant, opportunity.campaign, opportunity.created_at)
        letter = LETTERS[opportunity.status]
        names: list[tuple[str, tuple[str | None, ...], date]] = [
            ("n", ("a",), created),
            ("n", (letter,), created),
            ("w", ("owner", opportunity.owner), created),
        ]
        if opportunity.closed_at is not None:
            closed = campaigns.day(opportunity.tenant, opportunity.campaign, opportunity.closed_at)
            names += [("n", (f"k{letter}",), closed), ("w", (f"c{letter}", opportunity.credited_owner), created)]
        for view, name, day in names:
            days[opportunity.tenant, opportunity.campaign, opportunity.customer, view, name].add(day)
    for (tenant, campaign, customer, view, name), active in days.items():
        yield from pair_cells(tenant, campaign, view, name, active, f"customer {customer}")
