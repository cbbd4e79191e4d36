"""What became of a campaign's messages: by channel, by action, by what went wrong, and the orders that came (F51 to F59)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from schemas.answers import Figures
from schemas.cells import REACHED, STAGES, Basis, Cells, cells
from schemas.keys import View
from schemas.kpis import Totals
from schemas.kpis.messages import Messages as MessageNumbers
from schemas.measures import Number, percent
from schemas.message_views import ActionItem, ChannelItem, FailureRow, Messages, SegmentView, SuppressionRow
from views_api.answers import order_list
from views_api.answers.listing import of_one_revision
from views_api.answers.looks import Look
from views_api.answers.reader import Reader
from views_api.scope import Scope
from views_api.views import figures, orders
from views_api.views.figures import PUBLISHED, by_currency, of_campaign, show, stated
from views_api.views.periods import Asked, Preset
from views_api.views.stamps import period_view
from views_api.views.sums import Sums

_RECENT: Final = 20
_FAILED: Final = cells(View.MESSAGES, "code")
_SUPPRESSED: Final = cells(View.MESSAGES, "reason")
_PEOPLE: Final = [cells(View.RECIPIENTS_BY, stage) for stage in REACHED]
_MESSAGES: Final = frozenset(MessageNumbers.measures()) - {"entries"}
_OF_CHANNEL: Final = _MESSAGES | {"message_spend", "other_spend"}
"""What is told apart by channel. Other spending is of none, so that a channel's `spend` is what its messages cost."""
_NOT_PEOPLE: Final = frozenset(name for name in _MESSAGES if name.startswith("messages_"))
"""What is known of messages that are of no action: recipients are counted by action where there is one."""
Days = Sequence[tuple[str, Sums]]


async def messages(reader: Reader, scope: Scope, campaign: str, asked: Asked, rule: int | None) -> Messages:
    """`rule`: orders and revenue only of those that came by this rule of D8. Who sees only their own rows is shown only orders that are credited to them."""

    async def answer(look: Look) -> Messages:
        row, exchange, known = look.row, look.exchange, look.period.basis is not Basis.AS_OF
        all_sums, all_days = Sums(look.sums[0]), look.days[0]
        sums = all_sums.only("rule", str(rule), others=True) if rule else all_sums
        days = [(day, part.only("rule", str(rule), others=True)) for day, part in all_days] if rule else all_days
        said = stated(look.record, row, all_days=look.period.preset is Preset.ALL)
        amounts = of_campaign(sums, look.period.basis, None, look.record, said, days)
        recent = await order_list.newest(reader.store, scope, look, orders.Filters(rule=rule), _RECENT) if known else None
        return Messages(
            segment=SegmentView(id=row.segment[0], name=row.segment[1]) if row.segment else None,
            message_text=row.message_text,
            period=period_view(look.period),
            totals=Figures(**show(amounts, exchange)),
            by_currency=by_currency(amounts, exchange.currency),
            channels=channels(look, all_sums, all_days) if known else None,
            actions=actions(look, all_sums) if known else None,
            failures=failures(all_sums) if known else None,
            suppressions=suppressions(all_sums) if known else None,
            recent_orders=recent,
            unconverted=exchange.unconverted,
            rate_day=exchange.rate_day,
            stamp=look.stamp,
        )

    return await of_one_revision(reader, scope, campaign, asked, lambda _: lambda record: cells_of(asked.basis, record), answer)


def cells_of(basis: Basis, record: type[Totals]) -> list[Cells]:
    more = [] if basis is Basis.AS_OF else [_FAILED, _SUPPRESSED, *_PEOPLE]
    return [*figures.cells_of(basis, record=record), *more]


def channels(look: Look, sums: Sums, days: Days) -> list[ChannelItem]:
    """Each channel that has a number, by name."""
    found = _values(sums, "channel") | {*sums.by(cells(View.SPEND, "message"), "channel")}
    return [
        ChannelItem(
            channel=channel,
            **_of_part(look, _of(sums, "channel", channel), [(day, _of(part, "channel", channel)) for day, part in days], _OF_CHANNEL),
        )
        for channel in sorted(found)
    ]


def actions(look: Look, sums: Sums) -> list[ActionItem]:
    """The campaign's actions in their order, others that have a number, messages of none (F75)."""
    named = {identity: (name, channel) for identity, name, channel in look.row.actions}
    found = _values(sums, "action")
    return [
        ActionItem(
            action_id=action or None,
            name=named[action][0] if action in named else None,
            channel=named[action][1] if action in named else None,
            **_of_part(look, _of(sums, "action", action), [], _MESSAGES if action else _NOT_PEOPLE),
        )
        for action in [*named, *sorted(found - {*named, ""}), *([""] if "" in found else [])]
    ]


def failures(sums: Sums) -> list[FailureRow]:
    """What failed by code, most first, unknown last (F59d)."""
    return [FailureRow(code=code or None, messages=number, share=share) for code, number, share in _shares(sums.by(_FAILED, "code"))]


def suppressions(sums: Sums) -> list[SuppressionRow]:
    """As `failures`, what was held back before sending (B13)."""
    found = _shares(sums.by(_SUPPRESSED, "suppressed_reason"))
    return [SuppressionRow(reason=reason or None, messages=number, share=share) for reason, number, share in found]


def _values(sums: Sums, dimension: str) -> set[str]:
    """Those under which there are messages."""
    return {value for stage in STAGES for value in sums.by(cells(View.MESSAGES, stage), dimension)}


def _of(sums: Sums, dimension: str, value: str) -> Sums:
    """The cells of one channel or action; where recipients of the whole campaign are set right, there its own are."""
    people = {stage: sums.by_two(cells(View.RECIPIENTS_BY, stage, {"by": dimension}), "value", "by") for stage in REACHED}
    there = {stage: found.get(value, {}).get(dimension, 0) for stage, found in people.items()}
    return sums.only(dimension, value).and_of(View.RECIPIENTS, there)


def _of_part(look: Look, sums: Sums, days: Days, names: frozenset[str]) -> dict[str, Number | None]:
    """All published numbers; None are those that need more than the measures named."""
    record = look.record
    known = [name for name in PUBLISHED if {*record.needs(name)} <= names]
    found = show(of_campaign(sums, look.period.basis, names, record, None, days), look.exchange, known)
    return {name: found.get(name) for name in PUBLISHED}


def _shares(found: dict[str, int]) -> list[tuple[str, int, float | None]]:
    whole = sum(found.values())
    ordered = sorted(((key, number) for key, number in found.items() if number), key=lambda each: (each[0] == "", -each[1], each[0]))
    return [(key, number, percent(number, whole)) for key, number in ordered]
