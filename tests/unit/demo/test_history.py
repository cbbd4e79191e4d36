from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from deploy.demo import crm, story
from deploy.demo.envelope import Record
from schemas.events import Event
from tests.unit.demo.reading import Told, by_contract, images

DAY = timedelta(days=1)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def test_every_record_is_an_event_by_the_contract(records: Sequence[Record], until: datetime) -> None:
    assert [event for event in by_contract(records, until) if not isinstance(event, Event)] == []


def test_the_same_moment_gives_the_same_history_byte_for_byte(until: datetime) -> None:
    assert list(crm.begin(until, 0.01).history(until)) == list(crm.begin(until, 0.01).history(until))


def test_it_covers_the_last_90_days_and_nothing_beyond(history: Sequence[Told], until: datetime) -> None:
    times = [event.time for event in history]

    assert until - 91 * DAY < min(times) < until - 89 * DAY
    assert until - DAY < max(times) <= until


def test_versions_grow_and_what_comes_again_is_the_same_event(history: Sequence[Told]) -> None:
    versions: dict[tuple[str, str], list[int]] = defaultdict(list)
    seen: dict[tuple[str, str], Told] = {}
    for event in history:
        if (event.source, event.id) in seen:
            assert seen[event.source, event.id] == event
        elif event.kind != "message":
            versions[event.kind, event.subject].append(event.data["version"])
        seen[event.source, event.id] = event

    assert len(seen) < len(history), "there are duplicates"
    assert all(grown == sorted(set(grown)) for grown in versions.values())


def test_steps_are_those_of_the_campaign_and_owners_those_of_the_staff(history: Sequence[Told]) -> None:
    steps = {id_: [step["id"] for step in campaign["steps"]] for id_, campaign in images(history, "campaign").items()}
    staff = {person.id for person in story.STAFF}
    deals = [event.data for event in history if event.kind == "opportunity"]

    assert all(deal["step_id"] in steps[deal["campaign_id"]] for deal in deals)
    assert all(deal["owner_id"] in staff for deal in deals if "owner_id" in deal)
    assert all(deal["step_id"] == steps[deal["campaign_id"]][-1] for deal in deals if deal["status"] == "won")


def test_what_is_closed_says_when_and_after_it_began(history: Sequence[Told]) -> None:
    for deal in images(history, "opportunity").values():
        closed_at = {"open": None, "won": deal.get("won_at"), "lost": deal.get("lost_at")}[deal["status"]]

        assert (closed_at is None) == (deal["status"] == "open")
        assert closed_at is None or at(deal["created_at"]) <= at(closed_at)


def test_everybody_named_in_settings_takes_part_and_the_newcomer_comes_last(history: Sequence[Told]) -> None:
    main = images(history, "campaign")[story.MAIN]

    assert set(images(history, "staff")) == {person.id for person in story.STAFF}
    assert set(main["participant_ids"]) == {person.id for person in story.STAFF} - {story.MANAGER, story.LEAVER}
    assert (history[-1].kind, history[-1].subject) == ("staff", story.NEWCOMER)


def test_an_order_names_an_opportunity_that_there_is_or_that_comes_soon_after(history: Sequence[Told]) -> None:
    first_seen: dict[str, int] = {}
    for place, event in enumerate(history):
        if event.kind == "opportunity":
            first_seen.setdefault(event.subject, place)
    early = 0
    for place, event in enumerate(history):
        if event.kind == "order" and event.verb == "created" and "opportunity_id" in event.data:
            early += first_seen.get(event.data["opportunity_id"], place + 1) > place

    assert 0 < early < 0.2 * sum(event.kind == "order" and event.verb == "created" for event in history)


def test_messages_go_through_their_stages_in_order(history: Sequence[Told]) -> None:
    order = ["targeted", "sent", "delivered", "opened", "clicked", "replied", "unsubscribed"]
    stages: dict[str, dict[str, datetime]] = defaultdict(dict)
    for event in history:
        if event.kind == "message":
            stages[event.subject].setdefault(event.verb, event.time)

    for seen in stages.values():
        times = [seen[stage] for stage in order if stage in seen]
        assert times == sorted(times)
        assert not ({"failed", "bounced", "suppressed"} & set(seen) and "delivered" in seen)


