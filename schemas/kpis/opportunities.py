"""Numbers of the opportunities themselves: how many, in which state, what they are worth, how likely they are."""

from __future__ import annotations

from dataclasses import dataclass

from schemas.cells import cells
from schemas.durations import DAY
from schemas.keys import View
from schemas.kpis.sources import AS_OF, CLOSED, CREATED, by_basis, of_credited, of_owner, owned
from schemas.measures import Additive, Text, Unit, count, kpi, money, percent, plus, ratio, rounded


@dataclass(frozen=True)
class Opportunities(Additive):
    """By the day they were created, or closed, or as of a day."""

    opportunities: int | None = count(
        Text("Opportunities", "Cơ hội"), "F13",
        Text("Opportunities of the period.", "Số cơ hội trong kỳ."),
        by_basis("n"), of_owner(), hours={CREATED: cells(View.HOURS, "n")},
    )  # fmt: skip
    registered: int | None = count(
        Text("Registered", "Đã đăng ký"), "F21",
        Text("Opportunities that have an owner.", "Cơ hội đã có người phụ trách."),
        owned("r", cells(View.FLOWS, "n", stated="staff")), of_owner(stated="staff"),
    )  # fmt: skip
    unregistered: int | None = count(
        Text("Unregistered", "Chưa đăng ký"), "F21",
        Text("Opportunities that nobody owns yet.", "Cơ hội chưa có người phụ trách."),
        owned("u", cells(View.FLOWS, "n", {"staff": ""})), of_owner(staff=""),
    )  # fmt: skip
    open: int | None = count(
        Text("In progress", "Đang tiến hành"), "F17",
        Text("Opportunities that are neither won nor lost.", "Cơ hội chưa thành công cũng chưa thất bại."),
        by_basis("n", CREATED, AS_OF, status="o"), of_owner(CREATED, AS_OF, status="o"),
    )  # fmt: skip
    won: int | None = count(
        Text("Won", "Thành công"), "F17",
        Text("Opportunities that are won; a person's are those won while they were the owner.", "Cơ hội thành công; của một nhân viên: do người đó phụ trách lúc thành công."),
        by_basis("n", status="w"), of_credited("w"),
    )  # fmt: skip
    lost: int | None = count(
        Text("Lost", "Thất bại"), "F17",
        Text("Opportunities that are lost; a person's are those lost while they were the owner.", "Cơ hội thất bại; của một nhân viên: do người đó phụ trách lúc thất bại."),
        by_basis("n", status="l"), of_credited("l"),
    )  # fmt: skip
    results: int | None = count(
        Text("Results", "Kết quả"), "F17",
        Text("Open, won and lost ones; a person's are those in progress with this person, and those that this person won and lost.", "Cơ hội đang tiến hành, thành công và thất bại."),
        by_basis("n", CREATED, CLOSED), of_credited(), published=False,
    )  # fmt: skip
    value_open: int | None = money(
        Text("Open value", "Giá trị đang mở"), "B8",
        Text("Amounts of the opportunities in progress.", "Tổng giá trị các cơ hội đang tiến hành."),
        by_basis("open", CREATED, AS_OF),
    )  # fmt: skip
    value_won: int | None = money(
        Text("Won value", "Giá trị thành công"), "B8",
        Text("Amounts of the opportunities that are won.", "Tổng giá trị các cơ hội thành công."),
        by_basis("won"),
    )  # fmt: skip
    amount_times_probability: int | None = money(
        Text("Amount × probability", "Giá trị × xác suất"), "B8",
        Text("Amount times probability of the open ones, in hundredths.", "Giá trị nhân xác suất của cơ hội đang mở, theo phần trăm."),
        {CREATED: cells(View.OPPORTUNITIES, "open", stated="probability", times="probability")}, published=False,
    )  # fmt: skip
    assessed: int | None = count(
        Text("Assessed", "Đã đánh giá"), "F20",
        Text("Open opportunities with a probability.", "Cơ hội đang mở có xác suất."),
        by_basis("p", CREATED), published=False,
    )  # fmt: skip
    probability_sum: int | None = count(
        Text("Σ probability", "Σ xác suất"), "F20",
        Text("Probabilities of the open opportunities, added up.", "Tổng xác suất của các cơ hội đang mở."),
        {CREATED: cells(View.OPPORTUNITIES, "p", times="probability")}, published=False,
    )  # fmt: skip
    cycle: int | None = count(
        Text("Σ time to win", "Σ thời gian đến thành công"), "B10",
        Text("From creation to close of the won ones, added up, in ms.", "Tổng thời gian từ lúc tạo đến lúc thành công, tính bằng ms."),
        by_basis("cycle", CREATED), published=False,
    )  # fmt: skip

    # Worked out when read. None: nothing to divide by yet, or not known on this basis; neither is zero.

    @kpi(Text("Win rate", "Tỷ lệ thành công"), Unit.PERCENT, "F13", "Cơ hội thành công trên tổng số đã kết thúc.")
    def win_rate(self) -> float | None:
        """Won opportunities of those that are won or lost."""
        return percent(self.won, plus(self.won, self.lost))

    @kpi(Text("Share won", "Phần thành công"), Unit.PERCENT, "F17", "Cơ hội thành công trên tổng số cơ hội.")
    def won_share(self) -> float | None:
        """Won opportunities of all; a person's of those in progress with this person, and won or lost by this person."""
        return percent(self.won, self.results)

    @kpi(Text("Share lost", "Phần thất bại"), Unit.PERCENT, "F17", "Cơ hội thất bại trên tổng số cơ hội.")
    def lost_share(self) -> float | None:
        """Lost opportunities of all; a person's of those in progress with this person, and won or lost by this person."""
        return percent(self.lost, self.results)

    @kpi(Text("Share in progress", "Phần đang tiến hành"), Unit.PERCENT, "F17", "Cơ hội đang tiến hành trên tổng số cơ hội.")
    def open_share(self) -> float | None:
        """Opportunities in progress of all; a person's of those in progress with this person, and won or lost by this person."""
        return percent(self.open, self.results)

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

    @kpi(
        Text("Sales velocity", "Tốc độ bán hàng"),
        Unit.MONEY,
        "B10",
        "Số cơ hội đang mở × giá trị thành công trung bình × tỷ lệ thành công ÷ số ngày đến thành công.",
        (CREATED,),
    )
    def sales_velocity(self) -> int | None:
        """What the open opportunities will bring in a day: open × mean won value × win rate ÷ mean days from creation to win; rounded once."""
        closed = plus(self.won, self.lost)
        if self.open is None or self.value_won is None or self.won is None or closed is None or self.cycle is None or self.cycle < 0:
            return None
        return rounded(self.open * self.value_won * self.won * DAY, closed * self.cycle)
