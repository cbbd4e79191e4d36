"""The laws of all measures and KPIs that are declared, those of tomorrow too."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.cells import DIMENSIONS, STAGES, Basis, cells
from schemas.durations import BUCKETS, Histogram
from schemas.keys import View
from schemas.kpis import RECORDS, Totals, TotalsOfWon, totals_by
from schemas.measures import Kpi, Measure, Text, Unit, count, kpi, minus, percent, plus, ratio, rounded
from schemas.rows import CampaignRow

ROOT = Path(__file__).parents[3]
every_kpi = pytest.mark.parametrize("kpi", Totals.kpis().values(), ids=lambda each: each.name)
every_figure = pytest.mark.parametrize("name", [*Totals.published()])

numbers = st.none() | st.integers(-(10**15), 10**15)
histograms = st.none() | st.lists(st.integers(0, 10**9), max_size=BUCKETS).map(Histogram)
totals = st.builds(Totals, **{name: histograms if each.unit is Unit.SECONDS else numbers for name, each in Totals.measures().items()})
ONES: dict[str, Any] = {name: Histogram((1,)) if each.unit is Unit.SECONDS else 1 for name, each in Totals.measures().items()}


@given(totals, totals, totals)
def test_totals_add_up_in_any_order_and_grouping(a: Totals, b: Totals, c: Totals) -> None:
    assert a + b == b + a
    assert (a + b) + c == a + (b + c)
    assert a + Totals() == a
    assert Totals.sum([a, b, c]) == a + b + c


@every_kpi
@given(record=totals)
def test_every_kpi_has_a_value_or_none_for_any_totals(kpi: Kpi, record: Totals) -> None:
    value = getattr(record, kpi.name)

    assert value is None or isinstance(value, int | float)
    if kpi.unit in (Unit.MONEY, Unit.COUNT):
        assert value is None or isinstance(value, int)


@every_kpi
def test_every_kpi_claims_nothing_before_the_first_event(kpi: Kpi) -> None:
    assert not kpi.formula(Totals())


@every_kpi
def test_every_kpi_is_unknown_when_one_of_its_measures_is(kpi: Kpi) -> None:
    assert kpi.formula(Totals(**ONES)) is not None
    for name in Totals.needs(kpi.name):
        assert kpi.formula(Totals(**ONES | {name: None})) is None


@every_figure
def test_every_number_explains_itself_in_both_languages(name: str) -> None:
    figure = Totals.published()[name]

    for text in (*figure.title, *figure.definition):
        assert text.strip() == text != ""
    assert figure.definition.en.endswith(".")
    assert figure.definition.vi.endswith(".")
    assert re.fullmatch(r"[FDB][0-9]+", figure.row)


@every_figure
def test_every_number_is_made_of_measures_that_come_from_cells(name: str) -> None:
    used = Totals.needs(name)

    assert used
    for measure in (Totals.measures()[one] for one in used):
        assert measure.campaign or measure.staff or measure.of_row in CampaignRow._fields
        for wanted in (*measure.campaign.values(), *measure.staff.values()):
            assert wanted.name in DIMENSIONS[wanted.view]
        for by_person in measure.staff.values():
            assert "staff" in DIMENSIONS[by_person.view][by_person.name]
        if measure.unit is Unit.MONEY:
            assert all("currency" in DIMENSIONS[each.view][each.name] for each in (*measure.campaign.values(), *measure.staff.values()))


def test_revenue_is_that_of_orders_or_of_what_was_won_and_never_both() -> None:
    of_orders, of_won = (record.measures()["revenue_gross"].campaign for record in RECORDS)

    assert {each.view for each in of_orders.values()} == {View.ORDERS}
    assert [(basis, each.view, each.name) for basis, each in of_won.items()] == [("created", "o", "won"), ("closed", "k", "won")]
    assert [*TotalsOfWon.published()] == [*Totals.published()]
    assert (totals_by("orders"), totals_by("won_amount")) == RECORDS


def test_orders_keep_their_own_value_where_revenue_is_what_was_won() -> None:
    totals = TotalsOfWon(revenue_gross=9_000, orders_gross=1_000, orders_refunds=100, orders=3)

    assert (totals.revenue_net, totals.aov) == (9_000, 300)


def test_what_is_asked_of_two_sides_of_a_ratio() -> None:
    totals = Totals(message_spend=6_000, other_spend=2_000, revenue_gross=42_000, refunds=2_000, budget=10_000, orders=80)

    assert (totals.spend, totals.roi, totals.net_roi_pct, totals.aov, totals.budget_used_pct) == (8_000, 5.0, 400.0, 500, 80.0)


def test_sales_velocity_is_what_the_open_ones_will_bring_in_a_day() -> None:
    ten_days = 10 * 86_400_000
    totals = Totals(open=20, won=3, lost=1, value_won=900, cycle=3 * ten_days)

    assert totals.sales_velocity == 20 * 300 * 75 / 100 / 10


def test_a_cycle_that_ends_before_it_begins_has_no_velocity() -> None:
    assert Totals(open=1, won=1, lost=0, value_won=5, cycle=-1).sales_velocity is None


def test_messages_on_their_way_are_those_without_an_end() -> None:
    totals = Totals(messages_total=100, messages_delivered=70, messages_failed=5, messages_suppressed=4)

    assert totals.messages_in_flight == 21


def test_the_state_as_of_a_day_knows_what_the_contract_names_and_nothing_else() -> None:
    known = {name for name, measure in Totals.measures().items() if Basis.AS_OF in measure.campaign}

    assert known == {"opportunities", "registered", "unregistered", "open", "won", "lost", "value_open", "value_won"}
    assert not [each.name for each in Totals.kpis().values() if Basis.AS_OF in each.bases]


def test_every_view_of_the_store_has_its_dimensions_here_and_in_the_documentation() -> None:
    views = {value for name, value in vars(View).items() if name.isupper()}
    page = (ROOT / "docs" / "cells.md").read_text("utf-8")

    assert {*DIMENSIONS} == views - {View.LIST, View.ORDER_LIST}
    for view, names in DIMENSIONS.items():
        assert f"| `{view}` |" in page
        for name in {*names} - {*STAGES}:
            assert f"`{name}`" in page, (view, name)
    assert all(stage in page for stage in STAGES)


def test_asking_for_a_dimension_that_cells_do_not_have_fails_at_once() -> None:
    with pytest.raises(ValueError, match="cells 'n' of view 'o' have no dimension staff"):
        cells(View.OPPORTUNITIES, "n", {"staff": "an"})
    with pytest.raises(ValueError, match="no dimension amount"):
        cells(View.OPPORTUNITIES, "p", times="amount")


def test_a_new_number_is_a_field_or_a_method_and_nothing_else() -> None:
    @dataclass(frozen=True, slots=True)
    class Tomorrow(Totals):
        visits: int | None = count(Text("Visits", "Lượt ghé"), "F1", Text("Visits.", "Lượt ghé."), {Basis.CREATED: cells(View.TASKS, "n")})

        @kpi(Text("Visits per win", "Lượt ghé mỗi thành công"), Unit.NUMBER, "F1", "Lượt ghé chia cho số thành công.")
        def visits_per_win(self) -> float | None:
            """Visits per won opportunity."""
            return ratio(self.visits, self.won)

    assert Tomorrow(visits=6, won=4).visits_per_win == 1.5
    assert {*Tomorrow.measures()} - {*Totals.measures()} == {"visits"}
    assert isinstance(Tomorrow.visits_per_win, Kpi)
    assert Tomorrow.needs("visits_per_win") == ("visits", "won")
    assert isinstance(Tomorrow.measures()["visits"], Measure)


def test_unknown_swallows_what_it_is_added_to_and_zero_is_no_divisor() -> None:
    assert (plus(1, 2), plus(1, None), minus(3, 1), minus(None, 1)) == (3, None, 2, None)
    assert (ratio(1, 2), ratio(1, 0), ratio(None, 2), percent(1, 4), percent(1, None)) == (0.5, None, None, 25.0, None)


@pytest.mark.parametrize(("part", "whole", "expected"), [(5, 2, 2), (7, 2, 4), (-5, 2, -2), (10**30 + 1, 2, 5 * 10**29), (1, 0, None)])
def test_money_is_divided_half_to_even_and_exactly(part: int, whole: int, expected: int | None) -> None:
    assert rounded(part, whole) == expected


@pytest.mark.parametrize(("view", "name"), [(view, name) for view, names in DIMENSIONS.items() for name in names])
def test_every_cell_that_is_counted_is_asked_for_by_some_number(view: str, name: str) -> None:
    """Its name stands in a declaration of the numbers or in the reader; a cell that nobody asks for would only cost."""
    folders = [ROOT / "schemas" / "kpis", ROOT / "views_api" / "views", ROOT / "views_api" / "answers"]
    readers = [*(file for folder in folders for file in folder.glob("*.py")), ROOT / "schemas" / "views.py"]

    assert any(f'"{name}"' in reader.read_text(encoding="utf-8") for reader in readers), (view, name)
