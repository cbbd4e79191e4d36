"""What readers get: the answers of the API, field by field. Their OpenAPI follows from these classes, the totals from `schemas/kpis`.

Days are ISO dates, instants RFC 3339 in UTC, money integers in minor units, percentages 0 to 100 and never rounded.
`None` is: nothing to divide by, not known on this basis, or not stated (a reason, an owner, a step).
What is money is marked so: it is left out, as `None` or empty, for whoever may not see it; `withheld`: so it is here, and may well be known.
`unconverted`: there are amounts in another currency without a rate, which are in no total. `rate_day`: of the oldest rate that was used, if any was.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from schemas.answers import Amount, Changes, Day, Figures, Instant, Moment, Money, PeriodView, Stamp, Status


class StepView(msgspec.Struct, kw_only=True):
    step_id: str
    name: str
    position: int


class CampaignView(msgspec.Struct, kw_only=True):
    id: str
    code: str | None
    name: str
    status: str
    manager_id: str | None
    steps: list[StepView]
    created_at: Instant
    updated_at: Instant | None
    start_at: Instant | None
    end_at: Instant | None
    crm_url: str | None
    """Its own, else the one that the tenant's template makes of its id. Not checked: whoever shows it as a link decides which schemes are safe."""
    chat_url: str | None
    guide_url: str | None
    """Where its tenant explains these numbers (F12). Not checked either."""


class CampaignItem(msgspec.Struct, kw_only=True):
    id: str
    code: str | None
    name: str
    status: str
    manager_id: str | None
    orders: int | None
    revenue_net: Amount
    currency: str | None
    unconverted: bool
    rate_day: Day | None
    created_at: Instant
    updated_at: Instant | None


class CampaignTotals(msgspec.Struct, kw_only=True):
    campaigns: int
    active_campaigns: int
    orders: int | None
    revenue_net: Amount
    pending_attribution: int | None
    """Of the whole tenant; null for whoever does not see all of it."""
    by_currency: Money
    unconverted: bool
    rate_day: Day | None


class CampaignList(msgspec.Struct, kw_only=True):
    """The campaigns that the caller may see. The totals are over all of these; search and filters narrow only the items."""

    items: list[CampaignItem]
    totals: CampaignTotals
    period: PeriodView
    withheld: bool = False
    next_cursor: str | None
    stamp: Stamp


class Comparison(msgspec.Struct, kw_only=True):
    """The same over the days with which a period is compared (B6)."""

    compared: PeriodView
    """The days of the period that are compared: while it runs, those until today."""
    period: PeriodView
    """With these."""
    until: str | None
    """While the period runs: up to this full hour of the local clock (`14:00`) the last of these days is compared, of the numbers in `by_hour`; all others
    are compared over the days before it alone, and unknown where there are none. Null: the period is over, or has not begun."""
    by_hour: list[str]
    """The numbers that are kept by hour, as far as these hours are still there."""
    totals: Figures
    """Of these."""
    changes: Changes
    currency: str | None
    unconverted: bool
    rate_day: str | None


class FunnelRow(msgspec.Struct, kw_only=True):
    step_id: str | None
    name: str | None
    position: int | None
    current: int
    lost: int
    share: float | None
    """Current and lost of all opportunities."""
    reached: int | None
    reached_of_first: float | None
    """Of those that reached the first step."""
    reached_of_previous: float | None
    registered: int | None
    unregistered: int | None
    time_in_step_median: float | None
    """Seconds; of the stays that ended in the period."""
    time_in_step_p90: float | None


class OutcomeRow(msgspec.Struct, kw_only=True):
    status: Status
    opportunities: int | None
    customers: int | None
    share: float | None


class ProbabilityRow(msgspec.Struct, kw_only=True):
    """Open opportunities by their owner's estimate, both ends included; null: not assessed."""

    from_: int | None = msgspec.field(name="from")
    to: int | None
    opportunities: int
    share: float | None


