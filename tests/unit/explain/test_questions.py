"""Which numbers can be asked for, how they are narrowed, and what is said of those that do not exist."""

from __future__ import annotations

from typing import Any

import pytest

from processor.explain import Unanswerable
from processor.kinds import EXPLAIN
from schemas.cells import Basis
from schemas.kpis import Totals
from tests.support.said import campaign, message, opportunity, order
from tests.unit.explain.conftest import Count, Explained, said

STEPS = campaign(steps=["s1", "s2"], currency="USD")
REFUSED: dict[str, tuple[str, dict[str, Any]]] = {
    "there is no number 'ordrs'": ("ordrs", {}),
    "there is no number 'revenue'; there is revenue_gross, revenue_net": ("revenue", {}),
    "there is no campaign 'nowhere' of tenant 'default'": ("orders", {"campaign": "nowhere"}),
    "'yesterday' is no day: one is written YYYY-MM-DD": ("orders", {"first": "yesterday"}),
    "'2026-02-30' is no day": ("orders", {"last": "2026-02-30"}),
    "2026-03-02 is after 2026-03-01": ("orders", {"first": "2026-03-02", "last": "2026-03-01"}),
    "orders is not known on the basis as_of": ("orders", {"basis": Basis.AS_OF}),
    "orders cannot be narrowed so: it has no dimension colour; it is known by rule or by staff, step": ("orders", {"colour": "red"}),
    "orders cannot be narrowed so: not by all of these at once": ("orders", {"rule": "1", "staff": "an"}),
    "won cannot be narrowed so: not by all of these at once": ("won", {"staff": "an", "step": "s2"}),
    "'#nothing' is neither an id nor # and a digest": ("orders", {"entity": "#nothing"}),
}


@pytest.mark.parametrize("sentence", REFUSED)
async def test_what_cannot_be_answered_is_refused_in_one_sentence(sentence: str, count: Count, explained: Explained) -> None:
    await count(STEPS)
    measure, asked = REFUSED[sentence]

    with pytest.raises(Unanswerable) as refused:
        await explained(measure, **asked)

    assert str(refused.value).startswith(sentence)
    assert "\n" not in str(refused.value)


async def test_a_campaign_for_which_something_counts_is_known_even_if_nobody_ever_said_what_it_is(
    count: Count, explained: Explained
) -> None:
    await count(order(campaign_id="unheard of"))

    assert (await explained("orders", "unheard of")).numbers == {"": 1}


async def test_only_the_days_that_were_asked_for_count(count: Count, explained: Explained) -> None:
    await count(STEPS, *(order(f"or-{day}", campaign_id="c", purchased_at=f"2026-03-0{day}T00:00:00Z") for day in range(1, 6)))

    assert (await explained("orders", first="2026-03-02", last="2026-03-04")).numbers == {"": 3}
    assert (await explained("orders", first="2026-03-04")).numbers == {"": 2}
    assert (await explained("orders", last="2026-03-01")).numbers == {"": 1}


async def test_as_of_a_day_everything_before_it_counts(count: Count, explained: Explained) -> None:
    won = opportunity(version=2, at="2026-03-10T00:00:00Z", step_id="s2")
    await count(STEPS, opportunity(step_id="s1"), won)

    for day, numbers in (("2026-03-01", 0), ("2026-03-09", 1), ("2026-03-10", 0)):
        found = await explained("open", basis=Basis.AS_OF, first=day, last=day)
        assert (found.numbers, found.agrees) == ({"": numbers}, True), day


async def test_a_customer_counts_once_in_a_range_of_days(count: Count, explained: Explained) -> None:
    await count(STEPS, *(opportunity(f"op-{day}", created_at=f"2026-03-0{day}T00:00:00Z") for day in range(1, 4)))

    for first, last, customers in ((None, None, 1), ("2026-03-02", "2026-03-03", 1), ("2026-03-04", "2026-03-09", 0)):
        found = await explained("customers", first=first, last=last)
        assert (found.numbers, found.agrees) == ({"": customers}, True)


