"""Each kind holds exactly the fields of the event contract, and each field what the contract allows."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import BaseModel

from schemas.events import KINDS, STAGES, Event, Rejected
from schemas.events.campaigns import Action, Attribution, Reentry, Segment, Step
from schemas.events.examples import EXAMPLES
from schemas.events.orders import Refund
from tests.unit.schemas.building import ABSENT, NOW, an_event, an_event_read, read

FIELDS = {
    "campaign": "version code? name status manager_id? participant_ids steps created_at updated_at? start_at? end_at? timezone? currency? segment? "
    "message_text? audience_total? promo_codes attribution? trigger? actions? parent_id? budget_minor? crm_url? chat_url? registration_wait_s? reentry? "
    "deleted?",
    "spend": "version campaign_id amount_minor currency kind? spent_at deleted?",
    "opportunity": "version campaign_id customer_id customer_name? industry? owner_id? step_id? status? probability? lost_reason? created_at won_at? "
    "lost_at? amount_minor? currency? expected_close_on? approach_method? competitor? source? is_test? deleted?",
    "interaction": "version campaign_id? opportunity_id? customer_id actor_id? kind direction? outcome? deleted?",
    "order": "version code? customer_id opportunity_id? campaign_id? promo_codes? status payment_status? gross_minor tax_minor? shipping_minor? currency "
    "purchased_at cancelled_at? refunds? items_count? is_test? deleted?",
    "task": "version campaign_id? opportunity_id? customer_id? assignee_id? title? status created_at due_at? completed_at? deleted?",
    "message": "campaign_id recipient_id? channel action_id? variant? entry_id? machine_open? failure_code? suppressed_reason? cost_minor? cost_currency? "
    "billable_units?",
    "tenant": "version timezone? currency? counted_order_statuses? revenue_includes? revenue_basis? interaction_definition? credit? participant_sees? "
    "week_start? fiscal_year_start_month? attribution_windows? guide_url? crm_url_template? retention_days?",
    "staff": "version name email? active? deleted?",
    "target": "version measure campaign_id? staff_id? from to value deleted?",
    "rate": "version base quote day rate",
}
PARTS: dict[type[BaseModel], str] = {
    Step: "id name position",
    Segment: "id name",
    Attribution: "mode days? from? to?",
    Action: "id name channel parent_id? condition?",
    Reentry: "limit per_days",
    Refund: "id amount_minor refunded_at",
}

NOTHING: tuple[Any, ...] = (ABSENT, None)
OPTIONAL = [(kind, name[:-1]) for kind, names in FIELDS.items() for name in names.split() if name.endswith("?")]
REQUIRED = [(kind, name) for kind, names in FIELDS.items() for name in names.split() if not name.endswith("?")]


def spelled(model: type[BaseModel]) -> str:
    return " ".join((field.alias or name) + ("" if field.is_required() else "?") for name, field in model.model_fields.items())


def attribute(name: str) -> str:
    return "from_" if name == "from" else name


def test_each_kind_has_the_fields_of_the_contract() -> None:
    assert {kind: spelled(model) for kind, model in KINDS.items()} == FIELDS


def test_each_part_of_a_kind_has_the_fields_of_the_contract() -> None:
    assert {model: spelled(model) for model in PARTS} == PARTS


@pytest.mark.parametrize("kind", KINDS)
def test_the_example_of_each_kind_is_an_event_of_it(kind: str) -> None:
    example = EXAMPLES[kind]

    event = an_event_read(kind)

    assert (event.kind, event.verb) == tuple(example["type"].split("."))
    assert (event.tenant, event.subject) == ("acme", example["subject"])


@pytest.mark.parametrize(("kind", "name"), OPTIONAL)
def test_an_optional_field_may_be_absent_or_null(kind: str, name: str) -> None:
    absent = an_event_read(kind, {name: ABSENT}).data
    null = an_event_read(kind, {name: None}).data

    nothing: list[Any] | None = [] if name in ("promo_codes", "refunds", "actions") else None
    assert getattr(absent, attribute(name)) == getattr(null, attribute(name)) == nothing


@pytest.mark.parametrize(("kind", "name"), REQUIRED)
def test_a_required_field_may_be_neither_absent_nor_null(kind: str, name: str) -> None:
    for nothing in NOTHING:
        rejected = read(an_event(kind, {name: nothing}), kind)

        assert isinstance(rejected, Rejected)
        assert rejected.reason == "schema_invalid"
        assert rejected.detail.startswith(f"data.{name}: ")


@pytest.mark.parametrize("name", ["specversion", "id", "source", "type", "subject", "time", "data"])
def test_a_required_attribute_may_be_neither_absent_nor_null(name: str) -> None:
    for nothing in NOTHING:
        rejected = read(an_event("order", **{name: nothing}), "order")

        assert isinstance(rejected, Rejected)
        assert (rejected.reason, rejected.detail.partition(":")[0]) == ("schema_invalid", name)


@pytest.mark.parametrize("tenant", [ABSENT, None])
def test_an_absent_tenant_is_the_default_one(tenant: Any) -> None:
    assert an_event_read("message", tenantid=tenant).tenant == "default"


@pytest.mark.parametrize("kind", KINDS)
def test_unknown_attributes_and_fields_are_kept_out_of_the_way(kind: str) -> None:
    odd = {"x": [{"y": None, "z": 1.5e3}], "Ü": "€"}

    assert an_event_read(kind, {"extra": odd}, traceparent="00-1", odd=odd) == an_event_read(kind)


@pytest.mark.parametrize(
    "identity", ["(none)", "~pending", "null", "a/b", "a:b|c=d{e}", " ", '"', "\\", "đơn-1", "\u00a0", "\u200d", "x" * 128, "😀" * 128]
)
def test_no_id_is_reserved(identity: str) -> None:
    event = an_event_read("order", {"customer_id": identity}, subject=identity, tenantid=identity, id=identity)

    assert (event.subject, event.tenant, event.data.customer_id) == (identity, identity, identity)


@pytest.mark.parametrize("identity", ["", "x" * 129, "a\nb", "a\n", "\x00", "\x1f", "\x7f", "\x80", "\x9f", 7, True, ["a"]])
@pytest.mark.parametrize("kind", ["order", "campaign"])
def test_an_id_has_1_to_128_characters_and_none_is_a_control_character(kind: str, identity: object) -> None:
    inside = {"customer_id": identity} if kind == "order" else {"participant_ids": ["u", identity]}
    for event in (an_event(kind, subject=identity), an_event(kind, tenantid=identity), an_event(kind, inside)):
        rejected = read(event, kind)

        assert isinstance(rejected, Rejected)
        assert rejected.reason == "schema_invalid"


@pytest.mark.parametrize("amount", [0, -1, 10**13, -(10**13)])
def test_an_amount_may_have_13_digits_and_either_sign(amount: int) -> None:
    assert an_event_read("order", {"gross_minor": amount}).data.gross_minor == amount


@pytest.mark.parametrize("currency", ["VND", "USD", "KWD", "XAF", "BGN"])
def test_a_currency_is_one_of_iso_4217(currency: str) -> None:
    assert an_event_read("order", {"currency": currency}).data.currency == currency


@pytest.mark.parametrize(
    ("kind", "name", "good", "bad"),
    [
        ("campaign", "status", ["active", "not_active", "suspended"], ["Active", "", 1]),
        ("campaign", "timezone", ["UTC", "Asia/Ho_Chi_Minh", "America/Argentina/Ushuaia"], ["Mars/Base", "+07:00", "asia/saigon", ""]),
        (
            "campaign",
            "steps",
            [[], [{"id": "s", "name": "", "position": -3}], [{"id": "s", "name": "", "position": 1795600000000}]],
            [[{"id": "s"}], {}, [None]],
        ),
        (
            "campaign",
            "attribution",
            [{"mode": "days", "days": 0}, {"mode": "days", "days": 99_999}],
            [{"mode": "days", "days": -1}, {"days": 1}],
        ),
        ("campaign", "name", ["", "x" * 65_536], ["x" * 65_537, 5]),
        ("campaign", "message_text", ["ữ" * 65_536], ["x" * 65_537]),
        ("campaign", "audience_total", [0, 2**53 - 1], [-1, 1.0, "5", True]),
        ("campaign", "reentry", [{"limit": 1, "per_days": 365}], [{"limit": 1}, {"limit": -1, "per_days": 1}]),
        (
            "campaign",
            "attribution",
            [
                {"mode": "none"},
                {"mode": "days"},
                {"mode": "days", "days": 0},
                {"mode": "date_range"},
                {"mode": "date_range", "from": "2026-11-01"},
                {"mode": "date_range", "from": "2026-11-02", "to": "2026-11-01"},
            ],
            [{"mode": "ever"}, {"mode": "days", "days": -1}, {"mode": "date_range", "to": "2026-11-31"}],
        ),
        ("opportunity", "status", ["open", "won", "lost"], ["closed", ""]),
        ("opportunity", "probability", [0, 100], [-1, 101, 50.0, "50"]),
        ("opportunity", "expected_close_on", ["2026-02-28", "2024-02-29"], ["2026-02-29", "20260228", "2026-W09-6", "2026-2-28", ""]),
        ("order", "version", [0, 2**63 - 1], [-1, 2**63, 10**30, 1.0, "1"]),
        ("order", "status", ["paid", "Anything at all"], ["", 3]),
        ("order", "items_count", [0], [-1]),
        ("order", "promo_codes", [[], ["TET 26", "tết"]], [[""], "TET26", [None], [7]]),
        ("order", "is_test", [True, False], [1, "true"]),
        ("task", "status", ["open", "in_progress", "completed", "cancelled"], ["overdue", "done"]),
        ("message", "channel", ["sms", "whatsapp", "email", "push"], ["fax", "SMS", ""]),
        ("message", "machine_open", [True, False], ["yes"]),
        ("tenant", "fiscal_year_start_month", [1, 12], [0, 13]),
        ("tenant", "revenue_includes", [[], ["tax", "shipping"]], [["bonus"], "tax"]),
        ("tenant", "counted_order_statuses", [[], ["paid"]], [[""], "paid"]),
        ("tenant", "attribution_windows", [{}, {"email.opened": 0}], [{"email.opened": -1}, {"": 1}, []]),
        ("tenant", "retention_days", [{"message": 1}], [{"message": 0}]),
        ("target", "value", [0, -5, 12.5, 10**13], [10**13 + 1, "5", True, 1e300]),
        ("target", "to", ["2026-11-01"], ["2026-10-31"]),
        (
            "rate",
            "rate",
            ["26355.5", "0.000000000000001", "1", "0.00003794422406085731678013956286"],
            ["0", "0.00", "-1", "1e5", ".5", "1.", 5, "1" * 16],
        ),
    ],
)
def test_a_field_holds_what_the_contract_allows_and_nothing_else(kind: str, name: str, good: list[Any], bad: list[Any]) -> None:
    for value in good:
        an_event_read(kind, {name: value})
    for value in bad:
        rejected = read(an_event(kind, {name: value}), kind)

        assert isinstance(rejected, Rejected), value
        assert rejected.reason == "schema_invalid"


@pytest.mark.parametrize(
    ("kind", "name", "longest"),
    [
        ("opportunity", "lost_reason", 1024),
        ("order", "code", 1024),
        ("message", "variant", 1024),
        ("staff", "email", 1024),
        # Nothing is counted by these, so that nothing speaks against a rule or an address of some length.
        ("opportunity", "customer_name", 65_536),
        ("task", "title", 65_536),
        ("campaign", "trigger", 65_536),
        ("campaign", "crm_url", 65_536),
    ],
)
def test_an_empty_optional_text_is_an_absent_one(kind: str, name: str, longest: int) -> None:
    assert getattr(an_event_read(kind, {name: ""}).data, name) is None
    assert getattr(an_event_read(kind, {name: "x" * longest}).data, name) == "x" * longest
    assert isinstance(read(an_event(kind, {name: "x" * (longest + 1)}), kind), Rejected)


def test_instants_are_milliseconds_wherever_they_stand() -> None:
    at, ms = "1970-01-01T07:00:01.2345+07:00", 1_234
    refund = {"id": "r", "amount_minor": 1, "refunded_at": at}

    order = an_event_read("order", {"purchased_at": at, "cancelled_at": at, "refunds": [refund]}, time=at)
    campaign = an_event_read("campaign", {"created_at": at, "updated_at": at, "start_at": at, "end_at": at})

    assert [order.time, order.data.purchased_at, order.data.cancelled_at, order.data.refunds[0].refunded_at] == [ms] * 4
    assert [campaign.data.created_at, campaign.data.updated_at, campaign.data.start_at, campaign.data.end_at] == [ms] * 4


def test_what_lies_in_parts_is_reached_by_name() -> None:
    campaign = an_event_read("campaign").data
    order = an_event_read("order").data
    target = an_event_read("target").data

    assert [(step.id, step.position) for step in campaign.steps] == [("s-new", 1), ("s-quote", 2), ("s-won", 3)]
    assert (campaign.segment.name, campaign.attribution.mode, campaign.attribution.days) == ("VIP customers", "days", 10)
    assert (campaign.actions[1].parent_id, campaign.actions[1].condition) == ("a-mail", "not opened")
    assert [(refund.id, refund.amount_minor) for refund in order.refunds] == [("r-1", 2_000_000)]
    assert (target.from_, target.to) == ("2026-11-01", "2026-12-31")


def test_the_verb_of_an_image_is_a_comment() -> None:
    assert an_event_read("order", type="order.so it goes.v2").verb == "so it goes.v2"


@pytest.mark.parametrize("stage", STAGES)
def test_the_verb_of_a_message_is_its_stage(stage: str) -> None:
    assert an_event_read("message", type=f"message.{stage}").verb == stage


def test_kinds_share_a_topic() -> None:
    interaction = read(an_event("interaction"), "opportunity")

    assert isinstance(interaction, Event)
    assert interaction.kind == "interaction"


def test_an_event_may_be_24_hours_ahead_of_the_broker_and_no_more() -> None:
    at = "2026-11-25T00:00:00Z"
    ms = 1_795_564_800_000

    for kind in ("message", "campaign"):
        event = an_event(kind, time=at)
        assert isinstance(read(event, kind, ms - 86_400_000), Event)
        rejected = read(event, kind, ms - 86_400_001)
        assert isinstance(rejected, Rejected)
        assert rejected.reason == "event_time_future"


def test_without_a_timestamp_of_the_broker_nothing_is_in_the_future() -> None:
    assert isinstance(read(an_event("message", time="2999-01-01T00:00:00Z"), "message", -1), Event)


def test_spaces_order_and_escapes_do_not_change_an_event() -> None:
    event = an_event("opportunity", {"customer_name": 'Công ty "An/Phát" 😀'})
    turned = {name: event[name] for name in reversed(event)}
    forms = [json.dumps(event), json.dumps(turned, indent=2), json.dumps(event).replace("/", "\\/")]

    read_forms = [read(form.encode(), "opportunity", NOW) for form in forms]

    assert all(isinstance(form, Event) for form in read_forms)
    assert read_forms[0] == read_forms[1] == read_forms[2]
