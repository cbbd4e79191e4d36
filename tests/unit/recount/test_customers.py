"""The recount on distinct customers: pair cells give the exact number for any range of days."""

from __future__ import annotations

from itertools import combinations_with_replacement
from random import Random

import pytest

from tests.support.said import cells, opportunity


def distinct(pair_cells: dict[tuple[str, ...], int], first: str, last: str, *name: str) -> int:
    """Customers in a range of days, as a reader adds them up."""
    return sum(
        amount
        for (day, *cell_name, previous), amount in pair_cells.items()
        if cell_name == [*name] and first <= day <= last and previous < first
    )


def test_a_customer_with_two_opportunities_on_a_day_has_one_cell() -> None:
    records = [opportunity("a"), opportunity("b")]

    assert cells(records, "n") == {("2026-03-02", "a", ""): 1, ("2026-03-02", "o", ""): 1}
    assert cells(records, "w") == {("2026-03-02", "owner", "", ""): 1}


def test_each_later_day_names_the_day_before_it() -> None:
    records = [opportunity(day, created_at=f"2026-03-{day}T00:00:00Z") for day in ("09", "02", "05")]

    assert {name: amount for name, amount in cells(records, "n").items() if name[1] == "a"} == {
        ("2026-03-02", "a", ""): 1,
        ("2026-03-05", "a", "2026-03-02"): 1,
        ("2026-03-09", "a", "2026-03-05"): 1,
    }


def test_a_customer_is_counted_once_by_each_status_that_it_has() -> None:
    records = [opportunity("a"), opportunity("b", status="won"), opportunity("d", status="lost"), opportunity("e", status="lost")]

    assert [distinct(cells(records, "n"), "2026-03-01", "2026-03-31", name) for name in "aowl"] == [1, 1, 1, 1]


def test_in_charge_of_a_customer_is_the_owner_now_and_credited_the_owner_at_the_win() -> None:
    records = [
        opportunity(version=1, status="won", owner_id="then", at="2026-03-03T00:00:00Z"),
        opportunity(version=2, status="won", owner_id="now", at="2026-03-09T00:00:00Z"),
    ]

    assert cells(records, "n") == {
        ("2026-03-02", "a", ""): 1,
        ("2026-03-02", "w", ""): 1,
        ("2026-03-03", "kw", ""): 1,
        ("2026-03-02", "g", ""): 1,
    }
    assert cells(records, "w") == {("2026-03-02", "owner", "now", ""): 1, ("2026-03-02", "cw", "then", ""): 1}


def test_a_customer_follows_its_opportunity_to_another_campaign() -> None:
    records = [opportunity(version=1), opportunity(version=2, campaign_id="d")]

    for view in "nw":
        assert cells(records, view) == {}
        assert cells(records, view, campaign="d") != {}


def test_a_change_of_the_customer_moves_the_count() -> None:
    records = [
        opportunity("a", customer_id="x"),
        opportunity("b", version=1, customer_id="y"),
        opportunity("b", version=2, customer_id="x"),
    ]

    assert distinct(cells(records, "n"), "2026-03-01", "2026-03-31", "a") == 1


@pytest.mark.parametrize("seed", range(5))
def test_pair_cells_give_the_number_of_distinct_customers_of_every_range(seed: int) -> None:
    rng = Random(seed)
    drawn = [
        (f"2026-03-{rng.randrange(1, 10):02d}", rng.choice(("x", "y", "z")), rng.choice(("open", "won", "lost")), rng.choice(("s", "t")))
        for _ in range(12)
    ]
    records = [
        opportunity(f"op-{number}", created_at=f"{day}T00:00:00Z", customer_id=customer, status=status, owner_id=owner)
        for number, (day, customer, status, owner) in enumerate(drawn)
    ]

    found, by_owner = cells(records, "n"), cells(records, "w")
    for first, last in combinations_with_replacement([f"2026-03-{day:02d}" for day in range(10)], 2):
        for status in ("open", "won", "lost"):
            expected = {customer for day, customer, its_status, _ in drawn if first <= day <= last and its_status == status}
            assert distinct(found, first, last, status[0]) == len(expected)
        for owner in ("s", "t"):
            expected = {customer for day, customer, _, its_owner in drawn if first <= day <= last and its_owner == owner}
            assert distinct(by_owner, first, last, "owner", owner) == len(expected)
