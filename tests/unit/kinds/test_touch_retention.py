"""How long a touch speaks for an order where messages are not kept for ever, and what is left of touches then."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest

from processor.kinds.retention import DAY
from processor.kinds.touch import PERIOD
from processor.recount import Record
from schemas import keys
from schemas.rows import OrderRow, order_row
from tests.support.expected import wrong_cells
from tests.support.kept import BEGIN, Counting, at, kept
from tests.support.said import campaign, message, order

SECOND = 1000
END = (BEGIN // PERIOD + 1) * PERIOD
"""Of the period in which it begins."""
RULE = campaign(attribution={"mode": "days", "days": 30})._replace(timestamp_ms=BEGIN - 9 * DAY)


def touched(subject: str = "m", when: int = BEGIN, **data: Any) -> Record:
    return message("clicked", subject, at=at(when), **data)._replace(timestamp_ms=when)


def bought(when: int, heard: int | None = None, *, subject: str = "or", version: int = 1, **data: Any) -> Record:
    """`heard`: when Kafka had it; at once, if nothing is said."""
    return order(subject, version=version, **{"purchased_at": at(when), **data})._replace(timestamp_ms=when if heard is None else heard)


def meanwhile(when: int) -> Record:
    """Something else, by which all is read up to then."""
    return campaign("other")._replace(timestamp_ms=when)


def row(counting: Counting, subject: str = "or") -> OrderRow:
    entity = keys.digest(subject)
    return order_row(counting.store.values[keys.state("order", "default", entity), entity])


def touches(counting: Counting) -> list[bytes]:
    """What is stored of them, by customer and period."""
    return [value for (key, field), value in counting.store.values.items() if key.startswith("k\x1f") and len(field) == 12]


# Which orders a touch speaks for.


@pytest.mark.parametrize(
    ("purchase", "heard", "rule"),
    [
        (2 * DAY, 2 * DAY, 4),
        (2 * DAY, 2 * DAY + SECOND - 1, 4),
        (2 * DAY + 1, 2 * DAY, 5),
        (DAY, 2 * DAY + SECOND, 5),
        (0, DAY, 4),
    ],
)
async def test_an_order_goes_to_a_touch_that_was_kept_when_it_was_bought_and_when_kafka_first_had_it(
    purchase: int, heard: int, rule: int
) -> None:
    records = [kept(2), RULE, touched(), bought(BEGIN + purchase, BEGIN + heard)]
    counting = Counting()

    await counting.count([[record] for record in records], removing=False)

    assert row(counting).rule == rule
    assert not wrong_cells(counting.cells(), records)


async def test_where_messages_are_kept_for_ever_an_order_may_come_as_late_as_it_likes() -> None:
    records = [RULE, touched(), bought(BEGIN + 20 * DAY, BEGIN + 900 * DAY)]
    counting = Counting()

    await counting.count([[record] for record in records], removing=True)

    assert row(counting).rule == 4
    assert not wrong_cells(counting.cells(), records)


async def test_an_edit_that_leaves_customer_and_purchase_leaves_the_touch_however_late_it_is() -> None:
    refunds = [{"id": "r", "amount_minor": 400, "refunded_at": at(BEGIN + 400 * DAY)}]
    refunded = bought(BEGIN + DAY, BEGIN + 400 * DAY, version=2, refunds=refunds)
    records = [kept(2), RULE, touched(), bought(BEGIN + DAY), meanwhile(BEGIN + 300 * DAY), refunded]
    counting = Counting()

    await counting.count([[record] for record in records], removing=True)

    assert (row(counting).rule, row(counting).refunds_minor) == (4, 400)
    assert not wrong_cells(counting.cells(), records)


@pytest.mark.parametrize("change", [{"customer_id": "cu-2"}, {"purchased_at": at(BEGIN + DAY + 1)}])
async def test_what_kafka_hears_too_late_of_whom_or_of_when_an_order_is_reaches_no_touch(change: dict[str, str]) -> None:
    changed = bought(BEGIN + DAY, BEGIN + 3 * DAY, version=2, **change)
    back = bought(BEGIN + DAY, BEGIN + 4 * DAY, version=3)
    records = [kept(2), RULE, touched(), touched("n", recipient_id="cu-2"), bought(BEGIN + DAY), changed]

    for seen, rule in ((records, 5), ([*records, back], 4)):
        counting = Counting()
        await counting.count([[record] for record in seen], removing=False)
        assert row(counting).rule == rule
        assert not wrong_cells(counting.cells(), seen)


async def test_who_heard_it_first_does_not_depend_on_the_order_of_arrival() -> None:
    versions = [
        bought(BEGIN + DAY, BEGIN + 5 * DAY, version=3),
        bought(BEGIN + DAY, BEGIN + DAY, version=1),
        bought(BEGIN + DAY, BEGIN + 4 * DAY, version=2, customer_id="cu-2"),
        bought(BEGIN + DAY, BEGIN + 9 * DAY, version=3),
    ]
    before, states = [kept(2), RULE, touched()], set()

    for order_of_arrival in permutations(versions):
        for groups in ([[version] for version in order_of_arrival], [order_of_arrival]):
            counting = Counting()
            await counting.count([before, *groups], removing=False)
            entity = keys.digest("or")
            states.add(counting.store.values[keys.state("order", "default", entity), entity])
            assert row(counting).rule == 4

    assert len(states) == 1


async def test_orders_are_decided_again_when_messages_are_kept_for_a_shorter_time() -> None:
    shorter = kept(1, taken=BEGIN + DAY, version=2)
    records = [kept(9), RULE, touched(), bought(BEGIN + 5 * DAY), shorter]
    counting = Counting()

    await counting.count([[record] for record in records[:-1]], removing=False)
    assert row(counting).rule == 4
    await counting.count([[shorter]], removing=False)

    assert row(counting).rule == 5
    assert not wrong_cells(counting.cells(), records)


# What is removed.


async def test_touches_of_those_who_bought_nothing_go_and_nothing_of_them_is_left() -> None:
    counting = Counting()
    seen = [kept(2), RULE, touched(), touched("n", BEGIN + DAY, recipient_id="cu-2"), touched("o", END, recipient_id="cu-2")]

    await counting.count([[record] for record in seen] + [[meanwhile(END + 3 * DAY - 1)]], removing=True)
    assert len(touches(counting)) == 3

    await counting.count([[meanwhile(END + 3 * DAY)]], removing=True)
    assert len(touches(counting)) == 1

    await counting.count([[meanwhile(END + PERIOD + 4 * DAY)]], removing=True)
    assert not touches(counting)
    assert not any(value for (key, _), value in counting.store.values.items() if key.startswith("k\x1f"))
    assert not counting.store.lists[keys.touched("default")]


@pytest.mark.parametrize("is_said_first", [True, False])
async def test_a_touch_that_an_order_may_ask_for_stays_whatever_the_order_counts_for_now(is_said_first: bool) -> None:  # noqa: FBT001 - a table
    """An order that names its campaign, one whose newest version is another customer's, one that only counts once the rule is wider."""
    said = kept(2, taken=BEGIN - 10 * DAY if is_said_first else BEGIN + 2 * DAY)
    orders = [
        bought(BEGIN + DAY, subject="named", campaign_id="other"),
        bought(BEGIN + DAY, subject="moved", customer_id="cu-2"),
        bought(BEGIN + DAY, BEGIN + DAY + 1, subject="moved", version=2, customer_id="cu-3"),
        bought(BEGIN + DAY, subject="wider", customer_id="cu-4"),
    ]
    people = [touched(f"m-{who}", recipient_id=who) for who in ("cu", "cu-2", "cu-4", "cu-5")]
    narrow = RULE._replace(value=campaign(attribution={"mode": "days", "days": 0}).value)
    changes = [
        bought(BEGIN + DAY, END + 9 * DAY, subject="named", version=2),
        bought(BEGIN + DAY, END + 9 * DAY, subject="moved", version=3, customer_id="cu-2"),
        campaign(version=2, attribution={"mode": "days", "days": 5})._replace(timestamp_ms=END + 9 * DAY),
    ]
    first, last = ([said], []) if is_said_first else ([], [said])
    records = [*first, narrow, *people, *orders, *last, meanwhile(END + 8 * DAY), *changes]
    counting = Counting()

    await counting.count([[record] for record in records], removing=True)

    assert len(touches(counting)) == 3
    assert {row(counting, subject).rule for subject in ("named", "moved", "wider")} == {4}
    assert not wrong_cells(counting.cells(), records)


async def test_of_one_period_the_touches_go_that_lie_before_or_long_after_every_purchase_or_behind_it() -> None:
    when = [BEGIN - 3 * DAY, BEGIN - DAY, BEGIN + 3 * DAY]
    records = [kept(2), RULE, *(touched(f"m-{n}", instant) for n, instant in enumerate(when)), bought(BEGIN), meanwhile(END + 9 * DAY)]
    counting = Counting()

    await counting.count([[record] for record in records], removing=True)

    (left,) = touches(counting)
    assert b"m-1" in left
    assert b"m-0" not in left
    assert b"m-2" not in left
    assert not wrong_cells(counting.cells(), records)
