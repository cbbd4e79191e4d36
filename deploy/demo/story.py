"""Who and what there is: the staff, the customers, the four campaigns. Only facts; what happens to them is in the modules beside this one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from random import Random
from typing import Final, NamedTuple

ZONE: Final = "Asia/Ho_Chi_Minh"
CURRENCY: Final = "VND"
"""Has no minor unit: an amount of 1 is one dong."""
HISTORY_DAYS: Final = 90
MAIN: Final = "cuoi-nam"
MANAGER: Final = "ha.le"


class Person(NamedTuple):
    id: str
    name: str
    diligence: float
    """How many opportunities the person takes, and how well they go; 1 is usual."""


STAFF: Final = (
    Person("ha.le", "Lê Thu Hà", 0.3),
    Person("nhung.nguyen", "Nguyễn Thị Hồng Nhung", 1.55),
    Person("dat.tran", "Trần Quốc Đạt", 1.35),
    Person("uyen.le", "Lê Hoàng Phương Uyên", 1.3),
    Person("khoi.pham", "Phạm Minh Khôi", 1.1),
    Person("nguyen.ton", "Tôn Nữ Thảo Nguyên", 1.0),
    Person("son.dang", "Đặng Thái Sơn", 0.95),
    Person("tran.huynh", "Huỳnh Ngọc Bảo Trân", 0.85),
    Person("linh.phan", "Phan Khánh Linh", 0.8),
    Person("dung.vo", "Võ Hạnh Dung", 0.65),
    Person("tuan.bui", "Bùi Anh Tuấn", 0.5),
    Person("bao.do", "Đỗ Gia Bảo", 0.0),
)
NEWCOMER: Final = "bao.do"
"""Joins the main campaign at the end of the history: a row of zeros."""
LEAVER: Final = "tuan.bui"
"""Leaves the main campaign for another job; what was his stays his until a colleague takes it over."""


def person(wanted: str) -> Person:
    """Somebody of the staff by id."""
    return next(person for person in STAFF if person.id == wanted)


BEATEN: Final = "Có đối thủ cạnh tranh"
LOST_REASONS: Final = {
    "Giá quá cao": 26,
    BEATEN: 19,
    "Không hứng thú": 16,
    "Không phù hợp": 13,
    "Không tiếp cận được": 11,
    "Không chăm sóc khách hàng": 8,
    "Không đúng lịch hẹn": 5,
    "Không trả lời được khách hàng": 4,
    None: 3,
}
COMPETITORS: Final = ("Công ty Sao Bắc", "Công ty Lạc Việt Số", "Công ty Biển Đông")
INDUSTRIES: Final = {
    "Bán lẻ": 22,
    "Sản xuất": 17,
    "Xây dựng": 13,
    "Giáo dục": 11,
    "Nhà hàng, khách sạn": 10,
    "Y tế": 8,
    "Vận tải": 7,
    "Bất động sản": 6,
    None: 6,
}
SOURCES: Final = {"Facebook": 30, "Website": 25, "Zalo OA": 20, "Giới thiệu": 15, "Hội chợ": 10}
APPROACHES: Final = {"Gọi điện": 40, "Zalo": 25, "Gặp trực tiếp": 15, "Email": 12, None: 8}
TASKS: Final = ("Gọi lại cho khách", "Gửi báo giá", "Hẹn lịch demo", "Gửi hợp đồng mẫu", "Chăm sóc sau mua", "Xác nhận lịch hẹn")


class Action(NamedTuple):
    """One step of a campaign's chain of messages, sent to `size` customers on a day of the week (0 is Monday) at an hour."""

    id: str
    name: str
    channel: str
    weekday: int
    hour: int
    size: int
    parent_id: str | None = None
    condition: str | None = None


@dataclass(frozen=True)
class Plan:
    """A campaign, and how busy it is."""

    id: str
    code: str
    name: str
    steps: tuple[str, ...]
    promo_codes: tuple[str, ...]
    text: str
    segment: str
    deals_per_day: float
    orders_per_day: float
    typical_amount: int
    budget: int
    starts: int
    """Days from the beginning of the history."""
    ends: int
    suspended: int | None = None
    actions: tuple[Action, ...] = ()


