"""The lists behind the numbers: each is as long as the number that was clicked, for every number of any course of events; and what a row says of itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

from tests.support.course import ALL, Counted, Course, Told
from tests.support.said import campaign, event, opportunity, task

PERIODS = [ALL, {"from": "2026-02-01", "to": "2026-04-05"}]
Click = tuple[int, Mapping[str, str]]
"""A number, and the filters of the list behind it."""


def said(value: str | None) -> str:
    return value or ""


def of_overview(answer: Any) -> Iterator[Click]:
    totals = answer["totals"]
    yield totals["opportunities"], {}
    for status in ("open", "won", "lost"):
        yield totals[status], {"status": status}
    for name, registered in (("registered", "true"), ("unregistered", "false")):
        yield totals[name], {"registered": registered}
        for row in answer["funnel"]:
            yield row[name], {"registered": registered, "step": said(row["step_id"])}
    for row in answer["funnel"]:
        yield row["lost"], {"status": "lost", "step": said(row["step_id"])}
        yield row["current"] + row["lost"], {"step": said(row["step_id"])}


def of_customers(answer: Any) -> Iterator[Click]:
    for row in answer["lost_reasons"]:
        yield row["opportunities"], {"status": "lost", "reason": said(row["reason"])}
    for row in answer["lost_industries"]:
        yield row["opportunities"], {"industry": said(row["industry"])}
    for owner in answer["owners"]:
        yield owner["opportunities"], {"owner": said(owner["staff_id"])}
        for method in owner["methods"]:
            yield method["opportunities"], {"owner": said(owner["staff_id"]), "method": said(method["method"])}


def of_staff(answer: Any) -> Iterator[Click]:
    for person in answer["items"]:
        staff = said(person["staff_id"])
        for status in ("won", "lost"):
            yield person[status], {"status": status, "credited": staff}
        for step in person["steps"]:
            yield step["opportunities"], {"owner": staff, "step": said(step["step_id"])}


async def asked(counted: Counted, identity: str, view: str, params: Mapping[str, str]) -> Any:
    return await counted.answer(f"/v1/campaigns/{quote(identity, safe='')}/{view}", params)


async def test_every_list_is_as_long_as_the_number_that_was_clicked(counted: Counted) -> None:
    clicked = 0
    for each in (await counted.answer("/v1/campaigns"))["items"]:
        for period in PERIODS:
            for basis in ("created", "closed"):
                base = {**period, "basis": basis}
                for view, clicks in (("overview", of_overview), ("customers", of_customers), ("staff", of_staff)):
                    answer = await asked(counted, each["id"], view, base)
                    for number, filters in clicks(answer):
                        listed = await asked(counted, each["id"], "opportunities", {**base, **filters, "limit": "1"})
                        assert listed["total"] == (number or 0), (each["id"], base, filters)
                        assert listed["stamp"]["revision"] == answer["stamp"]["revision"]
                        clicked += bool(number)

    assert clicked > 20


def of_orders(totals: Any) -> Iterator[Click]:
    yield totals["orders"], {"counted": "true"}
    yield totals["orders_all"], {}
    yield totals["orders_all"] - totals["orders"], {"counted": "false"}
    yield totals["orders_cancelled"], {"status": "cancelled"}
    yield totals["pending_attribution"], {"pending": "true"}


async def test_every_list_of_orders_is_as_long_and_worth_as_much_as_the_number_that_was_clicked(counted: Counted) -> None:
    clicked, money = 0, ("revenue_gross", "refunds", "revenue_net")
    for each in (await counted.answer("/v1/campaigns"))["items"]:
        for period in PERIODS:
            totals = (await asked(counted, each["id"], "overview", period))["totals"]
            for number, filters in of_orders(totals):
                listed = await asked(counted, each["id"], "orders", {**period, **filters})
                assert listed["total"] == len(listed["items"]) == number, (each["id"], period, filters)
                clicked += bool(number)
            whole = (await asked(counted, each["id"], "orders", period))["totals"]
            parts = [(await asked(counted, each["id"], "orders", {**period, "rule": str(rule)}))["totals"] for rule in range(1, 5)]
            halves = [(await asked(counted, each["id"], "orders", {**period, "counted": text}))["totals"] for text in ("true", "false")]
            for name in (*money, "orders", "orders_all"):
                assert whole[name] == totals[name], (each["id"], period, name)
                if totals[name] is not None:
                    assert sum(part[name] for part in parts) == totals[name] == sum(half[name] for half in halves)
            for person in (await asked(counted, each["id"], "staff", period))["items"]:
                credited = await asked(counted, each["id"], "orders", {**period, "owner": said(person["staff_id"])})
                assert {name: credited["totals"][name] for name in (*money, "orders")} == {
                    name: person[name] for name in (*money, "orders")
                }
                for step in person["steps"]:
                    filters = {"owner": said(person["staff_id"]), "step": said(step["step_id"])}
                    there = await asked(counted, each["id"], "orders", {**period, **filters})
                    if step["revenue_net"] is not None:  # as soon as somebody's is in two currencies, nobody's is told
                        assert there["totals"]["revenue_net"] == step["revenue_net"], (each["id"], period, filters)

    assert clicked > 10


async def test_the_customers_of_a_list_are_those_counted_as_interacted_or_not(counted: Counted) -> None:
    seen = {"true": 0, "false": 0}
    for each in (await counted.answer("/v1/campaigns"))["items"]:
        for period in PERIODS:
            people = (await asked(counted, each["id"], "staff", period))["items"]
            whole = (await asked(counted, each["id"], "overview", period))["totals"]
            for figures, owner in [(whole, {}), *((person, {"owner": person["staff_id"]}) for person in people if person["staff_id"])]:
                for name, interacted in (("customers_interacted", "true"), ("customers_not_interacted", "false")):
                    listed = await asked(counted, each["id"], "opportunities", {**period, **owner, "interacted": interacted})
                    assert listed["customers"] == figures[name], (each["id"], period, owner, name)
                    assert len({item["customer_id"] for item in listed["items"]}) == figures[name]
                    seen[interacted] += figures[name]

    assert min(seen.values()) > 0


async def test_the_last_interaction_is_the_latest_of_its_customer_since_it_was_created(course: Course) -> None:
    def call(subject: str, at: str) -> Any:
        return event(
            "opportunities", "interaction.logged", subject, at, {"version": 1, "customer_id": "cu", "campaign_id": "c", "kind": "call"}
        )

    young = opportunity("young", created_at="2026-03-08T00:00:00Z", owner_id="an")
    records = [campaign(steps=["s1"]), opportunity("old", owner_id="an"), young, call("first", "2026-03-04T10:00:00Z")]
    path = "/v1/campaigns/c/opportunities"

    def says(**expected: str | None) -> Told:
        return Told(path, ALL, lambda answer: {item["opportunity_id"]: item["last_interaction_at"] for item in answer["items"]}, expected)

    await course.changes(
        records,
        [call("second", "2026-03-09T10:00:00Z")],
        before=[says(old="2026-03-04T10:00:00Z", young=None)],
        after=[says(old="2026-03-09T10:00:00Z", young="2026-03-09T10:00:00Z")],
    )


async def test_nothing_is_heard_since_it_came_to_its_step_somebody_spoke_or_a_task_was_done(course: Course) -> None:
    def says(**expected: str) -> Told:
        path = "/v1/campaigns/c/quiet"
        return Told(path, {"days": "1"}, lambda answer: {item["opportunity_id"]: item["quiet_since"] for item in answer["items"]}, expected)

    first = [campaign(steps=["s1", "s2"]), opportunity("op", step_id="s1"), opportunity("won", status="won", customer_id="other")]
    stays = opportunity("op", version=2, at="2026-03-04T00:00:00Z", step_id="s1", owner_id="an")
    moves = opportunity("op", version=3, at="2026-03-06T00:00:00Z", step_id="s2", status="open")
    call = event(
        "opportunities",
        "interaction.logged",
        "i",
        "2026-03-08T00:00:00Z",
        {"version": 1, "customer_id": "cu", "campaign_id": "c", "kind": "call"},
    )
    done = task(
        "t",
        opportunity_id="op",
        campaign_id="c",
        customer_id="x",
        status="completed",
        created_at="2026-03-02T00:00:00Z",
        completed_at="2026-03-09T00:00:00Z",
    )

    await course.changes(first, [stays], before=[says(op="2026-03-02T00:00:00Z")], after=[says(op="2026-03-02T00:00:00Z")])
    await course.changes([*first, stays], [moves], before=[says(op="2026-03-02T00:00:00Z")], after=[says(op="2026-03-06T00:00:00Z")])
    await course.changes([*first, moves], [call], before=[says(op="2026-03-06T00:00:00Z")], after=[says(op="2026-03-08T00:00:00Z")])
    await course.changes([*first, moves, call], [done], before=[says(op="2026-03-08T00:00:00Z")], after=[says(op="2026-03-09T00:00:00Z")])
