"""Numbers of the orders: by the day of purchase, and of refunds and cancellations also by the day that these were made."""

from __future__ import annotations

from dataclasses import dataclass

from schemas.cells import cells
from schemas.keys import View
from schemas.kpis.sources import CLOSED, CREATED, always, by_basis, by_hour
from schemas.measures import Additive, Text, Unit, count, kpi, minus, money, plus, rounded


@dataclass(frozen=True)
class Orders(Additive):
    """The same whether a period is about created or closed opportunities."""

    orders: int | None = count(
        Text("Orders", "Đơn hàng"), "F48",
        Text("Orders that count: in a counted status and not fully refunded.", "Đơn hàng được tính: đúng trạng thái và chưa hoàn tiền toàn bộ."),
        always(View.ORDERS, "n"), always(View.ORDERS_BY_OWNER, "n"), hours=by_hour("orders"),
    )  # fmt: skip
    orders_rest: int | None = count(
        Text("Other orders", "Đơn hàng khác"), "D6",
        Text("Orders that do not count.", "Đơn hàng không được tính."),
        always(View.ORDERS, "rest"), published=False,
    )  # fmt: skip
    orders_cancelled: int | None = count(
        Text("Cancelled orders", "Đơn hàng đã hủy"), "D6",
        Text("Orders that were cancelled, by their day of purchase.", "Đơn hàng đã hủy, theo ngày mua."),
        always(View.ORDERS, "cancelled"),
    )  # fmt: skip
    cancelled_value: int | None = money(
        Text("Cancelled value", "Giá trị đã hủy"), "D6",
        Text("Gross amounts of the cancelled orders.", "Tổng giá trị các đơn hàng đã hủy."),
        always(View.ORDERS, "cancelled_value"),
    )  # fmt: skip
    revenue_gross: int | None = money(
        Text("Gross revenue", "Doanh số gộp"), "D5",
        Text("Amounts of the orders in a counted status, before refunds.", "Tổng giá trị đơn hàng được tính, trước hoàn tiền."),
        always(View.ORDERS, "gross"), always(View.ORDERS_BY_OWNER, "gross"), hours=by_hour("gross"),
    )  # fmt: skip
    refunds: int | None = money(
        Text("Refunds", "Hoàn tiền"), "D7",
        Text("Refunds of these orders, on the day of purchase.", "Tiền hoàn của các đơn hàng này, tính vào ngày mua."),
        always(View.ORDERS, "refunds"), always(View.ORDERS_BY_OWNER, "refunds"), hours=by_hour("refunds"),
    )  # fmt: skip
    pending_attribution: int | None = count(
        Text("Waiting for attribution", "Chờ ghi nhận"), "F60",
        Text("Orders whose opportunity has not arrived yet; counted nowhere else.", "Đơn hàng chờ cơ hội của mình; chưa được tính ở đâu khác."),
        always(View.ORDERS, "pending"),
    )  # fmt: skip
    refunds_booked: int | None = money(
        Text("Refunds by their own day", "Hoàn tiền theo ngày hoàn"), "D7",
        Text("Refunds made in the period, whenever the orders were purchased.", "Tiền hoàn trong kỳ, bất kể đơn hàng được mua khi nào."),
        always(View.ORDERS, "booked"),
    )  # fmt: skip
    cancellations: int | None = count(
        Text("Cancellations", "Lượt hủy đơn"), "D6",
        Text("Orders cancelled in the period, whenever they were purchased.", "Đơn hàng bị hủy trong kỳ, bất kể được mua khi nào."),
        always(View.ORDERS, "cancellations"),
    )  # fmt: skip
    cancellations_value: int | None = money(
        Text("Value of the cancellations", "Giá trị các lượt hủy"), "D6",
        Text("Gross amounts of the orders cancelled in the period.", "Tổng giá trị các đơn hàng bị hủy trong kỳ."),
        always(View.ORDERS, "cancellations_value"),
    )  # fmt: skip

    @kpi(Text("All orders", "Tất cả đơn hàng"), Unit.COUNT, "D6", "Đơn hàng ở mọi trạng thái.")
    def orders_all(self) -> int | None:
        """Orders in any status."""
        return plus(self.orders, self.orders_rest)

    @kpi(Text("Revenue", "Doanh số"), Unit.MONEY, "D5", "Doanh số gộp trừ hoàn tiền.")
    def revenue_net(self) -> int | None:
        """Gross revenue less refunds."""
        return revenue(self)

    @kpi(Text("Average order value", "Giá trị đơn trung bình"), Unit.MONEY, "D12", "Doanh số chia cho số đơn hàng được tính.")
    def aov(self) -> int | None:
        """Revenue per counted order; rounded once, half to even."""
        return rounded(revenue(self), self.orders)


def revenue(of: Orders) -> int | None:
    """Gross less refunds."""
    return minus(of.revenue_gross, of.refunds)


@dataclass(frozen=True)
class WonAmounts(Orders):
    """For a tenant whose revenue is the amount of won opportunities (D5): never added to that of orders, which keep their own numbers."""

    revenue_gross: int | None = money(
        Text("Revenue of won opportunities", "Doanh số cơ hội thành công"), "D5",
        Text("Amounts of the opportunities that are won; a person's are those won while they were the owner.", "Tổng giá trị các cơ hội thành công; của một nhân viên: do người đó phụ trách lúc thành công."),
        by_basis("won", CREATED, CLOSED), {CREATED: cells(View.STAFF, "won"), CLOSED: cells(View.STAFF_CLOSED, "won")},
    )  # fmt: skip
    refunds: int | None = money(
        Text("Refunds", "Hoàn tiền"), "D7",
        Text("None: what was won is not refunded.", "Không có: giá trị thành công không bị hoàn."),
        always(View.ORDERS, "refunds", rule=()), always(View.ORDERS_BY_OWNER, "refunds", staff=()),
    )  # fmt: skip
    orders_gross: int | None = money(
        Text("Order amounts", "Giá trị đơn hàng"), "D12",
        Text("Amounts of the orders in a counted status.", "Tổng giá trị đơn hàng được tính."),
        always(View.ORDERS, "gross"), always(View.ORDERS_BY_OWNER, "gross"), hours=by_hour("gross"), published=False,
    )  # fmt: skip
    orders_refunds: int | None = money(
        Text("Refunds of orders", "Tiền hoàn của đơn hàng"), "D12",
        Text("Refunds of these orders.", "Tiền hoàn của các đơn hàng này."),
        always(View.ORDERS, "refunds"), always(View.ORDERS_BY_OWNER, "refunds"), hours=by_hour("refunds"), published=False,
    )  # fmt: skip

    @kpi(
        Text("Average order value", "Giá trị đơn trung bình"),
        Unit.MONEY,
        "D12",
        "Giá trị đơn hàng trừ hoàn tiền, chia cho số đơn hàng được tính.",
    )
    def aov(self) -> int | None:
        """Order amounts less refunds per counted order; rounded once, half to even."""
        return rounded(minus(self.orders_gross, self.orders_refunds), self.orders)
