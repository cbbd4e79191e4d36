"""Numbers of the tasks, by the day they were created."""

from __future__ import annotations

from dataclasses import dataclass

from schemas.keys import View
from schemas.kpis.sources import always, by_hour
from schemas.measures import Additive, Text, Unit, count, kpi, minus, percent


@dataclass(frozen=True)
class Tasks(Additive):
    """By assignee. A task is in one state: completed (in time or late), cancelled, overdue, else in progress."""

    tasks_created: int | None = count(
        Text("Tasks created", "Công việc đã tạo"), "F37",
        Text("Tasks of the campaign created in the period, by assignee.", "Công việc của chiến dịch tạo trong kỳ, theo người thực hiện."),
        always(View.TASKS, "n"), always(View.TASKS, "n"), hours=by_hour("t"),
    )  # fmt: skip
    tasks_completed: int | None = count(
        Text("Tasks completed", "Công việc hoàn thành"), "F38",
        Text("Of these, the completed ones, in time or late.", "Trong đó đã hoàn thành, đúng hạn hoặc trễ."),
        always(View.TASKS, "n", state=("c", "l")), always(View.TASKS, "n", state=("c", "l")),
    )  # fmt: skip
    tasks_completed_late: int | None = count(
        Text("Tasks completed late", "Hoàn thành trễ hạn"), "D10",
        Text("Of these, the ones completed after they were due.", "Trong đó hoàn thành sau hạn."),
        always(View.TASKS, "n", state="l"), always(View.TASKS, "n", state="l"),
    )  # fmt: skip
    tasks_cancelled: int | None = count(
        Text("Tasks cancelled", "Công việc đã hủy"), "F38",
        Text("Of these, the cancelled ones.", "Trong đó đã hủy."),
        always(View.TASKS, "n", state="x"), always(View.TASKS, "n", state="x"),
    )  # fmt: skip
    tasks_in_progress: int | None = count(
        Text("Tasks in progress", "Công việc đang làm"), "F38",
        Text("Of these, the ones still to be done, started or not.", "Trong đó còn phải làm, đã bắt đầu hay chưa."),
        always(View.TASKS, "n", state="p"), always(View.TASKS, "n", state="p"),
    )  # fmt: skip
    tasks_overdue: int | None = count(
        Text("Tasks overdue", "Công việc quá hạn"), "F38",
        Text("Of these, the ones still to be done though they were due.", "Trong đó còn phải làm dù đã đến hạn."),
        always(View.TASKS, "n", state="d"), always(View.TASKS, "n", state="d"),
    )  # fmt: skip

    @kpi(Text("Tasks in time", "Công việc đúng hạn"), Unit.PERCENT, "B17", "Công việc hoàn thành đúng hạn trên tổng số hoàn thành.")
    def tasks_on_time_pct(self) -> float | None:
        """Tasks completed in time of all that are completed."""
        return percent(minus(self.tasks_completed, self.tasks_completed_late), self.tasks_completed)
