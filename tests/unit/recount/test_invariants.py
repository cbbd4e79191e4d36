"""What must hold of any recount, whatever was said in which order: sums that must agree, and independence of order, repetition and partition."""

from __future__ import annotations

from collections import Counter

import pytest

from processor.recount import Cell, contributions, recount, rejection
from processor.recount.records import understand
from tests.support.generator import generate, redelivered
from tests.support.recounted import STREAMS, WATERMARK, Recounted, Sums, recounted
from tests.support.said import SEPARATOR, tombstone


def test_registered_and_unregistered_statuses_steps_owners_and_the_list_all_have_the_same_total(seen: Recounted) -> None:
    by_day = seen.sums("o", "n", lambda day, _: (day,))

    assert by_day == seen.sums("s", "n", lambda day, _: (day,))
    assert by_day == seen.sums("i", None, lambda day, _: (day,))
    assert sum(by_day.values()) > 0


def test_the_drill_down_list_is_as_long_as_each_cell(seen: Recounted) -> None:
    def status_registered_and_step(day: str, parts: list[str]) -> tuple[str, ...]:
        return day, parts[0], parts[1], parts[2]

    assert seen.sums("i", None, status_registered_and_step) == seen.sums("o", "n", status_registered_and_step)


def test_owners_agree_with_registered_statuses_and_steps(seen: Recounted) -> None:
    by_owner = seen.sums("s", "n", lambda day, parts: (day, "r" if parts[0] else "u", parts[1], parts[2]))

    assert by_owner == seen.sums("o", "n", lambda day, parts: (day, parts[1], parts[0], parts[2]))


@pytest.mark.parametrize("view", ["o", "k"])
def test_reasons_and_industries_add_up_to_lost(seen: Recounted, view: str) -> None:
    lost = {key[:-1]: value for key, value in seen.sums(view, "n", lambda day, parts: (day, parts[0])).items() if key[-1] == "l"}

    assert seen.sums(view, "lost", lambda day, _: (day,)) == lost


def test_as_many_are_at_their_furthest_step_as_are_not_won_and_none_is_there_twice(seen: Recounted) -> None:
    at = Counter(seen.sums("o", "n", lambda day, parts: (day, parts[2]) if parts[0] != "w" else (day, "won")))
    corrections = seen.sums("o", "reached", lambda day, parts: (day, parts[0]))

    assert seen.sums("o", "reached", lambda day, _: (day,)) == {}
    assert all(at[key] + value >= 0 for key, value in corrections.items())


@pytest.mark.parametrize("view", ["s", "z"])
def test_every_won_and_lost_one_is_credited_once(seen: Recounted, view: str) -> None:
    owned = Counter(seen.sums(view, "n", lambda day, parts: (day, parts[0], parts[1])))
    corrections = seen.sums(view, "c", lambda day, parts: (day, parts[0], parts[1]))

    assert seen.sums(view, "c", lambda day, parts: (day, parts[1])) == {}
    assert all(owned[key] + value >= 0 for key, value in corrections.items())
    assert {key[-1] for key in corrections} <= {"w", "l"}


@pytest.mark.parametrize("view", ["s", "z"])
def test_a_method_stands_for_the_step_of_one_that_is_there(seen: Recounted, view: str) -> None:
    owned = seen.sums(view, "n", lambda day, parts: (day, parts[0], parts[2]))

    assert all(value <= owned[key] for key, value in seen.sums(view, "m", lambda day, parts: (day, parts[0], parts[2])).items())


def test_the_closing_days_hold_exactly_the_won_and_lost_ones(seen: Recounted) -> None:
    def how(_: str, parts: list[str]) -> tuple[str, ...]:
        return tuple(parts)

    closed = seen.sums("k", "n", how)

    assert closed == {key: value for key, value in seen.sums("o", "n", how).items() if key[2] in "wl"}
    assert seen.sums("k", "won", how) == seen.sums("o", "won", how)
    assert seen.sums("z", "c", how) == seen.sums("s", "c", how)
    assert seen.sums("z", "n", lambda day, _: (day,)) == seen.sums("k", "n", lambda day, _: (day,))


@pytest.mark.parametrize("name", ["open", "won"])
def test_amounts_as_of_the_last_day_are_the_present_ones(seen: Recounted, name: str) -> None:
    assert seen.sums("f", name, lambda _, parts: (parts[0],)) == seen.sums("o", name, lambda _, parts: (parts[0],))


def test_the_state_as_of_the_last_day_is_the_present_state(seen: Recounted) -> None:
    assert seen.sums("f", "n", lambda _, parts: tuple(parts)) == seen.sums("s", "n", lambda _, parts: (parts[1], parts[0], parts[2]))


def test_no_count_as_of_any_day_is_negative(seen: Recounted) -> None:
    flows: dict[tuple[str, str, str], list[tuple[str, int]]] = {}
    for cell, value in seen.cells.items():
        if cell.view == "f" and cell.field.startswith("n"):
            flows.setdefault((cell.tenant, cell.campaign, cell.field), []).append((cell.day, value))

    for changes in flows.values():
        state = 0
        for _, change in sorted(changes):
            state += change
            assert state >= 0


def test_counts_are_never_negative(seen: Recounted) -> None:
    changes_and_money = (
        "reached",
        "c",
        "x",
        "cycle",
        "open",
        "won",
        "gross",
        "refunds",
        "net",
        "booked",
        "cancelled_value",
        "cancellations_value",
    )

    def is_count(cell: Cell) -> bool:
        """Views p and u only set messages right (docs/cells.md)."""
        parts = cell.field.split(SEPARATOR)
        return cell.view not in "fepu" and parts[0] not in changes_and_money and not (cell.view == "h" and parts[1] in changes_and_money)

    assert all(value > 0 for cell, value in seen.cells.items() if is_count(cell))


