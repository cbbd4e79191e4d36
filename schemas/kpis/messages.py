"""Numbers of the messages: how many came how far, to how many people, and at what rate."""

from __future__ import annotations

from dataclasses import dataclass

from schemas.keys import View
from schemas.kpis.sources import always, by_hour, people
from schemas.measures import Additive, Text, Unit, count, kpi, minus, percent


@dataclass(frozen=True)
class Messages(Additive):
    """Each stage by the day it was first seen. Two stages of one message may lie in two periods: so a rate may pass 100 in a short one."""

    messages_total: int | None = count(
        Text("Messages", "Tin nhắn"), "F59", Text("Messages targeted.", "Tin nhắn dự định gửi."), always(View.MESSAGES, "targeted"), hours=by_hour("targeted"),
    )  # fmt: skip
    messages_sent: int | None = count(
        Text("Messages sent", "Tin đã gửi"), "F59", Text("Messages accepted for sending.", "Tin nhắn đã được nhận để gửi."), always(View.MESSAGES, "sent"), hours=by_hour("sent"),
    )  # fmt: skip
    messages_delivered: int | None = count(
        Text("Messages delivered", "Tin đã nhận"), "F59", Text("Messages that reached their recipient.", "Tin nhắn đã đến người nhận."), always(View.MESSAGES, "delivered"), hours=by_hour("delivered"),
    )  # fmt: skip
    messages_opened: int | None = count(
        Text("Messages opened", "Tin đã mở"), "F59", Text("Messages opened by a person.", "Tin nhắn do người nhận mở."), always(View.MESSAGES, "opened"), hours=by_hour("opened"),
    )  # fmt: skip
    messages_machine_opened: int | None = count(
        Text("Messages opened by machines", "Tin do máy mở"), "F59",
        Text("Messages opened by a mail proxy, not by a person.", "Tin nhắn do máy chủ thư mở, không phải người."), always(View.MESSAGES, "machine_opened"), hours=by_hour("machine_opened"),
    )  # fmt: skip
    messages_clicked: int | None = count(
        Text("Messages clicked", "Tin có nhấp"), "F59", Text("Messages with a click.", "Tin nhắn có lượt nhấp."), always(View.MESSAGES, "clicked"), hours=by_hour("clicked"),
    )  # fmt: skip
    messages_replied: int | None = count(
        Text("Messages replied", "Tin được trả lời"), "F59", Text("Messages with a reply.", "Tin nhắn được trả lời."), always(View.MESSAGES, "replied"), hours=by_hour("replied"),
    )  # fmt: skip
    messages_failed: int | None = count(
        Text("Messages failed", "Tin thất bại"), "F59",
        Text("Messages that failed or bounced and were never delivered.", "Tin nhắn lỗi hoặc bị trả lại và không bao giờ đến nơi."), always(View.MESSAGES, "failed"), hours=by_hour("failed"),
    )  # fmt: skip
    messages_suppressed: int | None = count(
        Text("Messages suppressed", "Tin bị chặn"), "F59", Text("Messages held back before sending.", "Tin nhắn bị giữ lại trước khi gửi."), always(View.MESSAGES, "suppressed"), hours=by_hour("suppressed"),
    )  # fmt: skip
    messages_unsubscribed: int | None = count(
        Text("Unsubscribed", "Hủy đăng ký nhận"), "F59", Text("Messages that led to an unsubscription.", "Tin nhắn dẫn đến hủy nhận tin."), always(View.MESSAGES, "unsubscribed"), hours=by_hour("unsubscribed"),
    )  # fmt: skip
    messages_complained: int | None = count(
        Text("Complaints", "Khiếu nại"), "F59", Text("Messages reported as spam.", "Tin nhắn bị báo cáo là thư rác."), always(View.MESSAGES, "complained"), hours=by_hour("complained"),
    )  # fmt: skip

    # People, each counted once however many messages they got

    recipients_total: int | None = count(
        Text("Recipients", "Người nhận"), "F59",
        Text("Distinct people targeted; where none is known, over all days: the audience that the campaign states.", "Số người khác nhau dự định gửi; nếu không biết ai, tính mọi ngày: số khán giả mà chiến dịch nêu."),
        people("targeted"), of_row="audience_total",
    )  # fmt: skip
    recipients_sent: int | None = count(
        Text("Recipients sent to", "Người đã gửi"), "F59",
        Text("Distinct people with a message that was sent.", "Số người khác nhau có tin nhắn đã gửi."),
        people("sent"),
    )  # fmt: skip
    recipients_delivered: int | None = count(
        Text("Recipients reached", "Người đã nhận"), "F59",
        Text("Distinct people whom a message reached.", "Số người khác nhau đã nhận tin nhắn."),
        people("delivered"),
    )  # fmt: skip
    recipients_opened: int | None = count(
        Text("Recipients who opened", "Người đã mở"), "F59",
        Text("Distinct people who opened a message.", "Số người khác nhau đã mở tin nhắn."),
        people("opened"),
    )  # fmt: skip
    recipients_clicked: int | None = count(
        Text("Recipients who clicked", "Người đã nhấp"), "F59",
        Text("Distinct people who clicked in a message.", "Số người khác nhau đã nhấp trong tin nhắn."),
        people("clicked"),
    )  # fmt: skip
    recipients_replied: int | None = count(
        Text("Recipients who replied", "Người đã trả lời"), "F59",
        Text("Distinct people who replied to a message.", "Số người khác nhau đã trả lời tin nhắn."),
        people("replied"),
    )  # fmt: skip
    entries: int | None = count(
        Text("Entries", "Lượt vào"), "F74",
        Text("Times that somebody entered the campaign; a person may enter again.", "Số lượt vào chiến dịch; một người có thể vào lại."),
        people("targeted", "entries"),
    )  # fmt: skip

    # Worked out when read

    @kpi(Text("Sent rate", "Tỷ lệ gửi"), Unit.PERCENT, "B13", "Tin đã gửi trên tin dự định gửi.")
    def sent_pct(self) -> float | None:
        """Messages sent of those targeted."""
        return percent(self.messages_sent, self.messages_total)

    @kpi(Text("Delivery rate", "Tỷ lệ nhận"), Unit.PERCENT, "B13", "Tin đã nhận trên tin đã gửi.")
    def delivered_pct(self) -> float | None:
        """Messages delivered of those sent."""
        return percent(self.messages_delivered, self.messages_sent)

    @kpi(Text("Open rate", "Tỷ lệ mở"), Unit.PERCENT, "B13", "Tin do người nhận mở trên tin đã nhận.")
    def opened_pct(self) -> float | None:
        """Messages opened by a person of those delivered."""
        return percent(self.messages_opened, self.messages_delivered)

    @kpi(Text("Machine open rate", "Tỷ lệ máy mở"), Unit.PERCENT, "B13", "Tin do máy mở trên tin đã nhận.")
    def machine_opened_pct(self) -> float | None:
        """Messages opened by a machine of those delivered."""
        return percent(self.messages_machine_opened, self.messages_delivered)

    @kpi(Text("Click rate", "Tỷ lệ nhấp"), Unit.PERCENT, "B13", "Tin có nhấp trên tin đã nhận.")
    def clicked_pct(self) -> float | None:
        """Messages clicked of those delivered."""
        return percent(self.messages_clicked, self.messages_delivered)

    @kpi(Text("Reply rate", "Tỷ lệ trả lời"), Unit.PERCENT, "B13", "Tin được trả lời trên tin đã nhận.")
    def replied_pct(self) -> float | None:
        """Messages replied to of those delivered."""
        return percent(self.messages_replied, self.messages_delivered)

    @kpi(Text("Unsubscription rate", "Tỷ lệ hủy nhận"), Unit.PERCENT, "B13", "Tin dẫn đến hủy nhận trên tin đã nhận.")
    def unsubscribed_pct(self) -> float | None:
        """Messages that led to an unsubscription of those delivered."""
        return percent(self.messages_unsubscribed, self.messages_delivered)

    @kpi(Text("Complaint rate", "Tỷ lệ khiếu nại"), Unit.PERCENT, "B13", "Tin bị báo cáo là thư rác trên tin đã nhận.")
    def complained_pct(self) -> float | None:
        """Messages reported as spam of those delivered."""
        return percent(self.messages_complained, self.messages_delivered)

    @kpi(
        Text("Messages on their way", "Tin đang gửi"),
        Unit.COUNT,
        "F59",
        "Tin dự định gửi, chưa đến nơi, chưa thất bại và không bị chặn; chỉ trọn nghĩa khi tính mọi ngày.",
    )
    def messages_in_flight(self) -> int | None:
        """Messages targeted that are neither delivered nor failed nor suppressed; whole only over all days, since each stage has its own."""
        return minus(minus(minus(self.messages_total, self.messages_delivered), self.messages_failed), self.messages_suppressed)
