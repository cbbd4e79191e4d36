"""What a campaign costs, and what it brings for that."""

from __future__ import annotations

from dataclasses import dataclass

from schemas.cells import NOWHERE
from schemas.keys import View
from schemas.kpis.messages import Messages
from schemas.kpis.opportunities import Opportunities
from schemas.kpis.orders import Orders, revenue
from schemas.kpis.sources import always
from schemas.measures import Text, Unit, kpi, minus, money, percent, plus, ratio, rounded


@dataclass(frozen=True)
class Economics(Messages, Orders, Opportunities):
    """Costs by the day that carries them, set against the rest of the period. Over nothing they are unknown, never infinite."""

    message_spend: int | None = money(
        Text("Spent on messages", "Chi phí tin nhắn"), "F53",
        Text("Costs of the messages.", "Chi phí của các tin nhắn."),
        always(View.SPEND, "message"),
    )  # fmt: skip
    other_spend: int | None = money(
        Text("Other spending", "Chi phí khác"), "F53",
        Text("Spending of the campaign beside its messages.", "Chi phí của chiến dịch ngoài tin nhắn."),
        always(View.SPEND, "event"),
    )  # fmt: skip
    budget: int | None = money(
        Text("Budget", "Ngân sách"), "B14",
        Text("What the campaign may spend, whatever the period.", "Mức chiến dịch được chi, bất kể kỳ."),
        NOWHERE, of_row="budget_minor",
    )  # fmt: skip

    @kpi(Text("Total spent", "Tổng chi phí"), Unit.MONEY, "F53", "Chi phí tin nhắn cộng chi phí khác.")
    def spend(self) -> int | None:
        """Costs of the messages and other spending."""
        return _spent(self)

    @kpi(Text("ROI (revenue ÷ spend)", "ROI (doanh số ÷ chi phí)"), Unit.NUMBER, "D11", "Doanh số chia cho chi phí.")
    def roi(self) -> float | None:
        """Revenue over spending."""
        return ratio(revenue(self), _spent(self))

    @kpi(Text("Net ROI", "ROI ròng"), Unit.PERCENT, "D11", "Doanh số trừ chi phí, chia cho chi phí.")
    def net_roi_pct(self) -> float | None:
        """Revenue less spending, over spending."""
        return percent(minus(revenue(self), _spent(self)), _spent(self))

    @kpi(Text("Cost per delivered message", "Chi phí mỗi tin đến nơi"), Unit.MONEY, "B14", "Chi phí chia cho số tin đã nhận.")
    def cost_per_delivered(self) -> int | None:
        """Spending per message delivered; rounded once, as all that follow."""
        return rounded(_spent(self), self.messages_delivered)

    @kpi(Text("Cost per opportunity", "Chi phí mỗi cơ hội"), Unit.MONEY, "B14", "Chi phí chia cho số cơ hội.")
    def cost_per_opportunity(self) -> int | None:
        """Spending per opportunity."""
        return rounded(_spent(self), self.opportunities)

    @kpi(Text("Cost per win", "Chi phí mỗi thành công"), Unit.MONEY, "B14", "Chi phí chia cho số cơ hội thành công.")
    def cost_per_won(self) -> int | None:
        """Spending per won opportunity."""
        return rounded(_spent(self), self.won)

    @kpi(Text("Cost per order", "Chi phí mỗi đơn hàng"), Unit.MONEY, "B14", "Chi phí chia cho số đơn hàng được tính.")
    def cost_per_order(self) -> int | None:
        """Spending per counted order."""
        return rounded(_spent(self), self.orders)

    @kpi(Text("Revenue per recipient", "Doanh số mỗi người nhận"), Unit.MONEY, "B14", "Doanh số chia cho số người đã nhận tin.")
    def revenue_per_recipient(self) -> int | None:
        """Revenue per person whom a message reached."""
        return rounded(revenue(self), self.recipients_delivered)

    @kpi(Text("Budget used", "Ngân sách đã dùng"), Unit.PERCENT, "B14", "Chi phí trong kỳ trên ngân sách của chiến dịch.")
    def budget_used_pct(self) -> float | None:
        """Spending of the period of the campaign's budget."""
        return percent(_spent(self), self.budget)


def _spent(of: Economics) -> int | None:
    return plus(of.message_spend, of.other_spend)
