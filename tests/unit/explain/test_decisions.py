"""What was decided about an entity is told in words, with what it was decided from."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.said import campaign, message, opportunity, order, settings, task, tombstone
from tests.unit.explain.conftest import Count, Explained

STEPS = campaign(steps=["s1", "s2"], currency="USD", timezone="Asia/Ho_Chi_Minh")


async def told(explained: Explained, measure: str, entity: str, campaign: str = "c") -> str:
    """All sentences about one entity."""
    found = await explained(measure, campaign, entity=entity)
    return "\n".join(sentence for one in found.asked_for for sentence in found.decisions[one])


ROUTES = {
    "order or counts for c by rule 1: it names opportunity op, which is there; credited to an at step s1": (
        "c",
        [opportunity(step_id="s1", owner_id="an"), order(opportunity_id="op")],
    ),
    "order or counts for c by rule 2: it names the campaign itself": ("c", [order(campaign_id="c")]),
    "order or counts for c by rule 2: opportunity op counts nowhere, and it names the campaign itself": (
        "c",
        [tombstone("opportunities", "op"), order(opportunity_id="op", campaign_id="c")],
    ),
    "order or counts for d by rule 3: of the claims on its promo codes (TET) that of d is the latest": (
        "d",
        [campaign("d", promo_codes=["TET"]), order(promo_codes=["TET"])],
    ),
    "order or waits for opportunity op, of which nothing has been heard": ("c", [order(opportunity_id="op", campaign_id="c")]),
    "order or counts nowhere: it was deleted for good": ("c", [order(campaign_id="c"), tombstone("orders", "or")]),
    "order or counts nowhere: its newest version is deleted": (
        "c",
        [order(campaign_id="c"), order(version=2, campaign_id="c", deleted=True)],
    ),
}


@pytest.mark.parametrize("sentence", ROUTES)
async def test_the_route_of_an_order_is_told_with_its_rule(sentence: str, count: Count, explained: Explained) -> None:
    where, records = ROUTES[sentence]
    await count(STEPS, *records)

    assert sentence in await told(explained, "orders_all", "or", where)


REFUND = {"id": "f", "refunded_at": "2026-03-09T00:00:00Z"}
AMOUNTS: dict[str, dict[str, Any]] = {
    "counted: its status is paid; gross 1000 USD, of which 300 were refunded": {"refunds": [{**REFUND, "amount_minor": 300}]},
    "no longer counted as an order: all of 1000 USD was refunded (1000); status paid": {"refunds": [{**REFUND, "amount_minor": 1000}]},
    "cancelled at 2026-03-08T00:00:00Z: counted as such, with its gross of 1000 USD, and nowhere else": {
        "status": "cancelled",
        "cancelled_at": "2026-03-08T00:00:00Z",
    },
    "not counted: status draft is none of those that the tenant counts": {"status": "draft"},
}


@pytest.mark.parametrize("sentence", AMOUNTS)
async def test_what_an_order_counts_as_is_told_with_its_status_and_its_refunds(sentence: str, count: Count, explained: Explained) -> None:
    await count(STEPS, order(campaign_id="c", **AMOUNTS[sentence]))

    assert sentence in await told(explained, "orders_all", "or")


async def test_the_day_of_an_order_is_told_with_the_zone_that_made_it(count: Count, explained: Explained) -> None:
    await count(STEPS, order(campaign_id="c", purchased_at="2026-03-05T20:00:00Z"))

    assert "on 2026-03-06: bought at 2026-03-05T20:00:00Z, days in Asia/Ho_Chi_Minh" in await told(explained, "orders", "or")


async def test_a_win_by_the_last_step_is_told_with_the_step_the_moment_and_the_owner_of_then(count: Count, explained: Explained) -> None:
    await count(
        STEPS,
        opportunity(version=1, at="2026-03-03T00:00:00Z", step_id="s1", owner_id="an"),
        opportunity(version=2, at="2026-03-10T12:00:00Z", step_id="s2", owner_id="an"),
        opportunity(version=3, at="2026-03-12T12:00:00Z", step_id="s2", owner_id="binh"),
    )

    sentences = await told(explained, "won", "op")

    assert "it is won because step s2 was the last step of c at 2026-03-10T12:00:00Z (version 2)" in sentences
    assert "won at 2026-03-10T12:00:00Z, which is 2026-03-10 in Asia/Ho_Chi_Minh, when it first was won in this run" in sentences
    assert "owned by binh now; credited to an, owner when it was won" in sentences


async def test_who_is_credited_as_the_owner_now_is_not_told_as_the_owner_of_then(count: Count, explained: Explained) -> None:
    await count(
        STEPS,
        settings(credit="current_owner"),
        opportunity(version=1, status="won", owner_id="an"),
        opportunity(version=2, at="2026-03-12T12:00:00Z", status="won", owner_id="binh"),
    )

    sentence = "owned by binh now, and credited so, as the tenant wants it; owner when it was won: an"
    assert sentence in await told(explained, "won", "op")


async def test_what_was_won_before_it_was_created_was_won_when_it_was_created(count: Count, explained: Explained) -> None:
    await count(STEPS, opportunity(at="2026-03-01T00:00:00Z", status="won"))

    sentence = (
        "won at 2026-03-02T00:00:00Z, which is 2026-03-02 in Asia/Ho_Chi_Minh, when it was created, though it was said to be won before"
    )
    assert sentence in await told(explained, "won", "op")


async def test_a_stated_status_and_a_stated_instant_are_told_as_such(count: Count, explained: Explained) -> None:
    await count(STEPS, opportunity(step_id="s1", status="lost", lost_at="2026-03-08T00:00:00Z"))

    sentences = await told(explained, "lost", "op")

    assert "it is lost because version 1 says so; lost at 2026-03-08T00:00:00Z, which is 2026-03-08" in sentences
    assert "as its lost_at says" in sentences


async def test_an_open_one_is_told_with_the_step_that_was_not_the_last(count: Count, explained: Explained) -> None:
    await count(STEPS, opportunity(version=1, step_id="s2", status="open"), opportunity(version=2, at="2026-03-04T00:00:00Z", step_id="s1"))

    sentences = await told(explained, "open", "op")

    assert "is in c at step s1, having come as far as s2" in sentences
    assert "it is open because step s1 was not the last step of c at 2026-03-04T00:00:00Z (version 2)" in sentences


async def test_one_that_has_left_the_campaign_says_so(count: Count, explained: Explained) -> None:
    await count(STEPS, opportunity(version=1), opportunity(version=2, campaign_id="d"))

    assert "opportunity op is not in c any more" in await told(explained, "opportunities", "op")


async def test_one_under_a_tombstone_says_so(count: Count, explained: Explained) -> None:
    await count(STEPS, opportunity(), tombstone("opportunities", "op"))

    assert await told(explained, "opportunities", "op") == "opportunity op counts nowhere: it was deleted for good"


async def test_a_customer_is_told_with_all_opportunities_there(count: Count, explained: Explained) -> None:
    await count(STEPS, opportunity(owner_id="an"), opportunity("op-2", created_at="2026-03-04T00:00:00Z", status="won"))

    found = await explained("customers", entity="cu")
    sentences = await told(explained, "customers", "cu")

    assert found.numbers == {"": 1}
    assert (
        "this customer has 2 opportunities in c: one created on 2026-03-02, open, owned by an; one created on 2026-03-04, won on"
        in sentences
    )


async def test_a_task_is_told_with_when_it_was_due(count: Count, explained: Explained) -> None:
    await count(STEPS, task(assignee_id="an", status="completed", due_at="2026-03-07T00:00:00Z", completed_at="2026-03-08T00:00:00Z"))

    sentence = "task t counts for c and for an: completed late: due at 2026-03-07T00:00:00Z, completed at 2026-03-08T00:00:00Z"
    assert sentence in await told(explained, "tasks_created", "t")


async def test_a_message_is_told_with_its_stages_and_found_by_its_id(count: Count, explained: Explained) -> None:
    await count(STEPS, message("failed", at="2026-03-07T00:00:00Z"), message("delivered", at="2026-03-08T00:00:00Z"))

    sentences = await told(explained, "messages_total", "m")

    assert (
        "this sms message of c was targeted at 2026-03-07T00:00:00Z, failed at 2026-03-07T00:00:00Z, sent at 2026-03-08T00:00:00Z"
        in sentences
    )
    assert "does not count as failed" in sentences


async def test_a_message_whose_id_no_state_keeps_is_found_by_what_the_explanation_calls_it(count: Count, explained: Explained) -> None:
    await count(STEPS, message("sent"))
    (part,) = (await explained("messages_sent")).measures
    entity = part.cells[0].shares[0].entity

    assert entity.name == f"message #{entity.digest.hex()}"
    assert (await explained("messages_sent", entity=f"#{entity.digest.hex()}")).asked_for == [entity]


@pytest.mark.parametrize(
    ("measure", "entity", "records"),
    [
        ("opportunities", "op", [opportunity(step_id="s1", owner_id="an"), opportunity(version=2, campaign_id="d", step_id="t1", owner_id="chi")]),
        ("orders", "or", [order(campaign_id="c"), order(version=2, campaign_id="d")]),
        ("orders", "or", [opportunity(campaign_id="d", step_id="t1", owner_id="chi"), order(campaign_id="c"), order(version=2, opportunity_id="op")]),
        ("tasks_created", "t", [task(campaign_id="c"), task(version=2, campaign_id="d", assignee_id="chi")]),
    ],
)  # fmt: skip
async def test_where_something_went_is_told_to_those_alone_who_see_all_campaigns(
    count: Count, explained: Explained, measure: str, entity: str, records: list[Any]
) -> None:
    await count(STEPS, campaign("d", steps=["t1"]), *records)

    found = await explained(measure, "c", entity=entity, elsewhere=False)

    (sentences,) = found.decisions.values()
    assert " d" in await told(explained, measure, entity)
    assert len(sentences) == 1
    assert "counts for another campaign too, or did" in sentences[0]


async def test_what_counts_for_no_other_campaign_is_told_to_whoever_sees_this_one(count: Count, explained: Explained) -> None:
    await count(STEPS, campaign("d"), opportunity(step_id="s1", owner_id="an"), order(opportunity_id="op"))

    for measure, entity in (("opportunities", "op"), ("orders", "or")):
        here, everywhere = [await explained(measure, "c", entity=entity, elsewhere=elsewhere) for elsewhere in (False, True)]
        assert here.decisions == everywhere.decisions
