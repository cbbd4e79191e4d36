"""What readers get of a campaign's messages (F51 to F59, F75). Conventions as in `schemas/views.py`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from schemas.answers import Figures, Money, PeriodView, Stamp
from schemas.lists import ListedOrder

if TYPE_CHECKING:

    class ChannelItem(Figures):
        """The numbers of one channel; null are those that are not told apart by channel."""

        channel: str

        def __init__(self, **fields: Any) -> None: ...

    class ActionItem(Figures):
        """The numbers of one action of the campaign; null as a channel's. Without an id: messages of no action."""

        action_id: str | None

        def __init__(self, **fields: Any) -> None: ...

else:
    ChannelItem = msgspec.defstruct("ChannelItem", [("channel", str)], bases=(Figures,), kw_only=True)
    ActionItem = msgspec.defstruct(
        "ActionItem", [("action_id", str | None), ("name", str | None), ("channel", str | None)], bases=(Figures,), kw_only=True
    )


class FailureRow(msgspec.Struct, kw_only=True):
    code: str | None
    messages: int
    share: float | None
    """Of all that failed."""


class SuppressionRow(msgspec.Struct, kw_only=True):
    reason: str | None
    messages: int
    share: float | None
    """Of all that were suppressed."""


class SegmentView(msgspec.Struct, kw_only=True):
    id: str
    name: str


class Messages(msgspec.Struct, kw_only=True):
    """Lists are null where the state as of a day is asked for: it knows no messages and no orders."""

    segment: SegmentView | None
    message_text: str | None
    period: PeriodView
    totals: Figures
    by_currency: Money
    unconverted: bool
    rate_day: str | None
    channels: list[ChannelItem] | None
    actions: list[ActionItem] | None
    """The campaign's in their order, also with zeros, then others; last what is of none."""
    failures: list[FailureRow] | None
    suppressions: list[SuppressionRow] | None
    recent_orders: list[ListedOrder] | None
    """The newest of the period, those that do not count too."""
    stamp: Stamp
