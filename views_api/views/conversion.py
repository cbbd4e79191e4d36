"""What is an amount worth in another currency? By the tenant's rates, day by day (docs/definitions.md, Conversion). Pure."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from fractions import Fraction

from schemas.events.currencies import CURRENCIES
from views_api.stored.readings import Pair


class Rates:
    """A tenant's rates of some pairs."""

    def __init__(self, known: Mapping[Pair, Mapping[str, str]]) -> None:
        """`known`: pair -> ISO day -> decimal number as text."""
        self._known = known
        self._days = {pair: sorted(found) for pair, found in known.items()}

    def on(self, day: str, base: str, quote: str) -> tuple[Fraction, str] | None:
        """The rate of a day, else of the newest day before it, with the day that it is of; where there is none, the other way round."""
        found = self._newest(day, (base, quote))
        if found:
            return found
        inverse = self._newest(day, (quote, base))
        return (1 / inverse[0], inverse[1]) if inverse else None

    def _newest(self, day: str, pair: Pair) -> tuple[Fraction, str] | None:
        days = self._days.get(pair, [])
        place = bisect_right(days, day)
        return (Fraction(self._known[pair][days[place - 1]]), days[place - 1]) if place else None


def converted(amount: int, base: str, quote: str, rate: Fraction) -> int:
    """An amount in minor units of one currency in those of another; exact, and rounded once, half to even."""
    return round(amount * rate * Fraction(10) ** (CURRENCIES[quote] - CURRENCIES[base]))


def pairs(base: Iterable[str], quote: str) -> list[Pair]:
    """The rates that may be needed to convert from these currencies."""
    return [pair for code in sorted(base) for pair in ((code, quote), (quote, code))]


class Exchange:
    """Adds up the amounts of one answer in one currency, and remembers what it could not convert and the oldest rate that it used."""

    def __init__(self, currency: str | None, rates: Rates) -> None:
        """Without a currency nothing is converted, and amounts in any are in no total."""
        self.currency, self._rates = currency, rates
        self.unconverted = False
        self.rate_day: str | None = None

    def own(self, amounts: Mapping[str, int]) -> int | None:
        """What of some amounts by currency is in the answer's own; the empty currency is that one. None: there are several, and none was chosen."""
        if self.currency is None and any(amount for code, amount in amounts.items() if code):
            self.unconverted = True
            return None
        return amounts.get("", 0) + (amounts.get(self.currency, 0) if self.currency else 0)

    def total(self, amounts: Mapping[str, int], days: Iterable[tuple[str, Mapping[str, int]]]) -> int | None:
        """Amounts by currency as one; `days`: what of them is in others, by day, where there are rates."""
        own, by_day = self.own(amounts), list(days)
        if own is None:
            return None
        if by_day:
            return own + sum(self.foreign(day, found) for day, found in by_day)
        for code, amount in amounts.items():  # of each row of a list, and nearly always of one currency
            if amount and code not in ("", self.currency):
                self.unconverted = True
        return own

    def foreign(self, day: str, amounts: Mapping[str, int]) -> int:
        """What a day's amounts in other currencies are worth; those without a rate are left out."""
        total = 0
        for code, amount in amounts.items():
            if not amount or code in ("", self.currency) or self.currency is None:
                continue
            rate = self._rates.on(day, code, self.currency)
            if rate is None:
                self.unconverted = True
                continue
            total += converted(amount, code, self.currency, rate[0])
            self.rate_day = min(self.rate_day or rate[1], rate[1])
        return total