_PLANS: Final = (
    Plan(
        MAIN,
        "CN{year}",
        "Chiến dịch cuối năm {year}",
        (
            "Tiếp nhận",
            "Liên hệ lần đầu",
            "Gọi tư vấn",
            "Khảo sát nhu cầu",
            "Demo sản phẩm",
            "Gửi báo giá",
            "Đàm phán",
            "Duyệt hợp đồng",
            "Ký hợp đồng",
        ),
        ("TET10", "CUOINAM", "GIAM500K"),
        "Ưu đãi cuối năm: giảm 10% cho hợp đồng ký trước Tết. Nhập mã TET10.",
        "Doanh nghiệp vừa và nhỏ",
        deals_per_day=41,
        orders_per_day=9,
        typical_amount=16_000_000,
        budget=900_000_000,
        starts=0,
        ends=127,
        actions=(
            Action("email-mo-dau", "Email giới thiệu ưu đãi", "email", 1, 9, 1500),
            Action("zalo-nhac", "Nhắc qua WhatsApp", "whatsapp", 3, 10, 620, "email-mo-dau", "opened"),
            Action("sms-nhac", "SMS khi chưa mở email", "sms", 4, 15, 760, "email-mo-dau", "not_opened"),
            Action("push-phut-chot", "Thông báo phút chót", "push", 5, 9, 240),
        ),
    ),
    Plan(
        "than-thiet",
        "KHTT",
        "Khách hàng thân thiết",
        ("Danh sách mời", "Đã liên hệ", "Đồng ý tham gia", "Nâng hạng", "Mua lại"),
        ("THANTHIET",),
        "Cảm ơn quý khách đã đồng hành. Mã THANTHIET giảm 5% đơn hàng tiếp theo.",
        "Khách hàng đã mua từ 2 lần",
        deals_per_day=9,
        orders_per_day=6,
        typical_amount=4_500_000,
        budget=120_000_000,
        starts=0,
        ends=365,
        actions=(Action("zalo-tri-an", "Tin tri ân", "whatsapp", 2, 10, 260),),
    ),
    Plan(
        "back-to-school",
        "BTS",
        "Back to school",
        ("Enquiry", "Call", "Offer", "Deal"),
        ("BTS2026",),
        "Mùa tựu trường: trọn bộ phần mềm lớp học, mã BTS2026.",
        "Giáo dục",
        deals_per_day=9,
        orders_per_day=4,
        typical_amount=7_000_000,
        budget=80_000_000,
        starts=2,
        ends=52,
        actions=(Action("email-truong", "Email gửi các trường", "email", 0, 8, 180),),
    ),
    Plan(
        "gioi-thieu",
        "GTBB",
        "Giới thiệu bạn bè",
        ("Được giới thiệu", "Liên hệ", "Tư vấn", "Mua hàng"),
        ("BANBE",),
        "Giới thiệu một người bạn, cả hai cùng được giảm giá. Mã BANBE.",
        "Khách hàng cá nhân",
        deals_per_day=4,
        orders_per_day=1.5,
        typical_amount=3_000_000,
        budget=40_000_000,
        starts=10,
        ends=200,
        suspended=68,
    ),
)


def plans(scale: float = 1.0) -> list[Plan]:
    """The four campaigns, busier or quieter than usual."""
    return [
        replace(
            plan,
            deals_per_day=plan.deals_per_day * scale,
            orders_per_day=plan.orders_per_day * scale,
            actions=tuple(action._replace(size=round(action.size * scale)) for action in plan.actions),
        )
        for plan in _PLANS
    ]


class Customer(NamedTuple):
    id: str
    name: str
    industry: str | None


_FAMILY: Final = ("Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Phan", "Vũ", "Đặng", "Bùi", "Đỗ", "Hồ", "Ngô", "Dương", "Lý")
_MIDDLE: Final = ("Thị", "Văn", "Minh", "Ngọc", "Thanh", "Quốc", "Thu", "Hữu", "Gia", "Khánh")
_GIVEN: Final = ("An", "Bình", "Châu", "Dũng", "Giang", "Hạnh", "Khoa", "Lan", "My", "Nam", "Oanh", "Phúc", "Quân", "Sơn", "Trang", "Vy")
_FIRM: Final = ("Công ty TNHH", "Công ty Cổ phần", "Cửa hàng", "Trung tâm")
_BRAND: Final = (
    "An Phát",
    "Minh Đức",
    "Hưng Thịnh",
    "Việt Tín",
    "Tân Long",
    "Đại Nam",
    "Kim Hoàng",
    "Gia Phú",
    "Thành Công",
    "Hoa Sen Việt",
)
_BRANCH: Final = ("Sài Gòn", "Hà Nội", "Đà Nẵng", "Cần Thơ", "Hải Phòng", "Bình Dương", "Huế", "Nha Trang")


def customers(count: int = 6000) -> tuple[Customer, ...]:
    """Firms and persons with made-up names, always the same ones."""
    chance = Random(84)
    industries, weights = tuple(INDUSTRIES), tuple(INDUSTRIES.values())
    found = []
    for number in range(count):
        if chance.random() < 0.6:
            name = f"{chance.choice(_FIRM)} {chance.choice(_BRAND)} {chance.choice(_BRANCH)}"
        else:
            name = f"{chance.choice(_FAMILY)} {chance.choice(_MIDDLE)} {chance.choice(_GIVEN)}"
        found.append(Customer(f"kh-{number:05d}", name, chance.choices(industries, weights)[0]))
    return tuple(found)
