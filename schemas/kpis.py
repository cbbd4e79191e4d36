"""Every number that is added up and every number that is worked out from them. To add one, edit this file and no other.

A measure says from which cells it is summed (`docs/cells.md`): for a campaign, and for one of its people. A basis that is not named does not know it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from schemas.keys import View
from schemas.measures import Additive, Basis, Cells, Sources, Text, Unit, cells, count, kpi, minus, money, percent, plus, ratio, rounded

DEFINITION_VERSION: Final = 1
"""On every answer. Grows when a number that is already published starts to mean something else."""

CREATED, CLOSED, AS_OF = Basis
NEVER_AS_OF: Final = (CREATED, CLOSED)


def _opportunities(name: str, *bases: Basis, **where: str) -> Sources:
    views = {CREATED: View.OPPORTUNITIES, CLOSED: View.CLOSED, AS_OF: View.FLOWS}
    return {basis: cells(views[basis], name, where) for basis in bases or Basis}


def _of_owner(*, stated: str | None = None, **where: str) -> Sources:
    views = {CREATED: View.STAFF, CLOSED: View.STAFF_CLOSED, AS_OF: View.FLOWS}
    return {basis: cells(view, "n", where, stated=stated) for basis, view in views.items()}


def _registered(letter: str, as_of: Cells) -> Sources:
    return {**_opportunities("n", CREATED, CLOSED, registered=letter), AS_OF: as_of}


def _of_credited(status: str) -> Sources:
    views = {CREATED: View.STAFF, CLOSED: View.STAFF_CLOSED}
    return {basis: cells(view, "n", {"status": status}, correction="c") for basis, view in views.items()}


def _customers(created: str | None = None, closed: str | None = None) -> Sources:
    names = {CREATED: created, CLOSED: closed}
    return {basis: cells(View.CUSTOMERS, name) for basis, name in names.items() if name}


def _customers_of(name: str) -> Sources:
    return {CREATED: cells(View.CUSTOMERS_BY_OWNER, name)}


def _always(view: str, name: str, **where: tuple[str, ...]) -> Sources:
    """What has a day of its own: the basis of the opportunities does not matter, but the state as of a day does not know it."""
    return dict.fromkeys(NEVER_AS_OF, cells(view, name, where))


def _tasks(*states: str) -> Sources:
    return _always(View.TASKS, "n", state=states) if states else _always(View.TASKS, "n")


def _messages(stage: str) -> Sources:
    return _always(View.MESSAGES, stage)


@dataclass(frozen=True, slots=True)
class Totals(Additive):
    """What a campaign, or one of its people, did in a period."""

    # Opportunities

    opportunities: int | None = count(
        Text("Opportunities", "Cơ hội"), "F13",
        Text("Opportunities of the period.", "Số cơ hội trong kỳ."),
        _opportunities("n"), _of_owner(),
    )  # fmt: skip
    registered: int | None = count(
        Text("Registered", "Đã đăng ký"), "F21",
        Text("Opportunities that have an owner.", "Cơ hội đã có người phụ trách."),
        _registered("r", cells(View.FLOWS, "n", stated="staff")), _of_owner(stated="staff"),
    )  # fmt: skip
    unregistered: int | None = count(
        Text("Unregistered", "Chưa đăng ký"), "F21",
        Text("Opportunities that nobody owns yet.", "Cơ hội chưa có người phụ trách."),
        _registered("u", cells(View.FLOWS, "n", {"staff": ""})), _of_owner(staff=""),
    )  # fmt: skip
    open: int | None = count(
        Text("In progress", "Đang tiến hành"), "F17",
        Text("Opportunities that are neither won nor lost.", "Cơ hội chưa thành công cũng chưa thất bại."),
        _opportunities("n", CREATED, AS_OF, status="o"), {CREATED: cells(View.STAFF, "n", {"status": "o"})},
    )  # fmt: skip
    won: int | None = count(
        Text("Won", "Thành công"), "F17",
        Text("Opportunities that are won; a person's are those won while they were the owner.", "Cơ hội thành công; của một nhân viên: do người đó phụ trách lúc thành công."),
        _opportunities("n", status="w"), _of_credited("w"),
    )  # fmt: skip
    lost: int | None = count(
        Text("Lost", "Thất bại"), "F17",
        Text("Opportunities that are lost; a person's are those lost while they were the owner.", "Cơ hội thất bại; của một nhân viên: do người đó phụ trách lúc thất bại."),
        _opportunities("n", status="l"), _of_credited("l"),
    )  # fmt: skip

    # Customers: distinct ones, exact for any range of days

    customers: int | None = count(
        Text("Customers", "Khách hàng"), "F18",
        Text("Distinct customers of the opportunities.", "Số khách hàng khác nhau của các cơ hội."),
        _customers("a"), _customers_of("owner"),
    )  # fmt: skip
    customers_open: int | None = count(
        Text("Customers in progress", "Khách hàng đang tiến hành"), "F18",
        Text("Distinct customers with an opportunity in progress.", "Số khách hàng khác nhau có cơ hội đang tiến hành."),
        _customers("o"),
    )  # fmt: skip
    customers_won: int | None = count(
        Text("Customers won", "Khách hàng thành công"), "F36",
        Text("Distinct customers with a won opportunity.", "Số khách hàng khác nhau có cơ hội thành công."),
        _customers("w", "kw"), _customers_of("cw"),
    )  # fmt: skip
    customers_lost: int | None = count(
        Text("Customers lost", "Khách hàng thất bại"), "F36",
        Text("Distinct customers with a lost opportunity.", "Số khách hàng khác nhau có cơ hội thất bại."),
        _customers("l", "kl"), _customers_of("cl"),
    )  # fmt: skip
    customers_in_charge: int | None = count(
        Text("Customers in charge", "Khách hàng phụ trách"), "F33",
        Text("Distinct customers whose opportunities a person owns.", "Số khách hàng khác nhau có cơ hội do nhân viên phụ trách."),
        {}, _customers_of("owner"),
    )  # fmt: skip

    # Value and probability

    value_open: int | None = money(
        Text("Open value", "Giá trị đang mở"), "B8",
        Text("Amounts of the opportunities in progress.", "Tổng giá trị các cơ hội đang tiến hành."),
        _opportunities("open", CREATED, AS_OF),
    )  # fmt: skip
    value_won: int | None = money(
        Text("Won value", "Giá trị thành công"), "B8",
        Text("Amounts of the opportunities that are won.", "Tổng giá trị các cơ hội thành công."),
        _opportunities("won"),
    )  # fmt: skip
    amount_times_probability: int | None = money(
        Text("Amount × probability", "Giá trị × xác suất"), "B8",
        Text("Amount times probability of the open ones, in hundredths.", "Giá trị nhân xác suất của cơ hội đang mở, theo phần trăm."),
        {CREATED: cells(View.OPPORTUNITIES, "open", stated="probability", times="probability")}, published=False,
    )  # fmt: skip
    assessed: int | None = count(
        Text("Assessed", "Đã đánh giá"), "F20",
        Text("Open opportunities with a probability.", "Cơ hội đang mở có xác suất."),
        _opportunities("p", CREATED), published=False,
    )  # fmt: skip
    probability_sum: int | None = count(
        Text("Σ probability", "Σ xác suất"), "F20",
        Text("Probabilities of the open opportunities, added up.", "Tổng xác suất của các cơ hội đang mở."),
        {CREATED: cells(View.OPPORTUNITIES, "p", times="probability")}, published=False,
    )  # fmt: skip

    # Orders, by the day of purchase

    orders: int | None = count(
        Text("Orders", "Đơn hàng"), "F48",
        Text("Orders that count: in a counted status and not fully refunded.", "Đơn hàng được tính: đúng trạng thái và chưa hoàn tiền toàn bộ."),
        _always(View.ORDERS, "n"), _always(View.ORDERS_BY_OWNER, "n"),
    )  # fmt: skip
    orders_rest: int | None = count(
        Text("Other orders", "Đơn hàng khác"), "D6",
        Text("Orders that do not count.", "Đơn hàng không được tính."),
        _always(View.ORDERS, "rest"), published=False,
    )  # fmt: skip
    orders_cancelled: int | None = count(
        Text("Cancelled orders", "Đơn hàng đã hủy"), "D6",
        Text("Orders that were cancelled, by their day of purchase.", "Đơn hàng đã hủy, theo ngày mua."),
        _always(View.ORDERS, "cancelled"),
    )  # fmt: skip
    cancelled_value: int | None = money(
        Text("Cancelled value", "Giá trị đã hủy"), "D6",
        Text("Gross amounts of the cancelled orders.", "Tổng giá trị các đơn hàng đã hủy."),
        _always(View.ORDERS, "cancelled_value"),
    )  # fmt: skip
    revenue_gross: int | None = money(
        Text("Gross revenue", "Doanh số gộp"), "D5",
        Text("Amounts of the orders in a counted status, before refunds.", "Tổng giá trị đơn hàng được tính, trước hoàn tiền."),
        _always(View.ORDERS, "gross"), _always(View.ORDERS_BY_OWNER, "gross"),
    )  # fmt: skip
    refunds: int | None = money(
        Text("Refunds", "Hoàn tiền"), "D7",
        Text("Refunds of these orders, on the day of purchase.", "Tiền hoàn của các đơn hàng này, tính vào ngày mua."),
        _always(View.ORDERS, "refunds"), _always(View.ORDERS_BY_OWNER, "refunds"),
    )  # fmt: skip
    pending_attribution: int | None = count(
        Text("Waiting for attribution", "Chờ ghi nhận"), "F60",
        Text("Orders whose opportunity has not arrived yet; counted nowhere else.", "Đơn hàng chờ cơ hội của mình; chưa được tính ở đâu khác."),
        _always(View.ORDERS, "pending"),
    )  # fmt: skip

    # Tasks, by the day they were created

    tasks_created: int | None = count(
        Text("Tasks created", "Công việc đã tạo"), "F37",
        Text("Tasks of the campaign created in the period, by assignee.", "Công việc của chiến dịch tạo trong kỳ, theo người thực hiện."),
        _tasks(), _tasks(),
    )  # fmt: skip
    tasks_completed: int | None = count(
        Text("Tasks completed", "Công việc hoàn thành"), "F38",
        Text("Of these, the completed ones, in time or late.", "Trong đó đã hoàn thành, đúng hạn hoặc trễ."),
        _tasks("c", "l"), _tasks("c", "l"),
    )  # fmt: skip
    tasks_completed_late: int | None = count(
        Text("Tasks completed late", "Hoàn thành trễ hạn"), "D10",
        Text("Of these, the ones completed after they were due.", "Trong đó hoàn thành sau hạn."),
        _tasks("l"), _tasks("l"),
    )  # fmt: skip
    tasks_cancelled: int | None = count(
        Text("Tasks cancelled", "Công việc đã hủy"), "F38",
        Text("Of these, the cancelled ones.", "Trong đó đã hủy."),
        _tasks("x"), _tasks("x"),
    )  # fmt: skip
    tasks_in_progress: int | None = count(
        Text("Tasks in progress", "Công việc đang làm"), "F38",
        Text("Of these, the ones still to be done, started or not.", "Trong đó còn phải làm, đã bắt đầu hay chưa."),
        _tasks("p"), _tasks("p"),
    )  # fmt: skip

    # Messages, each stage by the day it was first seen

    messages_total: int | None = count(
        Text("Messages", "Tin nhắn"), "F59", Text("Messages targeted.", "Tin nhắn dự định gửi."), _messages("targeted"),
    )  # fmt: skip
    messages_sent: int | None = count(
        Text("Messages sent", "Tin đã gửi"), "F59", Text("Messages accepted for sending.", "Tin nhắn đã được nhận để gửi."), _messages("sent"),
    )  # fmt: skip
    messages_delivered: int | None = count(
        Text("Messages delivered", "Tin đã nhận"), "F59", Text("Messages that reached their recipient.", "Tin nhắn đã đến người nhận."), _messages("delivered"),
    )  # fmt: skip
    messages_opened: int | None = count(
        Text("Messages opened", "Tin đã mở"), "F59", Text("Messages opened by a person.", "Tin nhắn do người nhận mở."), _messages("opened"),
    )  # fmt: skip
    messages_machine_opened: int | None = count(
        Text("Messages opened by machines", "Tin do máy mở"), "F59",
        Text("Messages opened by a mail proxy, not by a person.", "Tin nhắn do máy chủ thư mở, không phải người."), _messages("machine_opened"),
    )  # fmt: skip
    messages_clicked: int | None = count(
        Text("Messages clicked", "Tin có nhấp"), "F59", Text("Messages with a click.", "Tin nhắn có lượt nhấp."), _messages("clicked"),
    )  # fmt: skip
    messages_replied: int | None = count(
        Text("Messages replied", "Tin được trả lời"), "F59", Text("Messages with a reply.", "Tin nhắn được trả lời."), _messages("replied"),
    )  # fmt: skip
    messages_failed: int | None = count(
        Text("Messages failed", "Tin thất bại"), "F59",
        Text("Messages that failed or bounced and were never delivered.", "Tin nhắn lỗi hoặc bị trả lại và không bao giờ đến nơi."), _messages("failed"),
    )  # fmt: skip
    messages_suppressed: int | None = count(
        Text("Messages suppressed", "Tin bị chặn"), "F59", Text("Messages held back before sending.", "Tin nhắn bị giữ lại trước khi gửi."), _messages("suppressed"),
    )  # fmt: skip
    messages_unsubscribed: int | None = count(
        Text("Unsubscribed", "Hủy đăng ký nhận"), "F59", Text("Messages that led to an unsubscription.", "Tin nhắn dẫn đến hủy nhận tin."), _messages("unsubscribed"),
    )  # fmt: skip
    messages_complained: int | None = count(
        Text("Complaints", "Khiếu nại"), "F59", Text("Messages reported as spam.", "Tin nhắn bị báo cáo là thư rác."), _messages("complained"),
    )  # fmt: skip

    # Worked out when read. None: nothing to divide by yet, or not known on this basis; neither is zero.

    @kpi(Text("Win rate", "Tỷ lệ thành công"), Unit.PERCENT, "F13", "Cơ hội thành công trên tổng số đã kết thúc.")
    def win_rate(self) -> float | None:
        """Won opportunities of those that are won or lost."""
        return percent(self.won, plus(self.won, self.lost))

    @kpi(Text("Share won", "Phần thành công"), Unit.PERCENT, "F17", "Cơ hội thành công trên tổng số cơ hội.")
    def won_share(self) -> float | None:
        """Won opportunities of all."""
        return percent(self.won, self.opportunities)

    @kpi(Text("Share lost", "Phần thất bại"), Unit.PERCENT, "F17", "Cơ hội thất bại trên tổng số cơ hội.")
    def lost_share(self) -> float | None:
        """Lost opportunities of all."""
        return percent(self.lost, self.opportunities)

    @kpi(Text("Share in progress", "Phần đang tiến hành"), Unit.PERCENT, "F17", "Cơ hội đang tiến hành trên tổng số cơ hội.")
    def open_share(self) -> float | None:
        """Opportunities in progress of all."""
        return percent(self.open, self.opportunities)

    @kpi(Text("Expected wins", "Số thành công dự kiến"), Unit.NUMBER, "D14", "Tổng xác suất của các cơ hội đang mở, chia 100.")
    def expected_wins(self) -> float | None:
        """Probabilities of the open opportunities that have one, added up, over 100."""
        return ratio(self.probability_sum, 100)

    @kpi(
        Text("Predicted success", "Tỷ lệ thành công dự đoán"),
        Unit.PERCENT,
        "F20",
        "Xác suất trung bình của các cơ hội đang mở có đánh giá.",
    )
    def predicted_success_pct(self) -> float | None:
        """Mean probability of the open opportunities that have one."""
        return ratio(self.probability_sum, self.assessed)

    @kpi(Text("Weighted value", "Giá trị theo xác suất"), Unit.MONEY, "B8", "Giá trị nhân xác suất của các cơ hội đang mở có đánh giá.")
    def value_weighted(self) -> int | None:
        """Amount times probability of the open opportunities that have one; rounded once, half to even."""
        return rounded(self.amount_times_probability, 100)

    @kpi(Text("All orders", "Tất cả đơn hàng"), Unit.COUNT, "D6", "Đơn hàng ở mọi trạng thái.")
    def orders_all(self) -> int | None:
        """Orders in any status."""
        return plus(self.orders, self.orders_rest)

    @kpi(Text("Revenue", "Doanh số"), Unit.MONEY, "D5", "Doanh số gộp trừ hoàn tiền.")
    def revenue_net(self) -> int | None:
        """Gross revenue less refunds."""
        return minus(self.revenue_gross, self.refunds)

    @kpi(Text("Average order value", "Giá trị đơn trung bình"), Unit.MONEY, "D12", "Doanh số chia cho số đơn hàng được tính.")
    def aov(self) -> int | None:
        """Revenue per counted order; rounded once, half to even."""
        return rounded(minus(self.revenue_gross, self.refunds), self.orders)
