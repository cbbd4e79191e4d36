"""Distinct customers, exact for any range of days: how many, in charge of whom, and whether somebody speaks with them."""

from __future__ import annotations

from dataclasses import dataclass

from schemas.kpis.sources import distinct, distinct_of
from schemas.measures import Additive, Text, Unit, count, kpi, minus


@dataclass(frozen=True)
class Customers(Additive):
    """By the day their opportunities were created, or closed."""

    customers: int | None = count(
        Text("Customers", "Khách hàng"), "F18",
        Text("Distinct customers of the opportunities.", "Số khách hàng khác nhau của các cơ hội."),
        distinct("a"), distinct_of("owner"),
    )  # fmt: skip
    customers_open: int | None = count(
        Text("Customers in progress", "Khách hàng đang tiến hành"), "F18",
        Text("Distinct customers with an opportunity in progress.", "Số khách hàng khác nhau có cơ hội đang tiến hành."),
        distinct("o"),
    )  # fmt: skip
    customers_won: int | None = count(
        Text("Customers won", "Khách hàng thành công"), "F36",
        Text("Distinct customers with a won opportunity.", "Số khách hàng khác nhau có cơ hội thành công."),
        distinct("w", "kw"), distinct_of("cw"),
    )  # fmt: skip
    customers_lost: int | None = count(
        Text("Customers lost", "Khách hàng thất bại"), "F36",
        Text("Distinct customers with a lost opportunity.", "Số khách hàng khác nhau có cơ hội thất bại."),
        distinct("l", "kl"), distinct_of("cl"),
    )  # fmt: skip
    customers_in_charge: int | None = count(
        Text("Customers in charge", "Khách hàng phụ trách"), "F33",
        Text("Distinct customers whose opportunities have an owner; a person's are those that this person owns.", "Số khách hàng khác nhau có cơ hội đã có người phụ trách; của một nhân viên: do người đó phụ trách."),
        distinct("g"), distinct_of("owner"),
    )  # fmt: skip
    customers_interacted: int | None = count(
        Text("Customers interacted", "Khách hàng đã tương tác"), "F34",
        Text("Of those in charge, the ones whom somebody spoke with in the period, after their opportunity was created.", "Trong số khách hàng phụ trách, đã có tương tác trong kỳ, sau khi cơ hội được tạo."),
        distinct("x"), distinct_of("x"),
    )  # fmt: skip

    @kpi(
        Text("Customers not interacted", "Khách hàng chưa tương tác"),
        Unit.COUNT,
        "F35",
        "Khách hàng phụ trách trừ khách hàng đã tương tác.",
    )
    def customers_not_interacted(self) -> int | None:
        """Customers in charge less those interacted."""
        return minus(self.customers_in_charge, self.customers_interacted)