async def test_a_number_is_narrowed_by_a_dimension_in_words(count: Count, explained: Explained) -> None:
    await count(STEPS, opportunity(owner_id="an"), opportunity("op-2", status="lost"), opportunity("op-3"))

    assert (await explained("opportunities", status="open")).numbers == {"": 2}
    assert (await explained("opportunities", status="open", registered="yes")).numbers == {"": 1}
    assert (await explained("opportunities", staff="an")).numbers == {"": 1}
    assert (await explained("opportunities", staff="")).numbers == {"": 2}
    assert (await explained("won", status="lost")).numbers == {"": 0}


async def test_a_person_is_credited_by_cells_and_what_sets_them_right(count: Count, explained: Explained) -> None:
    """An had it when it was won, Binh has it now."""
    won = [opportunity(version=1, step_id="s2", owner_id="an"), opportunity(version=2, step_id="s2", owner_id="binh")]
    await count(STEPS, *won)

    for staff, number in (("an", 1), ("binh", 0)):
        found = await explained("won", staff=staff)
        assert (found.numbers, found.agrees) == ({"": number}, True)
    assert "-1 in s c of 2026-03-02 staff=binh status=won" in said(await explained("won", staff="binh"))


async def test_a_number_that_is_worked_out_is_explained_by_its_measures(count: Count, explained: Explained) -> None:
    refund = {"id": "f", "amount_minor": 300, "refunded_at": "2026-03-09T00:00:00Z"}
    await count(STEPS, order(campaign_id="c", refunds=[refund]), order("or-2", campaign_id="c", gross_minor=77, currency="VND"))

    found = await explained("revenue_net")

    assert found.numbers == {"USD": 700, "VND": 77}
    assert [part.name for part in found.measures] == ["revenue_gross", "refunds"]
    assert "revenue_net of c, on all days: 700 USD, 77 VND" in said(found)
    assert "It is worked out from revenue_gross and refunds." in said(found)


async def test_a_number_that_nothing_was_counted_for_has_nothing_to_divide_by(count: Count, explained: Explained) -> None:
    await count(STEPS)

    assert (await explained("orders")).numbers == {"": 0}
    assert "win_rate of c, on all days: unknown, there is nothing to divide by" in said(await explained("win_rate"))


async def test_a_probability_is_told_as_often_as_it_counts(count: Count, explained: Explained) -> None:
    await count(STEPS, opportunity(probability=40), opportunity("op-2", probability=40))

    found = await explained("expected_wins")

    assert found.numbers == {"": 0.8}
    assert "2 in o p of 2026-03-02 probability=40, 40 times" in said(found)


def test_every_cell_that_a_number_of_a_campaign_is_summed_from_is_accounted_for_by_some_kind() -> None:
    sources = [found for measure in Totals.measures().values() for found in (*measure.campaign.values(), *measure.staff.values())]

    accounted = {view for account in EXPLAIN.values() for view in account.views}
    assert {part.view for found in sources for part in found.parts} <= accounted


@pytest.mark.parametrize("text", ["a\x1fb", "\x1b0", "plain"])
async def test_free_text_is_asked_for_and_told_as_it_was_said(text: str, count: Count, explained: Explained) -> None:
    await count(STEPS, message("sent", variant=text), opportunity(status="lost", lost_reason=text))

    sent = await explained("messages_sent", variant=text)

    assert (sent.numbers, sent.agrees) == ({"": 1}, True)
    assert sent.measures[0].cells[0].said["variant"] == text


async def test_one_tenants_numbers_are_not_anothers(count: Count, explained: Explained) -> None:
    await count(STEPS, message("sent"), message("sent", "m-2", tenant="acme"))

    assert (await explained("messages_sent")).numbers == {"": 1}