@pytest.mark.parametrize("verb", ["targeted", "suppressed", "sent", "delivered", "opened", "clicked", "replied", "failed", "bounced"])
def test_the_stages_of_a_message_all_occur(history: Sequence[Told], verb: str) -> None:
    assert any(event.kind == "message" and event.verb == verb for event in history)


def test_money_and_outcomes_are_plausible(history: Sequence[Told]) -> None:
    deals = [deal for deal in images(history, "opportunity").values() if "deleted" not in deal]
    orders = images(history, "order").values()
    status = Counter(deal["status"] for deal in deals)
    gross = sum(order["gross_minor"] for order in orders)
    refunds = sum(refund["amount_minor"] for order in orders for refund in order.get("refunds", []))

    assert 0.15 < status["won"] / (status["won"] + status["lost"]) < 0.5
    assert 0.1 < status["open"] / len(deals) < 0.4
    assert 0.02 < sum("owner_id" not in deal for deal in deals) / len(deals) < 0.15
    assert 0.002 < refunds / gross < 0.08
    assert 0.03 < sum(order["status"] == "cancelled" for order in orders) / len(orders) < 0.15
    assert all(sum(refund["amount_minor"] for refund in order.get("refunds", [])) <= order["gross_minor"] for order in orders)


def test_all_eight_reasons_and_a_missing_one_occur(history: Sequence[Told]) -> None:
    lost = [deal for deal in images(history, "opportunity").values() if deal["status"] == "lost"]

    assert {deal.get("lost_reason") for deal in lost} == set(story.LOST_REASONS)
    assert {deal.get("industry") for deal in lost} == set(story.INDUSTRIES)


def test_orders_come_by_opportunity_by_campaign_and_by_code(history: Sequence[Told]) -> None:
    codes = {code for campaign in images(history, "campaign").values() for code in campaign["promo_codes"]}
    orders = images(history, "order").values()

    assert any("opportunity_id" in order for order in orders)
    assert any("campaign_id" in order for order in orders)
    assert {code for order in orders for code in order.get("promo_codes", [])} <= codes
    assert any("promo_codes" in order for order in orders)


def test_what_people_get_wrong_and_change_their_minds_about_occurs(history: Sequence[Told]) -> None:
    verbs = {(event.kind, event.verb) for event in history}

    assert {
        ("opportunity", "moved"),
        ("opportunity", "reopened"),
        ("opportunity", "reassigned"),
        ("opportunity", "deleted"),
        ("order", "refunded"),
        ("order", "cancelled"),
        ("order", "updated"),
        ("task", "cancelled"),
        ("spend", "corrected"),
        ("campaign", "updated"),
    } <= verbs


def test_some_events_come_hours_after_they_happened(history: Sequence[Told]) -> None:
    late = Counter(event.kind for before, event in pairwise(history) if before.time - event.time > timedelta(hours=1))

    assert {"interaction", "order"} <= set(late)


def test_offices_are_quiet_on_sundays_and_busy_on_mondays(history: Sequence[Told]) -> None:
    made = Counter(event.time.weekday() for event in history if event.kind == "opportunity" and event.verb == "created")

    assert made[6] * 4 < made[0]


def test_a_campaign_that_is_over_or_suspended_gets_no_new_opportunities(history: Sequence[Told]) -> None:
    campaigns = images(history, "campaign")
    quiet = {id_: at(campaign["updated_at"]) for id_, campaign in campaigns.items() if campaign["status"] != "active"}

    assert {campaigns[id_]["status"] for id_ in quiet} == {"not_active", "suspended"}
    for event in history:
        if (
            event.kind == "opportunity"
            and event.verb == "created"
            and event.data["campaign_id"] in quiet
            and event.data["source"] != "Cửa hàng"
        ):
            assert event.time <= quiet[event.data["campaign_id"]]