@pytest.mark.parametrize("name", ["n", "gross", "refunds"])
def test_orders_and_money_of_a_campaign_are_those_of_its_staff(seen: Recounted, name: str) -> None:
    def kept(day: str, parts: list[str]) -> tuple[str, ...]:
        return (day,) if name == "n" else (day, parts[-1])

    assert seen.sums("q", name, kept) == seen.sums("r", name, kept)


def test_orders_and_net_money_of_the_tenants_list_are_those_of_its_campaigns(seen: Recounted) -> None:
    def in_list(name: str) -> Sums:
        of_tenants = seen.sums("l", name, lambda day, parts: (*parts, day))
        return {(tenant, *named): value for (tenant, _, *named), value in of_tenants.items() if named[0]}

    net = Counter(seen.sums("r", "gross", lambda day, parts: (parts[1], day)))
    net.subtract(seen.sums("r", "refunds", lambda day, parts: (parts[1], day)))

    assert in_list("n") == seen.sums("r", "n", lambda day, _: (day,))
    assert in_list("net") == {key: value for key, value in net.items() if value}


def test_only_what_rests_on_an_opportunity_has_an_owner_or_a_step(seen: Recounted) -> None:
    with_owner_or_step = seen.sums("q", "n", lambda day, parts: (day, "1" if parts[0] or parts[1] else ""))
    by_rule = seen.sums("r", "n", lambda day, parts: (day, parts[0]))

    assert all(value <= by_rule.get(key, 0) for key, value in with_owner_or_step.items() if key[-1] == "1")


def test_cancelled_orders_are_among_all_orders(seen: Recounted) -> None:
    def by_rule(name: str) -> Counter[tuple[str, ...]]:
        return Counter(seen.sums("r", name, lambda day, parts: (day, parts[0])))

    assert by_rule("cancelled") <= by_rule("n") + by_rule("rest")


def test_a_campaigns_pending_orders_are_among_the_tenants(seen: Recounted) -> None:
    of_campaigns: Counter[tuple[str, str]] = Counter()
    for (tenant, _, day), value in seen.sums("r", "pending", lambda day, _: (day,)).items():
        of_campaigns[tenant, day] += value
    of_tenants = {(tenant, day): value for (tenant, _, day), value in seen.sums("l", "pending", lambda day, _: (day,)).items()}

    assert all(value <= of_tenants[key] for key, value in of_campaigns.items())


@pytest.mark.parametrize(
    ("later", "earlier"),
    [
        ("sent", "targeted"),
        ("delivered", "sent"),
        ("opened", "delivered"),
        ("machine_opened", "delivered"),
        ("clicked", "opened"),
        ("failed", "targeted"),
    ],
)
def test_no_stage_has_more_messages_than_the_one_before_it_by_the_end_of_any_day(seen: Recounted, later: str, earlier: str) -> None:
    by_stage = {stage: seen.sums("m", stage, lambda day, parts: (*parts, day)) for stage in (later, earlier)}
    days = sorted({key[-1] for sums in by_stage.values() for key in sums})

    for kind in {key[:-1] for key in by_stage[later]}:
        for last in days:
            counts = [
                sum(value for key, value in by_stage[stage].items() if key[:-1] == kind and key[-1] <= last) for stage in (later, earlier)
            ]
            assert counts[0] <= counts[1]


def test_codes_of_failures_add_up_to_the_failed(seen: Recounted) -> None:
    assert seen.sums("m", "code", lambda day, _: (day,)) == seen.sums("m", "failed", lambda day, _: (day,))


def test_there_are_no_more_customers_than_opportunities_on_any_day(seen: Recounted) -> None:
    customers = seen.sums("n", "a", lambda day, _: (day,))
    opportunities = seen.sums("o", "n", lambda day, _: (day,))

    assert customers.keys() == opportunities.keys()
    assert all(value <= opportunities[key] for key, value in customers.items())


@pytest.mark.parametrize(("profile", "seed"), STREAMS)
def test_order_repetition_and_partition_change_nothing(profile: str, seed: int) -> None:
    records = generate(seed, profile=profile)
    expected = recounted(profile, seed).cells

    for again in (reversed(records), [*records, *records], redelivered(records, seed + 1)):
        assert recount(again, watermark=WATERMARK) == expected


def test_what_is_created_and_deleted_never_existed() -> None:
    stream = [record for record in generate(5) if record.topic != "orders"]  # an order knows that its opportunity was once seen
    others = [
        record for record in stream if rejection(record) or (said := understand(record)).kind != "opportunity" or said.subject != "op-3"
    ]
    deletions = [tombstone("opportunities", "op-3", tenant=tenant) for tenant in (None, "acme")]

    assert recount(stream) != recount(others)
    assert recount([*deletions, *stream]) == recount(others)


def test_contributions_name_the_entity_behind_each_cell() -> None:
    records = generate(4, profile="sparse")
    summed: Counter[Cell] = Counter()
    for contribution in contributions(records):
        summed[contribution.cell] += contribution.amount
        assert contribution.entity.split(" ")[0] in {"opportunity", "order", "task", "message", "customer", "recipient", "spend"}

    assert {cell: value for cell, value in summed.items() if value} == recount(records)
