"""What happened to opportunities, on the day it happened: reopened, moved, reassigned, claimed, and how long they stayed on a step."""

from __future__ import annotations

from dataclasses import dataclass

from schemas.durations import Histogram
from schemas.keys import View
from schemas.kpis.sources import always
from schemas.measures import Additive, Text, Unit, count, kpi, lengths, seconds


@dataclass(frozen=True)
class Movements(Additive):
    """The same whether a period is about created or closed opportunities."""

    reopened: int | None = count(
        Text("Reopened", "Mở lại"), "F60",
        Text("Won or lost opportunities that were opened again.", "Cơ hội đã thành công hoặc thất bại được mở lại."),
        always(View.MOVEMENTS, "reopened"),
    )  # fmt: skip
    reassigned_in: int | None = count(
        Text("Taken over", "Nhận bàn giao"), "F60",
        Text("Opportunities that got another owner; a person's are those taken over from somebody else.", "Cơ hội đổi người phụ trách; của một nhân viên: nhận từ người khác."),
        always(View.MOVEMENTS, "in"), always(View.MOVEMENTS, "in"),
    )  # fmt: skip
    reassigned_out: int | None = count(
        Text("Handed over", "Bàn giao đi"), "F60",
        Text("Opportunities that lost their owner to somebody else or to nobody; a person's are those that he or she gave away.", "Cơ hội rời người phụ trách; của một nhân viên: giao cho người khác hoặc bỏ trống."),
        always(View.MOVEMENTS, "out"), always(View.MOVEMENTS, "out"),
    )  # fmt: skip
    moved_in: int | None = count(
        Text("Moved in", "Chuyển đến"), "F60",
        Text("Opportunities that came from another campaign.", "Cơ hội chuyển đến từ chiến dịch khác."),
        always(View.MOVEMENTS, "moved_in"),
    )  # fmt: skip
    moved_out: int | None = count(
        Text("Moved out", "Chuyển đi"), "F60",
        Text("Opportunities that went to another campaign.", "Cơ hội chuyển sang chiến dịch khác."),
        always(View.MOVEMENTS, "moved_out"),
    )  # fmt: skip
    late_claims: int | None = count(
        Text("Claimed late", "Đăng ký trễ"), "B12",
        Text("Opportunities that waited for their first owner longer than the campaign allows; a person's are those that this person took.", "Cơ hội chờ người phụ trách đầu tiên lâu hơn mức chiến dịch cho phép; của một nhân viên: do người đó nhận."),
        always(View.MOVEMENTS, "late_claim"), always(View.MOVEMENTS, "late_claim"),
    )  # fmt: skip
    times_to_claim: Histogram | None = lengths(  # noqa: RUF009  # what it declares is a tuple, which nothing can change
        Text("Times to claim", "Thời gian đăng ký"), "B12",
        Text("From creation to the first owner.", "Từ lúc tạo đến người phụ trách đầu tiên."),
        always(View.MOVEMENTS, "claim"), always(View.MOVEMENTS, "claim"),
    )  # fmt: skip
    times_in_step: Histogram | None = lengths(  # noqa: RUF009  # what it declares is a tuple, which nothing can change
        Text("Times in step", "Thời gian ở bước"), "B10",
        Text("From coming to a step to leaving it.", "Từ lúc vào một bước đến lúc rời bước đó."),
        always(View.MOVEMENTS, "step"),
    )  # fmt: skip

    @kpi(
        Text("Median time to claim", "Trung vị thời gian đăng ký"),
        Unit.SECONDS,
        "B12",
        "Một nửa số cơ hội có người phụ trách trong thời gian này kể từ lúc tạo.",
    )
    def time_to_claim_median(self) -> float | None:
        """Half of the opportunities had their first owner within this time after their creation."""
        return seconds(self.times_to_claim, 0.5)

    @kpi(
        Text("Time to claim, p90", "Thời gian đăng ký, p90"),
        Unit.SECONDS,
        "B12",
        "Chín phần mười số cơ hội có người phụ trách trong thời gian này kể từ lúc tạo.",
    )
    def time_to_claim_p90(self) -> float | None:
        """Nine in ten opportunities had their first owner within this time after their creation."""
        return seconds(self.times_to_claim, 0.9)

    @kpi(
        Text("Median time in a step", "Trung vị thời gian ở một bước"),
        Unit.SECONDS,
        "B10",
        "Một nửa số lần ở một bước, nay đã kết thúc, không dài hơn thời gian này.",
    )
    def time_in_step_median(self) -> float | None:
        """Half of the stays on one step, of those that ended, were not longer."""
        return seconds(self.times_in_step, 0.5)

    @kpi(
        Text("Time in a step, p90", "Thời gian ở một bước, p90"),
        Unit.SECONDS,
        "B10",
        "Chín phần mười số lần ở một bước, nay đã kết thúc, không dài hơn thời gian này.",
    )
    def time_in_step_p90(self) -> float | None:
        """Nine in ten stays on one step, of those that ended, were not longer."""
        return seconds(self.times_in_step, 0.9)
