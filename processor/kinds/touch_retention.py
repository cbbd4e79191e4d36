"""Which orders may a touch still speak for, and which touches are removed? See `retention_days` in the settings, and docs/decisions/0010.

A touch speaks for an order only if that was bought, and Kafka had first heard so, while the touch was kept: as long as what else messages were at that moment. So once all that
Kafka had by then is counted, a touch that none of its customer's orders may ask for is asked for by none that are still to come, and whenever it is removed no number changes.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from itertools import takewhile
from struct import Struct
from typing import Final

from processor.kinds import tenant as settings
from processor.kinds import touch
from processor.kinds.order_state import Order
from processor.kinds.retention import DAY, STEP, Period, end
from processor.kinds.touch import PERIOD, Touch
from processor.transaction import Tx
from processor.values import Ref, Segment
from schemas import keys

_period, _day = Struct(">i"), Struct(">i")
_WHOSE: Final = 8
"""Bytes of a digest."""


def speaks_for(kept: Sequence[Period], touched: Touch, order: Order) -> bool:
    """Whether a touch was still kept when the order was bought, and when Kafka first had an event that says of whom and of when it is."""
    last = end(kept, touched.time)
    return last is None or (order.purchased_at <= last and order.heard <= last // 1000)


def ask(tx: Tx, tenant: str, order: Order) -> None:
    """From now on the touches that this order may ask for stay: by what its newest version says and by what any other does, because that may become the newest."""
    for customer, purchased_at in [(order.customer_id, order.purchased_at), *(claim[:2] for claim in order.claims)]:
        tx.union(_purchases_ref(tenant, keys.digest(customer)), _day.pack(purchased_at // DAY))


def remove(tx: Tx, tenant: str) -> int:
    """Remove the touches of the first periods of a tenant's customers, as far as no order that counts could ask for them. How many periods; `STEP`: there may be more."""
    listed = keys.touched(tenant)
    kept, entries = settings.retention_of(tx, tenant), tx.entries(Segment(listed, 0, STEP))
    (watermark,) = tx.read((keys.META, keys.WATERMARK))
    over = list(takewhile(lambda entry: bool(watermark) and _is_over(kept, entry, int(watermark)), entries))
    places = [(keys.touches(tenant, entry[:_WHOSE]), entry) for entry in over]
    periods = {(key, entry[:_WHOSE]): b"" for key, entry in places}
    purchases = [_purchases_ref(tenant, entry[:_WHOSE]) for entry in over]
    tx.need(*places, *periods, *purchases)
    periods = dict(zip(periods, tx.read(*periods), strict=True))
    for (key, entry), raw, bought in zip(places, tx.read(*places), tx.read(*purchases), strict=True):
        days = sorted(day for (day,) in _day.iter_unpack(bought))
        left = touch.without(raw, lambda at, days=days: not _is_asked_for(kept, at, days))  # type: ignore[misc]
        if left != raw:
            tx.write((key, entry), left)
        if not left:
            whose = (key, entry[:_WHOSE])
            periods[whose] = b"".join(_period.pack(n) for (n,) in _period.iter_unpack(periods[whose]) if _period.pack(n) != entry[_WHOSE:])
            tx.write(whose, periods[whose])
    if over:
        tx.trim(listed, len(over))
    return len(over)


def _is_over(kept: Sequence[Period], entry: bytes, watermark: int) -> bool:
    """Whether all has been counted that Kafka had while the last touch of a period was kept: touches and orders."""
    (number,) = _period.unpack(entry[_WHOSE:])
    last = end(kept, (number + 1) * PERIOD - 1)
    return last is not None and watermark > last + DAY


def _is_asked_for(kept: Sequence[Period], touched_at: int, days: Sequence[int]) -> bool:
    """Whether an order of one of these days, in order, may ask for a touch; to the day, so that it is now and then kept although none does."""
    last, place = end(kept, touched_at), bisect_left(days, touched_at // DAY)
    return last is None or (place < len(days) and days[place] <= last // DAY)


def _purchases_ref(tenant: str, customer: bytes) -> Ref:
    return keys.touches(tenant, customer), customer + keys.PURCHASES
