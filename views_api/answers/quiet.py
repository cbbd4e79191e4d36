"""Of which open opportunities is nothing heard? Stalled on their step, or their customer not contacted (B11)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date
from enum import StrEnum
from math import ceil
from typing import Final, NamedTuple

from msgspec import structs

from schemas.cells import Basis
from schemas.durations import DAY, Histogram
from schemas.lists import OpportunityItem, QuietItem, QuietList, QuietStep, QuietTotals
from schemas.measures import seconds
from schemas.rows import CampaignRow, CustomerRow, OpportunityRow, TaskRow
from views_api.answers.drilldown import Drill
from views_api.answers.listing import of_one_revision
from views_api.answers.looks import Look
from views_api.answers.reader import Reader
from views_api.scope import Scope
from views_api.views import overview
from views_api.views.figures import MEASURES
from views_api.views.opportunities import Filters, allowed, last_interaction, theirs
from views_api.views.pages import page
from views_api.views.periods import Asked as Period
from views_api.views.periods import Preset, ask, today_in
from views_api.views.stamps import instant, period_view
from views_api.views.sums import Sums

LEAST_DAYS: Final = 3
"""Nothing is quiet sooner, however fast its step usually is."""
_WARN, _STALL = 0.75, 0.9
_STAYS: Final = MEASURES["times_in_step"].campaign[Basis.CREATED]


_EVER: Final = ask(Preset.ALL, None, None, None, Basis.CREATED)


class Of(StrEnum):
    STALLED = "stalled"
    WARNED = "warned"
    UNCONTACTED = "uncontacted"


class Asked(NamedTuple):
    of: Of
    days: int | None
    """Quiet for so long is stalled, on every step; None: for longer than nine in ten stays on its step were, warned for longer than three in four."""
    contact_days: int
    owner: str | None
    step: str | None


class Limits(NamedTuple):
    """From how many quiet days on."""

    warn: int
    stall: int


class Quiet(NamedTuple):
    """One open opportunity."""

    row: OpportunityRow
    since: int
    days: int
    uncontacted: int

    @property
    def place(self) -> tuple[int, str]:
        return self.since, self.row.id


Place = tuple[int, str]


async def quiet(reader: Reader, scope: Scope, campaign: str, days: Period, asked: Asked, limit: int, after: Place | None) -> QuietList:
    """One page, the quietest first. All open opportunities are looked at; each is as it was then, and the stamp is of the beginning.

    Who sees only their own rows is shown, and told the number of, what they own.
    """

    async def answer(look: Look) -> QuietList:
        today = today_in(look.row.zone, reader.clock())
        seen = theirs(Filters(status="open", owner=asked.owner, step=asked.step), look.only)
        drill = Drill(reader, scope, look, seen or Filters(), allowed(seen, Basis.CREATED) if seen else None)
        found: list[Quiet] = []
        async for rows in drill.chunks():
            around = await drill.around(rows, "task")
            found += [
                of_one(row, customer, around.tasks.get(row.id, ()), look.row.zone, today)
                for row, customer in zip(rows, around.customers, strict=True)
            ]
        ever = await reader.looks.at(scope, campaign, _EVER, lambda _: [_STAYS])
        bounds = limits(Sums(ever.sums[0]), {one.row.step_id or "" for one in found}, asked.days)
        listed = [one for one in found if _is_listed(one, bounds[one.row.step_id or ""], asked)]
        chosen, cursor = page(listed, lambda one: one.place, limit, after)
        items = await drill.items([one.row for one in chosen])
        return QuietList(
            items=[_item(one, item, state(one, bounds[one.row.step_id or ""])) for one, item in zip(chosen, items, strict=True)],
            total=len(listed),
            totals=_totals(found, bounds, asked.contact_days),
            steps=_steps(look.row, found, bounds),
            today=today.isoformat(),
            period=period_view(look.period),
            next_cursor=cursor,
            stamp=look.stamp,
        )

    return await of_one_revision(reader, scope, campaign, days, lambda _: lambda _: [], answer, reading_on=True)


def limits(sums: Sums, steps: set[str], days: int | None) -> dict[str, Limits]:
    """Of each step. Where nobody has left it yet, by the stays on all steps."""
    if days is not None:
        return dict.fromkeys(steps, Limits(days, days))
    stays = overview.stays_of(sums)
    everywhere = sum(stays.values(), start=Histogram())
    return {step: Limits(*(_days(stays.get(step) or everywhere, q) for q in (_WARN, _STALL))) for step in steps}


def _days(stays: Histogram, q: float) -> int:
    return max(LEAST_DAYS, ceil((seconds(stays, q) or 0) * 1000 / DAY))


def of_one(row: OpportunityRow, customer: CustomerRow, tasks: Sequence[TaskRow], zone: str, today: date) -> Quiet:
    """Days are those of the calendar, in the campaign's zone."""
    contacted = last_interaction(row, customer)
    done = [task.completed_at for task in tasks if task.status == "completed" and task.completed_at is not None]
    since = max([row.created_at, row.step_since or 0, contacted or 0, *done])
    return Quiet(row, since, _days_until(today, zone, since), _days_until(today, zone, row.created_at if contacted is None else contacted))


def _days_until(today: date, zone: str, since: int) -> int:
    return max(0, (today - today_in(zone, since)).days)


def state(one: Quiet, bounds: Limits) -> Of | None:
    """None: it is not quiet."""
    return Of.STALLED if one.days >= bounds.stall else Of.WARNED if one.days >= bounds.warn else None


def _is_listed(one: Quiet, bounds: Limits, asked: Asked) -> bool:
    return one.uncontacted >= asked.contact_days if asked.of is Of.UNCONTACTED else state(one, bounds) is asked.of


def _totals(found: Sequence[Quiet], bounds: dict[str, Limits], contact_days: int) -> QuietTotals:
    states = Counter(state(one, bounds[one.row.step_id or ""]) for one in found)
    return QuietTotals(
        open=len(found),
        warned=states[Of.WARNED],
        stalled=states[Of.STALLED],
        uncontacted=sum(one.uncontacted >= contact_days for one in found),
    )


def _steps(campaign: CampaignRow, found: Sequence[Quiet], bounds: dict[str, Limits]) -> list[QuietStep]:
    """Steps with an open opportunity, in the campaign's order, then others, then none."""
    names = {step.id: step.name for step in campaign.steps}
    states = Counter((one.row.step_id or "", state(one, bounds[one.row.step_id or ""])) for one in found)
    every = Counter(one.row.step_id or "" for one in found)
    ordered = [*(step for step in names if step in every), *sorted({*every} - {*names, ""}), *([""] if "" in every else [])]
    return [
        QuietStep(
            step_id=step or None,
            name=names.get(step),
            warn_days=bounds[step].warn,
            stall_days=bounds[step].stall,
            open=every[step],
            warned=states[step, Of.WARNED],
            stalled=states[step, Of.STALLED],
        )
        for step in ordered
    ]


def _item(one: Quiet, item: OpportunityItem, found: Of | None) -> QuietItem:
    return QuietItem(
        **structs.asdict(item),
        state=None if found is None else found.value,  # type: ignore[arg-type]
        quiet_since=instant(one.since),
        quiet_days=one.days,
        uncontacted_days=one.uncontacted,
    )
