"""Amounts in another currency, by the rates of the tenant."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from views_api.views.conversion import Exchange, Rates, converted, pairs

RATES = Rates({("EUR", "USD"): {"2026-11-02": "1.1", "2026-11-05": "1.2"}, ("USD", "VND"): {"2026-11-03": "25000"}})


def test_the_rate_of_a_day_is_that_of_the_day_else_of_the_newest_before() -> None:
    assert RATES.on("2026-11-05", "EUR", "USD") == (Fraction("1.2"), "2026-11-05")
    assert RATES.on("2026-11-04", "EUR", "USD") == (Fraction("1.1"), "2026-11-02")
    assert RATES.on("2026-12-31", "EUR", "USD") == (Fraction("1.2"), "2026-11-05")


def test_a_rate_of_a_later_day_is_none() -> None:
    assert RATES.on("2026-11-01", "EUR", "USD") is None


def test_without_a_rate_the_one_the_other_way_round_serves() -> None:
    assert RATES.on("2026-11-04", "VND", "USD") == (Fraction(1, 25000), "2026-11-03")


def test_an_earlier_rate_goes_before_one_the_other_way_round() -> None:
    rates = Rates({("EUR", "USD"): {"2026-01-01": "2"}, ("USD", "EUR"): {"2026-11-04": "0.9"}})

    assert rates.on("2026-11-04", "EUR", "USD") == (Fraction(2), "2026-01-01")


@pytest.mark.parametrize(
    ("amount", "base", "quote", "rate", "expected"),
    [
        (1999, "EUR", "USD", "1.1", 2199),  # 19.99 EUR are 21.989 USD
        (100, "USD", "VND", "25000", 25000),  # 1.00 USD
        (25000, "VND", "USD", "0.00004", 100),
        (1000, "KWD", "JPY", "500", 500),  # 1.000 KWD
        (5, "EUR", "USD", "0.1", 0),  # half a cent: to the even side
        (15, "EUR", "USD", "0.1", 2),
        (-15, "EUR", "USD", "0.1", -2),
        (10**13, "EUR", "USD", "1.000000000000001", 10000000000000),
    ],
)
def test_an_amount_is_converted_exactly_and_rounded_once_half_to_even(amount: int, base: str, quote: str, rate: str, expected: int) -> None:
    assert converted(amount, base, quote, Fraction(rate)) == expected


def test_each_day_and_currency_is_rounded_by_itself() -> None:
    exchange = Exchange("USD", RATES)

    total = sum(exchange.foreign(day, {"EUR": 4, "USD": 1000, "": 1000}) for day in ("2026-11-02", "2026-11-03", "2026-11-05"))

    assert total == 4 + 4 + 5
    assert (exchange.unconverted, exchange.rate_day) == (False, "2026-11-02")


def test_what_has_no_rate_is_in_no_total_and_said() -> None:
    exchange = Exchange("USD", RATES)

    assert exchange.foreign("2026-11-05", {"EUR": 100, "GBP": 7}) == 120
    assert (exchange.unconverted, exchange.rate_day) == (True, "2026-11-05")


def test_nothing_needs_no_rate() -> None:
    exchange = Exchange("USD", Rates({}))

    assert exchange.foreign("2026-11-05", {"GBP": 0}) == 0
    assert (exchange.unconverted, exchange.rate_day) == (False, None)


def test_without_a_currency_there_is_no_total_as_soon_as_there_is_an_amount() -> None:
    exchange = Exchange(None, RATES)

    assert exchange.own({"": 5}) == 5
    assert not exchange.unconverted
    assert exchange.own({"EUR": 5, "USD": 7}) is None
    assert exchange.unconverted


def test_amounts_without_a_currency_are_in_the_answers_own() -> None:
    assert Exchange("USD", RATES).own({"": 5, "USD": 7, "EUR": 9}) == 12


def test_both_ways_round_may_be_needed() -> None:
    assert pairs({"EUR", "VND"}, "USD") == [("EUR", "USD"), ("USD", "EUR"), ("VND", "USD"), ("USD", "VND")]


@given(st.integers(-(10**13), 10**13), st.sampled_from(["EUR", "JPY", "KWD"]))
def test_one_to_one_nothing_is_lost_there_and_back(amount: int, code: str) -> None:
    assert converted(amount, code, code, Fraction(1)) == amount