class ForecastRow(msgspec.Struct, kw_only=True):
    """What the open opportunities are worth that are expected to close in a month; null: in none that is stated."""

    month: str | None
    value_open: Amount
    value_weighted: Amount
    """Amount × probability of those that have one."""


class Overview(msgspec.Struct, kw_only=True):
    campaign: CampaignView
    period: PeriodView
    totals: Figures
    by_currency: Money
    unconverted: bool
    rate_day: Day | None
    funnel: list[FunnelRow]
    outcomes: list[OutcomeRow]
    probability: list[ProbabilityRow] | None
    forecast: list[ForecastRow] | None
    comparison: Comparison | None = None
    withheld: bool = False
    stamp: Stamp


class OverviewOfSeveral(msgspec.Struct, kw_only=True):
    """As `Overview`, added up over campaigns; each amount is first converted by itself.

    Distinct customers and recipients are known of one campaign alone: whoever is in two would count twice. So is a budget. Steps are each campaign's own.
    """

    campaign: None = None
    campaigns: int
    """Over so many."""
    period: PeriodView
    totals: Figures
    by_currency: Money
    unconverted: bool
    rate_day: str | None
    funnel: None = None
    outcomes: list[OutcomeRow]
    probability: list[ProbabilityRow] | None
    forecast: list[ForecastRow] | None
    comparison: Comparison | None = None
    withheld: bool = False
    stamp: Stamp


class StaffStep(msgspec.Struct, kw_only=True):
    step_id: str | None
    opportunities: int | None
    revenue_net: Amount
    share: float | None


if TYPE_CHECKING:

    class StaffItem(Figures):
        """One person's totals beside who it is and the same by step."""

        staff_id: str | None
        staff_name: str | None

        def __init__(self, **fields: Any) -> None: ...

else:
    StaffItem = msgspec.defstruct(
        "StaffItem",
        [("staff_id", str | None), ("staff_name", str | None), ("steps", list[StaffStep] | None)],
        bases=(Figures,),
        kw_only=True,
    )


class StaffList(msgspec.Struct, kw_only=True):
    items: list[StaffItem]
    period: PeriodView
    unconverted: bool
    rate_day: Day | None
    next_cursor: str | None
    stamp: Stamp


class ReasonRow(msgspec.Struct, kw_only=True):
    reason: str | None
    opportunities: int
    share: float | None


class IndustryRow(msgspec.Struct, kw_only=True):
    industry: str | None
    opportunities: int
    share: float | None


class MethodRow(msgspec.Struct, kw_only=True):
    method: str | None
    """The approach method; without one the name of the step, or its id if the campaign no longer has it."""
    opportunities: int


class OwnerRow(msgspec.Struct, kw_only=True):
    staff_id: str | None
    staff_name: str | None
    opportunities: int
    methods: list[MethodRow] | None


class Customers(msgspec.Struct, kw_only=True):
    totals: Figures
    by_currency: Money
    unconverted: bool
    rate_day: Day | None
    period: PeriodView
    lost_reasons: list[ReasonRow] | None
    lost_industries: list[IndustryRow] | None
    owners: list[OwnerRow]
    stamp: Stamp


class Point(msgspec.Struct, kw_only=True):
    start: Moment
    end: Moment
    """The last day, included; by hour, the instant at which the next one begins."""
    complete: bool
    """The whole of the calendar's week, month … lies in the period, and everything up to its end is counted."""
    value: int | float | None


class SeriesComparison(msgspec.Struct, kw_only=True):
    """The same measure over the days with which the period is compared (B6)."""

    period: PeriodView
    points: list[Point]
    """Each over as many days as the point at its place; those after the days with which is compared are missing."""
    currency: str | None
    unconverted: bool
    rate_day: str | None


class Series(msgspec.Struct, kw_only=True):
    measure: str
    by: str
    period: PeriodView
    points: list[Point]
    comparison: SeriesComparison | None = None
    unconverted: bool
    rate_day: Day | None
    stamp: Stamp
